//! Reservations as people see them: booked, refused, changed, given back.

use super::story::{Story, on_both};
use insta::assert_snapshot;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

pub async fn one_has_it_and_the_other_is_told_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", r#"/reserve new pve1 from="tomorrow 14:00" for=2h title="kernel tests""#).await;
    s.note("another wants a part of it, and takes what is free");
    s.say("admin", r#"/reserve new pve1 from="tomorrow 15:00" for=2h"#).await;
    s.press("admin", "Tue 2040-01-03 16:00–18:00").await;
    s.note("back to back is no conflict");
    s.say("admin", r#"/reserve new pve1 from="2040-01-03 13:00" until=14:00"#).await;
    s.note("who may not, and what cannot be");
    s.say("viewer", r#"/reserve new pve1 from="fri 9am" for=1h"#).await;
    s.say("stranger", "/reserve list").await;
    s.say("viewer", "/reserve list").await;
    s.say("operator", "/reserve list mine").await;
    s.say("operator", "/reserve show R-1").await;
    s.say("operator", "/reserve show R-99").await;
    s.say("operator", r#"/reserve new pve2 from="fri 14:00" for=90m"#).await;
    s.say("operator", r#"/reserve new pve3 from="fri 14:00-16:00""#).await;
    s.say("operator", r#"/reserve new nosuch from="fri 14:00-16:00""#).await;
    s.say("operator", r#"/reserve new pve1 pve2 pve3 from="fri 15:00" for=1h"#).await;
}

#[tokio::test]
async fn one_has_it_and_the_other_is_told_when_it_is_free() {
    let story = on_both(one_has_it_and_the_other_is_told_told).await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from="tomorrow 14:00" for=2h title="kernel tests"
       pve1 is yours
         R-1    2040-01-03 14:00 to 16:00 UTC (+00:00)
         title  kernel tests
    -- another wants a part of it, and takes what is free
    admin  /reserve new pve1 from="tomorrow 15:00" for=2h
       refused: 2040-01-03 15:00 to 17:00 UTC (+00:00) is taken for pve1: R-1 (a reservation of operator, 2040-01-03 14:00 to 16:00 UTC (+00:00)) (conflict)
       free: Tue 2040-01-03 12:00–14:00, Tue 2040-01-03 16:00–18:00 and Tue 2040-01-03 18:00–20:00; or /reserve wait for this one
       [Tue 2040-01-03 12:00–14:00] [Tue 2040-01-03 16:00–18:00] [Tue 2040-01-03 18:00–20:00]
    admin  [Tue 2040-01-03 16:00–18:00]
       pve1 is yours
         R-2  2040-01-03 16:00 to 18:00 UTC (+00:00)
    -- back to back is no conflict
    admin  /reserve new pve1 from="2040-01-03 13:00" until=14:00
       pve1 is yours
         R-3  2040-01-03 13:00 to 14:00 UTC (+00:00)
    -- who may not, and what cannot be
    viewer  /reserve new pve1 from="fri 9am" for=1h
       refused: this needs the permission reserve, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    stranger  /reserve list
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    viewer  /reserve list
       3 reservations
       Times are in UTC; /reserve show R-3 tells all of one.
       id   when                   what                holder    status
       R-3  Tue 3 Jan 13:00–14:00  pve1                admin     booked
       R-1  Tue 3 Jan 14:00–16:00  pve1: kernel tests  operator  booked
       R-2  Tue 3 Jan 16:00–18:00  pve1                admin     booked
    operator  /reserve list mine
       1 reservation
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what                holder    status
       R-1  Tue 3 Jan 14:00–16:00  pve1: kernel tests  operator  booked
    operator  /reserve show R-1
       R-1 is booked: pve1
         what    pve1
         holder  operator
         window  2040-01-03 14:00 to 16:00 UTC (+00:00)
         length  2 h
         start   <time>
         end     <time>
         title   kernel tests
         made    <time>
    operator  /reserve show R-99
       refused: there is no reservation "R-99" (no-such-reservation)
    operator  /reserve new pve2 from="fri 14:00" for=90m
       pve2 is yours
         R-4  2040-01-06 14:00 to 15:30 UTC (+00:00)
    operator  /reserve new pve3 from="fri 14:00-16:00"
       pve3 is yours
         R-5  2040-01-06 14:00 to 16:00 UTC (+00:00)
    operator  /reserve new nosuch from="fri 14:00-16:00"
       refused: there is no resource "nosuch" (no-such-resource)
       there are pve1, pve2 and pve3
    operator  /reserve new pve1 pve2 pve3 from="fri 15:00" for=1h
       refused: 2040-01-06 15:00 to 16:00 UTC (+00:00) is taken for pve1, pve2 and pve3: R-4 (a reservation of operator, 2040-01-06 14:00 to 15:30 UTC (+00:00)) and R-5 (a reservation of operator, 2040-01-06 14:00 to 16:00 UTC (+00:00)) (conflict)
       free: Fri 2040-01-06 13:00–14:00, Fri 2040-01-06 16:00–17:00 and Fri 2040-01-06 17:00–18:00; or /reserve wait for this one
       [Fri 2040-01-06 13:00–14:00] [Fri 2040-01-06 16:00–17:00] [Fri 2040-01-06 17:00–18:00]
    "#);
}

pub async fn what_is_not_said_is_asked_for_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", "/reserve new pve2").await;
    s.fill("operator", &[("from", "fri 14:00"), ("for", "90m")]).await;
    s.note("a start may say when it ends");
    s.say("operator", "/reserve new pve3").await;
    s.fill("operator", &[("from", "fri 14:00-16:00")]).await;
}

#[tokio::test]
async fn what_is_not_said_is_asked_for() {
    let story = on_both(what_is_not_said_is_asked_for_told).await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve2
       /reserve new: more is needed
       What and when
         from (required): When it begins: tomorrow 14:00, fri 9am, +2h, or with its end: 9-11
         for (required): How long, instead of when it ends: 2h, 90m, 1d
       answer: from=… and so on, several on one line
       [Cancel]
    operator  from=fri 14:00 for=90m
       pve2 is yours
         R-1  2040-01-06 14:00 to 15:30 UTC (+00:00)
    -- a start may say when it ends
    operator  /reserve new pve3
       /reserve new: more is needed
       What and when
         from (required): When it begins: tomorrow 14:00, fri 9am, +2h, or with its end: 9-11
         for (required): How long, instead of when it ends: 2h, 90m, 1d
       answer: from=… and so on, several on one line
       [Cancel]
    operator  from=fri 14:00-16:00
       pve3 is yours
         R-2  2040-01-06 14:00 to 16:00 UTC (+00:00)
    "#);
}

#[tokio::test]
async fn times_that_no_window_can_have() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        for from in [
            r#"from=banana for=1h"#,
            r#"from=25:00 for=1h"#,
            r#"from="2040-02-30 10:00" for=1h"#,
            r#"from="2041-02-29 10:00" for=1h"#,
            r#"from="tomorrow 10:00" for=banana"#,
            r#"from="tomorrow 10:00" for=-1h"#,
            r#"from="tomorrow 10:00" for=0h"#,
            r#"from="tomorrow 10:00" for=9999999d"#,
            r#"from="tomorrow 10:00" until="tomorrow 10:00""#,
            r#"from="2040-01-03 10:00" until="2040-01-03 09:00""#,
            r#"from="2040-01-03T10:00+02:00" until="2040-01-03T09:30+01:00""#,
            r#"from="2040-01-01 10:00" for=1h"#,
            r#"from="2050-01-01 10:00" for=1h"#,
            r#"from="2040-01-03 10:00" for=40d"#,
            r#"from="tomorrow 9-11" for=2h"#,
            r#"from="1/12 10:00" for=1h"#,
        ] {
            s.say("operator", &format!("/reserve new pve1 {from}")).await;
        }
        s.note("what was said a moment ago is now; 29 February is there in its years");
        s.say("operator", "/reserve new pve1 from=2040-01-02T08:58Z for=1h").await;
        s.say("operator", r#"/reserve new pve1 from="29 feb 10:00" for=1h"#).await;
        s.note("hours that are not there, and hours that are there twice");
        s.say("operator", "/whoami zone=Europe/Rome").await;
        s.say("operator", r#"/reserve new pve2 from="2040-03-25 02:30" for=1h"#).await;
        s.say("operator", r#"/reserve new pve2 from="2040-10-28 02:30" for=1h"#).await;
        s.press("operator", "2040-10-28T02:30+01:00").await;
        s.note("time that passes is not time on the wall");
        s.say("operator", r#"/reserve new pve3 from="2040-10-27 22:00" for=8h"#).await;
        s.say("operator", "/whoami zone=Rom").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from=banana for=1h
       refused: from: "banana" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /reserve new pve1 from=25:00 for=1h
       refused: from: "25:00" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /reserve new pve1 from="2040-02-30 10:00" for=1h
       refused: from: "2040-02-30 10:00" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /reserve new pve1 from="2041-02-29 10:00" for=1h
       refused: from: "2041-02-29 10:00" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /reserve new pve1 from="tomorrow 10:00" for=banana
       refused: for: "banana" is no length of time (bad-value)
       right would be a length of time like 2h, 90m, 1d or 2h30m
    operator  /reserve new pve1 from="tomorrow 10:00" for=-1h
       refused: for: "-1h" is no length of time (bad-value)
       right would be a length of time like 2h, 90m, 1d or 2h30m
    operator  /reserve new pve1 from="tomorrow 10:00" for=0h
       refused: for: "0h" is no length of time (bad-value)
       right would be a length of time like 2h, 90m, 1d or 2h30m
    operator  /reserve new pve1 from="tomorrow 10:00" for=9999999d
       refused: for: "9999999d" is no length of time (bad-value)
       right would be a length of time like 2h, 90m, 1d or 2h30m
    operator  /reserve new pve1 from="tomorrow 10:00" until="tomorrow 10:00"
       refused: until: it would end at <time> (+00:00) and start at <time> (+00:00) (bad-time)
       right would be an end after the start
    operator  /reserve new pve1 from="2040-01-03 10:00" until="2040-01-03 09:00"
       refused: until: it would end at <time> (+00:00) and start at <time> (+00:00) (bad-time)
       right would be an end after the start
    operator  /reserve new pve1 from="2040-01-03T10:00+02:00" until="2040-01-03T09:30+01:00"
       pve1 is yours
         R-1  2040-01-03 08:00 to 08:30 UTC (+00:00)
    operator  /reserve new pve1 from="2040-01-01 10:00" for=1h
       refused: from: 2040-01-01 10:00 to 11:00 UTC (+00:00) is in the past (bad-time)
       right would be a time from now on; it is <time> (+00:00)
    operator  /reserve new pve1 from="2050-01-01 10:00" for=1h
       refused: 2050-01-01 10:00 to 11:00 UTC (+00:00) is far ahead, and the limit is 366 d ahead (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new pve1 from="2040-01-03 10:00" for=40d
       refused: 2040-01-03 10:00 to <time> (+00:00) lasts 40 d, and the limit is 31 d (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new pve1 from="tomorrow 9-11" for=2h
       refused: from: "tomorrow 9-11" says when it ends, and so does "2h" (bad-time)
       right would be one end: as a time, as a length, or with the start
    operator  /reserve new pve1 from="1/12 10:00" for=1h
       refused: from: "1/12 10:00" is no time (bad-time)
       right would be a date like 2026-12-01 or 1 dec, since no order of day and month is set for dates with slashes
    -- what was said a moment ago is now; 29 February is there in its years
    operator  /reserve new pve1 from=2040-01-02T08:58Z for=1h
       pve1 is yours
         R-2  2040-01-02 08:58 to 09:58 UTC (+00:00)
    operator  /reserve new pve1 from="29 feb 10:00" for=1h
       pve1 is yours
         R-3  2040-02-29 10:00 to 11:00 UTC (+00:00)
    -- hours that are not there, and hours that are there twice
    operator  /whoami zone=Europe/Rome
       you are operator, operator
         identity  console:operator
         account   operator
         role      operator
         because   that is the role of account operator
         zone      Europe/Rome
         now       <time>
    operator  /reserve new pve2 from="2040-03-25 02:30" for=1h
       refused: from: "2040-03-25 02:30" does not exist in Europe/Rome: the clocks are set forward over it (which-time)
       say which: 2040-03-25T01:30+01:00 and 2040-03-25T03:30+02:00
       [2040-03-25T01:30+01:00] [2040-03-25T03:30+02:00]
    operator  /reserve new pve2 from="2040-10-28 02:30" for=1h
       refused: from: "2040-10-28 02:30" exists twice in Europe/Rome: the clocks are set back over it (which-time)
       say which: 2040-10-28T02:30+02:00 and 2040-10-28T02:30+01:00
       [2040-10-28T02:30+02:00] [2040-10-28T02:30+01:00]
    operator  [2040-10-28T02:30+01:00]
       pve2 is yours
         R-4  2040-10-28 02:30 to 03:30 Europe/Rome (+01:00)
    -- time that passes is not time on the wall
    operator  /reserve new pve3 from="2040-10-27 22:00" for=8h
       pve3 is yours
         R-5  <time>urope/Rome (+02:00) to <time>urope/Rome (+01:00)
    operator  /whoami zone=Rom
       refused: there is no zone "Rom" (no-such-zone)
       did you mean ROC?
    "#);
}

pub async fn what_is_booked_can_be_moved_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", "/reserve new pve1 from=10:00 for=2h title=first").await;
    s.say("admin", "/reserve new pve1 from=14:00 for=2h title=second").await;
    s.say("operator", "/reserve extend R-1").await;
    s.say("operator", "/reserve extend R-1 for=2h").await;
    s.say("operator", "/reserve extend R-1 until=12:30").await;
    s.say("operator", "/reserve extend R-1 until=14:00").await;
    s.say("operator", "/reserve change R-1 from=15:00").await;
    s.say("operator", "/reserve change R-1 from=9:30").await;
    s.say("operator", r#"/reserve change R-1 what=pve2 title="elsewhere""#).await;
    s.note("somebody else's");
    s.say("operator", "/reserve cancel R-2").await;
    s.say("admin", "/reserve change R-1 from=9:40").await;
    s.fill("admin", &[("reason", "the rack is needed")]).await;
    s.passes("1m").await;
    s.note("it begins");
    s.passes("1h").await;
    s.say("operator", "/reserve cancel R-1").await;
    s.say("operator", "/reserve change R-1 from=11:00").await;
    s.say("operator", "/reserve release R-1").await;
    s.say("operator", "/reserve release R-1").await;
    s.say("operator", "/reserve extend R-1").await;
    s.say("admin", r#"/reserve new pve2 from="in 1m" for=30m"#).await;
    s.say("admin", "/reserve cancel R-2").await;
}

#[tokio::test]
async fn what_is_booked_can_be_moved_and_given_back() {
    let story = on_both(what_is_booked_can_be_moved_told).await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from=10:00 for=2h title=first
       pve1 is yours
         R-1    2040-01-02 10:00 to 12:00 UTC (+00:00)
         title  first
    admin  /reserve new pve1 from=14:00 for=2h title=second
       pve1 is yours
         R-2    2040-01-02 14:00 to 16:00 UTC (+00:00)
         title  second
    operator  /reserve extend R-1
       R-1 is extended
         R-1  pve1, 2040-01-02 10:00 to 13:00 UTC (+00:00) (booked)
    operator  /reserve extend R-1 for=2h
       refused: 2040-01-02 10:00 to 15:00 UTC (+00:00) is taken for pve1: R-2 (a reservation of admin, 2040-01-02 14:00 to 16:00 UTC (+00:00)) (conflict)
       free: until 2040-01-02 14:00; or /reserve wait for this one
       [until 2040-01-02 14:00]
    operator  /reserve extend R-1 until=12:30
       refused: until: it would end at <time> (+00:00), and ends at <time> (+00:00) (bad-time)
       right would be a later end; /reserve change and /reserve release make it shorter
    operator  /reserve extend R-1 until=14:00
       R-1 is extended
         R-1  pve1, 2040-01-02 10:00 to 14:00 UTC (+00:00) (booked)
    operator  /reserve change R-1 from=15:00
       refused: 2040-01-02 15:00 to 19:00 UTC (+00:00) is taken for pve1: R-2 (a reservation of admin, 2040-01-02 14:00 to 16:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 16:00–20:00, Mon 2040-01-02 20:00–Tue 2040-01-03 00:00 and Tue 2040-01-03 00:00–04:00; or /reserve wait for this one
       [Mon 2040-01-02 16:00–20:00] [Mon 2040-01-02 20:00–Tue 2040-01-03 00:00] [Tue 2040-01-03 00:00–04:00]
    operator  /reserve change R-1 from=9:30
       R-1 is changed
         R-1  pve1, 2040-01-02 09:30 to 13:30 UTC (+00:00) (booked)
    operator  /reserve change R-1 what=pve2 title="elsewhere"
       R-1 is changed
         R-1  pve2, 2040-01-02 09:30 to 13:30 UTC (+00:00) (booked)
    -- somebody else's
    operator  /reserve cancel R-2
       refused: R-2 belongs to admin (not-yours)
       its owner or an administrator can do that
    admin  /reserve change R-1 from=9:40
       refused: pve2 is reserved: R-1 of operator (reason-needed)
       say why with reason=, and it is done all the same
       Change a reservation: its time, what it is of, what it says
         reason: Why; needed from an administrator for somebody else's
       answer: reason=…
       [Cancel]
    admin  reason=the rack is needed
       R-1 is changed
         R-1     pve2, 2040-01-02 09:40 to 13:40 UTC (+00:00) (booked)
         holder  operator
         reason  the rack is needed
    ~  1m
       R-1 of pve2 was changed by admin
         window  2040-01-02 09:40 to 13:40 UTC (+00:00)
         title   elsewhere
         reason  the rack is needed
    -- it begins
    ~  1h
       R-1: pve2 is yours in 15 minutes
         window  2040-01-02 09:40 to 13:40 UTC (+00:00)
         title   elsewhere
       [Extend] [Cancel it]
       R-1: pve2 is yours now
         window  2040-01-02 09:40 to 13:40 UTC (+00:00)
         title   elsewhere
    operator  /reserve cancel R-1
       refused: R-1 cannot be cancelled: it has begun; /reserve release gives back the rest (wrong-state)
    operator  /reserve change R-1 from=11:00
       refused: R-1 cannot be moved: it has begun; /reserve extend and /reserve release change its end (wrong-state)
    operator  /reserve release R-1
       R-1 is released
         R-1  pve2, 2040-01-02 09:40 to 10:01 UTC (+00:00) (released)
    operator  /reserve release R-1
       refused: R-1 cannot be released: it is released (wrong-state)
    operator  /reserve extend R-1
       refused: R-1 cannot be extended: it is released (wrong-state)
    admin  /reserve new pve2 from="in 1m" for=30m
       pve2 is yours
         R-3  2040-01-02 10:02 to 10:32 UTC (+00:00)
    admin  /reserve cancel R-2
       R-2 is cancelled
         R-2  pve1, 2040-01-02 14:00 to 16:00 UTC (+00:00) (cancelled)
    "#);
}

pub async fn a_series_is_booked_as_a_whole_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("admin", r#"/reserve new pve1 from="2040-01-16 10:00" for=1h"#).await;
    s.say("operator", r#"/reserve new pve1 from="mon 9:30" for=1h repeat="weekly x4""#).await;
    s.say("operator", r#"/reserve new pve1 from="mon 9:30" for=1h repeat="weekly x4" skip"#).await;
    s.say("operator", r#"/reserve new pve2 from="mon 9:30" for=1h repeat="weekly x4" except="2040-01-16 9:30""#).await;
    s.say("operator", "/reserve show R-2").await;
    for rule in ["hourly", "FREQ=HOURLY;COUNT=3", "weekly", "FREQ=DAILY;COUNT=1000000", "banana"] {
        s.say("operator", &format!(r#"/reserve new pve3 from="mon 9:30" for=1h repeat="{rule}""#)).await;
    }
    s.say("operator", "/reserve change R-3 from=\"2040-01-23 11:00\" scope=following").await;
    s.say("operator", "/reserve cancel R-3 scope=following").await;
    s.say("operator", "/reserve cancel R-2 scope=all").await;
    s.say("operator", "/reserve list").await;
}

#[tokio::test]
async fn a_series_is_booked_as_a_whole_or_says_which_dates_are_taken() {
    let story = on_both(a_series_is_booked_as_a_whole_told).await;
    assert_snapshot!(story, @r#"
    admin  /reserve new pve1 from="2040-01-16 10:00" for=1h
       pve1 is yours
         R-1  2040-01-16 10:00 to 11:00 UTC (+00:00)
    operator  /reserve new pve1 from="mon 9:30" for=1h repeat="weekly x4"
       refused: 2040-01-16 09:30 to 10:30 UTC (+00:00) is taken for pve1: R-1 (a reservation of admin, 2040-01-16 10:00 to 11:00 UTC (+00:00)) (conflict)
       free: Book the other 3; or /reserve wait for this one
       [Book the other 3]
    operator  /reserve new pve1 from="mon 9:30" for=1h repeat="weekly x4" skip
       warning: pve1 is yours 3 times
       Not free and left out: 2040-01-16 09:30 to 10:30 UTC (+00:00).
         R-2      2040-01-02 09:30 to 10:30 UTC (+00:00)
         R-3      2040-01-09 09:30 to 10:30 UTC (+00:00)
         R-4      2040-01-23 09:30 to 10:30 UTC (+00:00)
         repeats  every week, 4 times
    operator  /reserve new pve2 from="mon 9:30" for=1h repeat="weekly x4" except="2040-01-16 9:30"
       pve2 is yours 3 times
         R-5      2040-01-02 09:30 to 10:30 UTC (+00:00)
         R-6      2040-01-09 09:30 to 10:30 UTC (+00:00)
         R-7      2040-01-23 09:30 to 10:30 UTC (+00:00)
         repeats  every week, 4 times
    operator  /reserve show R-2
       R-2 is booked: pve1
         what     pve1
         holder   operator
         window   2040-01-02 09:30 to 10:30 UTC (+00:00)
         length   1 h
         start    <time>
         end      <time>
         repeats  every week, 4 times
         R-3      2040-01-09 09:30 to 10:30 UTC (+00:00) (booked)
         R-4      2040-01-23 09:30 to 10:30 UTC (+00:00) (booked)
         made     <time>
    operator  /reserve new pve3 from="mon 9:30" for=1h repeat="hourly"
       refused: repeat: "hourly" is no rule for repeating (bad-time)
       right would be daily, weekdays, weekly on mon,wed or monthly, with x10 or until 2026-12-31; or a rule like FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10
    operator  /reserve new pve3 from="mon 9:30" for=1h repeat="FREQ=HOURLY;COUNT=3"
       refused: repeat: a booking cannot repeat hourly (bad-time)
       right would be FREQ is DAILY, WEEKLY, MONTHLY or YEARLY
    operator  /reserve new pve3 from="mon 9:30" for=1h repeat="weekly"
       refused: repeat: FREQ=WEEKLY has no end (bad-time)
       right would be an end, COUNT=10 or UNTIL=20261231; in words x10 or until 2026-12-31
    operator  /reserve new pve3 from="mon 9:30" for=1h repeat="FREQ=DAILY;COUNT=1000000"
       refused: repeat: the rule means 1000000 bookings, and a series has at most 100 (bad-time)
       right would be COUNT=100 at most, or an earlier UNTIL
    operator  /reserve new pve3 from="mon 9:30" for=1h repeat="banana"
       refused: repeat: "banana" is no rule for repeating (bad-time)
       right would be daily, weekdays, weekly on mon,wed or monthly, with x10 or until 2026-12-31; or a rule like FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10
    operator  /reserve change R-3 from="2040-01-23 11:00" scope=following
       2 reservations are changed
         R-3  pve1, 2040-01-23 11:00 to 12:00 UTC (+00:00) (booked)
         R-4  pve1, 2040-02-06 11:00 to 12:00 UTC (+00:00) (booked)
    operator  /reserve cancel R-3 scope=following
       2 reservations are cancelled
         R-3  pve1, 2040-01-23 11:00 to 12:00 UTC (+00:00) (cancelled)
         R-4  pve1, 2040-02-06 11:00 to 12:00 UTC (+00:00) (cancelled)
    operator  /reserve cancel R-2 scope=all
       R-2 is cancelled
         R-2  pve1, 2040-01-02 09:30 to 10:30 UTC (+00:00) (cancelled)
    operator  /reserve list
       4 reservations
       Times are in UTC; /reserve show R-5 tells all of one.
       id   when                    what  holder    status
       R-5  Mon 2 Jan 09:30–10:30   pve2  operator  booked
       R-6  Mon 9 Jan 09:30–10:30   pve2  operator  booked
       R-1  Mon 16 Jan 10:00–11:00  pve1  admin     booked
       R-7  Mon 23 Jan 09:30–10:30  pve2  operator  booked
    "#);
}
