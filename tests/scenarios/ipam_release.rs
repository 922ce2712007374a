//! Addresses given back: one's own, and what was left over.

use super::story::{Story, on_both_with_netbox, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;

pub async fn addresses_are_given_back_told(s: &Story) {
    s.say("operator", "/ipam allocate 10.0.30.0/24 printer1 count=2").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("admin", "/ipam allocate 10.0.30.0/24 printer2").await;
    s.press("admin", "Yes").await;
    s.settle().await;
    s.note("what is not the asker's, not there, or in use");
    for line in [
        "/ipam release 10.0.30.4",
        "/ipam release 10.0.20.1",
        "/ipam release 10.0.99.3",
        "/ipam release 10.0.30.99",
        "/ipam release 10.0.30.2/25",
        "/ipam release nonsense",
    ] {
        s.say("operator", line).await;
    }
    s.say("admin", "/ipam release 10.0.10.21").await;
    s.say("admin", "/ipam release 10.0.10.2").await;
    s.say("admin", "/ipam release 10.0.20.1").await;
    s.say("viewer", "/ipam release 10.0.30.2").await;
    s.note("one's own");
    s.say("operator", "/ipam release 10.0.30.2 10.0.30.3/24 reason=\"printer is gone\"").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.note("an administrator gives back anybody's; it goes meanwhile, which is as well");
    s.say("admin", "/ipam release 10.0.30.4").await;
    s.lab("netbox release 10.0.30.4");
    s.press("admin", "Yes").await;
    s.settle().await;
    s.say("viewer", "/ipam addresses 10.0.30.0/24").await;
}

#[tokio::test]
async fn addresses_are_given_back() {
    let story = on_both_with_netbox(addresses_are_given_back_told).await;
    assert_snapshot!(story, @r#"
    operator  /ipam allocate 10.0.30.0/24 printer1 count=2
       take 2 addresses of 10.0.30.0/24?
       When somebody else is quicker, the next free ones are taken.
         next     10.0.30.2/24, 10.0.30.3/24
         gateway  10.0.30.1 (assumed)
         vlan     300
         name     printer1
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: take 2 addresses of 10.0.30.0/24
       Its end is told here; /job cancel J-1 stops it.
       J-1: 2 addresses of 10.0.30.0/24 are taken
       2 addresses of 10.0.30.0/24 are taken.
         started by  operator
         address     10.0.30.2/24
         address     10.0.30.3/24
    admin  /ipam allocate 10.0.30.0/24 printer2
       take an address of 10.0.30.0/24?
       When somebody else is quicker, the next free one is taken.
         next     10.0.30.4/24
         gateway  10.0.30.1 (assumed)
         vlan     300
         name     printer2
       [Yes] [No]
    admin  [Yes]
       warning: J-2 is queued: take an address of 10.0.30.0/24
       Its end is told here; /job cancel J-2 stops it.
       J-2: 1 address of 10.0.30.0/24 is taken
       1 address of 10.0.30.0/24 is taken.
         started by  admin
         address     10.0.30.4/24
    -- what is not the asker's, not there, or in use
    operator  /ipam release 10.0.30.4
       refused: 10.0.30.4/24 belongs to admin (not-yours)
       its owner or an administrator can do that
    operator  /ipam release 10.0.20.1
       refused: 10.0.20.1/24 cannot be given back: it is a gateway (wrong-state)
    operator  /ipam release 10.0.99.3
       refused: 10.0.99.3/29 belongs to whoever wrote it into NetBox (not-yours)
       its owner or an administrator can do that
    operator  /ipam release 10.0.30.99
       refused: there is no address "10.0.30.99" (no-such-address)
       did you mean 10.0.30.2?
    operator  /ipam release 10.0.30.2/25
       refused: there is no address "10.0.30.2/25" (no-such-address)
       did you mean 10.0.30.2/24?
    operator  /ipam release nonsense
       refused: address: "nonsense" is no IP address (bad-value)
       right would be an address like 10.0.10.5 or 2001:db8:10::5
    admin  /ipam release 10.0.10.21
       refused: 10.0.10.21/24 cannot be given back: it belongs to web1 net0; delete the guest, or take it off in NetBox (wrong-state)
    admin  /ipam release 10.0.10.2
       refused: 10.0.10.2/24 cannot be given back: it belongs to sw1 Management1; delete the guest, or take it off in NetBox (wrong-state)
    admin  /ipam release 10.0.20.1
       refused: 10.0.20.1/24 cannot be given back: it is a gateway (wrong-state)
    viewer  /ipam release 10.0.30.2
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    -- one's own
    operator  /ipam release 10.0.30.2 10.0.30.3/24 reason="printer is gone"
       give back 2 addresses?
       They are deleted in NetBox and may be given to others at once.
         reason  printer is gone
       address       name      description             taken by
       10.0.30.2/24  printer1  printer1, for operator  operator, J-1
       10.0.30.3/24  printer1  printer1, for operator  operator, J-1
       [Yes] [No]
    operator  [Yes]
       warning: J-3 is queued: give back 2 addresses
       Its end is told here; /job cancel J-3 stops it.
       J-3: 2 addresses are given back
       2 addresses are given back.
         started by  operator
         address     10.0.30.2/24
         address     10.0.30.3/24
    -- an administrator gives back anybody's; it goes meanwhile, which is as well
    admin  /ipam release 10.0.30.4
       give back 10.0.30.4/24?
       It is deleted in NetBox and may be given to others at once.
       address       name      description          taken by
       10.0.30.4/24  printer2  printer2, for admin  admin, J-2
       [Yes] [No]
    %  netbox release 10.0.30.4
    admin  [Yes]
       refused: there is no address "10.0.30.4" (no-such-address)
    viewer  /ipam addresses 10.0.30.0/24
       no address fits in 10.0.30.0/24
       /ipam allocate 10.0.30.0/24 takes the next free one.
    "#);
}

/// What a failed job could not give back, and what a guest left that went behind everyone's back.
pub async fn left_overs_are_found_and_given_back_told(s: &Story) {
    let before = s.worlds();
    s.say("viewer", "/ipam check").await;
    s.say("operator", "/provision container box1 node=pve2 nic1=\"ip=netbox:10.0.30.0/24\"").await;
    s.lab("all fail=vzcreate times=always");
    s.lab("netbox deny=ipam.delete_ipaddress");
    s.press("operator", "Create").await;
    s.settle().await;
    s.say("operator", "/ipam release 10.0.30.2").await;
    s.say("viewer", "/ipam check").await;
    s.say("operator", "/job cancel J-1").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.lab("clear");
    s.lab("netbox allow=ipam.delete_ipaddress");
    s.say("viewer", "/ipam check 10.0.30.0/24").await;
    s.say("operator", "/ipam release 10.0.30.2").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("viewer", "/ipam check").await;
    assert_eq!(s.worlds().1, before.1, "NetBox is as before");
    s.note("a guest goes without a word");
    s.say("operator", "/provision container box2 node=pve2 nic1=\"ip=netbox:10.0.30.0/24\"").await;
    s.press("operator", "Create").await;
    s.settle().await;
    s.say("viewer", "/ipam check").await;
    s.goes(137).await;
    s.say("viewer", "/ipam check").await;
    s.say("operator", "/ipam release 10.0.30.2").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("viewer", "/ipam check").await;
}

#[tokio::test]
async fn left_overs_are_found_and_given_back() {
    let story = on_sqlite_with_netbox(Rules::default, left_overs_are_found_and_given_back_told).await;
    assert_snapshot!(story, @r#"
        viewer  /ipam check
           nothing is left over
           0 addresses that direttore took were looked at.
        operator  /provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24"
           Step 5 of 6: make the container box1 on pve2?
           Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
           It is made and started.
           NetBox gets the container, its interfaces and its addresses.
           In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=none"
             name             box1
             vmid             the next free one (chosen)
             node             pve2
             template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
             cores            1 (chosen)
             memory           512M (chosen)
             swap             512 MiB
             disk             8G on local-lvm (chosen)
             nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none)
             login            root
             owner            operator
             free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
           [Create] [Edit] [Cancel]
        %  all fail=vzcreate times=always
        %  netbox deny=ipam.delete_ipaddress
        operator  [Create]
           warning: J-1 is queued: make the container box1
           Its end is told here; /job cancel J-1 stops it.
           failed: J-1 is stuck: make the container box1
           vzcreate failed: exit code 1; and what was done before cannot be undone: NetBox denies it: You do not have permission to perform this action.
           What was done before stays as it is until you decide.
           /job retry J-1 does it again, /job cancel J-1 leaves it as it is.
             started by     operator
             done and left  hold-guest and allocate-addresses
        operator  /ipam release 10.0.30.2
           refused: 10.0.30.2/24 cannot be given back: J-1, which took it, waits for a decision: /job retry or /job cancel (wrong-state)
        viewer  /ipam check
           nothing is left over
           1 address that direttore took was looked at.
        operator  /job cancel J-1
           cancel J-1: make the container box1?
           What it has done stays as it is; the job is given up.
             started by  operator
             status      stuck
           [Yes] [No]
        operator  [Yes]
           J-1 is cancelled: make the container box1
           What it had done stays as it is; /job show J-1 lists it.
        %  clear
        %  netbox allow=ipam.delete_ipaddress
        viewer  /ipam check 10.0.30.0/24
           warning: 1 record is left over in 10.0.30.0/24
           /ipam release 10.0.30.2 gives back what nobody has.
           address       what     job  since                 why
           10.0.30.2/24  address  J-1  <time>  J-1 was cancelled
        operator  /ipam release 10.0.30.2
           give back 10.0.30.2/24?
           It is deleted in NetBox and may be given to others at once.
           address       name  description         taken by
           10.0.30.2/24  box1  box1, for operator  operator, J-1
           [Yes] [No]
        operator  [Yes]
           warning: J-2 is queued: give back 10.0.30.2/24
           Its end is told here; /job cancel J-2 stops it.
           J-2: 10.0.30.2/24 is given back
           10.0.30.2/24 is given back.
             started by  operator
             address     10.0.30.2/24
        viewer  /ipam check
           nothing is left over
           0 addresses that direttore took were looked at.
        -- a guest goes without a word
        operator  /provision container box2 node=pve2 nic1="ip=netbox:10.0.30.0/24"
           Step 5 of 6: make the container box2 on pve2?
           Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
           It is made and started.
           NetBox gets the container, its interfaces and its addresses.
           In one line: /provision container box2 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=none"
             name             box2
             vmid             the next free one (chosen)
             node             pve2
             template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
             cores            1 (chosen)
             memory           512M (chosen)
             swap             512 MiB
             disk             8G on local-lvm (chosen)
             nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none)
             login            root
             owner            operator
             free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
           [Create] [Edit] [Cancel]
        operator  [Create]
           warning: J-3 is queued: make the container box2
           Its end is told here; /job cancel J-3 stops it.
           J-3: box2 (137) is running
           The container box2 is on pve2, and written down in NetBox.
           It runs and reports its addresses.
             started by  operator
             vmid        137
             node        pve2
             nic1        10.0.30.2/24, gateway 10.0.30.1 (assumed)
             task        <upid>
        viewer  /ipam check
           nothing is left over
           1 address that direttore took was looked at.
        %  guest 137 gone
        viewer  /ipam check
           warning: 2 records are left over
           /ipam release 10.0.30.2 gives back what nobody has.
           A VM whose guest is gone is deleted in NetBox; its addresses go with it.
           address       what     job  since                 why
           10.0.30.2/24  address  J-3  <time>  its guest is gone
                         VM box2  J-3  <time>  its guest is gone
        operator  /ipam release 10.0.30.2
           give back 10.0.30.2/24?
           10.0.30.2/24 is on box2 eth0 in NetBox, and no guest is called box2.
           It is deleted in NetBox and may be given to others at once.
           address       name  description         taken by
           10.0.30.2/24  box2  box2, for operator  operator, J-3
           [Yes] [No]
        operator  [Yes]
           warning: J-4 is queued: give back 10.0.30.2/24
           Its end is told here; /job cancel J-4 stops it.
           J-4: 10.0.30.2/24 is given back
           10.0.30.2/24 is given back.
             started by  operator
             address     10.0.30.2/24
        viewer  /ipam check
           warning: 1 record is left over
           A VM whose guest is gone is deleted in NetBox; its addresses go with it.
           address  what     job  since                 why
                    VM box2  J-3  <time>  its guest is gone
        "#);
}
