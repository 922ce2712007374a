//! What is found: by when it happens, by what it says, and as single times of what repeats.

use super::{
    super::story::{Story, on_both, on_sqlite},
    program::{Program, Sidecar, event, on},
};

const CALENDAR: &str = "/dav/cal/operator/personal/";

/// A calendar with these objects in it: names, and their texts.
async fn with<'s>(s: &Story, sidecar: &'s Sidecar, objects: &[(&str, String)]) -> Program<'s> {
    let program = Program::of(s, sidecar, "operator", "phone").await;
    for (name, text) in objects {
        let told = program.put(&format!("{CALENDAR}{name}.ics"), &[], text.clone()).await;
        assert_eq!(told.status, 201, "{name}: {}", told.body);
    }
    program
}

fn in_range(component: &str, range: &str) -> String {
    let (start, end) = range.split_once("..").expect("a range");
    let attribute = |name: &str, at: &str| if at.is_empty() { String::new() } else { format!(" {name}=\"{at}\"") };
    let (start, end) = (attribute("start", start), attribute("end", end));
    format!("<C:comp-filter name=\"{component}\"><C:time-range{start}{end}/></C:comp-filter>")
}

async fn found(program: &Program<'_>, filter: &str) -> Vec<String> {
    let told = program.query(CALENDAR, "<getetag/>", filter).await;
    assert_eq!(told.status, 207, "{}", told.body);
    told.names()
}

#[tokio::test]
async fn events_are_found_by_when_they_happen() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let zoned = "DTSTART;TZID=Europe/Rome:20260110T003000\nDTEND;TZID=Europe/Rome:20260110T010000";
        let windows = "DTSTART;TZID=W. Europe Standard Time:20260110T003000\nDURATION:PT30M";
        let objects = [
            ("hour", event("hour", "DTSTART:20260110T100000Z\nDTEND:20260110T110000Z")),
            ("length", event("length", "DTSTART:20260110T100000Z\nDURATION:PT1H")),
            ("instant", event("instant", "DTSTART:20260110T110000Z")),
            ("day", event("day", "DTSTART;VALUE=DATE:20260110")),
            ("days", event("days", "DTSTART;VALUE=DATE:20260108\nDTEND;VALUE=DATE:20260110")),
            ("floating", event("floating", "DTSTART:20260110T113000\nDTEND:20260110T120000")),
            ("zoned", event("zoned", zoned)),
            ("windows", event("windows", windows)),
        ];
        let program = with(s, &sidecar, &objects).await;
        for (range, names) in [
            ("20260110T100000Z..20260110T110000Z", "day hour length"),
            ("20260110T110000Z..20260110T113000Z", "day instant"),
            ("20260110T113000Z..20260110T120000Z", "day floating"),
            ("20260109T233000Z..20260110T000000Z", "days windows zoned"),
            ("20260110T000000Z..20260110T000001Z", "day"),
            ("20260111T000000Z..", ""),
            ("20260110T110000Z..", "day floating instant"),
            ("..20260109T000000Z", "days"),
        ] {
            let names: Vec<&str> = names.split_whitespace().collect();
            assert_eq!(found(&program, &in_range("VEVENT", range)).await, names, "{range}");
        }
        let there = "<C:comp-filter name=\"VTODO\"><C:is-not-defined/></C:comp-filter>";
        assert_eq!(found(&program, there).await.len(), objects.len());
        assert_eq!(found(&program, "").await.len(), objects.len(), "nothing is asked of them");
    })
    .await;
}

/// What floats, and whole days, are where the asker is.
#[tokio::test]
async fn a_zone_may_come_with_the_question() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let program = with(s, &sidecar, &[("day", event("day", "DTSTART;VALUE=DATE:20260110"))]).await;
        let query = |zone: &str| {
            format!(
                "<C:calendar-query xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop><getetag/></prop>\
                 <C:filter><C:comp-filter name=\"VCALENDAR\">{}</C:comp-filter></C:filter>{zone}</C:calendar-query>",
                in_range("VEVENT", "20260111T010000Z..20260111T020000Z")
            )
        };
        let zone = "<C:timezone>BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:America/New_York\nEND:VTIMEZONE\nEND:VCALENDAR\n\
            </C:timezone>";
        assert_eq!(program.ask("REPORT", CALENDAR, &[], query("")).await.names(), [""; 0]);
        assert_eq!(program.ask("REPORT", CALENDAR, &[], query(zone)).await.names(), ["day"]);
    })
    .await;
}

