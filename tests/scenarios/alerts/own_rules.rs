//! Our own rules: nodes, storages, backups, jobs and reservations.

use super::*;
use direttore_domain::NodeStatus;
use insta::assert_snapshot;

const MINUTE: Duration = Duration::from_secs(60);

fn watching() -> Rules {
    let alerts = Alerts {
        channel: Some(ops()),
        node_offline: MINUTE,
        storage: 101,
        storage_back: 95,
        backup_failed: true,
        overrun: MINUTE * 15,
        job_stuck: true,
        ..Alerts::default()
    };
    Rules { alerts, hooks: hooks(), ..Rules::default() }
}

/// Waits until the lab's list shows a node so.
async fn node_is(s: &Story, name: &str, status: NodeStatus) {
    loop {
        let view = s.cluster.refresh().await.expect("the lab answers");
        if view.nodes.iter().any(|node| node.name.as_str() == name && node.status == status) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until the lab's list shows a guest's lock so.
async fn lock_is(s: &Story, vmid: u32, lock: Option<&str>) {
    let vmid = vmid.try_into().expect("in range");
    loop {
        let view = s.cluster.refresh().await.expect("the lab answers");
        if view.guest(vmid).is_some_and(|guest| guest.lock.as_deref() == lock) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_node_that_stays_away_and_comes_back() {
    let story = on_both(watching, async |s| {
        s.lab("pve3 offline");
        node_is(s, "pve3", NodeStatus::Offline).await;
        look(s).await;
        nothing_told(s).await;
        s.note("whoever begins anew goes on waiting from where the one before began");
        s.dispatch.flush().await;
        let after = s.another();
        s.clock.advance(MINUTE);
        while after.lab.clusters()[0].view_now().is_none_or(|view| view.as_of + PACE < s.clock.now()) {
            tokio::task::yield_now().await;
        }
        after.do_alerts().await.expect("the database answers");
        told(s).await;
        after.do_alerts().await.expect("the database answers");
        s.dispatch.do_alerts().await.expect("another process has the lease");
        nothing_told(s).await;
        after.flush().await;
        s.lab("pve3 online");
        node_is(s, "pve3", NodeStatus::Online).await;
        look(s).await;
        passes(s, MINUTE / 2).await;
        nothing_told(s).await;
        passes(s, MINUTE / 2).await;
        told(s).await;
        s.say("viewer", "/alert show A-1").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  pve3 offline
    -- whoever begins anew goes on waiting from where the one before began
    -- in alerts/1.1 (1):
       warning: node-offline: 1 fires, critical
       A-1 critical, firing: pve3 is offline, since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    %  pve3 online
    -- in alerts/1.1 (2):
       node-offline: resolved
       A-1 critical, resolved: pve3 is offline, ended <time>
         from  direttore
    viewer  /alert show A-1
       A-1 is resolved: node-offline, critical
         what    pve3 is offline
         from    direttore
         since   <time>
         ended   <time>
         fired   1 time
         labels  cluster=lab and node=pve3
       when                  what      who  note
       <time>  resolved
       <time>  told
       <time>  fired          pve3 is offline
    "#);
}

#[tokio::test]
async fn a_backup_that_fails_until_one_does_not() {
    let story = on_both(watching, async |s| {
        s.lab("all fail=vzdump");
        s.say("operator", "/guest backup web1").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        lock_is(s, 101, None).await;
        look(s).await;
        told(s).await;
        s.say("operator", "/guest backup web1").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        lock_is(s, 101, None).await;
        s.clock.advance(PACE);
        look(s).await;
        told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  all fail=vzdump
    operator  /guest backup web1
       back up VM web1 (101)?
       It runs, and goes on.
         node           pve2
         status         running
         owner          none
         running since  <time>
         storage        local (chosen), <n> GiB free
         size           at most 16 GiB, before it is compressed
         mode           snapshot
         protected      no
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: back up web1 (101) to local
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: back up web1 (101) to local
       vzdump failed: exit code 1.
       It had been begun: /guest show tells how things are now. /job retry J-1 tries it again.
         started by  operator
    -- in alerts/1.1 (1):
       warning: backup-failed: 1 fires, critical
       A-1 critical, firing: the backup of guest 101 failed: vzdump failed: exit code 1, since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    operator  /guest backup web1
       back up VM web1 (101)?
       It runs, and goes on.
         node           pve2
         status         running
         owner          none
         running since  <time>
         storage        local (chosen), <n> GiB free
         size           at most 16 GiB, before it is compressed
         mode           snapshot
         protected      no
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: back up web1 (101) to local
       Its end is told here; /job cancel J-2 stops it.
       J-2: web1 (101) is backed up
       web1 (101) is backed up in local:backup/vzdump-qemu-101-<moment>.vma.zst (5.3 GiB).
         started by  operator
         backup      local:backup/vzdump-qemu-101-<moment>.vma.zst
         task        <upid>
    -- in alerts/1.1 (2):
       backup-failed: resolved
       A-1 critical, resolved: the backup of guest 101 failed: vzdump failed: exit code 1, ended <time>
         from  direttore
    "#);
}

#[tokio::test]
async fn while_a_backup_locks_a_guest_nobody_is_told_of_it() {
    let story = on_both(watching, async |s| {
        s.lab("guest 101 lock=backup");
        lock_is(s, 101, Some("backup")).await;
        let mut of_guest = alert(true, "GuestSlow", "pve1", s.clock.now());
        of_guest["labels"]["vmid"] = json!("101");
        post(s, "alertmanager", &of_alertmanager(&[of_guest])).await;
        nothing_told(s).await;
        s.say("viewer", "/alert list").await;
        s.lab("guest 101 unlock");
        lock_is(s, 101, None).await;
        passes(s, MINUTE).await;
        told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  guest 101 lock=backup
    -- alertmanager posts: Accepted
    viewer  /alert list
       1 alert
       /alert show A-1 tells all of one.
       alert  severity  state  what                     since
       A-1    critical  held   GuestSlow: pve1 is down  <time>
    %  guest 101 unlock
    -- in alerts/1.1 (1):
       warning: GuestSlow: 1 fires, critical
       A-1 critical, firing: pve1 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    "#);
}

/// Nobody knows whether it was done: the job asks, and so does its alert.
#[tokio::test]
async fn a_job_that_waits_for_a_person() {
    let story = on_both(watching, async |s| {
        let id = stuck(s).await;
        look(s).await;
        told(s).await;
        s.say("admin", &format!("/job cancel {id}")).await;
        s.press("admin", "Yes").await;
        s.clock.advance(PACE);
        look(s).await;
        told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- in alerts/1.1 (1):
       warning: job-stuck: 1 fires, warning
       A-1 warning, firing: J-1 is stuck: reboot web1 (101), since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    admin  /job cancel J-1
       cancel J-1: reboot web1 (101)?
       What it has done stays as it is; the job is given up.
         started by  admin
         status      stuck
       [Yes] [No]
    admin  [Yes]
       J-1 is cancelled: reboot web1 (101)
       What it had done stays as it is; /job show J-1 lists it.
    -- in alerts/1.1 (2):
       job-stuck: resolved
       A-1 warning, resolved: J-1 is stuck: reboot web1 (101), ended <time>
         from  direttore
    "#);
}

/// A job that is written down as stuck.
async fn stuck(s: &Story) -> direttore_domain::JobId {
    use direttore_store::job;
    let origin = Origin { surface: Surface::Console, channel: "elsewhere".to_owned() };
    let mut tx = s.dispatch.store.write().await.expect("the database answers");
    let new = job::NewJob {
        command: "power reboot",
        title: "reboot web1 (101)",
        account_id: None,
        actor: "admin",
        origin: &origin,
        question: None,
        position: 0,
        subject: "",
        steps: vec![],
        now: s.clock.now(),
    };
    let id = job::enqueue(&mut tx, &new).await.expect("enqueued");
    let leased = job::lease(&mut tx, "nobody", MINUTE, s.clock.now()).await.expect("leased");
    assert_eq!(leased.map(|job| job.id), Some(id));
    job::finish(&mut tx, id, "nobody", job::JobStatus::Stuck, Some("it is not known"), s.clock.now())
        .await
        .expect("over");
    tx.commit().await.expect("the database answers");
    id
}

#[tokio::test]
async fn a_reservation_whose_guest_goes_on_after_its_end() {
    let story = on_both(watching, async |s| {
        s.lab("all fail=qmshutdown times=always");
        s.ask("operator", "/reserve new web1 from=now for=1h end=shutdown").await;
        s.dispatch.pass(MINUTE * 61, "story", super::super::story::PATIENCE).await.expect("the database answers");
        s.unasked(|_| true).await;
        look(s).await;
        nothing_told(s).await;
        passes(s, MINUTE * 15).await;
        told(s).await;
        s.lab("clear");
        s.say("operator", "/power stop web1").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        s.clock.advance(PACE);
        look(s).await;
        told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  all fail=qmshutdown times=always
    -- in alerts/1.1 (1):
       warning: reservation-overrun: 1 fires, warning
       A-1 warning, firing: R-1 ended, and web1 (101) still runs, since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    %  clear
    operator  /power stop web1
       stop web1 (101)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           101
         kind           VM
         node           pve2
         status         running
         owner          none
         running since  <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: stop web1 (101)
       Its end is told here; /job cancel J-2 stops it.
       J-2: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
    -- in alerts/1.1 (2):
       reservation-overrun: resolved
       A-1 warning, resolved: R-1 ended, and web1 (101) still runs, ended <time>
         from  direttore
    "#);
}
