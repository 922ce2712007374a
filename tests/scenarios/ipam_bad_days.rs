//! NetBox is away, slow, or says no, at each of the commands that need it.

use super::story::on_sqlite_with_netbox;
use direttore_core::Rules;
use insta::assert_snapshot;

#[tokio::test]
async fn netbox_is_down_at_each_command() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        s.say("operator", "/ipam allocate 10.0.10.0/24 printer1").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        let allocate = s.say("operator", "/ipam allocate 10.0.30.0/24").await.remove(0).id;
        let release = s.say("operator", "/ipam release 10.0.10.8").await.remove(0).id;
        s.look_at_netbox().await;
        s.lab("netbox down");
        s.look_at_netbox().await;
        s.note("lists are shown as last seen, the rest says what is the matter");
        for line in [
            "/ipam prefixes 10.0.30.0",
            "/ipam vlans dmz",
            "/inventory devices sw1",
            "/ipam addresses 10.0.99.0/29",
            "/inventory device sw1",
            "/ipam check",
            "/ipam allocate 10.0.30.0/24",
            "/ipam release 10.0.10.8",
            "/provision vm web9 nic1=\"ip=netbox:10.0.10.0/24\"",
        ] {
            s.say("operator", line).await;
        }
        s.note("a yes to what was asked before");
        s.press_on("operator", &allocate, "Yes").await;
        s.press_on("operator", &release, "Yes").await;
        s.lab("netbox up");
        s.settle().await;
        s.say("operator", "/ipam addresses 10.0.30.0/24").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate 10.0.10.0/24 printer1
       take an address of 10.0.10.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.10.8/24
         gateway  10.0.10.1
         vlan     100
         name     printer1
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: take an address of 10.0.10.0/24
       Its end is told here; /job cancel J-1 stops it.
       J-1: 1 address of 10.0.10.0/24 is taken
       1 address of 10.0.10.0/24 is taken.
         started by  operator
         address     10.0.10.8/24
    operator  /ipam allocate 10.0.30.0/24
       take an address of 10.0.30.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.30.2/24
         gateway  10.0.30.1 (assumed)
         vlan     300
       [Yes] [No]
    operator  /ipam release 10.0.10.8
       give back 10.0.10.8/24?
       It is deleted in NetBox and may be given to others at once.
       address       name      description             taken by
       10.0.10.8/24  printer1  printer1, for operator  operator, J-1
       [Yes] [No]
    %  netbox down
    -- lists are shown as last seen, the rest says what is the matter
    operator  /ipam prefixes 10.0.30.0
       warning: 1 prefix
       NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; shown as last seen at <time>.
       prefix        status  vlan  site  free
       10.0.30.0/24  active   300  lab    253
    operator  /ipam vlans dmz
       warning: 1 VLAN
       NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; shown as last seen at <time>.
       vid  name  status  site  prefixes
       300  dmz   active  lab          2
    operator  /inventory devices sw1
       warning: 1 device
       NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; shown as last seen at <time>.
       name  role    type        site  status  address
       sw1   Switch  DCS-7050TX  lab   active  10.0.10.2
    operator  /ipam addresses 10.0.99.0/29
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    operator  /inventory device sw1
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    operator  /ipam check
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    operator  /ipam allocate 10.0.30.0/24
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    operator  /ipam release 10.0.10.8
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    operator  /provision vm web9 nic1="ip=netbox:10.0.10.0/24"
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    -- a yes to what was asked before
    operator  [Yes]
       warning: J-2 is queued: take an address of 10.0.30.0/24
       Its end is told here; /job cancel J-2 stops it.
    operator  [Yes]
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    %  netbox up
       J-2: 1 address of 10.0.30.0/24 is taken
       1 address of 10.0.30.0/24 is taken.
         started by  operator
         address     10.0.30.2/24
    operator  /ipam addresses 10.0.30.0/24
       1 address in 10.0.30.0/24
       address       status  name          assigned
       10.0.30.2/24  active  for operator
    "#);
}

