//! A series that a calendar program books: one event to it, and so many reservations to everybody else.

use super::{
    super::story::{Story, on_both, on_sqlite},
    booking::{MONDAY, NEW, PVE1, in_chat},
    program::{Program, Sidecar, Told, event},
};
use direttore_domain::{ReservationId, ReservationStatus, Zone};
use direttore_store::reservation;

const MINE: &str = "/dav/cal/operator/mine/";
/// Four Sundays at nine in Rome; the clocks go forward on 25 March 2040.
const WEEKLY: &str = "DTSTART;TZID=Europe/Rome:20400311T090000\nDTEND;TZID=Europe/Rome:20400311T100000\n\
                      SUMMARY:weekly\nX-COLOR:red\nRRULE:FREQ=WEEKLY;COUNT=4";
const PATH: &str = "/dav/cal/operator/r-node~lab~pve1/w.ics";

async fn phone<'s>(s: &Story, sidecar: &'s Sidecar) -> Program<'s> {
    s.it_is(MONDAY).await;
    Program::of(s, sidecar, "operator", "phone").await
}

/// The event with more lines, and with others beside it that stand for single times.
fn with(lines: &str, singles: &[&str]) -> String {
    let single = |lines: &&str| {
        let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
        format!("BEGIN:VEVENT\r\nUID:w\r\nDTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\n")
    };
    let singles: String = singles.iter().map(single).collect();
    event("w", &format!("{WEEKLY}{lines}")).replace("END:VCALENDAR", &format!("{singles}END:VCALENDAR"))
}

/// What is booked, in the order in which it was: days of 2040 and times in Rome.
async fn booked(s: &Story) -> String {
    let rome: Zone = "Europe/Rome".parse().expect("a zone");
    let mut told = Vec::new();
    for n in 1..9 {
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let held = reservation::get(&mut tx, ReservationId(n)).await.expect("the database answers");
        if let Some(held) = held.filter(|held| held.status == ReservationStatus::Booked) {
            told.push(rome.wall(held.starts).to_string().replace("2040-", ""));
        }
    }
    told.join(", ")
}

async fn is_kept(phone: &Program<'_>, told: &Told, body: &str) {
    assert!(matches!(told.status, 201 | 204), "{}: {}", told.status, told.body);
    let kept = phone.ask("GET", PATH, &[], "").await;
    assert_eq!((kept.status, kept.body.as_str()), (200, body), "byte by byte");
    assert_eq!(kept.header("etag"), told.header("etag"));
}

