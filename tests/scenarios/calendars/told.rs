//! What a calendar program books is told of where its token was made.

use super::{
    super::story::{Story, on_both},
    booking::{MONDAY, NEW, PVE1},
    program::{Program, Sidecar, event},
};
use insta::assert_snapshot;

#[tokio::test]
async fn reminders_come_where_the_token_was_made() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let body = event("a", "DTSTART:20400102T100000Z\nDTEND:20400102T110000Z\nSUMMARY:by phone");
        let told = phone.put(&format!("{PVE1}a.ics"), &NEW, body).await;
        assert_eq!(told.status, 201, "{}", told.body);
        s.passes("50m").await;
        s.passes("1h").await;
        s.press("operator", "Extend").await;
        s.say("admin", "/reserve cancel R-1 reason=\"the power fails\"").await;
        s.say("admin", "/reserve release R-1 reason=\"the power fails\"").await;
        s.passes("1m").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    ~  50m
       R-1: pve1 is yours in 15 minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         title   by phone
       [Extend] [Cancel it]
    ~  1h
       R-1: pve1 is yours now
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         title   by phone
       R-1: pve1 is yours for 15 more minutes
         window  2040-01-02 10:00 to 11:00 UTC (+00:00)
         title   by phone
       [Extend] [Release]
    operator  [Extend]
       R-1 is extended
         R-1  pve1, 2040-01-02 10:00 to 12:00 UTC (+00:00) (active)
    admin  /reserve cancel R-1 reason="the power fails"
       refused: R-1 cannot be cancelled: it has begun; /reserve release gives back the rest (wrong-state)
    admin  /reserve release R-1 reason="the power fails"
       R-1 is released
         R-1     pve1, 2040-01-02 10:00 to 10:50 UTC (+00:00) (released)
         holder  operator
         reason  the power fails
    ~  1m
       R-1 of pve1 was given back by admin
         window  2040-01-02 10:00 to 10:50 UTC (+00:00)
         title   by phone
         reason  the power fails
    "#);
}
