//! Prefixes, addresses and VLANs of NetBox: looked at, and addresses taken by themselves.

use super::story::{Story, netbox_client, on_both_with_netbox, on_sqlite_with_netbox};
use direttore_clients::netbox::{AddressFilter, NewPrefix, PrefixFilter};
use direttore_core::Rules;
use direttore_domain::HostAddress;
use insta::assert_snapshot;

pub async fn what_netbox_has_is_listed_told(s: &Story) {
    s.say("viewer", "/ipam prefixes").await;
    s.press("viewer", "Next").await;
    for line in [
        "/ipam prefixes 10.0.20",
        "/ipam prefixes vlan=100 family=IPv6",
        "/ipam prefixes vlan=none site=lab family=IPv4",
        "/ipam prefixes vrf=blue",
        "/ipam prefixes vrf=bleu",
        "/ipam prefixes site=lba",
        "/ipam prefixes 172.16.",
        "/ipam addresses 10.0.99.0/29",
        "/ipam addresses find=web1",
        "/ipam addresses find=.21",
        "/ipam addresses 10.0.10.0/24 status=activ",
        "/ipam addresses 10.0.30.0/24",
        "/ipam addresses 10.0.10.0/24@blue",
        "/ipam vlans",
        "/ipam vlans lab",
        "/ipam vlans 3",
        "/ipam vlans nothing",
    ] {
        s.say("viewer", line).await;
    }
}

