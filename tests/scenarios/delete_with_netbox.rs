//! A guest goes, and with it what NetBox has of it, and nothing else.

use super::story::{Story, on_both_with_netbox, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;

pub async fn its_records_and_addresses_go_with_it_told(s: &Story) {
    s.say("admin", "/guest delete web1").await;
    s.fill("admin", &[("name", "web1")]).await;
    s.settle().await;
    s.say("admin", "/ipam addresses find=web1").await;
    s.note("one that NetBox does not know");
    s.say("admin", "/guest delete bob-dev").await;
    s.press("admin", "Cancel").await;
    s.note("kept");
    s.say("admin", "/guest delete grafana keep-addresses").await;
    s.fill("admin", &[("name", "grafana")]).await;
    s.settle().await;
    s.say("admin", "/ipam addresses find=grafana").await;
}

#[tokio::test]
async fn its_records_and_addresses_go_with_it() {
    let story = on_both_with_netbox(its_records_and_addresses_go_with_it_told).await;
    assert_snapshot!(story, @r#"
    admin  /guest delete web1
       delete VM web1 (101) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           101
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM web1
         address        10.0.10.21/24
         address        2001:db8:10::15/64
       The name confirms it
         name (required): Type web1 to go on
       answer: name=…
       [Cancel]
    admin  name=web1
       warning: J-1 is queued: delete web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: web1 (101) is deleted
       web1 (101) was stopped on pve2.
       web1 (101) is deleted, with its disks and snapshots.
       NetBox has nothing of web1 any more: 10.0.10.21/24 and 2001:db8:10::15/64 can be given to others.
         started by  admin
         task        <upid>
         task        <upid>
    admin  /ipam addresses find=web1
       no address fits
       /ipam addresses without options lists all of them.
    -- one that NetBox does not know
    admin  /guest delete bob-dev
       delete VM bob-dev (126) for good?
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       NetBox has nothing of it.
         vmid   126
         node   pve3
         owner  none
       The name confirms it
         name (required): Type bob-dev to go on
       answer: name=…
       [Cancel]
    admin  [Cancel]
       cancelled; nothing was done
       /guest delete bob-dev asks again.
    -- kept
    admin  /guest delete grafana keep-addresses
       delete container grafana (110) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       What NetBox has of it stays.
         vmid           110
         node           pve2
         owner          none
         running since  <time>
       The name confirms it
         name (required): Type grafana to go on
       answer: name=…
       [Cancel]
    admin  name=grafana
       warning: J-2 is queued: delete grafana (110)
       Its end is told here; /job cancel J-2 stops it.
       J-2: grafana (110) is deleted
       grafana (110) was stopped on pve2.
       grafana (110) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
         task        <upid>
    admin  /ipam addresses find=grafana
       2 addresses
       address             status  name                     assigned
       10.0.10.26/24       active  grafana.lab.example.org  grafana eth0
       2001:db8:10::1a/64  active  grafana.lab.example.org  grafana eth0
    "#);
}

/// One that direttore made leaves nothing at all, also where NetBox does not guard the address.
pub async fn what_was_made_goes_without_a_trace_told(s: &Story) {
    let before = s.worlds();
    s.say("operator", "/provision container box1 node=pve2 nic1=\"ip=netbox:10.0.10.0/24@blue\"").await;
    s.press("operator", "Create").await;
    s.settle().await;
    s.say("admin", "/guest delete box1").await;
    s.fill("admin", &[("name", "box1")]).await;
    s.settle().await;
    assert!(s.worlds() == before, "both worlds are as before");
    s.say("admin", "/ipam check").await;
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let held = direttore_store::address_hold::all(&mut tx).await.expect("it can be read");
    assert_eq!(held, [], "no address is held");
}

#[tokio::test]
async fn what_was_made_goes_without_a_trace() {
    let story = on_sqlite_with_netbox(Rules::default, what_was_made_goes_without_a_trace_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision container box1 node=pve2 nic1="ip=netbox:10.0.10.0/24@blue"
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=netbox:10.0.10.0/24@blue ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 from NetBox 10.0.10.0/24@blue, next free now 10.0.10.2/24, gateway 10.0.10.1 (assumed: NetBox names none)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the container box1
       Its end is told here; /job cancel J-1 stops it.
       J-1: box1 (137) is running
       The container box1 is on pve2, and written down in NetBox.
       It runs and reports its addresses.
         started by  operator
         vmid        137
         node        pve2
         nic1        10.0.10.2/24, gateway 10.0.10.1 (assumed)
         task        <upid>
    admin  /guest delete box1
       delete container box1 (137) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its address is free for others.
         vmid           137
         node           pve2
         owner          operator
         running since  <time>
         in NetBox      VM box1
         address        10.0.10.2/24
       The name confirms it
         name (required): Type box1 to go on
       answer: name=…
       [Cancel]
    admin  name=box1
       warning: J-2 is queued: delete box1 (137)
       Its end is told here; /job cancel J-2 stops it.
       J-2: box1 (137) is deleted
       box1 (137) was stopped on pve2.
       box1 (137) is deleted, with its disks and snapshots.
       NetBox has nothing of box1 any more: 10.0.10.2/24 can be given to others.
         started by  admin
         task        <upid>
         task        <upid>
    admin  /ipam check
       nothing is left over
       0 addresses that direttore took were looked at.
    "#);
}
