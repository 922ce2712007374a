//! Notes, which reserve nothing, and what was cancelled by mistake.

use super::story::{PATIENCE, Story, on_both};
use insta::assert_snapshot;
use std::time::Duration;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

#[tokio::test]
async fn a_note_is_in_nobodys_way() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", r#"/reserve new nothing from="10:00" for=2h title="a talk""#).await;
        s.say("admin", r#"/reserve new Nothing from="11:00" for=2h repeat="daily x2""#).await;
        s.say("admin", r#"/reserve new pve1 from="11:00" for=1h"#).await;
        s.say("viewer", "/reserve list").await;
        s.say("viewer", "/reserve show R-1").await;
        s.note("it is there in its time, and keeps nobody from anything");
        s.dispatch.pass(Duration::from_secs(2 * 3600 + 60), "story", PATIENCE).await.expect("time passes");
        s.say("viewer", "/reserve list status=active").await;
        s.say("operator", "/reserve change R-1 what=pve2").await;
        s.say("operator", "/reserve change R-1 what=nothing").await;
        s.say("operator", "/reserve release R-1").await;
        s.note("what nothing cannot be");
        s.say("operator", r#"/reserve new nothing pve1 from="fri 10:00" for=2h"#).await;
        s.say("operator", r#"/reserve new nothing from="fri 10:00" for=2h start"#).await;
        s.say("viewer", "/reserve list what=nothing").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new nothing from="10:00" for=2h title="a talk"
       a note is in the calendar
         R-1    2040-01-02 10:00 to 12:00 UTC (+00:00)
         title  a talk
    admin  /reserve new Nothing from="11:00" for=2h repeat="daily x2"
       a note is yours 2 times
         R-2      2040-01-02 11:00 to 13:00 UTC (+00:00)
         R-3      2040-01-03 11:00 to 13:00 UTC (+00:00)
         repeats  every day, 2 times
    admin  /reserve new pve1 from="11:00" for=1h
       pve1 is yours
         R-4  2040-01-02 11:00 to 12:00 UTC (+00:00)
    viewer  /reserve list
       4 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what            holder    status
       R-1  Mon 2 Jan 10:00–12:00  a note: a talk  operator  booked
       R-2  Mon 2 Jan 11:00–13:00  a note          admin     booked
       R-4  Mon 2 Jan 11:00–12:00  pve1            admin     booked
       R-3  Tue 3 Jan 11:00–13:00  a note          admin     booked
    viewer  /reserve show R-1
       R-1 is booked: a note
         what    a note
         holder  operator
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
         length  2 h
         start   <time>
         end     <time>
         title   a talk
         made    <time>
    -- it is there in its time, and keeps nobody from anything
    viewer  /reserve list status=active
       3 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what            holder    status
       R-1  Mon 2 Jan 10:00–12:00  a note: a talk  operator  active
       R-2  Mon 2 Jan 11:00–13:00  a note          admin     active
       R-4  Mon 2 Jan 11:00–12:00  pve1            admin     active
    operator  /reserve change R-1 what=pve2
       R-1 is changed
         R-1  pve2, 2040-01-02 10:00 to 12:00 UTC (+00:00) (active)
    operator  /reserve change R-1 what=nothing
       R-1 is changed
         R-1  a note, 2040-01-02 10:00 to 12:00 UTC (+00:00) (active)
    operator  /reserve release R-1
       R-1 is released
         R-1  a note, 2040-01-02 10:00 to 11:01 UTC (+00:00) (released)
    -- what nothing cannot be
    operator  /reserve new nothing pve1 from="fri 10:00" for=2h
       refused: there is no resource "nothing" (no-such-resource)
       there are pve1, pve2 and pve3
    operator  /reserve new nothing from="fri 10:00" for=2h start
       refused: a note cannot be acted on: only guests that are named can be started, kept in a snapshot, or ended (wrong-state)
    viewer  /reserve list what=nothing
       refused: there is no resource "nothing" (no-such-resource)
       there are pve1, pve2 and pve3
    "#);
}

#[tokio::test]
async fn what_was_cancelled_is_booked_again() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", r#"/reserve new pve1 from="tomorrow 10:00" for=2h"#).await;
        s.say("operator", "/reserve change R-1 restore").await;
        s.say("operator", "/reserve cancel R-1").await;
        s.say("operator", "/reserve change R-1 title=again").await;
        s.say("operator", "/reserve change R-1 restore title=again").await;
        s.say("admin", r#"/reserve new pve1 from="tomorrow 10:00" for=2h"#).await;
        s.say("operator", "/reserve cancel R-1").await;
        s.say("admin", r#"/reserve new pve1 from="tomorrow 11:00" for=2h"#).await;
        s.note("another has a part of it by now");
        s.say("operator", "/reserve change R-1 restore").await;
        s.say("operator", r#"/reserve change R-1 restore from="tomorrow 13:00""#).await;
        s.say("operator", "/reserve cancel R-1").await;
        s.say("viewer", "/reserve change R-1 restore").await;
        s.say("admin", "/reserve change R-1 restore").await;
        s.dispatch.pass(Duration::from_secs(3 * 24 * 3600), "story", PATIENCE).await.expect("time passes");
        s.say("operator", "/reserve change R-1 restore").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from="tomorrow 10:00" for=2h
       pve1 is yours
         R-1  2040-01-03 10:00 to 12:00 UTC (+00:00)
    operator  /reserve change R-1 restore
       refused: R-1 cannot be restored: it is booked (wrong-state)
    operator  /reserve cancel R-1
       R-1 is cancelled
         R-1  pve1, 2040-01-03 10:00 to 12:00 UTC (+00:00) (cancelled)
    operator  /reserve change R-1 title=again
       refused: R-1 cannot be changed: it is cancelled (wrong-state)
    operator  /reserve change R-1 restore title=again
       R-1 is restored
         R-1  pve1, 2040-01-03 10:00 to 12:00 UTC (+00:00) (booked)
    admin  /reserve new pve1 from="tomorrow 10:00" for=2h
       refused: 2040-01-03 10:00 to 12:00 UTC (+00:00) is taken for pve1: R-1 (a reservation of operator, 2040-01-03 10:00 to 12:00 UTC (+00:00)) (conflict)
       free: Tue 2040-01-03 08:00–10:00, Tue 2040-01-03 12:00–14:00 and Tue 2040-01-03 14:00–16:00; or /reserve wait for this one
       [Tue 2040-01-03 08:00–10:00] [Tue 2040-01-03 12:00–14:00] [Tue 2040-01-03 14:00–16:00]
    operator  /reserve cancel R-1
       R-1 is cancelled
         R-1  pve1, 2040-01-03 10:00 to 12:00 UTC (+00:00) (cancelled)
    admin  /reserve new pve1 from="tomorrow 11:00" for=2h
       pve1 is yours
         R-2  2040-01-03 11:00 to 13:00 UTC (+00:00)
    -- another has a part of it by now
    operator  /reserve change R-1 restore
       refused: 2040-01-03 10:00 to 12:00 UTC (+00:00) is taken for pve1: R-2 (a reservation of admin, 2040-01-03 11:00 to 13:00 UTC (+00:00)) (conflict)
       free: Tue 2040-01-03 09:00–11:00, Tue 2040-01-03 13:00–15:00 and Tue 2040-01-03 15:00–17:00; or /reserve wait for this one
       [Tue 2040-01-03 09:00–11:00] [Tue 2040-01-03 13:00–15:00] [Tue 2040-01-03 15:00–17:00]
    operator  /reserve change R-1 restore from="tomorrow 13:00"
       R-1 is restored
         R-1  pve1, 2040-01-03 13:00 to 15:00 UTC (+00:00) (booked)
    operator  /reserve cancel R-1
       R-1 is cancelled
         R-1  pve1, 2040-01-03 13:00 to 15:00 UTC (+00:00) (cancelled)
    viewer  /reserve change R-1 restore
       refused: this needs the permission reserve, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    admin  /reserve change R-1 restore
       refused: pve1 is reserved: R-1 of operator (reason-needed)
       say why with reason=, and it is done all the same
       Change a reservation: its time, what it is of, what it says
         reason: Why; needed from an administrator for somebody else's
       answer: reason=…
       [Cancel]
    operator  /reserve change R-1 restore
       refused: from: 2040-01-03 13:00 to 15:00 UTC (+00:00) is in the past (bad-time)
       right would be a time from now on; it is <time> (+00:00)
    "#);
}
