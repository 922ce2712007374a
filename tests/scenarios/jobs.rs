//! Jobs as people see them: confirmed, changed meanwhile, failed, cancelled, retried.

use super::story::{Story, on_both, on_sqlite};
use insta::assert_snapshot;

#[tokio::test]
async fn two_people_press_yes_at_once_and_one_job_is_made() {
    crate::support::postgres::on_both(async |store| {
        let s = Story::start(store).await;
        s.say("operator", "/power stop web1").await;
        let on = s.newest(|r| r.actions.iter().any(|a| a == "Yes"));
        let presses = futures::future::join_all((0..8).map(|_| s.press_on("operator", &on, "Yes"))).await;
        let queued = presses.iter().flatten().filter(|r| r.job.is_some()).count();
        assert_eq!(queued, 1, "one press makes the job");
        assert_eq!(presses.iter().flatten().filter(|r| r.code.as_deref() == Some("answered-already")).count(), 7);
        s.settle().await;
        assert_eq!(s.sim.tasks().len(), 1);
        s.end().await;
    })
    .await;
}

pub async fn a_guest_that_changed_between_plan_and_yes_is_asked_about_again_told(s: &Story) {
    s.say("operator", "/power stop web1").await;
    s.lab("guest 101 status=paused");
    s.press("operator", "Yes").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    s.say("operator", "/power stop web2").await;
    s.lab("guest 102 status=stopped");
    s.press("operator", "Yes").await;
}