#[tokio::test]
async fn what_netbox_has_is_listed() {
    let story = on_both_with_netbox(what_netbox_has_is_listed_told).await;
    assert_snapshot!(story, @r#"
    viewer  /ipam prefixes
       page 1 of 2, 11 prefixes
       prefix             status     vlan  site  free
       10.0.10.0/24       active      100  lab   184
       10.0.10.0/24@blue  active                 253
       10.0.20.0/24       active      200  lab   126
       10.0.20.128/25     active           lab   125
       10.0.30.0/24       active      300  lab   253
       2001:db8:10::/64   active      100  lab   plenty
       2001:db8:20::/64   active      200  lab   plenty
       2001:db8:30::/64   active      300  lab   plenty
       10.0.0.0/16        container        lab   0
       10.0.40.0/24       reserved         lab   0
       [Next]
    viewer  [Next]
       page 2 of 2, 11 prefixes
       prefix        status  vlan  site  free
       10.0.99.0/29  active        lab      0
       [Back]
    viewer  /ipam prefixes 10.0.20
       2 prefixes
       prefix          status  vlan  site  free
       10.0.20.0/24    active   200  lab    126
       10.0.20.128/25  active        lab    125
    viewer  /ipam prefixes vlan=100 family=IPv6
       1 prefix
       prefix            status  vlan  site  free
       2001:db8:10::/64  active   100  lab   plenty
    viewer  /ipam prefixes vlan=none site=lab family=IPv4
       4 prefixes
       prefix          status     vlan  site  free
       10.0.20.128/25  active           lab    125
       10.0.0.0/16     container        lab      0
       10.0.40.0/24    reserved         lab      0
       10.0.99.0/29    active           lab      0
    viewer  /ipam prefixes vrf=blue
       1 prefix
       prefix             status  vlan  site  free
       10.0.10.0/24@blue  active               253
    viewer  /ipam prefixes vrf=bleu
       refused: there is no VRF "bleu" (no-such-vrf)
       did you mean blue?
    viewer  /ipam prefixes site=lba
       refused: there is no site "lba" (no-such-site)
       there is lab
    viewer  /ipam prefixes 172.16.
       no prefix fits
       /ipam prefixes without options lists all of them.
    viewer  /ipam addresses 10.0.99.0/29
       6 addresses in 10.0.99.0/29
       address       status  name  assigned
       10.0.99.1/29  active
       10.0.99.2/29  active
       10.0.99.3/29  active
       10.0.99.4/29  active
       10.0.99.5/29  active
       10.0.99.6/29  active
    viewer  /ipam addresses find=web1
       2 addresses
       address             status  name                  assigned
       10.0.10.21/24       active  web1.lab.example.org  web1 net0
       2001:db8:10::15/64  active  web1.lab.example.org  web1 net0
    viewer  /ipam addresses find=.21
       1 address
       address        status  name                  assigned
       10.0.10.21/24  active  web1.lab.example.org  web1 net0
    viewer  /ipam addresses 10.0.10.0/24 status=activ
       refused: status: "activ" is none of the values possible (unknown-value)
       did you mean active?
    viewer  /ipam addresses 10.0.30.0/24
       no address fits in 10.0.30.0/24
       /ipam allocate 10.0.30.0/24 takes the next free one.
    viewer  /ipam addresses 10.0.10.0/24@blue
       no address fits in 10.0.10.0/24@blue
       /ipam allocate 10.0.10.0/24@blue takes the next free one.
    viewer  /ipam vlans
       3 VLANs
       vid  name     status  site  prefixes
       100  servers  active  lab          2
       200  lab      active  lab          2
       300  dmz      active  lab          2
    viewer  /ipam vlans lab
       1 VLAN
       vid  name  status  site  prefixes
       200  lab   active  lab          2
    viewer  /ipam vlans 3
       1 VLAN
       vid  name  status  site  prefixes
       300  dmz   active  lab          2
    viewer  /ipam vlans nothing
       no VLAN fits
       /ipam vlans without options lists all of them.
    "#);
}

pub async fn addresses_are_taken_told(s: &Story) {
    s.say("operator", "/ipam allocate 10.0.10.0/24 printer1 description=\"second floor\"").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("operator", "/ipam addresses find=printer1").await;
    s.say("operator", "/ipam allocate 2001:db8:10::/64 count=3").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.note("a range gives of its own");
    s.say("operator", "/ipam allocate 10.0.10.100-10.0.10.149 count=2").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.note("somebody is quicker between question and yes");
    s.say("operator", "/ipam allocate 10.0.30.0/24").await;
    s.lab("netbox take 10.0.30.2/24");
    s.press("operator", "Yes").await;
    s.settle().await;
}

#[tokio::test]
async fn addresses_are_taken() {
    let story = on_both_with_netbox(addresses_are_taken_told).await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate 10.0.10.0/24 printer1 description="second floor"
       take an address of 10.0.10.0/24?
       When somebody else is quicker, the next free one is taken.
         next         10.0.10.8/24
         gateway      10.0.10.1
         vlan         100
         name         printer1
         description  second floor
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: take an address of 10.0.10.0/24
       Its end is told here; /job cancel J-1 stops it.
       J-1: 1 address of 10.0.10.0/24 is taken
       1 address of 10.0.10.0/24 is taken.
         started by  operator
         address     10.0.10.8/24
    operator  /ipam addresses find=printer1
       1 address
       address       status  name      assigned
       10.0.10.8/24  active  printer1
    operator  /ipam allocate 2001:db8:10::/64 count=3
       take 3 addresses of 2001:db8:10::/64?
       When somebody else is quicker, the next free ones are taken.
         next     2001:db8:10::2/64, 2001:db8:10::3/64, 2001:db8:10::4/64
         gateway  2001:db8:10::1
         vlan     100
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: take 3 addresses of 2001:db8:10::/64
       Its end is told here; /job cancel J-2 stops it.
       J-2: 3 addresses of 2001:db8:10::/64 are taken
       3 addresses of 2001:db8:10::/64 are taken.
         started by  operator
         address     2001:db8:10::2/64
         address     2001:db8:10::3/64
         address     2001:db8:10::4/64
    -- a range gives of its own
    operator  /ipam allocate 10.0.10.100-10.0.10.149 count=2
       take 2 addresses of 10.0.10.100-10.0.10.149?
       When somebody else is quicker, the next free ones are taken.
         next     10.0.10.100/24, 10.0.10.101/24
         gateway  10.0.10.1
         vlan     100
       [Yes] [No]
    operator  [Yes]
       warning: J-3 is queued: take 2 addresses of 10.0.10.100-10.0.10.149
       Its end is told here; /job cancel J-3 stops it.
       J-3: 2 addresses of 10.0.10.100-10.0.10.149 are taken
       2 addresses of 10.0.10.100-10.0.10.149 are taken.
         started by  operator
         address     10.0.10.100/24
         address     10.0.10.101/24
    -- somebody is quicker between question and yes
    operator  /ipam allocate 10.0.30.0/24
       take an address of 10.0.30.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.30.2/24
         gateway  10.0.30.1 (assumed)
         vlan     300
       [Yes] [No]
    %  netbox take 10.0.30.2/24
    operator  [Yes]
       warning: J-4 is queued: take an address of 10.0.30.0/24
       Its end is told here; /job cancel J-4 stops it.
       J-4: 1 address of 10.0.30.0/24 is taken
       1 address of 10.0.30.0/24 is taken.
         started by  operator
         address     10.0.30.3/24
    "#);
}

/// NetBox would give the same address twice there.
pub async fn a_vrf_that_netbox_does_not_guard_is_guarded_here_told(s: &Story) {
    let one = s.say("operator", "/ipam allocate 10.0.10.0/24@blue copy1").await.remove(0).id;
    let two = s.say("admin", "/ipam allocate 10.0.10.0/24@blue copy2").await.remove(0).id;
    s.press_on("operator", &one, "Yes").await;
    s.press_on("admin", &two, "Yes").await;
    s.settle().await;
    s.say("viewer", "/ipam addresses 10.0.10.0/24@blue").await;
    s.note("one that is held and not there any more is told");
    let netbox = netbox_client(s.netbox());
    let filter = AddressFilter { description_ic: Some("copy1".to_owned()), ..AddressFilter::default() };
    let first = netbox.addresses(&filter).await.expect("NetBox answers").remove(0);
    netbox.delete_address(first.id, None).await.expect("it can be deleted");
    s.say("viewer", "/ipam check").await;
}

#[tokio::test]
async fn a_vrf_that_netbox_does_not_guard_is_guarded_here() {
    let story = on_both_with_netbox(a_vrf_that_netbox_does_not_guard_is_guarded_here_told).await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate 10.0.10.0/24@blue copy1
       take an address of 10.0.10.0/24@blue?
       When somebody else is quicker, the next free one is taken.
         next     10.0.10.2/24
         gateway  10.0.10.1 (assumed)
         name     copy1
       [Yes] [No]
    admin  /ipam allocate 10.0.10.0/24@blue copy2
       take an address of 10.0.10.0/24@blue?
       When somebody else is quicker, the next free one is taken.
         next     10.0.10.2/24
         gateway  10.0.10.1 (assumed)
         name     copy2
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: take an address of 10.0.10.0/24@blue
       Its end is told here; /job cancel J-1 stops it.
    admin  [Yes]
       warning: J-2 is queued: take an address of 10.0.10.0/24@blue
       Its end is told here; /job cancel J-2 stops it.
       J-1: 1 address of 10.0.10.0/24@blue is taken
       1 address of 10.0.10.0/24@blue is taken.
         started by  operator
         address     10.0.10.2/24
       J-2: 1 address of 10.0.10.0/24@blue is taken
       1 address of 10.0.10.0/24@blue is taken.
         started by  admin
         address     10.0.10.3/24
    viewer  /ipam addresses 10.0.10.0/24@blue
       2 addresses in 10.0.10.0/24@blue
       address            status  name   assigned
       10.0.10.2/24@blue  active  copy1
       10.0.10.3/24@blue  active  copy2
    -- one that is held and not there any more is told
    viewer  /ipam check
       warning: 1 record is left over
       address         what               job  since                 why
       10.0.10.2@blue  held by direttore  J-1  <time>  not in NetBox
    "#);
}

pub async fn what_cannot_be_taken_told(s: &Story) {
    let before = s.worlds();
    for line in [
        "/ipam allocate",
        "/ipam allocate 10.0.99.0/29",
        "/ipam allocate 10.0.0.0/16",
        "/ipam allocate 10.0.40.0/24",
        "/ipam allocate 10.0.77.0/24",
        "/ipam allocate 10.0.10.7/24",
        "/ipam allocate 10.0.10.0/24@red",
        "/ipam allocate 10.0.10.100-10.0.10.149 count=60",
        "/ipam allocate 10.0.10.100-10.0.10.120",
        "/ipam allocate 10.0.10.0/24 count=0",
        "/ipam allocate 10.0.10.0/24 count=65",
        "/ipam allocate 10.0.10.0/24 not_a_name",
    ] {
        s.say("operator", line).await;
    }
    s.say("viewer", "/ipam allocate 10.0.10.0/24").await;
    s.note("the last one goes between question and yes");
    let netbox = netbox_client(s.netbox());
    let container = PrefixFilter { prefix: "10.0.0.0/16".parse().ok(), ..PrefixFilter::default() };
    let container = netbox.prefixes(&container).await.expect("NetBox answers").remove(0).id;
    let new = NewPrefix { status: "active".to_owned(), ..NewPrefix::default() };
    let small = netbox.take_prefix(container, 30, &new).await.expect("there is room").prefix;
    let last = HostAddress::new(small.first_host(), 30).expect("it is in there").to_string().replace(".1/", ".2/");
    s.say("operator", &format!("/ipam allocate {small} count=2")).await;
    s.say("operator", &format!("/ipam allocate {small}")).await;
    s.lab(&format!("netbox take {last}"));
    s.press("operator", "Yes").await;
    s.settle().await;
    s.lab(&format!("netbox release {}", last.trim_end_matches("/30")));
    s.note("it is marked as full between question and yes");
    s.say("operator", "/ipam allocate 10.0.30.0/24").await;
    s.lab("netbox prefix 10.0.30.0/24 mark_utilized");
    s.press("operator", "Yes").await;
    s.settle().await;
    assert_eq!(s.netbox().world()["addresses"], before.1["addresses"], "nothing was taken");
}

#[tokio::test]
async fn what_cannot_be_taken() {
    let story = on_sqlite_with_netbox(Rules::default, what_cannot_be_taken_told).await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate
       /ipam allocate: more is needed
       Which prefix
         prefix (required): A prefix like 10.0.10.0/24, or a range like 10.0.10.100-10.0.10.199
       answer: prefix=…
       [Cancel]
    operator  /ipam allocate 10.0.99.0/29
       refused: 10.0.99.0/29 has no free address left that a guest may have (prefix-full)
       10.0.10.0/24, 10.0.10.0/24@blue, 10.0.20.0/24, 10.0.20.128/25 and 10.0.30.0/24 have room
    operator  /ipam allocate 10.0.0.0/16
       refused: 10.0.0.0/16 cannot give an address: it is a container for other prefixes (wrong-state)
    operator  /ipam allocate 10.0.40.0/24
       refused: 10.0.40.0/24 cannot give an address: it is reserved (wrong-state)
    operator  /ipam allocate 10.0.77.0/24
       refused: there is no prefix "10.0.77.0/24" (no-such-prefix)
       did you mean 10.0.10.0/24?
    operator  /ipam allocate 10.0.10.7/24
       refused: prefix: "10.0.10.7/24" is no prefix or range of NetBox (bad-value)
       right would be a prefix like 10.0.10.0/24 or a range like 10.0.10.100-10.0.10.199
    operator  /ipam allocate 10.0.10.0/24@red
       refused: there is no VRF "red" (no-such-vrf)
       there is blue
    operator  /ipam allocate 10.0.10.100-10.0.10.149 count=60
       refused: 10.0.10.100-10.0.10.149 cannot give 60 addresses: 50 are left that a guest may have (wrong-state)
    operator  /ipam allocate 10.0.10.100-10.0.10.120
       refused: there is no IP range "10.0.10.100-10.0.10.120" (no-such-range)
    operator  /ipam allocate 10.0.10.0/24 count=0
       refused: count: "0" is no number that fits (bad-value)
       right would be a whole number from 1 to 64
    operator  /ipam allocate 10.0.10.0/24 count=65
       refused: count: "65" is no number that fits (bad-value)
       right would be a whole number from 1 to 64
    operator  /ipam allocate 10.0.10.0/24 not_a_name
       refused: name: "not_a_name" is no DNS name (bad-value)
       right would be letters, digits and inner hyphens, parts joined by dots, at most 64 in all, like web1
    viewer  /ipam allocate 10.0.10.0/24
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    -- the last one goes between question and yes
    operator  /ipam allocate 10.0.0.0/30 count=2
       refused: 10.0.0.0/30 cannot give 2 addresses: 1 is left that a guest may have (wrong-state)
    operator  /ipam allocate 10.0.0.0/30
       take an address of 10.0.0.0/30?
       When somebody else is quicker, the next free one is taken.
         next     10.0.0.2/30
         gateway  10.0.0.1 (assumed)
       [Yes] [No]
    %  netbox take 10.0.0.2/30
    operator  [Yes]
       warning: J-1 is queued: take an address of 10.0.0.0/30
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: take an address of 10.0.0.0/30
       10.0.0.0/30 has no free address left that a guest may have; 10.0.10.0/24, 10.0.10.0/24@blue, 10.0.20.0/24, 10.0.20.128/25 and 10.0.30.0/24 have room.
       What was done was taken back (take-addresses): nothing of it is left. /job retry J-1 tries it again.
         started by  operator
    %  netbox release 10.0.0.2
    -- it is marked as full between question and yes
    operator  /ipam allocate 10.0.30.0/24
       take an address of 10.0.30.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.30.2/24
         gateway  10.0.30.1 (assumed)
         vlan     300
       [Yes] [No]
    %  netbox prefix 10.0.30.0/24 mark_utilized
    operator  [Yes]
       warning: J-2 is queued: take an address of 10.0.30.0/24
       Its end is told here; /job cancel J-2 stops it.
       failed: J-2 failed: take an address of 10.0.30.0/24
       10.0.30.0/24 cannot give an address: it is marked as fully used.
       What was done was taken back (take-addresses): nothing of it is left. /job retry J-2 tries it again.
         started by  operator
    "#);
}
