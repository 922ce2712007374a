//! Listing, inspecting, powering, snapshotting and deleting guests.

use super::story::{Story, on_both};
use insta::assert_snapshot;

pub async fn a_guest_is_started_and_stopped_told(s: &Story) {
    s.say("operator", "/power start db2").await;
    s.settle().await;
    s.say("operator", "/power start db2").await;
    s.say("operator", "/power stop db2").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("operator", "/power reset dns1").await;
    s.say("operator", "/power suspend db2").await;
}

#[tokio::test]
async fn a_guest_is_started_and_stopped() {
    let story = on_both(a_guest_is_started_and_stopped_told).await;
    assert_snapshot!(story, @r#"
    operator  /power start db2
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
    operator  /power start db2
       db2 (104) is running already
       Nothing had to be done.
    operator  /power stop db2
       stop db2 (104)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           104
         kind           VM
         node           pve2
         status         running
         owner          none
         running since  <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: stop db2 (104)
       Its end is told here; /job cancel J-2 stops it.
       J-2: db2 (104) is stopped
       db2 (104) is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /power reset dns1
       refused: dns1 (100) cannot reset: a container has no reset; reboot and stop work (wrong-state)
    operator  /power suspend db2
       refused: db2 (104) cannot suspend: it is stopped; start works (wrong-state)
    "#);
}

pub async fn several_guests_at_once_by_name_and_by_tag_told(s: &Story) {
    s.say("operator", "/power shutdown web1 web2").await;
    s.settle().await;
    s.say("operator", "/power start tag=web").await;
    s.settle().await;
    s.say("operator", "/power start tag=nothing").await;
}

#[tokio::test]
async fn several_guests_at_once_by_name_and_by_tag() {
    let story = on_both(several_guests_at_once_by_name_and_by_tag_told).await;
    assert_snapshot!(story, @r#"
    operator  /power shutdown web1 web2
       warning: 2 jobs are queued
       The end of each is told here; /job cancel with its name stops one.
       job  what
       J-1  shutdown web1 (101)
       J-2  shutdown web2 (102)
       J-1: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
       J-2: web2 (102) is stopped
       web2 (102) is stopped on pve3.
         started by  operator
         task        <upid>
    operator  /power start tag=web
       warning: 3 jobs are queued
       api1 (128) is running already.
       staging-web (134) is running already.
       The end of each is told here; /job cancel with its name stops one.
       job  what
       J-3  start api2 (129)
       J-4  start web1 (101)
       J-5  start web2 (102)
       J-3: api2 (129) is running
       api2 (129) is running on pve3.
         started by  operator
         task        <upid>
       J-4: web1 (101) is running
       web1 (101) is running on pve2.
         started by  operator
         task        <upid>
       J-5: web2 (102) is running
       web2 (102) is running on pve3.
         started by  operator
         task        <upid>
    operator  /power start tag=nothing
       refused: nothing fits tag=nothing (nothing-fits)
    "#);
}

pub async fn a_snapshot_is_made_rolled_back_and_deleted_told(s: &Story) {
    s.say("operator", "/snapshot create web1 monday description=\"clean state\"").await;
    s.settle().await;
    s.say("operator", "/snapshot create web1 monday").await;
    s.say("operator", "/snapshot rollback web1 mondya").await;
    s.say("operator", "/snapshot rollback web1 monday").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("operator", "/snapshot delete web1 monday").await;
    s.press("operator", "No").await;
    s.say("operator", "/snapshot delete web1 monday").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("operator", "/snapshot create dns1 with-memory memory").await;
}

#[tokio::test]
async fn a_snapshot_is_made_rolled_back_and_deleted() {
    let story = on_both(a_snapshot_is_made_rolled_back_and_deleted_told).await;
    assert_snapshot!(story, @r#"
    operator  /snapshot create web1 monday description="clean state"
       warning: J-1 is queued: snapshot monday of web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: snapshot monday of web1 (101) is taken
       snapshot monday of web1 (101) is taken; the guest is running on pve2.
         started by  operator
         task        <upid>
    operator  /snapshot create web1 monday
       refused: snapshot monday exists already (exists-already)
    operator  /snapshot rollback web1 mondya
       refused: there is no snapshot "mondya" (no-such-snapshot)
       did you mean monday?
    operator  /snapshot rollback web1 monday
       roll web1 (101) back to snapshot monday?
       What has changed since <time> is lost.
       It is running: it is stopped first, at once.
       It stays stopped afterwards.
         guest          web1 (101)
         kind           VM
         node           pve2
         status         running
         owner          none
         running since  <time>
         taken          <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: roll web1 (101) back to monday
       Its end is told here; /job cancel J-2 stops it.
       J-2: web1 (101) is back at snapshot monday and is stopped
       web1 (101) is back at snapshot monday and is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /snapshot delete web1 monday
       delete snapshot monday of web1 (101)?
       The guest stays as it is; going back to this snapshot is no longer possible afterwards.
         guest   web1 (101)
         kind    VM
         node    pve2
         status  stopped
         owner   none
         taken   <time>
       [Yes] [No]
    operator  [No]
       cancelled; nothing was done
       /snapshot delete web1 monday asks again.
    operator  /snapshot delete web1 monday
       delete snapshot monday of web1 (101)?
       The guest stays as it is; going back to this snapshot is no longer possible afterwards.
         guest   web1 (101)
         kind    VM
         node    pve2
         status  stopped
         owner   none
         taken   <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-3 is queued: delete snapshot monday of web1 (101)
       Its end is told here; /job cancel J-3 stops it.
       J-3: snapshot monday of web1 (101) is deleted
       snapshot monday of web1 (101) is deleted; the guest is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /snapshot create dns1 with-memory memory
       refused: dns1 (100) cannot be snapshot with memory: memory is kept for VMs only (wrong-state)
    "#);
}

pub async fn a_guest_is_deleted_by_typing_its_name_told(s: &Story) {
    s.say("admin", "/guest owner staging-db operator").await;
    s.say("admin", "/guest delete staging-db").await;
    s.fill("admin", &[("name", "staging")]).await;
    s.fill("admin", &[("name", "staging-db")]).await;
    s.settle().await;
    s.say("admin", "/guest show staging-db").await;
    s.note("a running one is stopped first");
    s.say("admin", "/guest delete wiki reason=\"no longer read\"").await;
    s.fill("admin", &[("name", "wiki")]).await;
    s.settle().await;
    s.say("admin", "/guest list find=wiki").await;
}

#[tokio::test]
async fn a_guest_is_deleted_by_typing_its_name() {
    let story = on_both(a_guest_is_deleted_by_typing_its_name_told).await;
    assert_snapshot!(story, @r#"
    admin  /guest owner staging-db operator
       staging-db (135) belongs to operator now
    admin  /guest delete staging-db
       delete VM staging-db (135) for good?
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
         vmid   135
         node   pve3
         owner  operator
       The name confirms it
         name (required): Type staging-db to go on
       answer: name=…
       [Cancel]
    admin  name=staging
       refused: the name does not match: "staging" is not staging-db (name-mismatch)
       nothing was done; answer again with the exact name
       The name confirms it
         name (required): Type staging-db to go on
             wrong: the name does not match: "staging" is not staging-db
       answer: name=…
       [Cancel]
    admin  name=staging-db
       warning: J-1 is queued: delete staging-db (135)
       Its end is told here; /job cancel J-1 stops it.
       J-1: staging-db (135) is deleted
       staging-db (135) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
    admin  /guest show staging-db
       refused: no guest is called staging-db (no-such-guest)
       did you mean staging-web?
    -- a running one is stopped first
    admin  /guest delete wiki reason="no longer read"
       delete container wiki (136) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
         vmid           136
         node           pve1
         owner          none
         running since  <time>
         reason         no longer read
       The name confirms it
         name (required): Type wiki to go on
       answer: name=…
       [Cancel]
    admin  name=wiki
       warning: J-2 is queued: delete wiki (136)
       Its end is told here; /job cancel J-2 stops it.
       J-2: wiki (136) is deleted
       wiki (136) was stopped on pve1.
       wiki (136) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
         task        <upid>
    admin  /guest list find=wiki
       no guest fits
       /guest list without options lists all that you may see; guest templates are listed with kind=template.
    "#);
}

pub async fn nodes_are_shown_and_rebooted_told(s: &Story) {
    s.say("viewer", "/node list").await;
    s.say("admin", "/node reboot pve3").await;
    s.fill("admin", &[("name", "pve3")]).await;
    s.settle().await;
}

#[tokio::test]
async fn nodes_are_shown_and_rebooted() {
    let story = on_both(nodes_are_shown_and_rebooted_told).await;
    assert_snapshot!(story, @r#"
    viewer  /node list
       3 nodes
       node  status  cores  cpu  memory  disk  running  guests  uptime
       pve1  online  32  <n> %  <n> %  <n> %  9  13  19  d
       pve2  online  32  <n> %  <n> %  <n> %  11  12  34  d
       pve3  online  32  <n> %  <n> %  <n> %  8  12  87  d
    admin  /node reboot pve3
       reboot node pve3?
       8 guests there go down with it: cache1 (117), ci-runner-1 (105), gitlab (108), k8s-node2 (123), ldap1 (114), legacy-ftp (132), prometheus (111) and web2 (102).
       Only guests that start with their node come back by themselves.
         node            pve3
         cluster         lab
         running guests  8
       The name confirms it
         name (required): Type pve3 to go on
       answer: name=…
       [Cancel]
    admin  name=pve3
       warning: J-1 is queued: reboot node pve3
       Its end is told here; /job cancel J-1 stops it.
       J-1: node pve3 is back up
       node pve3 is back up: it answers again.
         started by  admin
    "#);
}

pub async fn the_first_page_of_guests_and_the_next_told(s: &Story) {
    s.say("viewer", "/guest list").await;
    s.press("viewer", "Next").await;
    s.say("viewer", "/guest list kind=template").await;
    s.say("viewer", "/guest list nothing-like-this").await;
}

#[tokio::test]
async fn the_first_page_of_guests_and_the_next() {
    let story = on_both(the_first_page_of_guests_and_the_next_told).await;
    assert_snapshot!(story, @r#"
    viewer  /guest list
       page 1 of 4, 37 guests
       vmid  name  kind  node  status  cores  memory  cpu  tags
       125  alice-dev  VM  pve2  running  1  8  GiB  <n> %  dev
       128  api1  VM  pve2  running  2  8  GiB  <n> %  prod  web
       129  api2  VM  pve3  stopped  2  8  GiB  <n> %  prod  web
       116  bastion  VM  pve2  running  4  1  GiB  <n> %  security
       119  bgp-lab-1  VM  pve2  running  4  1  GiB  <n> %  net
       120  bgp-lab-2  VM  pve3  stopped  1  2  GiB  <n> %  net
       126  bob-dev  VM  pve3  stopped  4  8  GiB  <n> %  dev
       118  build-arm  VM  pve1  stopped  4  2  GiB  <n> %  ci
       117  cache1  container  pve3  running  2  8  GiB  <n> %  prod
       127  carol-dev  container  pve1  running  4  2  GiB  <n> %  dev
       [Next]
    viewer  [Next]
       page 2 of 4, 37 guests
       vmid  name  kind  node  status  cores  memory  cpu  tags
       105  ci-runner-1  container  pve3  running  4  1  GiB  <n> %  ci
       106  ci-runner-2  container  pve1  stopped  4  1  GiB  <n> %  ci
       107  ci-runner-3  VM  pve2  running  2  1  GiB  <n> %  ci
       103  db1  VM  pve1  running  4  4  GiB  <n> %  db  prod
       104  db2  VM  pve2  stopped  1  8  GiB  <n> %  db  prod
       100  dns1  container  pve1  running  1  1  GiB  <n> %  infra
       115  dns2  container  pve1  running  4  2  GiB  <n> %  infra
       108  gitlab  VM  pve3  running  2  2  GiB  <n> %  ci  prod
       110  grafana  container  pve2  running  4  8  GiB  <n> %  monitoring
       121  k8s-cp1  VM  pve1  running  2  4  GiB  <n> %  k8s
       [Back] [Next]
    viewer  /guest list kind=template
       3 guests
       vmid  name  kind  node  status  cores  memory  cpu  tags
       9000  debian-13-cloud  VM  pve1  stopped  2  2  GiB  <n> %  template
       9002  rocky-10-cloud  VM  pve3  stopped  2  2  GiB  <n> %  template
       9001  ubuntu-24-cloud  VM  pve2  stopped  2  2  GiB  <n> %  template
    viewer  /guest list nothing-like-this
       no guest fits
       /guest list without options lists all that you may see; guest templates are listed with kind=template.
    "#);
}
