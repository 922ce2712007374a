//! The bytes of a feed: their form whatever the values are, and that the values are read back by a reader of our own.
//!
//! `DIRETTORE_FEEDS=<folder>` keeps the feeds for readers of others: `tests/peers/calendar/run-validators`.

use super::*;
use proptest::prelude::*;

fn at(seconds: i64) -> Instant {
    Instant::from_seconds(seconds)
}

/// From nine to eleven in Rome on 2026-12-01.
fn event(uid: &str) -> Event {
    Event {
        uid: super::uid(uid, "lab.example"),
        sequence: 2,
        stamp: at(1_795_600_800),
        created: at(1_795_500_000),
        modified: at(1_795_600_800),
        window: Window::new(at(1_796_112_000), at(1_796_119_200)).expect("two hours"),
        status: Status::Confirmed,
        summary: "node pve1: upgrade, then test".to_owned(),
        location: "node pve1".to_owned(),
        description: "R-12, alice\nC:\\notes; see the page".to_owned(),
        url: Some("https://lab.example/reservations/12".to_owned()),
        categories: vec!["reservation".to_owned(), "node, shared".to_owned()],
        recurrence_id: None,
        is_opaque: true,
    }
}

fn feed(events: Vec<Event>) -> Feed {
    Feed {
        name: "Lab: reservations, all".to_owned(),
        description: String::new(),
        instance: "lab.example".to_owned(),
        zone: Some("Europe/Rome".parse().expect("the zone exists")),
        events,
    }
}

/// Key with parameters and value of each line, unfolded and unescaped.
fn lines(ics: &str) -> Vec<(String, String)> {
    let unfolded = ics.replace("\r\n ", "");
    let value = |text: &str| {
        let (mut out, mut chars) = (String::new(), text.chars());
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => panic!("an escape of nothing in {text:?}"),
                },
                c => out.push(c),
            }
        }
        out
    };
    let line = |l: &str| l.split_once(':').map(|(k, v)| (k.to_owned(), value(v))).expect("every line has a colon");
    unfolded.split_terminator("\r\n").map(line).collect()
}

/// What must be true of any feed.
fn check_bytes(ics: &str) {
    assert!(ics.starts_with("BEGIN:VCALENDAR\r\n") && ics.ends_with("END:VCALENDAR\r\n"), "{ics}");
    for line in ics.split_terminator("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{line:?}");
        assert!(!line.trim().is_empty(), "an empty line in {ics}");
    }
    let known = [
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "NAME",
        "X-WR-CALNAME",
        "REFRESH-INTERVAL;VALUE=DURATION",
        "X-PUBLISHED-TTL",
        "DESCRIPTION",
        "X-WR-CALDESC",
        "X-WR-TIMEZONE",
        "UID",
        "SEQUENCE",
        "DTSTAMP",
        "CREATED",
        "LAST-MODIFIED",
        "DTSTART",
        "DTEND",
        "RECURRENCE-ID",
        "STATUS",
        "TRANSP",
        "SUMMARY",
        "LOCATION",
        "URL",
        "CATEGORIES",
    ];
    let found = lines(ics);
    for (key, _) in &found {
        assert!(known.contains(&key.as_str()), "a line of its own: {key:?}");
    }
    let count = |key: &str, value: &str| found.iter().filter(|(k, v)| k == key && v == value).count();
    assert_eq!(count("BEGIN", "VEVENT"), count("END", "VEVENT"));
    assert_eq!(count("BEGIN", "VCALENDAR"), 1);
}

