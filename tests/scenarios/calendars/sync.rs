//! What changed since: each change once, in parts if wanted, from a token that is known.

use super::{
    super::story::on_both,
    program::{Program, Sidecar, on},
};
use direttore_store::plain_calendar;
use std::time::Duration;

const CALENDAR: &str = "/dav/cal/operator/personal/";

#[tokio::test]
async fn changes_are_told_since_a_token() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        let token = async |since: &str, more: &str| {
            let told = program.sync(CALENDAR, since, more).await;
            assert_eq!(told.status, 207, "{}", told.body);
            (told.texts("D:sync-token").remove(0), told)
        };
        let (empty, told) = token("", "").await;
        assert_eq!(told.names(), [""; 0]);
        for day in 1..=5 {
            program.put(&format!("{CALENDAR}{day}.ics"), &[], on(day, &format!("e{day}"))).await;
        }
        let (five, told) = token(&empty, "").await;
        assert_eq!(told.names(), ["1", "2", "3", "4", "5"]);
        assert_ne!(empty, five);
        let ctag = program.find(CALENDAR, "0", "<CS:getctag/><sync-token/>").await;
        assert_eq!((ctag.texts("CS:getctag"), ctag.texts("D:sync-token")), (vec![five.clone()], vec![five.clone()]));
        program.ask("DELETE", &format!("{CALENDAR}2.ics"), &[], "").await;
        program.put(&format!("{CALENDAR}1.ics"), &[], on(9, "e1")).await;
        let (last, told) = token(&five, "").await;
        assert_eq!(told.names(), ["2", "1"], "in the order of the changes");
        assert_eq!(told.body.matches("404 Not Found").count(), 1, "{}", told.body);
        let (from_empty, told) = token("", "").await;
        assert_eq!((from_empty, told.names().len(), told.has("404")), (last.clone(), 4, false));
        s.note("in parts");
        let (mut since, mut seen) = (empty, Vec::new());
        loop {
            let (next, told) = token(&since, "<limit><nresults>2</nresults></limit>").await;
            seen.extend(told.names());
            assert!(told.names().len() <= 2, "{}", told.body);
            since = next;
            if !told.has("507 Insufficient Storage") {
                break;
            }
            assert!(told.has("number-of-matches-within-limits"), "{}", told.body);
        }
        assert_eq!((seen, since), (["3", "4", "5", "2", "1"].map(str::to_owned).to_vec(), last.clone()));
        s.note("another calendar of the same name has other tokens");
        program.ask("DELETE", CALENDAR, &[], "").await;
        program.ask("MKCALENDAR", CALENDAR, &[], "").await;
        let told = program.sync(CALENDAR, &last, "").await;
        assert!(told.status == 403 && told.has("<D:valid-sync-token/>"), "{}", told.body);
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_long_ago_is_forgotten() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        program.put(&format!("{CALENDAR}a.ics"), &[], on(1, "a")).await;
        let before = program.sync(CALENDAR, "", "").await.texts("D:sync-token").remove(0);
        program.ask("DELETE", &format!("{CALENDAR}a.ics"), &[], "").await;
        let after = program.sync(CALENDAR, "", "").await.texts("D:sync-token").remove(0);
        let days = |days: u64| Duration::from_secs(days * 24 * 3600);
        let forget = async || {
            let mut tx = s.dispatch.store.write().await.expect("the database answers");
            plain_calendar::forget(&mut tx, s.clock.now(), days(90)).await.expect("it can be forgotten");
            tx.commit().await.expect("committed");
        };
        s.clock.advance(days(89));
        forget().await;
        assert!(program.sync(CALENDAR, &before, "").await.has("404 Not Found"), "it is kept for 90 days");
        s.clock.advance(days(2));
        forget().await;
        assert!(program.sync(CALENDAR, &before, "").await.has("<D:valid-sync-token/>"));
        assert_eq!(program.sync(CALENDAR, &after, "").await.status, 207);
    })
    .await;
}