#[tokio::test]
async fn a_guest_that_changed_between_plan_and_yes_is_asked_about_again() {
    let story = on_both(a_guest_that_changed_between_plan_and_yes_is_asked_about_again_told).await;
    assert_snapshot!(story, @r#"
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
    %  guest 101 status=paused
    operator  [Yes]
       stop web1 (101)?
       It has changed since you asked.
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           101
         kind           VM
         node           pve2
         status         paused
         owner          none
         running since  <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: stop web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /power stop web2
       stop web2 (102)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           102
         kind           VM
         node           pve3
         status         running
         owner          none
         running since  <time>
       [Yes] [No]
    %  guest 102 status=stopped
    operator  [Yes]
       web2 (102) is stopped already
       Nothing had to be done.
    "#);
}

pub async fn a_question_is_for_its_asker_and_for_a_minute_told(s: &Story) {
    s.say("operator", "/power stop web1").await;
    s.press("admin", "Yes").await;
    s.clock.advance(std::time::Duration::from_secs(61));
    s.press("operator", "Yes").await;
    s.say("operator", "/power stop web1").await;
    s.press("operator", "No").await;
    s.press("operator", "No").await;
}

#[tokio::test]
async fn a_question_is_for_its_asker_and_for_a_minute() {
    let story = on_both(a_question_is_for_its_asker_and_for_a_minute_told).await;
    assert_snapshot!(story, @r#"
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
    admin  [Yes]
       refused: only operator can answer this (not-the-asker)
    operator  [Yes]
       refused: this question has expired (expired)
       ask again: /power stop web1
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
    operator  [No]
       cancelled; nothing was done
       /power stop web1 asks again.
    operator  [No]
       refused: this was answered already (answered-already)
    "#);
}

pub async fn a_failed_task_says_why_and_can_be_retried_told(s: &Story) {
    s.lab("all fail=snapshot text=\"no space left on device\"");
    s.say("operator", "/snapshot create web1 s1").await;
    s.settle().await;
    s.say("operator", "/job retry J-1").await;
    s.settle().await;
    s.say("operator", "/job show J-1").await;
    s.say("operator", "/job retry J-1").await;
    s.say("viewer", "/job show J-1").await;
    s.say("viewer", "/job list").await;
    s.say("admin", "/job list all").await;
}

#[tokio::test]
async fn a_failed_task_says_why_and_can_be_retried() {
    let story = on_both(a_failed_task_says_why_and_can_be_retried_told).await;
    assert_snapshot!(story, @r#"
    %  all fail=snapshot text="no space left on device"
    operator  /snapshot create web1 s1
       warning: J-1 is queued: snapshot s1 of web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: snapshot s1 of web1 (101)
       no space left on device.
       It had been begun: /guest show tells how things are now. /job retry J-1 tries it again.
         started by  operator
    operator  /job retry J-1
       warning: J-1 is queued again: snapshot s1 of web1 (101)
       It goes on from the step where it ended. Its end is told where it was first asked for.
       J-1: snapshot s1 of web1 (101) is taken
       snapshot s1 of web1 (101) is taken; the guest is running on pve2.
         started by  operator
         task        <upid>
    operator  /job show J-1
       J-1 is done: snapshot s1 of web1 (101)
         started by               operator
         created                  <time>
         started                  <time>
         ended                    <time>
         task of create-snapshot  <upid>
       step             state  attempts
       create-snapshot  done          1
    operator  /job retry J-1
       refused: J-1 cannot be retried: it is done (wrong-state)
    viewer  /job show J-1
       refused: J-1 belongs to operator (not-yours)
       its owner or an administrator can do that
    viewer  /job list
       no job fits
       /job list lists all of yours; what runs in the lab (/power start and the like) makes jobs.
    admin  /job list all
       1 job
       job  what                       who       status  created
       J-1  snapshot s1 of web1 (101)  operator  done    <time>
    "#);
}

pub async fn a_lock_is_waited_for_told(s: &Story) {
    s.lab("guest 101 lock=backup");
    s.say("operator", "/power stop web1").await;
    s.press("operator", "Yes").await;
    s.say("operator", "/snapshot create web1 s1").await;
    s.lab("guest 101 unlock");
    s.settle().await;
}

#[tokio::test]
async fn a_lock_is_waited_for() {
    let story = on_both(a_lock_is_waited_for_told).await;
    assert_snapshot!(story, @r#"
    %  guest 101 lock=backup
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
       warning: J-1 is queued: stop web1 (101)
       Its end is told here; /job cancel J-1 stops it.
    operator  /snapshot create web1 s1
       refused: web1 (101) cannot be snapshot: it is locked (backup) (wrong-state)
    %  guest 101 unlock
       J-1: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
    "#);
}

pub async fn a_queued_job_is_cancelled_told(s: &Story) {
    s.lab("all latency=300ms");
    s.say("operator", "/power shutdown web1").await;
    s.say("operator", "/snapshot create web1 s1").await;
    s.say("operator", "/job cancel J-2").await;
    s.press("operator", "Yes").await;
    s.lab("clear");
    s.lab("all latency=0s");
    s.settle().await;
    s.say("operator", "/job show J-2").await;
}

#[tokio::test]
async fn a_queued_job_is_cancelled() {
    let story = on_sqlite(a_queued_job_is_cancelled_told).await;
    assert_snapshot!(story, @r#"
    %  all latency=300ms
    operator  /power shutdown web1
       warning: J-1 is queued: shutdown web1 (101)
       Its end is told here; /job cancel J-1 stops it.
    operator  /snapshot create web1 s1
       warning: J-2 is queued: snapshot s1 of web1 (101)
       Its end is told here; /job cancel J-2 stops it.
    operator  /job cancel J-2
       cancel J-2: snapshot s1 of web1 (101)?
       What has not begun does not begin; what was done before is undone where that is possible.
         started by  operator
         status      queued
       [Yes] [No]
    operator  [Yes]
       J-2 is cancelled: snapshot s1 of web1 (101)
       It had not begun; nothing of it was done.
    %  clear
    %  all latency=0s
       J-1: web1 (101) is stopped
       web1 (101) is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /job show J-2
       J-2 is cancelled: snapshot s1 of web1 (101)
       /job retry J-2 does it again.
         started by  operator
         created     <time>
         ended       <time>
       step             state    attempts
       create-snapshot  pending         0
    "#);
}

pub async fn cancelling_a_job_in_doubt_sends_nothing_told(s: &Story) {
    s.lab("hang on=\"POST status/stop\"");
    s.say("operator", "/power stop web1").await;
    s.press("operator", "Yes").await;
    while s.sim.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    s.note("the request has left, and hangs");
    s.say("operator", "/job cancel J-1").await;
    s.press("operator", "Yes").await;
    s.settle().await;
    assert_eq!(s.sim.tasks().len(), 0, "the cancel must not do it");
    s.say("operator", "/job cancel J-1").await;
    s.press("operator", "Yes").await;
    s.say("operator", "/job show J-1").await;
}

#[tokio::test]
async fn cancelling_a_job_in_doubt_sends_nothing() {
    let story = on_both(cancelling_a_job_in_doubt_sends_nothing_told).await;
    assert_snapshot!(story, @r#"
    %  hang on="POST status/stop"
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
       warning: J-1 is queued: stop web1 (101)
       Its end is told here; /job cancel J-1 stops it.
    -- the request has left, and hangs
    operator  /job cancel J-1
       cancel J-1: stop web1 (101)?
       It stops where that is safe, and what it has done is undone where that is possible.
         started by  operator
         status      running
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is being cancelled: stop web1 (101)
       It stops where that is safe, and what it has done is undone where that is possible. The end is told when it is over.
       failed: J-1 is stuck: stop web1 (101)
       it is to be cancelled, and it is not known whether Proxmox got the request before.
       No earlier step was done.
       /job retry J-1 does it again, /job cancel J-1 leaves it as it is.
         started by  operator
    operator  /job cancel J-1
       cancel J-1: stop web1 (101)?
       What it has done stays as it is; the job is given up.
         started by  operator
         status      stuck
       [Yes] [No]
    operator  [Yes]
       J-1 is cancelled: stop web1 (101)
       What it had done stays as it is; /job show J-1 lists it.
    operator  /job show J-1
       J-1 is cancelled: stop web1 (101)
       /job retry J-1 does it again.
         started by  operator
         created     <time>
         started     <time>
         ended       <time>
         error       it is to be cancelled, and it is not known whether Proxmox got the request before
       step         state  attempts
       power-guest  stuck         2
    "#);
}

#[tokio::test]
async fn a_cancelled_shutdown_says_what_may_still_come() {
    crate::support::postgres::on_both(async |store| {
        let minute = std::time::Duration::from_secs(60);
        let lab = direttore_sim::Settings { task_time: (minute, minute), ..super::story::lab_settings() };
        let freshness = direttore_core::Freshness::default();
        let s = Story::with(store, lab, freshness).await;
        s.say("operator", "/power shutdown web1").await;
        while s.sim.tasks().is_empty() {
            tokio::task::yield_now().await;
        }
        s.say("operator", "/job cancel J-1").await;
        s.press("operator", "Yes").await;
        let ends = s.settle().await;
        let end = ends.last().expect("an end");
        assert_eq!(end.tone, direttore_reply::Tone::Warning);
        assert!(end.text_plain().contains("may still do so"), "{}", end.text_plain());
        assert_eq!(s.sim.tasks()[0].exit.as_deref(), Some("received interrupt"), "and its task is stopped");
        s.end().await;
    })
    .await;
}

pub async fn a_retry_is_asked_of_the_policy_anew_told(s: &Story) {
    s.lab("all fail=snapshot text=\"no space left on device\"");
    s.say("operator", "/snapshot create web1 s1").await;
    s.settle().await;
    s.say("admin", "/grant add operator pools=lab").await;
    s.say("operator", "/job retry J-1").await;
    s.say("admin", "/user role operator viewer").await;
    s.press("admin", "Yes").await;
    s.say("operator", "/job retry J-1").await;
}

#[tokio::test]
async fn a_retry_is_asked_of_the_policy_anew() {
    let story = on_both(a_retry_is_asked_of_the_policy_anew_told).await;
    assert_snapshot!(story, @r#"
    %  all fail=snapshot text="no space left on device"
    operator  /snapshot create web1 s1
       warning: J-1 is queued: snapshot s1 of web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: snapshot s1 of web1 (101)
       no space left on device.
       It had been begun: /guest show tells how things are now. /job retry J-1 tries it again.
         started by  operator
    admin  /grant add operator pools=lab
       grant 1 narrows what operator may do
       What no grant to operator covers is refused from now on. /grant remove 1 takes it back.
         pools  lab
    operator  /job retry J-1
       refused: your grants do not cover /snapshot create on snapshot s1 of web1 (101) (not-granted)
       they cover only pools=lab; an administrator can change that (/grant add)
    admin  /user role operator viewer
       make operator viewer?
       Its grants stay.
         role now  operator
         new role  viewer
       [Yes] [No]
    admin  [Yes]
       operator is viewer now
         before  operator
    operator  /job retry J-1
       refused: this needs the permission power, which the role operator has; you are viewer (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    "#);
}

pub async fn an_ha_managed_guest_is_watched_not_its_request_told(s: &Story) {
    let found = s.sim.world();
    let guests = found["guests"].as_object().expect("guests by VMID").clone();
    let ha = guests.iter().find(|(_, g)| !g["ha"].is_null() && g["ha"] != false).map(|(vmid, _)| vmid.clone());
    let vmid = ha.expect("the lab has one HA-managed guest");
    s.say("operator", &format!("/power stop {vmid}")).await;
    s.press("operator", "Yes").await;
    s.settle().await;
}

#[tokio::test]
async fn an_ha_managed_guest_is_watched_not_its_request() {
    let story = on_both(an_ha_managed_guest_is_watched_not_its_request_told).await;
    assert_snapshot!(story, @r#"
    operator  /power stop 108
       stop gitlab (108)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           108
         kind           VM
         node           pve3
         status         running
         owner          none
         running since  <time>
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: stop gitlab (108)
       Its end is told here; /job cancel J-1 stops it.
       J-1: gitlab (108) is stopped
       gitlab (108) is stopped on pve3.
         started by  operator
         task        <upid>
    "#);
}

#[tokio::test]
async fn lists_do_not_lag_behind_what_was_done() {
    // The list of this lab is refreshed so seldom that without the overlay it would show the old state.
    crate::support::postgres::on_both(async |store| {
        let lab = direttore_sim::Settings {
            resources_lag: std::time::Duration::from_secs(3600),
            ..super::story::lab_settings()
        };
        let freshness = direttore_core::Freshness {
            refresh: std::time::Duration::from_millis(30),
            overlay: std::time::Duration::from_secs(60),
        };
        let s = Story::with(store, lab, freshness).await;
        s.say("operator", "/power start db2").await;
        s.settle().await;
        let replies = s.say("operator", "/guest list db2").await;
        let row = &replies[0].table.as_ref().expect("a table").rows[0];
        assert_eq!(row[4], direttore_reply::Cell::Text("running".into()), "the job saw it run");
        s.say("admin", "/guest delete staging-db").await;
        s.fill("admin", &[("name", "staging-db")]).await;
        s.settle().await;
        let replies = s.say("operator", "/guest list staging-db").await;
        assert!(replies[0].table.as_ref().is_none_or(|t| t.rows.is_empty()), "the job saw it go");
        s.end().await;
    })
    .await;
}