#[tokio::test]
async fn a_series_stays_the_event_that_it_was() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = phone(s, &sidecar).await;
        let whole = with("", &[]);
        is_kept(&phone, &phone.put(PATH, &NEW, whole.clone()).await, &whole).await;
        assert_eq!(booked(s).await, "03-11 09:00, 03-18 09:00, 03-25 09:00, 04-01 09:00", "on the wall in Rome");
        for calendar in [PVE1, MINE] {
            assert_eq!(phone.find(calendar, "1", "<getetag/>").await.names(), ["w"], "{calendar}");
        }
        let range = |from: &str, to: &str| {
            format!("<C:comp-filter name=\"VEVENT\"><C:time-range start=\"{from}\" end=\"{to}\"/></C:comp-filter>")
        };
        let found = phone.query(PVE1, "<getetag/>", &range("20400325T063000Z", "20400325T073000Z")).await;
        assert_eq!(found.names(), ["w"], "{}", found.body);
        let found = phone.query(PVE1, "<getetag/>", &range("20400326T063000Z", "20400326T073000Z")).await;
        assert_eq!(found.names().len(), 0, "{}", found.body);

        // One is left out, one is another, as programs have it.
        let moved = "RECURRENCE-ID;TZID=Europe/Rome:20400325T090000\nDTSTART;TZID=Europe/Rome:20400326T140000\n\
                     DTEND;TZID=Europe/Rome:20400326T160000\nSUMMARY:moved once";
        let changed = with("\nEXDATE;TZID=Europe/Rome:20400318T090000", &[moved]);
        is_kept(&phone, &phone.put(PATH, &[], changed.clone()).await, &changed).await;
        assert_eq!(booked(s).await, "03-11 09:00, 03-26 14:00, 04-01 09:00");
        assert!(in_chat(s, "/reserve show R-3").await.contains("moved once"));
        assert!(in_chat(s, "/reserve show R-2").await.contains("cancelled"));
        let stale = [("If-Match", "\"stale\"")];
        assert_eq!(phone.put(PATH, &stale, whole.clone()).await.status, 412);

        // What is done in chat is seen in it, and back.
        let token = phone.sync(PVE1, "", "").await.texts("D:sync-token").remove(0);
        s.ask("operator", "/reserve cancel R-1").await;
        s.ask("operator", "/reserve change R-4 from=\"2040-04-02 10:00\" title=later").await;
        let told = phone.sync(PVE1, &token, "").await;
        assert_eq!(told.names(), ["w"], "{}", told.body);
        let kept = phone.ask("GET", PATH, &[], "").await;
        let parts = [
            "RRULE:FREQ=WEEKLY;COUNT=4",
            "EXDATE;TZID=Europe/Rome:20400311T090000",
            "EXDATE;TZID=Europe/Rome:20400318T090000",
            "RECURRENCE-ID;TZID=Europe/Rome:20400325T090000",
            "RECURRENCE-ID;TZID=Europe/Rome:20400401T090000",
            "SUMMARY:later",
            "DTSTART;TZID=Europe/Rome:20400311T090000",
        ];
        for part in parts {
            assert!(kept.has(part), "{part}: {}", kept.body);
        }
        assert_eq!(kept.body.matches("X-COLOR:red").count(), 2, "what the program said stays: {}", kept.body);
        is_kept(&phone, &phone.put(PATH, &[], kept.body.clone()).await, &kept.body).await;
        assert!(phone.find(PVE1, "1", "<getetag/>").await.texts("D:getetag").contains(&kept.header("etag").to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_series_that_is_deleted_is_cancelled() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = phone(s, &sidecar).await;
        let whole = with("", &[]);
        phone.put(PATH, &NEW, whole.clone()).await;
        // The first has been had, the second is now.
        s.it_is("2040-03-18T08:30Z").await;
        s.dispatch.do_due().await.expect("the calendar is looked after");
        let kept = phone.ask("GET", PATH, &[], "").await;
        assert_eq!(kept.body, whole, "what was had stays in it");
        let token = phone.sync(PVE1, "", "").await.texts("D:sync-token").remove(0);
        assert_eq!(phone.ask("DELETE", PATH, &[("If-Match", "\"stale\"")], "").await.status, 412);
        assert_eq!(phone.ask("DELETE", PATH, &[("If-Match", kept.header("etag"))], "").await.status, 204);
        for calendar in [PVE1, MINE] {
            assert_eq!(phone.find(calendar, "1", "<getetag/>").await.names().len(), 0, "{calendar}");
        }
        assert_eq!(phone.ask("GET", PATH, &[], "").await.status, 404);
        let told = phone.sync(PVE1, &token, "").await;
        assert!(told.has("404 Not Found") && told.names() == ["w"], "{}", told.body);
        for (n, status) in [(1, "ended"), (2, "released"), (3, "cancelled"), (4, "cancelled")] {
            let shown = in_chat(s, &format!("/reserve show R-{n}")).await;
            assert!(shown.contains(status), "R-{n} {status}: {shown}");
        }
        // Somebody who takes back what was deleted has what is still to come of it refused whole, for it begins in the
        // past; a later one is as new.
        let told = phone.put(PATH, &NEW, whole.clone()).await;
        assert!(told.status == 403 && told.has("in the past"), "{}", told.body);
        let later = whole.replace("20400311", "20400415");
        is_kept(&phone, &phone.put(PATH, &NEW, later.clone()).await, &later).await;
        assert_eq!(
            phone.put(&format!("{PVE1}other.ics"), &NEW, later.replace("20400415", "20400416")).await.status,
            403
        );
        let log = s.ask("admin", "/audit").await;
        let log: String = log.iter().map(|reply| reply.to_json().to_string()).collect();
        assert!(log.contains("R-2, R-3, R-4, R-1"), "one line for all of it: {log}");
    })
    .await;
}

