//! What the rules of a resource do to reservations: a second person's yes, limits, time kept free, checking in.

use super::story::{Story, on_both};
use insta::assert_snapshot;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

pub async fn a_second_person_says_yes_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("admin", "/user create bob role=operator").await;
    s.say("admin", "/resource add rack-a kind=named approval approvers=bob").await;
    s.say("admin", "/resource add racks rack-a kind=pool").await;
    s.say("operator", "/reserve new racks from=10:00 for=2h").await;
    s.passes("1m").await;
    s.note("it is held meanwhile; nobody says yes to their own");
    s.say("bob", "/reserve new rack-a from=11:00 for=2h").await;
    s.say("operator", "/reserve approve R-1").await;
    s.press("bob", "Approve").await;
    s.say("operator", "/reserve show R-1").await;
    s.passes("1m").await;
    s.note("a no, and what nobody answers");
    s.say("bob", "/reserve new rack-a from=14:00 for=2h").await;
    s.passes("1m").await;
    s.press("bob", "Approve").await;
    s.say("admin", r#"/reserve reject R-2 reason="the rack is moved then""#).await;
    s.passes("1m").await;
    s.say("operator", "/reserve new rack-a from=14:00 for=2h").await;
    s.say("operator", "/reserve change R-1 for=1h").await;
    s.passes("6h").await;
    s.say("viewer", "/reserve list from=2040-01-02T09:00Z status=cancelled").await;
}

#[tokio::test]
async fn a_second_person_says_yes() {
    let story = on_both(a_second_person_says_yes_told).await;
    assert_snapshot!(story, @r#"
    admin  /user create bob role=operator
       account bob is there
       The password is shown this once and kept nowhere in the clear; /user password bob makes another.
         role      operator
         password  <password>
    admin  /resource add rack-a kind=named approval approvers=bob
       rack-a can be reserved
       /reserve new rack-a reserves it.
         rules  needs a yes of bob
    admin  /resource add racks rack-a kind=pool
       pool racks can be reserved
       /reserve new racks reserves it.
         members  rack-a
    operator  /reserve new racks from=10:00 for=2h
       warning: racks is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-1; nobody else can have it meanwhile.
         R-1  2040-01-02 10:00 to 12:00 UTC (+00:00): rack-a
    ~  1m
       R-1: operator asks for rack-a
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Approve] [Reject]
    -- it is held meanwhile; nobody says yes to their own
    bob  /reserve new rack-a from=11:00 for=2h
       refused: 2040-01-02 11:00 to 13:00 UTC (+00:00) is taken for rack-a: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 12:00–14:00, Mon 2040-01-02 14:00–16:00 and Mon 2040-01-02 16:00–18:00; or /reserve wait for this one
       [Mon 2040-01-02 12:00–14:00] [Mon 2040-01-02 14:00–16:00] [Mon 2040-01-02 16:00–18:00]
    operator  /reserve approve R-1
       refused: R-1 waits for somebody else's yes (not-approver)
       an administrator or an approver of the resource gives it, and nobody to their own
    bob  [Approve]
       R-1 is approved
         R-1     racks, 2040-01-02 10:00 to 12:00 UTC (+00:00) (booked)
         holder  operator
    operator  /reserve show R-1
       R-1 is booked: rack-a
         what    rack-a
         holder  operator
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
         length  2 h
         start   <time>
         end     <time>
         made    <time>
    ~  1m
       R-1 of rack-a was approved by bob
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
    -- a no, and what nobody answers
    bob  /reserve new rack-a from=14:00 for=2h
       warning: rack-a is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-2; nobody else can have it meanwhile.
         R-2  2040-01-02 14:00 to 16:00 UTC (+00:00)
    ~  1m
       R-2: bob asks for rack-a
         window  2040-01-02 14:00 to 16:00 UTC (+00:00)
       [Approve] [Reject]
    bob  [Approve]
       refused: R-2 waits for somebody else's yes (not-approver)
       an administrator or an approver of the resource gives it, and nobody to their own
    admin  /reserve reject R-2 reason="the rack is moved then"
       R-2 is rejected
         R-2     rack-a, 2040-01-02 14:00 to 16:00 UTC (+00:00) (cancelled)
         holder  bob
         reason  the rack is moved then
    ~  1m
       R-2 of rack-a was rejected by admin
         window  2040-01-02 14:00 to 16:00 UTC (+00:00)
         reason  the rack is moved then
    operator  /reserve new rack-a from=14:00 for=2h
       warning: rack-a is held for you until somebody says yes
       An administrator or an approver says yes with /reserve approve R-3; nobody else can have it meanwhile.
         R-3  2040-01-02 14:00 to 16:00 UTC (+00:00)
    operator  /reserve change R-1 for=1h
       R-1 is changed
         R-1  racks, 2040-01-02 10:00 to 11:00 UTC (+00:00) (booked)
    ~  6h
       R-3: operator asks for rack-a
         window  2040-01-02 14:00 to 16:00 UTC (+00:00)
       [Approve] [Reject]
       R-1: rack-a is yours in 15 minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: rack-a is yours now
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       R-1: rack-a is yours for 15 more minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       [Extend] [Release]
       R-1: your time with rack-a is over
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
       warning: R-3: nobody said yes to rack-a in time
         window  2040-01-02 14:00 to 16:00 UTC (+00:00)
    viewer  /reserve list from=2040-01-02T09:00Z status=cancelled
       2 reservations
       Times are in UTC; /reserve show R-2 tells all of one.
       id   when                   what    holder    status
       R-2  Mon 2 Jan 14:00–16:00  rack-a  bob       cancelled
       R-3  Mon 2 Jan 14:00–16:00  rack-a  operator  cancelled
    "#);
}

