//! What programs in the wild write of times, where an event is a reservation: understood as it is meant, or refused.

use super::{
    super::story::on_sqlite,
    booking::{MONDAY, NEW, PVE1, in_chat},
    program::{Program, Sidecar, event},
};
use futures::future::join_all;

/// Each is refused with a sentence, and nothing is booked.
#[tokio::test]
async fn what_cannot_be_booked_is_refused() {
    on_sqlite(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let hour = "DTSTART:20400103T100000Z\nDTEND:20400103T110000Z";
        let cases = [
            ("DTSTART:20391201T100000Z\nDTEND:20391201T110000Z".to_owned(), "in the past"),
            ("DTSTART:20400103T100000Z".to_owned(), "no end"),
            ("DTSTART:20400103T100000Z\nDTEND:20400103T100000Z".to_owned(), "ends when it starts"),
            ("DTSTART:20400103T100000Z\nDTEND:20400103T090000Z".to_owned(), "ends when it starts"),
            (format!("{hour}\nRRULE:FREQ=DAILY"), "bookable"),
            (format!("{hour}\nRRULE:FREQ=DAILY;COUNT=1000000"), "bookable"),
            (format!("{hour}\nRRULE:FREQ=HOURLY;COUNT=3"), "bookable"),
            (format!("{hour}\nRRULE:FREQ=SECONDLY;COUNT=3"), "bookable"),
            (format!("{hour}\nRDATE:20400104T100000Z"), "RDATE is not taken"),
            (format!("{hour}\nRECURRENCE-ID:20400103T100000Z"), "single times"),
            (format!("{hour}\nSTATUS:CANCELLED"), "delete it to cancel"),
            ("DTSTART;TZID=Nowhere/At all:20400103T100000\nDURATION:PT1H".to_owned(), "nobody knows the time zone"),
            (
                "DTSTART;TZID=Europe/Rome:20400325T023000\nDTEND;TZID=Europe/Rome:20400325T040000".to_owned(),
                "the clock skips",
            ),
            ("DTSTART;TZID=America/New_York:20400311T023000\nDURATION:PT1H".to_owned(), "the clock skips"),
            ("DTSTART:20400230T100000Z\nDTEND:20400230T110000Z".to_owned(), "valid-calendar-data"),
            ("DTSTART:99990101T100000Z\nDTEND:99990101T110000Z".to_owned(), "bookable"),
        ];
        for (lines, why) in cases {
            let told = phone.put(&format!("{PVE1}x.ics"), &NEW, event("x", &lines)).await;
            assert_eq!(told.status, 403, "{lines}: {}", told.body);
            assert!(told.has("D:error") && told.has(why), "{lines}: {}", told.body);
        }
        let task = event("x", hour).replace("VEVENT", "VTODO");
        let told = phone.put(&format!("{PVE1}x.ics"), &NEW, task).await;
        assert!(told.status == 403 && told.has("supported-calendar-component"), "{}", told.body);
        let large = event("x", &format!("{hour}\nX-LONG:{}", "x".repeat(5_000_000)));
        let told = phone.put(&format!("{PVE1}x.ics"), &NEW, large).await;
        assert!(told.status == 403 && told.has("max-resource-size"), "{}", told.body);
        assert_eq!(phone.find(PVE1, "1", "<getetag/>").await.names().len(), 0);
    })
    .await;
}

/// What programs in the wild write is understood.
#[tokio::test]
async fn times_are_read_as_they_are_meant() {
    on_sqlite(async |s| {
        s.it_is(MONDAY).await;
        s.ask("operator", "/whoami zone=Europe/Rome").await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let outlook = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Our Office\nBEGIN:STANDARD\n\
                       DTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
                       RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
                       DTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
                       RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:o\n\
                       SUMMARY:a long title that is fol\n ded\nX-MS-OLK-FORCEINSPECTOROPEN:TRUE\n\
                       DTSTART;TZID=Our Office:20400702T090000\nDTEND;TZID=Our Office:20400702T100000\nEND:VEVENT\n\
                       END:VCALENDAR\n";
        let cases = [
            (outlook.to_owned(), "2040-07-02 09:00 to 10:00 Europe/Rome (+02:00)"),
            (
                event("w", "DTSTART;TZID=W. Europe Standard Time:20400703T090000\nDURATION:PT90M"),
                "2040-07-03 09:00 to 10:30",
            ),
            (event("f", "DTSTART:20400704T090000\nDTEND:20400704T100000"), "2040-07-04 09:00 to 10:00"),
            (event("d", "DTSTART;VALUE=DATE:20400706"), "2040-07-06 00:00 to 2040-07-07 00:00"),
            (event("l", "DTSTART;VALUE=DATE:20400229"), "2040-02-29 00:00 to 2040-03-01 00:00"),
            // Twice on the clock: the first.
            (
                event("t", "DTSTART;TZID=Europe/Rome:20401028T023000\nDTEND;TZID=Europe/Rome:20401028T060000"),
                "2040-10-28 02:30 Europe/Rome (+02:00) to 2040-10-28 06:00 Europe/Rome (+01:00)",
            ),
            // Each end on its own clock.
            (
                event("m", "DTSTART;TZID=Europe/Rome:20400710T090000\nDTEND;TZID=America/New_York:20400710T090000"),
                "2040-07-10 09:00 to 15:00",
            ),
        ];
        for (n, (body, when)) in cases.into_iter().enumerate() {
            let path = format!("{PVE1}{n}.ics");
            let told = phone.put(&path, &NEW, body.clone()).await;
            assert_eq!(told.status, 201, "{when}: {}", told.body);
            let shown = in_chat(s, &format!("/reserve show R-{}", n + 1)).await;
            assert!(shown.contains(when), "{when}: {shown}");
            assert_eq!(phone.ask("GET", &path, &[], "").await.body, body);
        }
        let all = join_all((0..7).map(|n| {
            let path = format!("{PVE1}{n}.ics");
            let phone = &phone;
            async move { phone.ask("DELETE", &path, &[], "").await.status }
        }));
        assert!(all.await.into_iter().all(|status| status == 204));
    })
    .await;
}