/// Kept for other readers where somebody asks for it.
fn keep(name: &str, ics: &str) {
    if let Ok(folder) = std::env::var("DIRETTORE_FEEDS") {
        let path = std::path::Path::new(&folder).join(format!("{name}.ics"));
        std::fs::write(&path, ics).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

#[test]
fn one_reservation_byte_by_byte() {
    let ics = feed(vec![event("0b6f")]).to_ics();
    check_bytes(&ics);
    keep("one", &ics);
    let expected = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//direttore//lab.example//EN
CALSCALE:GREGORIAN
NAME:Lab: reservations\\, all
X-WR-CALNAME:Lab: reservations\\, all
REFRESH-INTERVAL;VALUE=DURATION:PT15M
X-PUBLISHED-TTL:PT15M
X-WR-TIMEZONE:Europe/Rome
BEGIN:VEVENT
CATEGORIES:reservation,node\\, shared
CREATED:20261124T060000Z
DESCRIPTION:R-12\\, alice\\nC:\\\\notes\\; see the page
DTEND:20261201T100000Z
DTSTAMP:20261125T100000Z
DTSTART:20261201T080000Z
LAST-MODIFIED:20261125T100000Z
LOCATION:node pve1
SEQUENCE:2
STATUS:CONFIRMED
SUMMARY:node pve1: upgrade\\, then test
TRANSP:OPAQUE
UID:0b6f@lab.example
URL:https://lab.example/reservations/12
END:VEVENT
END:VCALENDAR
";
    assert_eq!(ics, expected.replace('\n', "\r\n"));
}

#[test]
fn the_same_events_make_the_same_bytes() {
    let later = Event { window: Window::new(at(1_796_200_000), at(1_796_203_600)).expect("an hour"), ..event("later") };
    let forth = feed(vec![event("a"), event("b"), later.clone()]).to_ics();
    let back = feed(vec![later, event("b"), event("a")]).to_ics();
    assert_eq!(forth, back);
}

#[test]
fn states_and_occurrences() {
    let occurrence = |hours: i64, status| Event {
        recurrence_id: Some(at(1_796_112_000 + hours * 3600)),
        window: Window::new(at(1_796_112_000 + hours * 3600), at(1_796_119_200 + hours * 3600)).expect("two hours"),
        status,
        is_opaque: status != Status::Cancelled,
        ..event("series")
    };
    let events =
        vec![occurrence(0, Status::Tentative), occurrence(24, Status::Confirmed), occurrence(48, Status::Cancelled)];
    let ics = feed(events).to_ics();
    check_bytes(&ics);
    keep("series", &ics);
    let of = |key: &str| lines(&ics).into_iter().filter(|(k, _)| k == key).map(|(_, v)| v).collect::<Vec<_>>();
    assert_eq!(of("STATUS"), ["TENTATIVE", "CONFIRMED", "CANCELLED"]);
    assert_eq!(of("RECURRENCE-ID"), ["20261201T080000Z", "20261202T080000Z", "20261203T080000Z"]);
    assert_eq!(of("TRANSP"), ["OPAQUE", "OPAQUE", "TRANSPARENT"]);
    assert_eq!(of("UID"), ["series@lab.example"; 3]);
}

#[test]
fn long_values_of_many_languages_are_folded_between_characters() {
    let mut events = Vec::new();
    for (n, piece) in ["a", "ż", "漢", "👩‍🔬", "a b", "żółć, ", "\\", "\n"].into_iter().enumerate() {
        for length in [1, 30, 60, 64, 65, 66, 67, 75, 139, 140, 141, 200, 500] {
            let text = piece.repeat(length);
            let window =
                Window::new(at(1_796_112_000 + 7200 * n as i64), at(1_796_115_600 + 7200 * n as i64)).expect("an hour");
            events.push(Event {
                summary: format!("x{text}x"),
                description: format!("x{text}x"),
                window,
                ..event(&format!("{n}-{length}"))
            });
        }
    }
    let feed = feed(events);
    let ics = feed.to_ics();
    check_bytes(&ics);
    keep("long", &ics);
    let read = lines(&ics);
    for event in &feed.events {
        assert!(read.contains(&("DESCRIPTION".to_owned(), event.description.clone())), "{}", event.uid);
    }
}

#[test]
fn what_no_reader_expects_is_taken_out() {
    for (given, kept) in [
        ("a\r\nb\rc\nd", "a\nbc\nd"),
        ("\u{feff}a\tb\u{0}\u{7f}\u{85}\u{2028}c", "a\tbc"),
        (" \n a \n ", "a"),
        (&format!("a{}b", "\t".repeat(500)), &format!("a{}b", "\t".repeat(20))),
        ("zażółć \\ ; , : \"", "zażółć \\ ; , : \""),
    ] {
        assert_eq!(text::clean(given), kept, "{given:?}");
    }
    assert_eq!(text::line("a\r\nb\n\n\tc"), "a b c");
}

#[test]
fn an_empty_calendar_is_a_calendar() {
    let ics = Feed { description: "Nothing yet;\r\nlook again".to_owned(), ..feed(vec![]) }.to_ics();
    check_bytes(&ics);
    assert!(ics.contains("\r\nX-WR-CALDESC:Nothing yet\\;\\nlook again\r\n"), "{ics}");
}

#[test]
fn only_addresses_of_the_web_are_given_away() {
    let url = |given: &str| {
        let ics = feed(vec![Event { url: Some(given.to_owned()), ..event("u") }]).to_ics();
        check_bytes(&ics);
        lines(&ics).into_iter().find(|(k, _)| k == "URL").map(|(_, v)| v)
    };
    assert_eq!(url("https://lab.example/a?b=c&d=%20#e").as_deref(), Some("https://lab.example/a?b=c&d=%20#e"));
    assert_eq!(url("HTTP://lab.example/ż \"x\"").as_deref(), Some("HTTP://lab.example/%C5%BC%20%22x%22"));
    assert_eq!(url("https://lab.example/\r\nX-EVIL:1").as_deref(), Some("https://lab.example/%20X-EVIL:1"));
    assert_eq!(url("javascript:alert(1)"), None);
    assert_eq!(url(""), None);
}

/// What has broken readers, in any order.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\r",
        "\n",
        "\r\n",
        "\r\n ",
        "\r\nEND:VEVENT\r\nX-EVIL:1",
        "BEGIN:VALARM",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\t",
        "\\",
        "\\n",
        ";",
        ",",
        ":",
        "\"",
        "'",
        "^n",
        "ż",
        "漢",
        "👩‍🔬",
        " ",
        "plain words",
        "https://",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..40).prop_map(|p| p.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn no_value_leaves_its_line(texts in prop::collection::vec(nasty(), 8), seconds in any::<i64>()) {
        let one = Event {
            uid: texts[0].clone(),
            summary: texts[1].clone(),
            location: texts[2].clone(),
            description: texts[3].clone(),
            url: Some(format!("https://{}", texts[4])),
            categories: vec![texts[5].clone(), texts[1].clone()],
            stamp: Instant(seconds),
            ..event("x")
        };
        let feed = Feed { name: texts[6].clone(), description: texts[7].clone(), instance: texts[5].clone(), ..feed(vec![one]) };
        let ics = feed.to_ics();
        check_bytes(&ics);
        let read = lines(&ics);
        let described = read.iter().skip_while(|(k, v)| (k.as_str(), v.as_str()) != ("BEGIN", "VEVENT"));
        let described = described.clone().find(|(k, _)| k == "DESCRIPTION").map(|(_, v)| v.clone()).unwrap_or_default();
        prop_assert_eq!(described, text::clean(&texts[3]));
    }
}