#[tokio::test]
async fn all_of_a_change_or_nothing() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = phone(s, &sidecar).await;
        s.ask("admin", "/reserve new pve1 from=\"2040-03-20 08:00\" for=3h").await;
        let whole = with("", &[]);
        let five = whole.replace("COUNT=4", "COUNT=4;BYDAY=SU,TU");
        let told = phone.put(PATH, &NEW, five).await;
        assert_eq!(told.status, 409, "{}", told.body);
        assert_eq!(booked(s).await, "03-20 09:00");
        assert_eq!(phone.put(PATH, &NEW, whole.clone()).await.status, 201);
        // One is cancelled, and another would come upon somebody else's: neither happens.
        let onto = "RECURRENCE-ID;TZID=Europe/Rome:20400325T090000\nDTSTART:20400320T093000Z\nDTEND:20400320T103000Z";
        let told = phone.put(PATH, &[], with("\nEXDATE;TZID=Europe/Rome:20400318T090000", &[onto])).await;
        assert!(told.status == 409 && told.has("free-time") && told.has("R-1"), "{}", told.body);
        assert_eq!(phone.ask("GET", PATH, &[], "").await.body, whole);
        let refused = [
            (whole.replace("COUNT=4", "COUNT=6"), "has no time that begins 2040-04-08"),
            (whole.replace("RRULE", "RDATE;TZID=Europe/Rome:20400312T090000\r\nRRULE"), "RDATE is not taken"),
            (with("", &[&onto.replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")]), "RANGE is not taken"),
            (whole.replace("UID:w", "UID:other"), "keeps its UID"),
        ];
        for (body, why) in refused {
            let told = phone.put(PATH, &[], body).await;
            assert!(told.status == 403 && told.has(why), "{why}: {} {}", told.status, told.body);
        }
        let told = phone.put(&format!("{PVE1}n.ics"), &NEW, with("", &[onto]).replace("UID:w", "UID:n")).await;
        assert!(told.status == 403 && told.has("once it is booked"), "{}", told.body);
        assert_eq!(phone.ask("GET", PATH, &[], "").await.body, whole);

        // All of it an hour later and under another name, and then the last ones left out by a shorter rule.
        let later = whole.replace("T090000", "T100000").replace("T100000\r\nSUMMARY", "T110000\r\nSUMMARY");
        let later = later.replace("DTEND;TZID=Europe/Rome:20400311T100000", "DTEND;TZID=Europe/Rome:20400311T113000");
        let later = later.replace("SUMMARY:weekly", "SUMMARY:every week");
        is_kept(&phone, &phone.put(PATH, &[], later.clone()).await, &later).await;
        assert_eq!(booked(s).await, "03-20 09:00, 03-11 10:00, 03-18 10:00, 03-25 10:00, 04-01 10:00");
        assert!(in_chat(s, "/reserve show R-4").await.contains("every week"));
        let shorter = later.replace("COUNT=4", "UNTIL=20400320T000000Z");
        is_kept(&phone, &phone.put(PATH, &[], shorter.clone()).await, &shorter).await;
        assert_eq!(booked(s).await, "03-20 09:00, 03-11 10:00, 03-18 10:00");
    })
    .await;
}

