//! What the lab does for a reservation, and whom a reservation keeps out.

use super::story::{Story, on_both};
use insta::assert_snapshot;

const MONDAY: &str = "2040-01-02T09:00Z";

/// Of the simulated lab: one that runs, and one that does not.
const RUNS: &str = "101";
const STANDS: &str = "104";

#[tokio::test]
async fn a_guest_is_started_and_shut_down_with_its_window() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", &format!("/reserve new {STANDS} from=10:00 for=2h start end=shutdown")).await;
        s.passes("2h").await;
        s.say("operator", "/guest list mine").await;
        s.press("operator", "Extend").await;
        s.passes("3h").await;
        s.say("viewer", &format!("/snapshot list {STANDS}")).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new 104 from=10:00 for=2h start end=shutdown
       db2 (104) is yours
         R-1           2040-01-02 10:00 to 12:00 UTC (+00:00)
         at the start  the guests are started
         at the end    the guests are shut down
    ~  2h
       R-1: db2 (104) is yours in 15 minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: db2 (104) is yours now
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
    operator  /guest list mine
       no guest fits
       /guest list without options lists all that you may see; guest templates are listed with kind=template.
    operator  [Extend]
       R-1 is extended
         R-1  db2 (104), 2040-01-02 10:00 to 13:00 UTC (+00:00) (active)
    ~  3h
       R-1: db2 (104) is yours for 15 more minutes
         window  2040-01-02 10:00 to 13:00 UTC (+00:00)
         acts    the guests are shut down at the end
       [Extend] [Release]
       R-1: your time with db2 (104) is over
         window  2040-01-02 10:00 to 13:00 UTC (+00:00)
       J-2: db2 (104) is stopped
       db2 (104) is stopped on pve2.
         started by  operator
         task        <upid>
    viewer  /snapshot list 104
       db2 (104) has no snapshot
       /snapshot create 104 before-upgrade takes one.
    "#);
}

#[tokio::test]
async fn a_guest_goes_back_to_its_snapshot_and_what_another_has_next_is_spared() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", &format!("/reserve new {STANDS} from=10:00 for=1h end=rollback")).await;
        s.say("operator", &format!("/reserve new {STANDS} from=10:00 for=1h start snapshot end=rollback")).await;
        s.say("operator", &format!("/reserve new {STANDS} from=11:00 for=1h end=destroy")).await;
        s.say("operator", "/reserve new pve1 from=10:00 for=1h start").await;
        s.passes("130m").await;
        s.say("viewer", &format!("/snapshot list {STANDS}")).await;
        s.note("at its end it would be destroyed, but somebody has it next");
        s.say("admin", &format!("/reserve new {STANDS} from=12:00 for=1h end=destroy")).await;
        s.say("operator", &format!("/reserve new {STANDS} from=14:00 for=1h")).await;
        s.passes("2h").await;
        s.say("admin", &format!("/reserve new {STANDS} from=16:00 for=1h end=destroy")).await;
        s.passes("4h").await;
        s.say("viewer", &format!("/guest show {STANDS}")).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new 104 from=10:00 for=1h end=rollback
       refused: snapshot is missing (missing-option)
       right would be snapshot, to have something to go back to
    operator  /reserve new 104 from=10:00 for=1h start snapshot end=rollback
       db2 (104) is yours
         R-1           2040-01-02 10:00 to 11:00 UTC (+00:00)
         at the start  a snapshot of the guests, then they are started
         at the end    the guests go back to the snapshot
    operator  /reserve new 104 from=11:00 for=1h end=destroy
       refused: this needs the permission delete, which the role admin has; you are operator (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    operator  /reserve new pve1 from=10:00 for=1h start
       refused: pve1 cannot be acted on: only guests that are named can be started, kept in a snapshot, or ended (wrong-state)
    ~  130m
       R-1: db2 (104) is yours in 15 minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: db2 (104) is yours now
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       J-1: db2 (104) is running
       snapshot reservation-1 of db2 (104) is taken; the guest is stopped on pve2.
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
         task        <upid>
       R-1: db2 (104) is yours for 15 more minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         acts    the guests go back to their snapshot at the end
       [Extend] [Release]
       R-1: your time with db2 (104) is over
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       J-2: snapshot reservation-1 of db2 (104) is deleted
       db2 (104) is back at snapshot reservation-1 and is stopped on pve2.
       snapshot reservation-1 of db2 (104) is deleted; the guest is stopped on pve2.
         started by  operator
         task        <upid>
         task        <upid>
    viewer  /snapshot list 104
       db2 (104) has no snapshot
       /snapshot create 104 before-upgrade takes one.
    -- at its end it would be destroyed, but somebody has it next
    admin  /reserve new 104 from=12:00 for=1h end=destroy
       db2 (104) is yours
         R-2         2040-01-02 12:00 to 13:00 UTC (+00:00)
         at the end  the guests are destroyed, unless somebody has them next
    operator  /reserve new 104 from=14:00 for=1h
       db2 (104) is yours
         R-3  2040-01-02 14:00 to 15:00 UTC (+00:00)
    ~  2h
       R-2: db2 (104) is yours in 15 minutes
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-2: db2 (104) is yours now
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
       R-2: db2 (104) is yours for 15 more minutes
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
         acts    the guests are destroyed at the end
       [Extend] [Release]
       R-2: your time with db2 (104) is over
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
       R-2: db2 (104) is not destroyed
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
         reason  R-3 of operator has db2 (104) next
       R-3: db2 (104) is kept for you
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
         reason  R-2 was to destroy it at its end
    admin  /reserve new 104 from=16:00 for=1h end=destroy
       db2 (104) is yours
         R-4         2040-01-02 16:00 to 17:00 UTC (+00:00)
         at the end  the guests are destroyed, unless somebody has them next
    ~  4h
       R-3: db2 (104) is yours in 15 minutes
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-3: db2 (104) is yours now
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
       R-3: db2 (104) is yours for 15 more minutes
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
       [Extend] [Release]
       R-3: your time with db2 (104) is over
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
       R-4: db2 (104) is yours in 15 minutes
         window  2040-01-02 16:00 to 17:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-4: db2 (104) is yours now
         window  2040-01-02 16:00 to 17:00 UTC (+00:00)
       R-4: db2 (104) is yours for 15 more minutes
         window  2040-01-02 16:00 to 17:00 UTC (+00:00)
         acts    the guests are destroyed at the end
       [Extend] [Release]
       R-4: your time with db2 (104) is over
         window  2040-01-02 16:00 to 17:00 UTC (+00:00)
       J-3: db2 (104) is deleted
       db2 (104) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
    viewer  /guest show 104
       refused: no guest is called 104 (no-such-guest)
       /guest list shows the guests
    "#);
}