#[tokio::test]
async fn what_repeats_is_found_at_each_of_its_times() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let weekly = "DTSTART;TZID=Europe/Rome:20260105T100000\nDTEND;TZID=Europe/Rome:20260105T110000";
        let moved = event("moved", &format!("{weekly}\nRRULE:FREQ=WEEKLY")).replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\r\nUID:moved\r\nRECURRENCE-ID;TZID=Europe/Rome:20260119T100000\r\n\
             DTSTART;TZID=Europe/Rome:20260120T150000\r\nDTEND;TZID=Europe/Rome:20260120T160000\r\nEND:VEVENT\r\n\
             END:VCALENDAR",
        );
        let objects = [
            ("endless", event("endless", &format!("{weekly}\nRRULE:FREQ=WEEKLY"))),
            ("thrice", event("thrice", &format!("{weekly}\nRRULE:FREQ=WEEKLY;COUNT=3"))),
            ("until", event("until", &format!("{weekly}\nRRULE:FREQ=WEEKLY;UNTIL=20260119T090000Z"))),
            (
                "without",
                event("without", &format!("{weekly}\nRRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Rome:20260119T100000")),
            ),
            ("dates", event("dates", &format!("{weekly}\nRDATE;TZID=Europe/Rome:20260301T100000"))),
            ("moved", moved),
        ];
        let program = with(s, &sidecar, &objects).await;
        for (range, names) in [
            ("20260105T090000Z..20260105T100000Z", "dates endless moved thrice until without"),
            ("20260106T000000Z..20260112T000000Z", ""),
            ("20260119T090000Z..20260119T100000Z", "endless thrice until"),
            ("20260120T140000Z..20260120T150000Z", "moved"),
            ("20260126T090000Z..20260126T100000Z", "endless moved without"),
            ("20260301T090000Z..20260301T100000Z", "dates"),
            // In summer it is an hour earlier, by UTC.
            ("20260706T080000Z..20260706T083000Z", "endless moved without"),
            ("20260706T090000Z..20260706T100000Z", ""),
            ("20461231T000000Z..20470107T000000Z", "endless moved without"),
        ] {
            let names: Vec<&str> = names.split_whitespace().collect();
            assert_eq!(found(&program, &in_range("VEVENT", range)).await, names, "{range}");
        }
    })
    .await;
}

/// What a clock never shows does not happen; what it shows twice happens the first time.
#[tokio::test]
async fn a_series_meets_summer_time() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let spring = "DTSTART;TZID=Europe/Rome:20260328T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=3";
        let autumn = "DTSTART;TZID=Europe/Rome:20261024T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=3";
        let objects = [("spring", event("spring", spring)), ("autumn", event("autumn", autumn))];
        let program = with(s, &sidecar, &objects).await;
        let expand = |range: &str| {
            let (start, end) = range.split_once("..").expect("a range");
            format!("<C:calendar-data><C:expand start=\"{start}\" end=\"{end}\"/></C:calendar-data>")
        };
        let starts = async |range: &str| {
            let told = program.query(CALENDAR, &expand(range), &in_range("VEVENT", range)).await;
            let text = told.texts("C:calendar-data").concat();
            assert!(!text.contains("RRULE") && !text.contains("TZID"), "{text}");
            let lines = text.lines().filter_map(|line| line.strip_prefix("DTSTART:"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(starts("20260327T000000Z..20260401T000000Z").await, ["20260328T013000Z", "20260330T003000Z"]);
        assert_eq!(
            starts("20261023T000000Z..20261028T000000Z").await,
            ["20261024T003000Z", "20261025T003000Z", "20261026T013000Z"]
        );
    })
    .await;
}

