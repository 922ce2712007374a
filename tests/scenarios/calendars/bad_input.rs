//! What programs should not send, and what is kept although it is odd.

use super::{
    super::story::{on_both, on_sqlite},
    program::{Program, SPACES, Sidecar, event, on},
};

const CALENDAR: &str = "/dav/cal/operator/personal/";

#[tokio::test]
async fn what_is_no_object_of_a_calendar_is_refused() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        let two = on(1, "a").replace("END:VCALENDAR\r\n", "") + on(2, "b").split("EN\r\n").nth(1).expect("an event");
        let mixed = on(1, "a").replace("END:VCALENDAR", "BEGIN:VTODO\r\nUID:a\r\nEND:VTODO\r\nEND:VCALENDAR");
        for (condition, body) in [
            ("valid-calendar-data", String::new()),
            ("valid-calendar-data", "hello".to_owned()),
            ("valid-calendar-data", on(1, "a").replace("END:VEVENT\r\n", "")),
            ("valid-calendar-data", on(1, "a").replace("T100000Z", "T990000Z")),
            ("valid-calendar-data", event("a", "SUMMARY:without a start")),
            ("valid-calendar-data", on(1, "a").replace("SUMMARY", "RRULE:COUNT=3\r\nSUMMARY")),
            ("valid-calendar-data", on(1, "a") + "more"),
            ("valid-calendar-data", on(1, "a").replace("SUMMARY:a", "SUMMARY:\0")),
            ("valid-calendar-object-resource", on(1, "a").replace("UID:a\r\n", "")),
            ("valid-calendar-object-resource", on(1, "a").replace("PRODID", "METHOD:REQUEST\r\nPRODID")),
            ("valid-calendar-object-resource", two),
            ("valid-calendar-object-resource", mixed),
            ("valid-calendar-object-resource", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n".to_owned()),
            ("supported-calendar-component", on(1, "a").replace("VEVENT", "VFREEBUSY")),
        ] {
            let told = program.put(&format!("{CALENDAR}a.ics"), &[], body.clone()).await;
            assert_eq!(told.status, 403, "{body:?}: {}", told.body);
            assert!(told.has(&format!("<C:{condition}/>")), "{body:?}: {}", told.body);
        }
        let told = program.ask("PUT", &format!("{CALENDAR}a.ics"), &[("Content-Type", "text/html")], on(1, "a")).await;
        assert!(told.status == 403 && told.has("<C:supported-calendar-data/>"), "{}", told.body);
        assert_eq!(program.put("/dav/cal/operator/none/a.ics", &[], on(1, "a")).await.status, 409);
        assert_eq!(program.find(CALENDAR, "1", "<getetag/>").await.names(), [""; 0], "nothing of it was kept");
    })
    .await;
}

#[tokio::test]
async fn an_object_may_have_one_uid_and_so_many_bytes() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        assert_eq!(program.put(&format!("{CALENDAR}a.ics"), &[], on(1, "a")).await.status, 201);
        let told = program.put(&format!("{CALENDAR}b.ics"), &[], on(2, "a")).await;
        assert_eq!(told.status, 403);
        let conflict = "<C:no-uid-conflict><D:href>/dav/cal/operator/personal/a.ics</D:href></C:no-uid-conflict>";
        assert!(told.has(conflict), "{}", told.body);
        for size in [1024 * 1024, 5 * 1024 * 1024] {
            let big = event("big", &format!("DTSTART:20260101T100000Z\nDESCRIPTION:{}", "x".repeat(size)));
            let told = program.put(&format!("{CALENDAR}big.ics"), &[], big).await;
            assert!(told.status == 403 && told.has("<C:max-resource-size/>"), "{}: {}", told.status, told.body);
        }
        let nearly = event("big", &format!("DTSTART:20260101T100000Z\nDESCRIPTION:{}", "x".repeat(1024 * 1024 - 500)));
        assert_eq!(program.put(&format!("{CALENDAR}big.ics"), &[], nearly).await.status, 201);
    })
    .await;
}