pub async fn rules_hold_for_whoever_books_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("admin", "/resource add rack-a kind=named longest=4h before=15m after=30m").await;
    s.say("operator", "/reserve new rack-a from=10:00 for=5h").await;
    s.say("operator", "/reserve new rack-a from=10:00 for=2h").await;
    s.note("time is kept free around it, and not shown");
    s.say("admin", "/reserve new rack-a from=12:30 for=1h").await;
    s.press("admin", "Mon 2040-01-02 12:45–13:45").await;
    s.say("viewer", "/reserve show R-1").await;
    s.passes("50m").await;
    s.say("viewer", "/resource list").await;
    s.passes("2h20m").await;
    s.say("viewer", "/resource list").await;
    s.note("a pool's rules hold for its members when they are got through it");
    s.say("admin", "/resource add racks rack-a kind=pool longest=1h").await;
    s.say("operator", "/reserve new racks from=\"tomorrow 10:00\" for=2h").await;
    s.say("operator", "/reserve new rack-a from=\"tomorrow 10:00\" for=2h").await;
}

#[tokio::test]
async fn rules_hold_for_whoever_books() {
    let story = on_both(rules_hold_for_whoever_books_told).await;
    assert_snapshot!(story, @r#"
    admin  /resource add rack-a kind=named longest=4h before=15m after=30m
       rack-a can be reserved
       /reserve new rack-a reserves it.
         rules  at most 4 h, 15 min free before, 30 min free after
    operator  /reserve new rack-a from=10:00 for=5h
       refused: 2040-01-02 10:00 to 15:00 UTC (+00:00) lasts 5 h, and the limit is 4 h (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new rack-a from=10:00 for=2h
       rack-a is yours
         R-1  2040-01-02 10:00 to 12:00 UTC (+00:00)
    -- time is kept free around it, and not shown
    admin  /reserve new rack-a from=12:30 for=1h
       refused: 2040-01-02 12:30 to 13:30 UTC (+00:00) is taken for rack-a: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 12:45–13:45, Mon 2040-01-02 13:45–14:45 and Mon 2040-01-02 14:45–15:45; or /reserve wait for this one
       [Mon 2040-01-02 12:45–13:45] [Mon 2040-01-02 13:45–14:45] [Mon 2040-01-02 14:45–15:45]
    admin  [Mon 2040-01-02 12:45–13:45]
       rack-a is yours
         R-2  2040-01-02 12:45 to 13:45 UTC (+00:00)
    viewer  /reserve show R-1
       R-1 is booked: rack-a
         what    rack-a
         holder  operator
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
         length  2 h
         start   <time>
         end     <time>
         made    <time>
    ~  50m
       R-1: rack-a is yours in 15 minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Cancel it]
    viewer  /resource list
       1 resource
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name    kind   now                   until                 about
       rack-a  named  kept free around R-1  <time>  at most 4 h, 15 min …
    ~  2h20m
       R-1: rack-a is yours now
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       R-1: rack-a is yours for 15 more minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Release]
       R-1: your time with rack-a is over
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
    viewer  /resource list
       1 resource
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name    kind   now                   until                 about
       rack-a  named  kept free around R-1  <time>  at most 4 h, 15 min …
    -- a pool's rules hold for its members when they are got through it
    admin  /resource add racks rack-a kind=pool longest=1h
       pool racks can be reserved
       /reserve new racks reserves it.
         members  rack-a
         rules    at most 1 h
    operator  /reserve new racks from="tomorrow 10:00" for=2h
       refused: 2040-01-03 10:00 to 12:00 UTC (+00:00) lasts 2 h, and the limit is 1 h (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    operator  /reserve new rack-a from="tomorrow 10:00" for=2h
       rack-a is yours
         R-3  2040-01-03 10:00 to 12:00 UTC (+00:00)
    "#);
}

pub async fn nobody_checks_in_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("admin", "/resource add rack-a kind=named check-in=15m").await;
    s.say("operator", "/reserve new rack-a from=10:00 for=2h").await;
    s.say("admin", "/reserve wait rack-a from=10:30 for=1h").await;
    s.passes("1h5m").await;
    s.note("nobody comes, and the next in line is asked");
    s.passes("15m").await;
    s.press("admin", "Take it").await;
    s.passes("15m").await;
    s.press("admin", "Check in").await;
    s.passes("2h").await;
    s.say("viewer", "/reserve list from=2040-01-02T09:00Z status=no-show").await;
    s.say("viewer", "/reserve list from=2040-01-02T09:00Z status=ended").await;
}