#[tokio::test]
async fn single_times_are_given_on_their_own() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let rule = "DTSTART;TZID=Europe/Rome:20260105T100000\nDTEND;TZID=Europe/Rome:20260105T110000\nRRULE:FREQ=DAILY\n\
            SUMMARY:daily";
        let daily = event("daily", rule).replace(
            "END:VCALENDAR",
            "BEGIN:VEVENT\r\nUID:daily\r\nRECURRENCE-ID;TZID=Europe/Rome:20260107T100000\r\n\
             DTSTART;TZID=Europe/Rome:20260107T150000\r\nDTEND;TZID=Europe/Rome:20260107T160000\r\nSUMMARY:moved\r\n\
             END:VEVENT\r\nEND:VCALENDAR",
        );
        let whole = event("whole", "DTSTART;VALUE=DATE:20260106\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:whole");
        let program = with(s, &sidecar, &[("daily", daily), ("whole", whole)]).await;
        let range = "20260106T000000Z..20260108T000000Z";
        let data = "<C:calendar-data><C:comp name=\"VCALENDAR\"><C:comp name=\"VEVENT\"><C:prop name=\"SUMMARY\"/>\
            <C:prop name=\"DTSTART\"/><C:prop name=\"DTEND\"/><C:prop name=\"RECURRENCE-ID\"/></C:comp></C:comp>\
            <C:expand start=\"20260106T000000Z\" end=\"20260108T000000Z\"/></C:calendar-data>";
        let told = program.query(CALENDAR, data, &in_range("VEVENT", range)).await;
        let told: Vec<String> = told.texts("C:calendar-data").iter().map(|text| text.replace("\r\n", "\n")).collect();
        insta::assert_snapshot!(told.join("--\n"), @"
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART:20260106T090000Z
        DTEND:20260106T100000Z
        SUMMARY:daily
        RECURRENCE-ID:20260106T090000Z
        END:VEVENT
        BEGIN:VEVENT
        DTSTART:20260107T140000Z
        DTEND:20260107T150000Z
        SUMMARY:moved
        RECURRENCE-ID:20260107T090000Z
        END:VEVENT
        END:VCALENDAR
        --
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260106
        SUMMARY:whole
        RECURRENCE-ID;VALUE=DATE:20260106
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260107
        SUMMARY:whole
        RECURRENCE-ID;VALUE=DATE:20260107
        END:VEVENT
        END:VCALENDAR
        ");
        let limited = "<C:calendar-data><C:limit-recurrence-set start=\"20260201T000000Z\" end=\"20260202T000000Z\"/>\
            </C:calendar-data>";
        let told = program.query(CALENDAR, limited, &in_range("VEVENT", "20260201T000000Z..20260202T000000Z")).await;
        let text = told.texts("C:calendar-data").concat();
        assert!(text.contains("RRULE:FREQ=DAILY") && !text.contains("RECURRENCE-ID"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn tasks_and_journals_are_found_by_their_own_rules() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let task = |uid: &str, lines: &str| event(uid, lines).replace("VEVENT", "VTODO");
        let objects = [
            ("due", task("due", "DUE:20260110T120000Z")),
            ("span", task("span", "DTSTART:20260109T100000Z\nDUE:20260110T120000Z")),
            ("done", task("done", "CREATED:20260101T000000Z\nCOMPLETED:20260105T000000Z")),
            ("none", task("none", "SUMMARY:some day")),
            ("entry", event("entry", "DTSTART;VALUE=DATE:20260110").replace("VEVENT", "VJOURNAL")),
            ("undated", event("undated", "SUMMARY:no date").replace("VEVENT", "VJOURNAL")),
        ];
        let program = with(s, &sidecar, &objects).await;
        for (component, range, names) in [
            ("VTODO", "20260110T110000Z..20260110T120000Z", "due none span"),
            ("VTODO", "20260109T000000Z..20260110T000000Z", "none span"),
            ("VTODO", "20260102T000000Z..20260103T000000Z", "done none"),
            ("VTODO", "20260106T000000Z..20260107T000000Z", "none"),
            ("VJOURNAL", "20260110T000000Z..20260110T010000Z", "entry"),
            ("VEVENT", "20260101T000000Z..20270101T000000Z", ""),
        ] {
            let names: Vec<&str> = names.split_whitespace().collect();
            assert_eq!(found(&program, &in_range(component, range)).await, names, "{component} {range}");
        }
        let pending = "<C:comp-filter name=\"VTODO\"><C:prop-filter name=\"COMPLETED\"><C:is-not-defined/></C:prop-filter>\
            </C:comp-filter>";
        assert_eq!(found(&program, pending).await, ["due", "none", "span"]);
    })
    .await;
}