/// The answer is lost, or no answer: taken once and given back once.
#[tokio::test]
async fn answers_get_lost_and_nothing_is_there_twice() {
    on_sqlite_with_netbox(Rules::default, async |s| {
        let before = s.worlds();
        // Of the first prefix NetBox' own next one will do; of the other the gateway is the first that it offers.
        for (at, (prefix, call, fault)) in [
            ("10.0.20.0/24", "POST available-ips", "drop after"),
            ("10.0.20.0/24", "POST available-ips", "html after"),
            ("2001:db8:30::/64", "POST ip-addresses", "garbage after"),
            ("2001:db8:30::/64", "POST ip-addresses", "drop after"),
            ("2001:db8:30::/64", "POST ip-addresses", "status=429 retry=0"),
            ("2001:db8:30::/64", "GET available-ips", "hang"),
        ]
        .into_iter()
        .enumerate()
        {
            let (word, more) = fault.split_once(' ').unwrap_or((fault, ""));
            s.say("operator", &format!("/ipam allocate {prefix} count=2")).await;
            s.lab(&format!("netbox {word} on=\"{call}\" {more}"));
            s.press("operator", "Yes").await;
            let ends = s.settle().await;
            let title = ends.last().map(direttore_reply::Reply::title_plain).unwrap_or_default();
            assert!(title.ends_with(&format!("2 addresses of {prefix} are taken")), "{fault}: {title}");
            let mark = format!("direttore:J-{}.", 2 * at + 1);
            assert_eq!(s.netbox().world().to_string().matches(&mark).count(), 2, "{fault}: two, once each");
            let taken = ends[0].fields.iter().filter(|f| f.name == "address");
            let taken: Vec<String> = taken.map(|f| f.value.plain("UTC")).collect();
            s.say("operator", &format!("/ipam release {}", taken.join(" "))).await;
            // A DELETE that hangs is waited for so long that a drop has to do.
            let word = if word == "hang" { "drop" } else { word };
            s.lab(&format!("netbox {word} on=\"DELETE ip-addresses\" {more}"));
            s.press("operator", "Yes").await;
            let ends = s.settle().await;
            let title = ends.last().map(direttore_reply::Reply::title_plain).unwrap_or_default();
            assert!(title.ends_with("2 addresses are given back"), "{fault}: {title}");
            assert_eq!(s.netbox().waiting(), 0, "{fault} has struck");
            assert!(s.worlds() == before, "{fault}: NetBox is as before");
        }
    })
    .await;
}

/// What NetBox does not allow is said, and leaves nothing.
#[tokio::test]
async fn netbox_says_no() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        let before = s.worlds();
        s.say("operator", "/ipam allocate 10.0.30.0/24 count=2").await;
        s.lab("netbox readonly");
        s.press("operator", "Yes").await;
        s.settle().await;
        s.lab("netbox writable");
        // Always: the bot looks at all addresses every now and then as well.
        s.lab("netbox status=403 on=\"GET ip-addresses\" times=always");
        s.say("operator", "/ipam addresses 10.0.99.0/29").await;
        s.lab("netbox clear");
        s.lab("netbox html on=\"GET ip-addresses\" times=always");
        s.say("operator", "/ipam addresses 10.0.99.0/29").await;
        s.lab("netbox clear");
        s.look_at_netbox().await;
        assert!(s.worlds() == before, "nothing was taken");
        s.note("a give-back that is not allowed waits for a person");
        s.say("operator", "/ipam allocate 10.0.30.0/24").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        s.say("operator", "/ipam release 10.0.30.2").await;
        s.lab("netbox deny=ipam.delete_ipaddress");
        s.press("operator", "Yes").await;
        s.settle().await;
        s.lab("netbox allow=ipam.delete_ipaddress");
        s.say("operator", "/job retry J-3").await;
        s.settle().await;
        assert!(s.worlds() == before, "nothing is left");
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate 10.0.30.0/24 count=2
       take 2 addresses of 10.0.30.0/24?
       When somebody else is quicker, the next free ones are taken.
         next     10.0.30.2/24, 10.0.30.3/24
         gateway  10.0.30.1 (assumed)
         vlan     300
       [Yes] [No]
    %  netbox readonly
    operator  [Yes]
       warning: J-1 is queued: take 2 addresses of 10.0.30.0/24
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: take 2 addresses of 10.0.30.0/24
       NetBox denies it: You do not have permission to perform this action.
       What was done was taken back (take-addresses): nothing of it is left. /job retry J-1 tries it again.
         started by  operator
    %  netbox writable
    %  netbox status=403 on="GET ip-addresses" times=always
    operator  /ipam addresses 10.0.99.0/29
       failed: NetBox denies it: A fault was asked for. (denied)
    %  netbox clear
    %  netbox html on="GET ip-addresses" times=always
    operator  /ipam addresses 10.0.99.0/29
       failed: NetBox cannot be reached: 502 Bad Gateway (unreachable)
       /lab check tells what answers and what does not
    %  netbox clear
    -- a give-back that is not allowed waits for a person
    operator  /ipam allocate 10.0.30.0/24
       take an address of 10.0.30.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.30.2/24
         gateway  10.0.30.1 (assumed)
         vlan     300
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: take an address of 10.0.30.0/24
       Its end is told here; /job cancel J-2 stops it.
       J-2: 1 address of 10.0.30.0/24 is taken
       1 address of 10.0.30.0/24 is taken.
         started by  operator
         address     10.0.30.2/24
    operator  /ipam release 10.0.30.2
       give back 10.0.30.2/24?
       It is deleted in NetBox and may be given to others at once.
       address       name  description   taken by
       10.0.30.2/24        for operator  operator, J-2
       [Yes] [No]
    %  netbox deny=ipam.delete_ipaddress
    operator  [Yes]
       warning: J-3 is queued: give back 10.0.30.2/24
       Its end is told here; /job cancel J-3 stops it.
       failed: J-3 is stuck: give back 10.0.30.2/24
       10.0.30.2/24: NetBox denies it: You do not have permission to perform this action.
       No earlier step was done.
       /job retry J-3 does it again, /job cancel J-3 leaves it as it is.
         started by  operator
    %  netbox allow=ipam.delete_ipaddress
    operator  /job retry J-3
       warning: J-3 is queued again: give back 10.0.30.2/24
       It goes on from the step where it ended. Its end is told where it was first asked for.
       J-3: 10.0.30.2/24 is given back
       10.0.30.2/24 is given back.
         started by  operator
         address     10.0.30.2/24
    "#);
}

