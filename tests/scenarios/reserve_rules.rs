//! Who waits for a reservation, whose yes it needs, and what is in everybody's way.

use super::story::{Story, on_both, on_both_by_rules};
use direttore_core::{BookingLimits, Reserve, Rules};
use direttore_domain::{Role, reservation::WindowLimits};
use insta::assert_snapshot;
use std::time::Duration;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

#[tokio::test]
async fn what_became_free_is_offered_to_the_first_in_line() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("admin", r#"/reserve new pve1 from="tomorrow 14:00" for=2h"#).await;
        s.say("operator", r#"/reserve wait pve1 from="tomorrow 18:00" for=1h"#).await;
        s.say("operator", r#"/reserve wait pve1 from="tomorrow 15:00" for=1h"#).await;
        s.say("admin", r#"/reserve wait pve1 from="tomorrow 15:00" for=2h"#).await;
        s.say("admin", "/reserve cancel R-1").await;
        s.passes("1m").await;
        s.note("an offer holds the slot; only who waited can take it");
        s.say("admin", r#"/reserve new pve1 from="tomorrow 15:30" for=10m"#).await;
        s.press("admin", "Take it").await;
        s.note("nobody takes it, and the next one is asked");
        s.passes("20m").await;
        s.press("admin", "Take it").await;
        s.say("admin", "/reserve take R-3").await;
        s.say("viewer", "/reserve list").await;
        s.note("who leaves the line is asked no more; whom time overtakes is told");
        s.say("operator", r#"/reserve wait pve1 from="tomorrow 16:00" for=30m"#).await;
        s.say("operator", r#"/reserve wait pve1 from="tomorrow 15:30" for=30m"#).await;
        s.say("operator", "/reserve cancel R-4").await;
        s.passes("31h").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /reserve new pve1 from="tomorrow 14:00" for=2h
       pve1 is yours
         R-1  2040-01-03 14:00 to 16:00 UTC (+00:00)
    operator  /reserve wait pve1 from="tomorrow 18:00" for=1h
       refused: pve1 cannot be waited for: it is free: /reserve new books it (wrong-state)
    operator  /reserve wait pve1 from="tomorrow 15:00" for=1h
       you stand in line for pve1
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-2 leaves the line.
         R-2  2040-01-03 15:00 to 16:00 UTC (+00:00)
    admin  /reserve wait pve1 from="tomorrow 15:00" for=2h
       you stand in line for pve1
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-3 leaves the line.
         R-3  2040-01-03 15:00 to 17:00 UTC (+00:00)
    admin  /reserve cancel R-1
       R-1 is cancelled
         R-1  pve1, 2040-01-03 14:00 to 16:00 UTC (+00:00) (cancelled)
    ~  1m
       R-2: pve1 is free, and held for you
         window      2040-01-03 15:00 to 16:00 UTC (+00:00)
         held until  <time>
       [Take it] [Leave it]
    -- an offer holds the slot; only who waited can take it
    admin  /reserve new pve1 from="tomorrow 15:30" for=10m
       refused: 2040-01-03 15:30 to 15:40 UTC (+00:00) is taken for pve1: R-2 (a reservation of operator, 2040-01-03 15:00 to 16:00 UTC (+00:00)) (conflict)
       free: Tue 2040-01-03 14:50–15:00, Tue 2040-01-03 16:00–16:10 and Tue 2040-01-03 16:10–16:20; or /reserve wait for this one
       [Tue 2040-01-03 14:50–15:00] [Tue 2040-01-03 16:00–16:10] [Tue 2040-01-03 16:10–16:20]
    admin  [Take it]
       refused: only operator can answer this (not-the-asker)
    -- nobody takes it, and the next one is asked
    ~  20m
       warning: R-2: pve1 was offered to you and not taken
         window  2040-01-03 15:00 to 16:00 UTC (+00:00)
       R-3: pve1 is free, and held for you
         window      2040-01-03 15:00 to 17:00 UTC (+00:00)
         held until  <time>
       [Take it] [Leave it]
    admin  [Take it]
       R-3 is taken
         R-3  pve1, 2040-01-03 15:00 to 17:00 UTC (+00:00) (booked)
    admin  /reserve take R-3
       refused: R-3 cannot be taken: it is booked (wrong-state)
    viewer  /reserve list
       1 reservation
       Times are in UTC; /reserve show R-3 tells all of one.
       id   when                   what  holder  status
       R-3  Tue 3 Jan 15:00–17:00  pve1  admin   booked
    -- who leaves the line is asked no more; whom time overtakes is told
    operator  /reserve wait pve1 from="tomorrow 16:00" for=30m
       you stand in line for pve1
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-4 leaves the line.
         R-4  2040-01-03 16:00 to 16:30 UTC (+00:00)
    operator  /reserve wait pve1 from="tomorrow 15:30" for=30m
       you stand in line for pve1
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-5 leaves the line.
         R-5  2040-01-03 15:30 to 16:00 UTC (+00:00)
    operator  /reserve cancel R-4
       R-4 is cancelled
         R-4  pve1, 2040-01-03 16:00 to 16:30 UTC (+00:00) (cancelled)
    ~  31h
       R-3: pve1 is yours in 15 minutes
         window  2040-01-03 15:00 to 17:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-3: pve1 is yours now
         window  2040-01-03 15:00 to 17:00 UTC (+00:00)
       warning: R-5: pve1 did not become free in time
         window  2040-01-03 15:30 to 16:00 UTC (+00:00)
    "#);
}

pub async fn nobody_gets_in_while_the_lab_is_maintained_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("operator", r#"/reserve maintenance from="sat 6:00" for=4h"#).await;
    s.say("operator", r#"/reserve new pve1 from="sat 5:00" for=2h"#).await;
    s.say("admin", r#"/reserve maintenance from="sat 6:00" for=4h title="new switches""#).await;
    s.say("operator", "/reserve cancel R-1").await;
    s.say("admin", r#"/reserve maintenance from="sat 6:00" for=4h title="new switches""#).await;
    s.say("operator", r#"/reserve new pve2 from="sat 9:00" for=2h"#).await;
    s.say("operator", r#"/reserve new 101 from="sat 10:00" for=2h"#).await;
}

#[tokio::test]
async fn nobody_gets_in_while_the_lab_is_maintained() {
    let story = on_both(nobody_gets_in_while_the_lab_is_maintained_told).await;
    assert_snapshot!(story, @r#"
    operator  /reserve maintenance from="sat 6:00" for=4h
       refused: this needs the permission users, which the role admin has; you are operator (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    operator  /reserve new pve1 from="sat 5:00" for=2h
       pve1 is yours
         R-1  2040-01-07 05:00 to 07:00 UTC (+00:00)
    admin  /reserve maintenance from="sat 6:00" for=4h title="new switches"
       refused: 2040-01-07 06:00 to 10:00 UTC (+00:00) is taken for the whole lab: R-1 (a reservation of operator, 2040-01-07 05:00 to 07:00 UTC (+00:00)) (conflict)
       free: Sat 2040-01-07 01:00–05:00, Sat 2040-01-07 07:00–11:00 and Sat 2040-01-07 11:00–15:00; or /reserve wait for this one
       [Sat 2040-01-07 01:00–05:00] [Sat 2040-01-07 07:00–11:00] [Sat 2040-01-07 11:00–15:00]
    operator  /reserve cancel R-1
       R-1 is cancelled
         R-1  pve1, 2040-01-07 05:00 to 07:00 UTC (+00:00) (cancelled)
    admin  /reserve maintenance from="sat 6:00" for=4h title="new switches"
       maintenance of the whole lab is booked
         R-2     2040-01-07 06:00 to 10:00 UTC (+00:00)
         title   new switches
         guests  those on the node too
    operator  /reserve new pve2 from="sat 9:00" for=2h
       refused: 2040-01-07 09:00 to 11:00 UTC (+00:00) is taken for pve2: R-2 (maintenance of admin, 2040-01-07 06:00 to 10:00 UTC (+00:00)) (conflict)
       free: Sat 2040-01-07 04:00–06:00, Sat 2040-01-07 10:00–12:00 and Sat 2040-01-07 12:00–14:00; or /reserve wait for this one
       [Sat 2040-01-07 04:00–06:00] [Sat 2040-01-07 10:00–12:00] [Sat 2040-01-07 12:00–14:00]
    operator  /reserve new 101 from="sat 10:00" for=2h
       web1 (101) is yours
         R-3  2040-01-07 10:00 to 12:00 UTC (+00:00)
    "#);
}

fn strict() -> Rules {
    let window = WindowLimits { longest: Duration::from_secs(8 * 3600), ahead: Duration::from_secs(7 * 86_400) };
    let limits = vec![(Role::Operator, BookingLimits { window, at_once: Some(2) })];
    let approve_over = Duration::from_secs(4 * 3600);
    Rules { reserve: Reserve { limits, approve_over, ..Reserve::default() }, ..Rules::default() }
}

#[tokio::test]
async fn roles_have_limits_and_long_windows_need_a_yes() {
    let story = on_both_by_rules(strict, async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("operator", r#"/reserve new pve1 from="tomorrow 8:00" for=9h"#).await;
        s.say("operator", r#"/reserve new pve1 from="2040-01-10 8:00" for=1h"#).await;
        s.say("operator", r#"/reserve new pve1 from="tomorrow 8:00" for=5h"#).await;
        s.passes("1m").await;
        s.press("operator", "Approve").await;
        s.say("viewer", "/reserve approve R-1").await;
        s.note("it is held meanwhile");
        s.say("admin", r#"/reserve new pve1 from="tomorrow 9:00" for=1h"#).await;
        s.press("admin", "Approve").await;
        s.say("admin", "/reserve approve R-1").await;
        s.say("operator", r#"/reserve new pve2 from="tomorrow 8:00" for=5h"#).await;
        s.say("admin", r#"/reserve reject R-2 reason="too long""#).await;
        s.say("operator", r#"/reserve new pve2 from="tomorrow 8:00" for=1h"#).await;
        s.say("operator", r#"/reserve new pve3 from="tomorrow 8:00" for=1h"#).await;
        s.say("operator", "/reserve extend R-3 for=6h").await;
        s.note("nobody says yes before it begins");
        s.say("operator", "/reserve cancel R-3").await;
        s.say("operator", r#"/reserve new pve2 from="10:00" for=5h"#).await;
        s.passes("2h").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from="tomorrow 8:00" for=9h
       refused: 2040-01-03 08:00 to 17:00 UTC (+00:00) lasts 9 h, and the limit is 8 h (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new pve1 from="2040-01-10 8:00" for=1h
       refused: 2040-01-10 08:00 to 09:00 UTC (+00:00) is far ahead, and the limit is 7 d ahead (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new pve1 from="tomorrow 8:00" for=5h
       warning: pve1 is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-1; nobody else can have it meanwhile.
         R-1  2040-01-03 08:00 to 13:00 UTC (+00:00)
    ~  1m
       R-1: operator asks for pve1
         window  2040-01-03 08:00 to 13:00 UTC (+00:00)
       [Approve] [Reject]
    operator  [Approve]
       refused: R-1 waits for somebody else's yes (not-approver)
       an administrator or an approver of the resource gives it, and nobody to their own
    viewer  /reserve approve R-1
       refused: this needs the permission reserve, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    -- it is held meanwhile
    admin  /reserve new pve1 from="tomorrow 9:00" for=1h
       refused: 2040-01-03 09:00 to 10:00 UTC (+00:00) is taken for pve1: R-1 (a reservation of operator, 2040-01-03 08:00 to 13:00 UTC (+00:00)) (conflict)
       free: Tue 2040-01-03 07:00–08:00, Tue 2040-01-03 13:00–14:00 and Tue 2040-01-03 14:00–15:00; or /reserve wait for this one
       [Tue 2040-01-03 07:00–08:00] [Tue 2040-01-03 13:00–14:00] [Tue 2040-01-03 14:00–15:00]
    admin  [Approve]
       R-1 is approved
         R-1     pve1, 2040-01-03 08:00 to 13:00 UTC (+00:00) (booked)
         holder  operator
    admin  /reserve approve R-1
       refused: R-1 cannot be approved: it is booked (wrong-state)
    operator  /reserve new pve2 from="tomorrow 8:00" for=5h
       warning: pve2 is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-2; nobody else can have it meanwhile.
         R-2  2040-01-03 08:00 to 13:00 UTC (+00:00)
    admin  /reserve reject R-2 reason="too long"
       R-2 is rejected
         R-2     pve2, 2040-01-03 08:00 to 13:00 UTC (+00:00) (cancelled)
         holder  operator
         reason  too long
    operator  /reserve new pve2 from="tomorrow 8:00" for=1h
       pve2 is yours
         R-3  2040-01-03 08:00 to 09:00 UTC (+00:00)
    operator  /reserve new pve3 from="tomorrow 8:00" for=1h
       refused: you have 2 reservations ahead of you, and the limit is 2 at once (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve extend R-3 for=6h
       refused: R-3 cannot be extended: a window so long needs an approver's yes; /reserve new asks for the rest (wrong-state)
    -- nobody says yes before it begins
    operator  /reserve cancel R-3
       R-3 is cancelled
         R-3  pve2, 2040-01-03 08:00 to 09:00 UTC (+00:00) (cancelled)
    operator  /reserve new pve2 from="10:00" for=5h
       warning: pve2 is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-4; nobody else can have it meanwhile.
         R-4  2040-01-02 10:00 to 15:00 UTC (+00:00)
    ~  2h
       R-1 of pve1 was approved by admin
         window  2040-01-03 08:00 to 13:00 UTC (+00:00)
       R-2: operator asks for pve2
         window  2040-01-03 08:00 to 13:00 UTC (+00:00)
       [Approve] [Reject]
       R-2 of pve2 was rejected by admin
         window  2040-01-03 08:00 to 13:00 UTC (+00:00)
         reason  too long
       R-4: operator asks for pve2
         window  2040-01-02 10:00 to 15:00 UTC (+00:00)
       [Approve] [Reject]
       warning: R-4: nobody said yes to pve2 in time
         window  2040-01-02 10:00 to 15:00 UTC (+00:00)
    "#);
}