#[tokio::test]
async fn whole_days_and_ones_own_calendar() {
    on_sqlite(async |s| {
        s.ask("operator", "/whoami zone=Europe/Rome").await;
        let sidecar = Sidecar::of(s).await;
        let phone = phone(s, &sidecar).await;
        let path = format!("{MINE}d.ics");
        let days = event("d", "DTSTART;VALUE=DATE:20400313\nSUMMARY:days\nLOCATION:pve2\nRRULE:FREQ=DAILY;COUNT=4");
        let told = phone.put(&path, &NEW, days.clone()).await;
        assert_eq!(told.status, 201, "{}", told.body);
        assert_eq!(phone.ask("GET", &path, &[], "").await.body, days);
        s.ask("operator", "/reserve cancel R-2").await;
        s.ask("operator", "/reserve change R-4 what=pve3").await;
        let kept = phone.ask("GET", &path, &[], "").await;
        for part in ["EXDATE;VALUE=DATE:20400314", "RECURRENCE-ID;VALUE=DATE:20400316", "LOCATION:pve3"] {
            assert!(kept.has(part), "{part}: {}", kept.body);
        }
        // In the calendar of a thing there is what is of it.
        let other = phone.ask("GET", "/dav/cal/operator/r-node~lab~pve3/d.ics", &[], "").await;
        assert_eq!(other.body.matches("EXDATE").count(), 3, "{}", other.body);
        assert_eq!(phone.ask("DELETE", "/dav/cal/operator/r-node~lab~pve3/d.ics", &[], "").await.status, 204);
        assert!(in_chat(s, "/reserve show R-4").await.contains("cancelled"));
        assert_eq!(phone.ask("GET", &path, &[], "").await.status, 200, "the others stay");
        // One time is a series, too, where the program says so.
        let once =
            event("o", "DTSTART:20400601T090000Z\nDTEND:20400601T100000Z\nLOCATION:pve2\nRRULE:FREQ=DAILY;COUNT=1");
        let path = format!("{MINE}o.ics");
        let told = phone.put(&path, &NEW, once.clone()).await;
        assert_eq!((told.status, phone.ask("GET", &path, &[], "").await.body.as_str()), (201, once.as_str()));
        let later = once.replace("T090000", "T080000");
        assert_eq!(phone.put(&path, &[], later.clone()).await.status, 204);
        assert_eq!(phone.ask("GET", &path, &[], "").await.body, later);
        // One that is made in chat is not one event of any program's.
        s.ask("operator", "/reserve new pve1 from=\"2040-05-01 09:00\" for=1h repeat=\"daily x3\"").await;
        assert_eq!(phone.find(PVE1, "1", "<getetag/>").await.names().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_more_is_said_is_the_note() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = phone(s, &sidecar).await;
        let path = format!("{PVE1}n.ics");
        let said =
            "DTSTART:20400103T140000Z\nDTEND:20400103T160000Z\nSUMMARY:n\nDESCRIPTION:bring a cable\\nand coffee";
        let body = event("n", said);
        assert_eq!(phone.put(&path, &NEW, body.clone()).await.status, 201);
        assert!(in_chat(s, "/reserve show R-1").await.contains("and coffee"));
        assert_eq!(phone.ask("GET", &path, &[], "").await.body, body);
        s.ask("operator", "/reserve change R-1 note=\"no coffee, tea\"").await;
        let kept = phone.ask("GET", &path, &[], "").await;
        assert!(kept.has("DESCRIPTION:no coffee\\, tea") && !kept.has("cable"), "{}", kept.body);
        // What is made here says whose it is first, which is no note.
        s.ask("operator", "/reserve new pve1 from=\"2040-01-04 14:00\" for=2h note=\"from chat\"").await;
        let names = phone.find(PVE1, "1", "<getetag/>").await.names();
        let made = names.iter().find(|name| *name != "n").expect("it is there");
        let path = format!("{PVE1}{made}.ics");
        let made = phone.ask("GET", &path, &[], "").await;
        assert!(made.has("from chat"), "{}", made.body);
        assert_eq!(phone.put(&path, &[], made.body.replace("from chat", "from a phone")).await.status, 204);
        let shown = in_chat(s, "/reserve show R-2").await;
        assert!(shown.contains("from a phone") && !shown.contains("R-2 of operator"), "{shown}");
    })
    .await;
}