#[tokio::test]
async fn a_check_says_what_the_token_lacks() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        s.say("viewer", "/lab check").await;
        s.lab("netbox deny=ipam.add_ipaddress");
        s.lab("netbox deny=ipam.view_vrf");
        s.say("viewer", "/lab check").await;
        s.lab("netbox token revoked");
        s.say("viewer", "/lab check").await;
        s.lab("netbox token restored");
        s.lab("netbox down");
        s.say("viewer", "/lab check").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    viewer  /lab check
       all is well: 10 checks
       NetBox, tag: the tag direttore is not there; direttore check --fix makes it; without it nothing is marked so.
       NetBox, custom field: the custom field direttore_job is not there; direttore check --fix makes it; without it nothing is marked so.
         pve1  unknown
         pve2  unknown
         pve3  unknown
       connection   check         state  result
       SQLite       reachable     ok     answers
       Proxmox lab  reachable     ok     Proxmox VE 9.2.3
       Proxmox lab  privileges    ok     all there
       Proxmox lab  fingerprints  ok     of 3 nodes
       Proxmox lab  inventory     ok     3 nodes, 40 guests
       NetBox       reachable     ok     NetBox 4.6.8
       NetBox       permissions   ok     all there for direttore-bot
       NetBox       tag           ok     the tag direttore is not there
       NetBox       custom field  ok     the custom field direttore_job is not there
       NetBox       cluster       ok     lab is lab in NetBox
    %  netbox deny=ipam.add_ipaddress
    %  netbox deny=ipam.view_vrf
    viewer  /lab check
       warning: 1 of 10 checks failed
       NetBox, permissions: direttore-bot lacks: ipam.vrf (view); ipam.ipaddress (add); give them to that user in NetBox (Admin, Permissions).
       NetBox, tag: the tag direttore is not there; direttore check --fix makes it; without it nothing is marked so.
       NetBox, custom field: the custom field direttore_job is not there; direttore check --fix makes it; without it nothing is marked so.
         pve1  unknown
         pve2  unknown
         pve3  unknown
       connection   check         state   result
       SQLite       reachable     ok      answers
       Proxmox lab  reachable     ok      Proxmox VE 9.2.3
       Proxmox lab  privileges    ok      all there
       Proxmox lab  fingerprints  ok      of 3 nodes
       Proxmox lab  inventory     ok      3 nodes, 40 guests
       NetBox       reachable     ok      NetBox 4.6.8
       NetBox       permissions   failed  direttore-bot lacks: ipam.vrf (view); ipam.i…
       NetBox       tag           ok      the tag direttore is not there
       NetBox       custom field  ok      the custom field direttore_job is not there
       NetBox       cluster       ok      lab is lab in NetBox
    %  netbox token revoked
    viewer  /lab check
       warning: 1 of 6 checks failed
       NetBox, reachable: NetBox does not accept our credentials: Token disabled; an administrator corrects them in the configuration.
         pve1  unknown
         pve2  unknown
         pve3  unknown
       connection   check         state   result
       SQLite       reachable     ok      answers
       Proxmox lab  reachable     ok      Proxmox VE 9.2.3
       Proxmox lab  privileges    ok      all there
       Proxmox lab  fingerprints  ok      of 3 nodes
       Proxmox lab  inventory     ok      3 nodes, 40 guests
       NetBox       reachable     failed  NetBox does not accept our credentials: Toke…
    %  netbox token restored
    %  netbox down
    viewer  /lab check
       warning: 1 of 6 checks failed
       NetBox, reachable: NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; /lab check tells what answers and what does not.
         pve1  unknown
         pve2  unknown
         pve3  unknown
       connection   check         state   result
       SQLite       reachable     ok      answers
       Proxmox lab  reachable     ok      Proxmox VE 9.2.3
       Proxmox lab  privileges    ok      all there
       Proxmox lab  fingerprints  ok      of 3 nodes
       Proxmox lab  inventory     ok      3 nodes, 40 guests
       NetBox       reachable     failed  NetBox cannot be reached: <lab> br…
    "#);
}
