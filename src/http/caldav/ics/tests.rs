mod random;

use super::{
    lines::{self, read, unfold, write},
    object::{Unfit, judge},
    time::{When, duration, utc},
    zone::{Reading, Zone},
};
use chrono::{NaiveDate, NaiveDateTime};

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time")
}

fn at(text: &str) -> i64 {
    wall(text).and_utc().timestamp()
}

/// A zone that nobody knows by name, with the rules of central Europe.
const OWN: &str = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Our Own Time\nBEGIN:STANDARD\nDTSTART:16011028T030000\n\
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
    DTSTART:16010325T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
    END:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR";

#[test]
fn lines_are_read_with_their_parameters() {
    let text = "BEGIN:VCALENDAR\r\nATTENDEE;CN=\"A;B: C\";RSVP=TRUE:mailto:a@b\r\nSUM\r\n MARY:a\\, b\\nc\\\\\r\nEND:VCALENDAR\r\n";
    let unfolded = unfold(text);
    let calendar = read(&unfolded).expect("a calendar");
    let attendee = calendar.line("attendee").expect("it is there");
    assert_eq!(attendee.params().collect::<Vec<_>>(), [("CN", "A;B: C"), ("RSVP", "TRUE")]);
    assert_eq!((attendee.value, attendee.param("rsvp")), ("mailto:a@b", Some("TRUE")));
    assert_eq!(calendar.line("SUMMARY").map(|line| line.text().into_owned()).as_deref(), Some("a, b\nc\\"));
}