/// Odd, but read by everybody else: kept byte by byte.
#[tokio::test]
async fn what_is_odd_is_kept_as_it_is() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        let outlook = on(1, "outlook").replace(
            "BEGIN:VEVENT",
            "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\n\
             RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n\
             BEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n\
             TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT",
        );
        for (name, body) in [
            ("no-dtstamp", on(1, "no-dtstamp").replace("DTSTAMP:20260101T000000Z\r\n", "")),
            ("line-ends", on(1, "line-ends").replace("\r\n", "\n")),
            ("folded", on(1, "folded").replace("SUMMARY:folded", "SUMM\r\n ARY:fol\r\n\tded")),
            ("extended", on(1, "extended").replace("SUMMARY", "X-APPLE-STRUCTURED;X-A=\"a;b:c\":geo:1\\,2\r\nSUMMARY")),
            (
                "alarm",
                on(1, "alarm").replace("END:VEVENT", "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT"),
            ),
            ("outlook", outlook),
            ("sm\u{f8}rrebr\u{f8}d", on(1, "sm\u{f8}rrebr\u{f8}d \u{1f4c5}")),
        ] {
            let path = format!("{CALENDAR}{name}.ics");
            let told = program.put(&path, &[], body.clone()).await;
            assert_eq!((told.status, told.header("etag").is_empty()), (201, false), "{name}: {}", told.body);
            assert_eq!(program.ask("GET", &path, &[], "").await.body, body, "{name}");
            let filter = "<C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260101T100000Z\" \
                end=\"20260101T110000Z\"/></C:comp-filter>";
            let told = program.query(CALENDAR, "<getetag/><C:calendar-data/>", filter).await;
            assert!(told.texts("C:calendar-data").contains(&body), "{name} is found: {}", told.body);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = Program::of(s, &sidecar, "operator", "phone").await;
        let deep = ["<a>".repeat(50), "</a>".repeat(50)].concat();
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cc\"><!ENTITY d \"&b;&b;&b;\">]><propfind xmlns=\"DAV:\"><prop>&d;</prop></propfind>";
        let unknown = "<propfind xmlns=\"DAV:\"><prop>&nbsp;</prop></propfind>";
        for body in ["<propfind", "<a></b>", "<a/><b/>", "text", "<x:propfind/>", &deep, bomb, unknown, "<other xmlns=\"DAV:\"/>"] {
            for method in ["PROPFIND", "PROPPATCH"] {
                let told = program.ask(method, CALENDAR, &[("Depth", "0")], body).await;
                assert_eq!(told.status, 400, "{method} {body}: {}", told.body);
            }
        }
        for (report, condition) in [
            ("<C:calendar-query {}><prop/></C:calendar-query>", "C:valid-filter"),
            ("<C:calendar-query {}><C:filter/></C:calendar-query>", "C:valid-filter"),
            ("<C:calendar-query {}><C:filter><C:comp-filter name=\"VEVENT\"/></C:filter></C:calendar-query>", "C:valid-filter"),
            ("<expand-property {}/>", "D:supported-report"),
            ("<sync-collection {}><sync-token>data:,0-0</sync-token></sync-collection>", "D:valid-sync-token"),
            ("<sync-collection {}><sync-token>http://other.example/1</sync-token></sync-collection>", "D:valid-sync-token"),
        ] {
            let told = program.ask("REPORT", CALENDAR, &[], report.replace("{}", SPACES)).await;
            assert!(told.status == 403 && told.has(&format!("<{condition}/>")), "{report}: {} {}", told.status, told.body);
        }
        let range = |range: &str| format!("<C:comp-filter name=\"VEVENT\"><C:time-range {range}/></C:comp-filter>");
        for wrong in ["", "start=\"20260101\"", "start=\"20260102T000000Z\" end=\"20260101T000000Z\""] {
            assert_eq!(program.query(CALENDAR, "<getetag/>", &range(wrong)).await.status, 403, "{wrong}");
        }
        let text = "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"SUMMARY\"><C:text-match collation=\"i;klingon\">x\
            </C:text-match></C:prop-filter></C:comp-filter>";
        assert!(program.query(CALENDAR, "<getetag/>", text).await.has("<C:supported-collation/>"));
        let told = program.find(CALENDAR, "infinity", "<getetag/>").await;
        assert!(told.status == 403 && told.has("<D:propfind-finite-depth/>"), "{}", told.body);
        for method in ["LOCK", "COPY", "MOVE", "POST", "PATCH", "NONSENSE"] {
            let told = program.ask(method, CALENDAR, &[], "").await;
            assert!(told.status == 405 && told.header("allow").contains("PROPFIND"), "{method}: {}", told.status);
        }
        for path in ["/dav/x/", "/dav/cal/operator/none/", "/dav/cal/operator/personal/none.ics", "/dav/cal/%2e%2e/x/"] {
            assert_eq!(program.find(path, "0", "<getetag/>").await.status, 404, "{path}");
        }
        assert_eq!(program.ask("DELETE", "/dav/cal/operator/", &[], "").await.status, 403);
    })
    .await;
}