#[tokio::test]
async fn nobody_checks_in() {
    let story = on_both(nobody_checks_in_told).await;
    assert_snapshot!(story, @r#"
    admin  /resource add rack-a kind=named check-in=15m
       rack-a can be reserved
       /reserve new rack-a reserves it.
         rules  check-in within 15 min
    operator  /reserve new rack-a from=10:00 for=2h
       rack-a is yours
         R-1  2040-01-02 10:00 to 12:00 UTC (+00:00)
    admin  /reserve wait rack-a from=10:30 for=1h
       you stand in line for rack-a
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-2 leaves the line.
         R-2  2040-01-02 10:30 to 11:30 UTC (+00:00)
    ~  1h5m
       R-1: rack-a is yours in 15 minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: rack-a is yours now
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Check in] [Release]
    -- nobody comes, and the next in line is asked
    ~  15m
       warning: R-1: nobody checked in, so rack-a is given back
         window  2040-01-02 10:00 to 10:15 UTC (+00:00)
       R-2: rack-a is free, and held for you
         window      2040-01-02 10:30 to 11:30 UTC (+00:00)
         held until  <time>
       [Take it] [Leave it]
    admin  [Take it]
       R-2 is taken
         R-2  rack-a, 2040-01-02 10:30 to 11:30 UTC (+00:00) (booked)
    ~  15m
       R-2: rack-a is yours now
         window  2040-01-02 10:30 to 11:30 UTC (+00:00)
       [Check in] [Release]
    admin  [Check in]
       R-2 is checked in
         R-2  rack-a, 2040-01-02 10:30 to 11:30 UTC (+00:00) (active)
    ~  2h
       R-2: rack-a is yours for 15 more minutes
         window  2040-01-02 10:30 to 11:30 UTC (+00:00)
       [Extend] [Release]
       R-2: your time with rack-a is over
         window  2040-01-02 10:30 to 11:30 UTC (+00:00)
    viewer  /reserve list from=2040-01-02T09:00Z status=no-show
       1 reservation
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what    holder    status
       R-1  Mon 2 Jan 10:00–10:15  rack-a  operator  no-show
    viewer  /reserve list from=2040-01-02T09:00Z status=ended
       1 reservation
       Times are in UTC; /reserve show R-2 tells all of one.
       id   when                   what    holder  status
       R-2  Mon 2 Jan 10:30–11:30  rack-a  admin   ended
    "#);
}