#[test]
fn what_is_no_calendar_is_said_with_its_line() {
    for (text, why) in [
        ("", "there is nothing in it"),
        ("BEGIN:VCARD\nEND:VCARD", "it is a VCARD, not a VCALENDAR"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", "line 3 ends what has not begun"),
        ("BEGIN:VCALENDAR\nhello\nEND:VCALENDAR", "line 2 is no content line"),
        ("X:1\nBEGIN:VCALENDAR", "line 1 is outside the calendar"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1", "line 3 comes after the calendar's end"),
        ("BEGIN:VCALENDAR\nX:1", "its end is missing"),
    ] {
        assert_eq!(read(text).expect_err("it is none"), why, "{text}");
    }
    let deep = "BEGIN:A\n".repeat(20);
    assert_eq!(read(&deep).expect_err("it is none"), "line 9 is nested too deep");
}

#[test]
fn long_lines_are_folded_between_characters() {
    let long = format!("SUMMARY:{}", "\u{1f4c5}\u{e9}x".repeat(60));
    let mut out = String::new();
    write(&mut out, &long);
    assert!(out.split("\r\n").all(|line| line.len() <= 75), "{out}");
    assert_eq!(unfold(&out).trim_end(), long);
}

#[test]
fn times_are_read_in_all_their_forms() {
    let line = |text: &'static str| {
        let calendar = format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR");
        let calendar: &'static str = Box::leak(calendar.into_boxed_str());
        When::of(&read(calendar).expect("a calendar").lines[0])
    };
    assert_eq!(
        line("DTSTART:20260228T235960Z"),
        Some(When::Utc(wall("2026-02-28 23:59") + chrono::TimeDelta::seconds(59)))
    );
    assert_eq!(line("DTSTART:20260101T100000"), Some(When::Floating(wall("2026-01-01 10:00"))));
    assert_eq!(line("DTSTART;TZID=X:20260101T100000"), Some(When::Zoned(wall("2026-01-01 10:00"), "X")));
    assert_eq!(line("DTSTART:20260101"), NaiveDate::from_ymd_opt(2026, 1, 1).map(When::Date));
    for wrong in
        ["DTSTART:", "DTSTART:20260230", "DTSTART:20260101T250000", "DTSTART:2026-01-01", "DTSTART:20260101T1000"]
    {
        assert_eq!(line(wrong), None, "{wrong}");
    }
    assert_eq!((utc("20260101T000000Z"), utc("20260101T000000")), (Some(at("2026-01-01 00:00")), None));
    for (text, seconds) in
        [("PT15M", Some(900)), ("-P1DT2H", Some(-93_600)), ("P2W", Some(1_209_600)), ("PT0S", Some(0))]
    {
        assert_eq!(duration(text), seconds, "{text}");
    }
    for wrong in ["", "P", "PT", "15M", "P1H", "PT1D", "PT1", "PT99999999999999999999S", "P99999999W"] {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
}

#[test]
fn zones_are_known_by_their_names_and_by_their_rules() {
    let calendar = read(OWN).expect("a calendar");
    let own = Zone::of(&calendar.parts[0]).expect("it has rules");
    assert!(matches!(own, Zone::Rules(_)), "{own:?}");
    let named =
        ["Europe/Rome", "europe/rome", "W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Rome"];
    let zones: Vec<Zone> = named.iter().filter_map(|name| Zone::named(name)).chain([own]).collect();
    assert_eq!(zones.len(), named.len() + 1);
    for zone in &zones {
        assert_eq!(zone.reads(wall("2026-01-15 12:00")), Reading::Once(at("2026-01-15 11:00")), "{zone:?}");
        assert_eq!(zone.reads(wall("2026-07-15 12:00")), Reading::Once(at("2026-07-15 10:00")), "{zone:?}");
        assert_eq!(zone.reads(wall("2026-03-29 02:30")), Reading::Never(at("2026-03-29 01:30")), "{zone:?}");
        let twice = Reading::Twice(at("2026-10-25 00:30"), at("2026-10-25 01:30"));
        assert_eq!(zone.reads(wall("2026-10-25 02:30")), twice, "{zone:?}");
        assert_eq!(zone.shows(at("2026-07-15 10:00")), wall("2026-07-15 12:00"), "{zone:?}");
        assert_eq!(zone.shows(at("2026-01-15 11:00")), wall("2026-01-15 12:00"), "{zone:?}");
    }
    assert!(Zone::named("Nowhere/At all").is_none());
    let lord_howe = Zone::named("Australia/Lord_Howe").expect("it is known");
    assert_eq!(lord_howe.reads(wall("2026-10-04 02:15")), Reading::Never(at("2026-10-03 15:45")));
}

fn kept(lines: &str) -> Result<super::object::Kept, Unfit> {
    let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    judge(&text, "VEVENT,VTODO")
}

#[test]
fn what_is_remembered_tells_when_something_happens() {
    let span = |lines: &str| {
        let span = kept(lines).expect("it fits").span;
        (span.start, span.end, span.is_exact)
    };
    let (ten, eleven) = (at("2026-01-10 10:00"), at("2026-01-10 11:00"));
    assert_eq!(span("DTSTART:20260110T100000Z\nDTEND:20260110T110000Z"), (Some(ten), Some(eleven), true));
    assert_eq!(span("DTSTART;TZID=Europe/Rome:20260110T110000\nDURATION:PT1H"), (Some(ten), Some(eleven), true));
    assert_eq!(span("DTSTART:20260110T100000Z"), (Some(ten), Some(ten), true));
    let (start, end, is_exact) = span("DTSTART;VALUE=DATE:20260110");
    assert!(start < Some(at("2026-01-09 12:00")) && end > Some(at("2026-01-11 12:00")) && !is_exact);
    let series = "DTSTART:20260110T100000Z\nDTEND:20260110T110000Z\nRRULE:FREQ=DAILY";
    assert_eq!(span(series), (Some(ten), None, false));
    assert_eq!(span(&format!("{series};COUNT=3")), (Some(ten), Some(eleven + 2 * 86_400), false));
    assert_eq!(span(&format!("{series};UNTIL=20260111T100000Z")), (Some(ten), Some(eleven + 86_400), false));
    assert_eq!(span(&series.replace("DAILY", "MINUTELY;COUNT=5")), (Some(ten), None, false));
    // What was moved to before its series began counts.
    let moved = format!(
        "{series}\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20260112T100000Z\nDTSTART:20260101T100000Z\n\
         DTEND:20260101T110000Z"
    );
    assert_eq!(span(&moved), (Some(at("2026-01-01 10:00")), None, false));
}

#[test]
fn a_rule_that_never_ends_is_not_followed_for_ever() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=7",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=4000000000",
        "FREQ=NONSENSE",
    ] {
        let begin = std::time::Instant::now();
        let span = kept(&format!("DTSTART:19700101T000000Z\nRRULE:{rule}")).expect("it fits").span;
        assert_eq!(span.start, Some(0), "{rule}");
        assert!(begin.elapsed().as_secs() < 10, "{rule}: {:?}", begin.elapsed());
    }
}

#[test]
fn several_objects_become_one_calendar() {
    let one = |uid: &str| OWN.replace("END:VCALENDAR", &format!("BEGIN:VEVENT\nUID:{uid}\nEND:VEVENT\nEND:VCALENDAR"));
    let (a, b) = (one("a"), one("b"));
    let whole = super::pick::merged("Ours; all", [a.as_str(), "nonsense", b.as_str()].into_iter());
    let read = lines::read(&whole).expect("a calendar");
    let parts: Vec<&str> = read.parts.iter().map(|part| part.name).collect();
    assert_eq!(parts, ["VTIMEZONE", "VEVENT", "VEVENT"], "a zone is said once");
    assert_eq!(read.line("X-WR-CALNAME").map(|line| line.value), Some("Ours\\; all"));
}
