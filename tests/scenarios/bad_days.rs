//! The world says no: told apart from the asker's mistakes, nothing half done, and it recovers by itself.

use super::story::{Story, on_both, on_sqlite};
use insta::assert_snapshot;

#[tokio::test]
async fn a_lost_answer_never_leads_to_a_second_task() {
    on_both(async |s: &Story| {
        for (fault, line) in [
            ("status=596 after on=\"POST status/start\"", "/power start db2"),
            ("drop after on=\"POST status/start\"", "/power start bob-dev"),
            ("hang after on=\"POST status/start\"", "/power start api2"),
            ("garbage on=\"POST status/start\"", "/power start build-arm"),
            ("status=596 on=\"POST status/start\"", "/power start win-test"),
            ("drop on=\"POST status/start\"", "/power start k8s-node3"),
        ] {
            s.lab(fault);
            let before = s.sim.tasks().len();
            s.say("operator", line).await;
            let ends = s.settle().await;
            assert_eq!(ends.last().map(|r| r.tone), Some(direttore_reply::Tone::Success), "{fault}: {ends:?}");
            assert_eq!(s.sim.tasks().len(), before + 1, "{fault}: one task, no more");
        }
    })
    .await;
}

#[tokio::test]
async fn the_lab_is_away_and_comes_back() {
    let story = on_sqlite(async |s| {
        s.say("viewer", "/guest list db2").await;
        s.lab("drop times=always");
        s.say("operator", "/power start db2").await;
        s.lab("clear");
        s.say("operator", "/power start db2").await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    viewer  /guest list db2
       1 guest
       vmid  name  kind  node  status  cores  memory  cpu  tags
       104  db2  VM  pve2  stopped  1  8  GiB  <n> %  db  prod
    %  drop times=always
    operator  /power start db2
       failed: Proxmox cluster lab cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    %  clear
    operator  /power start db2
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
    "#);
}

#[tokio::test]
async fn a_revoked_token_is_named() {
    let story = on_sqlite(async |s| {
        s.lab("token revoked");
        s.say("operator", "/guest show web1").await;
        s.say("admin", "/lab check").await;
        s.lab("token restored");
        s.say("admin", "/lab check").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  token revoked
    operator  /guest show web1
       failed: Proxmox cluster lab does not accept our credentials: Authentication failed! (credentials-refused)
       an administrator corrects them in the configuration
    admin  /lab check
       warning: 1 of 2 checks failed
       Proxmox lab, reachable: Proxmox cluster lab does not accept our credentials: Authentication failed!; an administrator corrects them in the configuration.
       connection   check      state   result
       SQLite       reachable  ok      answers
       Proxmox lab  reachable  failed  Proxmox cluster lab does not accept our credent…
    %  token restored
    admin  /lab check
       all is well: 5 checks
         pve1  unknown
         pve2  unknown
         pve3  unknown
       connection   check         state  result
       SQLite       reachable     ok     answers
       Proxmox lab  reachable     ok     Proxmox VE 9.2.3
       Proxmox lab  privileges    ok     all there
       Proxmox lab  fingerprints  ok     of 3 nodes
       Proxmox lab  inventory     ok     3 nodes, 40 guests
    "#);
}

#[tokio::test]
async fn a_node_that_is_offline_is_named() {
    let story = on_sqlite(async |s| {
        s.say("operator", "/guest list dns1").await;
        s.lab("pve1 offline");
        s.cluster.refresh().await.expect("the lab answers");
        s.say("operator", "/guest list dns1").await;
        s.say("operator", "/power start dns1").await;
        s.say("admin", "/node reboot pve1").await;
        s.lab("pve1 online");
        s.cluster.refresh().await.expect("the lab answers");
        s.say("operator", "/power reboot dns1").await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /guest list dns1
       1 guest
       vmid  name  kind  node  status  cores  memory  cpu  tags
       100  dns1  container  pve1  running  1  1  GiB  <n> %  infra
    %  pve1 offline
    operator  /guest list dns1
       1 guest
       vmid  name  kind  node  status  cores  memory  cpu  tags
       100  dns1  container  pve1  unknown  1  1  GiB  <n> %  infra
    operator  /power start dns1
       failed: node pve1 is offline (node-offline)
    admin  /node reboot pve1
       refused: node pve1 cannot reboot: it is offline (wrong-state)
    %  pve1 online
    operator  /power reboot dns1
       warning: J-1 is queued: reboot dns1 (100)
       Its end is told here; /job cancel J-1 stops it.
       J-1: dns1 (100) was rebooted and is running
       dns1 (100) was rebooted and is running on pve1.
         started by  operator
         task        <upid>
    "#);
}

#[tokio::test]
async fn without_the_database_reads_answer_and_writes_are_refused() {
    let story = on_sqlite(async |s| {
        s.say("operator", "/guest list db2").await;
        // Who may do what is not asked anew for a moment, unless somebody's rights were changed.
        s.ask("admin", "/user create bob viewer").await;
        s.dispatch.store.close().await;
        s.say("operator", "/guest list db2").await;
        s.say("operator", "/power start db2").await;
        assert_eq!(s.sim.tasks().len(), 0, "nothing was done");
    });
    assert_snapshot!(story.await, @r#"
    operator  /guest list db2
       1 guest
       vmid  name  kind  node  status  cores  memory  cpu  tags
       104  db2  VM  pve2  stopped  1  8  GiB  <n> %  db  prod
    operator  /guest list db2
       warning: 1 guest
       
       The database does not answer: this is shown from memory, and nothing can be changed now.
       vmid  name  kind  node  status  cores  memory  cpu  tags
       104  db2  VM  pve2  stopped  1  8  GiB  <n> %  db  prod
    operator  /power start db2
       failed: the database cannot be used: it was closed (database)
       nothing was changed; try again
    "#);
}