#[tokio::test]
async fn events_are_found_by_what_they_say() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let start = "DTSTART:20260110T100000Z\nDTEND:20260110T110000Z";
        let alarm = "BEGIN:VALARM\r\nTRIGGER:-PT30M\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT";
        let objects = [
            ("bob", event("bob", &format!("{start}\nSUMMARY:Tea\\, with Bob\nATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x"))),
            ("umlaut", event("umlaut", &format!("{start}\nSUMMARY:\u{dc}bung\nATTENDEE;PARTSTAT=DECLINED:mailto:u@x"))),
            ("alarm", on(10, "alarm").replace("END:VEVENT", alarm)),
        ];
        let program = with(s, &sidecar, &objects).await;
        let text = |attributes: &str, text: &str| {
            format!(
                "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"SUMMARY\"><C:text-match {attributes}>{text}\
                 </C:text-match></C:prop-filter></C:comp-filter>"
            )
        };
        for (filter, names) in [
            (text("", "tea, WITH"), "bob"),
            (text("collation=\"i;octet\"", "tea"), ""),
            (text("collation=\"i;octet\"", "Tea"), "bob"),
            (text("", "\u{fc}bung"), ""),
            (text("collation=\"i;unicode-casemap\"", "\u{fc}BUNG"), "umlaut"),
            (text("negate-condition=\"yes\"", "bob"), "alarm umlaut"),
        ] {
            let names: Vec<&str> = names.split_whitespace().collect();
            assert_eq!(found(&program, &filter).await, names, "{filter}");
        }
        let accepted = "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"ATTENDEE\"><C:param-filter name=\"PARTSTAT\">\
            <C:text-match>accepted</C:text-match></C:param-filter></C:prop-filter></C:comp-filter>";
        assert_eq!(found(&program, accepted).await, ["bob"]);
        let rings = |range: &str| format!("<C:comp-filter name=\"VEVENT\">{}</C:comp-filter>", in_range("VALARM", range));
        assert_eq!(found(&program, &rings("20260110T093000Z..20260110T093001Z")).await, ["alarm"]);
        assert_eq!(found(&program, &rings("20260110T100000Z..20260110T110000Z")).await, [""; 0]);
        let silent = "<C:comp-filter name=\"VEVENT\"><C:comp-filter name=\"VALARM\"><C:is-not-defined/></C:comp-filter>\
            </C:comp-filter>";
        assert_eq!(found(&program, silent).await, ["bob", "umlaut"]);
        let both = "<C:comp-filter name=\"VEVENT\"><C:time-range start=\"20260110T000000Z\" end=\"20260111T000000Z\"/>\
            <C:prop-filter name=\"SUMMARY\"><C:text-match>bob</C:text-match></C:prop-filter></C:comp-filter>";
        assert_eq!(found(&program, both).await, ["bob"]);
    })
    .await;
}

#[tokio::test]
async fn busy_times_are_told_without_what_they_are() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let at = |lines: &str| format!("DTSTART:20260110T100000Z\nDTEND:20260110T110000Z\n{lines}");
        let objects = [
            ("a", event("a", &at("SUMMARY:secret"))),
            ("b", event("b", "DTSTART:20260110T103000Z\nDTEND:20260110T120000Z")),
            ("free", event("free", "DTSTART:20260110T130000Z\nDTEND:20260110T140000Z\nTRANSP:TRANSPARENT")),
            ("off", event("off", "DTSTART:20260110T130000Z\nDTEND:20260110T140000Z\nSTATUS:CANCELLED")),
            ("maybe", event("maybe", "DTSTART:20260110T150000Z\nDURATION:PT1H\nSTATUS:TENTATIVE")),
            ("daily", event("daily", "DTSTART:20260101T200000Z\nDURATION:PT5H\nRRULE:FREQ=DAILY")),
        ];
        let program = with(s, &sidecar, &objects).await;
        let query = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><C:time-range \
            start=\"20260110T000000Z\" end=\"20260111T000000Z\"/></C:free-busy-query>";
        let told = program.ask("REPORT", CALENDAR, &[("Depth", "1")], query).await;
        assert_eq!((told.status, told.header("content-type")), (200, "text/calendar; charset=utf-8"));
        let busy: Vec<&str> = told.body.lines().filter(|line| line.starts_with("FREEBUSY")).collect();
        assert_eq!(
            busy,
            [
                "FREEBUSY;FBTYPE=BUSY:20260110T000000Z/20260110T010000Z",
                "FREEBUSY;FBTYPE=BUSY:20260110T100000Z/20260110T120000Z",
                "FREEBUSY;FBTYPE=BUSY:20260110T200000Z/20260111T000000Z",
                "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260110T150000Z/20260110T160000Z",
            ]
        );
        assert!(!told.has("secret"), "{}", told.body);
    })
    .await;
}