#[tokio::test]
async fn while_it_lasts_nobody_else_gets_in_the_way() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("admin", &format!("/reserve new {RUNS} from=now for=2h")).await;
        s.passes("1m").await;
        s.say("operator", &format!("/power stop {RUNS}")).await;
        s.say("operator", &format!("/snapshot create {RUNS} mine")).await;
        s.say("operator", &format!("/guest resize {RUNS} memory=1G")).await;
        s.note("to see is free, and what is another's");
        s.say("operator", "/reserve list").await;
        s.say("operator", "/power start 104").await;
        s.settle().await;
        s.note("the holder may");
        s.say("admin", &format!("/power reboot {RUNS}")).await;
        s.settle().await;
        s.say("admin", "/reserve release R-1").await;
        s.note("an administrator goes over it, and says why");
        s.say("operator", &format!("/reserve new {RUNS} from=now for=2h")).await;
        s.passes("1m").await;
        s.say("admin", &format!("/power reboot {RUNS}")).await;
        s.fill("admin", &[("reason", "the host is on fire")]).await;
        s.settle().await;
        s.say("admin", &format!("/power stop {RUNS} reason=really")).await;
        s.note("what was asked before it began is looked at again");
        s.say("operator", "/power stop 102").await;
        s.say("admin", "/reserve new 102 from=now for=1h").await;
        s.press("operator", "Yes").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /reserve new 101 from=now for=2h
       web1 (101) is yours
         R-1  2040-01-02 09:00 to 11:00 UTC (+00:00)
    ~  1m
       R-1: web1 (101) is yours now
         window  2040-01-02 09:00 to 11:00 UTC (+00:00)
    operator  /power stop 101
       refused: web1 (101) is reserved: R-1 of admin, 2040-01-02 09:00 to 11:00 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    operator  /snapshot create 101 mine
       refused: web1 (101) is reserved: R-1 of admin, 2040-01-02 09:00 to 11:00 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    operator  /guest resize 101 memory=1G
       refused: web1 (101) is reserved: R-1 of admin, 2040-01-02 09:00 to 11:00 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    -- to see is free, and what is another's
    operator  /reserve list
       1 reservation
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what        holder  status
       R-1  Mon 2 Jan 09:00–11:00  web1 (101)  admin   active
    operator  /power start 104
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
    -- the holder may
    admin  /power reboot 101
       warning: J-2 is queued: reboot web1 (101)
       Its end is told here; /job cancel J-2 stops it.
       J-2: web1 (101) was rebooted and is running
       web1 (101) was rebooted and is running on pve2.
         started by  admin
         task        <upid>
    admin  /reserve release R-1
       R-1 is released
         R-1  web1 (101), 2040-01-02 09:00 to 09:01 UTC (+00:00) (released)
    -- an administrator goes over it, and says why
    operator  /reserve new 101 from=now for=2h
       web1 (101) is yours
         R-2  2040-01-02 09:01 to 11:01 UTC (+00:00)
    ~  1m
       R-2: web1 (101) is yours now
         window  2040-01-02 09:01 to 11:01 UTC (+00:00)
    admin  /power reboot 101
       refused: web1 (101) is reserved: R-2 of operator, 2040-01-02 09:01 to 11:01 UTC (+00:00) (reason-needed)
       say why with reason=, and it is done all the same
       Shut guests down and start them again
         reason: Why; needed from an administrator who goes over a reservation
       answer: reason=…
       [Cancel]
    admin  reason=the host is on fire
       warning: J-3 is queued: reboot web1 (101)
       Its end is told here; /job cancel J-3 stops it.
       J-3: web1 (101) was rebooted and is running
       web1 (101) was rebooted and is running on pve2.
         started by  admin
         task        <upid>
    admin  /power stop 101 reason=really
       stop web1 (101)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           101
         kind           VM
         node           pve2
         status         running
         owner          none
         running since  <time>
         reason         really
       [Yes] [No]
    -- what was asked before it began is looked at again
    operator  /power stop 102
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
    admin  /reserve new 102 from=now for=1h
       web2 (102) is yours
         R-3  2040-01-02 09:02 to 10:02 UTC (+00:00)
    operator  [Yes]
       refused: web2 (102) is reserved: R-3 of admin, 2040-01-02 09:02 to 10:02 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    "#);
}

#[tokio::test]
async fn a_node_is_kept_with_its_guests_when_so_asked() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", &format!("/reserve new {RUNS} from=10:00 for=1h")).await;
        s.say("admin", "/reserve new pve2 from=10:30 for=1h guests").await;
        s.say("admin", "/reserve new pve2 from=9:10 for=30m guests").await;
        s.say("operator", &format!("/reserve new {RUNS} from=9:20 for=10m")).await;
        s.passes("15m").await;
        s.say("operator", &format!("/power reboot {RUNS}")).await;
        s.say("operator", "/provision vm name=web9 node=pve2").await;
        s.say("operator", "/guest migrate 102 pve2").await;
        s.passes("1h").await;
        s.note("without its guests it is the node alone");
        s.say("admin", "/reserve new pve2 from=12:00 for=1h").await;
        s.passes("2h").await;
        s.say("operator", &format!("/power reboot {RUNS}")).await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new 101 from=10:00 for=1h
       web1 (101) is yours
         R-1  2040-01-02 10:00 to 11:00 UTC (+00:00)
    admin  /reserve new pve2 from=10:30 for=1h guests
       refused: 2040-01-02 10:30 to 11:30 UTC (+00:00) is taken for pve2: R-1 (a reservation of operator, 2040-01-02 10:00 to 11:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 11:00–12:00, Mon 2040-01-02 12:00–13:00 and Mon 2040-01-02 13:00–14:00; or /reserve wait for this one
       [Mon 2040-01-02 11:00–12:00] [Mon 2040-01-02 12:00–13:00] [Mon 2040-01-02 13:00–14:00]
    admin  /reserve new pve2 from=9:10 for=30m guests
       pve2 is yours
         R-2     2040-01-02 09:10 to 09:40 UTC (+00:00)
         guests  those on the node too
    operator  /reserve new 101 from=9:20 for=10m
       refused: 2040-01-02 09:20 to 09:30 UTC (+00:00) is taken for web1 (101): R-2 (a reservation of admin, 2040-01-02 09:10 to 09:40 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 09:40–09:50, Mon 2040-01-02 09:50–10:00 and Mon 2040-01-02 11:00–11:10; or /reserve wait for this one
       [Mon 2040-01-02 09:40–09:50] [Mon 2040-01-02 09:50–10:00] [Mon 2040-01-02 11:00–11:10]
    ~  15m
       R-2: pve2 is yours now
         window  2040-01-02 09:10 to 09:40 UTC (+00:00)
    operator  /power reboot 101
       refused: web1 (101) is reserved: R-2 of admin, 2040-01-02 09:10 to 09:40 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    operator  /provision vm name=web9 node=pve2
       refused: pve2 is reserved: R-2 of admin, 2040-01-02 09:10 to 09:40 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    operator  /guest migrate 102 pve2
       refused: pve2 is reserved: R-2 of admin, 2040-01-02 09:10 to 09:40 UTC (+00:00) (reserved)
       /reserve show tells more; an administrator can go over it
    ~  1h
       R-2: pve2 is yours for 15 more minutes
         window  2040-01-02 09:10 to 09:40 UTC (+00:00)
       [Extend] [Release]
       R-2: your time with pve2 is over
         window  2040-01-02 09:10 to 09:40 UTC (+00:00)
       R-1: web1 (101) is yours in 15 minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: web1 (101) is yours now
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
    -- without its guests it is the node alone
    admin  /reserve new pve2 from=12:00 for=1h
       pve2 is yours
         R-3  2040-01-02 12:00 to 13:00 UTC (+00:00)
    ~  2h
       R-1: web1 (101) is yours for 15 more minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       [Extend] [Release]
       R-1: your time with web1 (101) is over
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       R-3: pve2 is yours in 15 minutes
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-3: pve2 is yours now
         window  2040-01-02 12:00 to 13:00 UTC (+00:00)
    operator  /power reboot 101
       warning: J-1 is queued: reboot web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: web1 (101) was rebooted and is running
       web1 (101) was rebooted and is running on pve2.
         started by  operator
         task        <upid>
    "#);
}

#[tokio::test]
async fn times_that_were_missed_are_made_up_for_in_order() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", &format!("/reserve new {STANDS} from=10:00 for=1h start end=shutdown title=first")).await;
        s.say("admin", &format!("/reserve new {STANDS} from=11:00 for=1h start end=shutdown title=second")).await;
        s.note("nobody looks at the calendar for a day");
        s.it_is("2040-01-03T09:00Z").await;
        s.restart();
        s.catches_up("1m").await;
        s.say("viewer", "/reserve list from=2040-01-01T00:00Z status=ended").await;
        s.note("the clock was wrong, and goes on; nothing is done twice");
        s.passes("1d").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new 104 from=10:00 for=1h start end=shutdown title=first
       db2 (104) is yours
         R-1           2040-01-02 10:00 to 11:00 UTC (+00:00)
         title         first
         at the start  the guests are started
         at the end    the guests are shut down
    admin  /reserve new 104 from=11:00 for=1h start end=shutdown title=second
       db2 (104) is yours
         R-2           2040-01-02 11:00 to 12:00 UTC (+00:00)
         title         second
         at the start  the guests are started
         at the end    the guests are shut down
    -- nobody looks at the calendar for a day
    -- the bot starts again
    ~  1m
       R-1: db2 (104) is yours now
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         title   first
       R-1: your time with db2 (104) is over
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         title   first
       R-2: db2 (104) is yours now
         window  2040-01-02 11:00 to 12:00 UTC (+00:00)
         title   second
       R-2: your time with db2 (104) is over
         window  2040-01-02 11:00 to 12:00 UTC (+00:00)
         title   second
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
       J-2: db2 (104) is stopped
       db2 (104) is stopped on pve2.
         started by  operator
         task        <upid>
       J-3: db2 (104) is running
       db2 (104) is running on pve2.
         started by  admin
         task        <upid>
       J-4: db2 (104) is stopped
       db2 (104) is stopped on pve2.
         started by  admin
         task        <upid>
    viewer  /reserve list from=2040-01-01T00:00Z status=ended
       2 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what               holder    status
       R-1  Mon 2 Jan 10:00–11:00  db2 (104): first   operator  ended
       R-2  Mon 2 Jan 11:00–12:00  db2 (104): second  admin     ended
    -- the clock was wrong, and goes on; nothing is done twice
    ~  1d
    "#);
}
