//! Whatever is sent, nothing here falls over, and what is remembered is never less than what happens.

use crate::caldav::{
    ics::{
        lines::{read, unfold, write_component},
        object::{judge, main},
        occur::{Range, instances},
        pick::{Wish, pick},
        zone::{Zone, Zones},
    },
    xml,
};
use proptest::prelude::*;

const TAKES: &str = "VEVENT,VTODO,VJOURNAL";

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![-60i64..=60, Just(0), Just(366), Just(99_999), Just(i64::MAX)]
}

/// One part of a rule; some make no sense.
fn part() -> impl Strategy<Value = String> {
    let keys =
        ["INTERVAL", "COUNT", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSETPOS"];
    let numbered = (prop::sample::select(keys.to_vec()), prop::collection::vec(number(), 1..3));
    let numbered = numbered
        .prop_map(|(key, all)| format!("{key}={}", all.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")));
    let days = ["MO", "-1SU", "5FR", "0TU", "53WE", "XX"].map(|day| format!("BYDAY={day}")).to_vec();
    let ends = ["UNTIL=20260301", "UNTIL=20260301T000000Z", "UNTIL=19000101", "UNTIL=x", "WKST=SU", "X=Y"];
    prop_oneof![numbered, prop::sample::select(days), prop::sample::select(ends.map(str::to_owned).to_vec())]
}

fn rule() -> impl Strategy<Value = String> {
    let often = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY", "NEVER"];
    let parts = prop::collection::vec(part(), 0..4);
    (prop::sample::select(often.to_vec()), parts)
        .prop_map(|(freq, parts)| [vec![format!("FREQ={freq}")], parts].concat().join(";"))
}

fn start() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "DTSTART:20260105T100000Z",
        "DTSTART;VALUE=DATE:20240229",
        "DTSTART;TZID=Europe/Rome:20260329T023000",
        "DTSTART;TZID=Nowhere:20251231T235959",
        "DTSTART:00010101T000000Z",
        "DTSTART:99991231T235959Z",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in "\\PC{0,200}", lines in prop::collection::vec("[A-Z;:=\"\\-,0-9TZ ]{0,30}", 0..12)) {
        let _ = judge(&text, TAKES);
        let made = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{}\nEND:VEVENT\nEND:VCALENDAR", lines.join("\n"));
        let _ = judge(&made, TAKES);
        let _ = xml::read(text.as_bytes());
        let _ = xml::read(format!("<a>{text}</a>").as_bytes());
    }

    #[test]
    fn what_is_written_is_read_again(text in "[ -~\u{e0}-\u{ff}\u{1f300}]{0,300}") {
        let made = format!("BEGIN:VCALENDAR\nX-A;B=\"c:d\":{text}\nEND:VCALENDAR");
        let unfolded = unfold(&made);
        if let Ok(calendar) = read(&unfolded) {
            let mut out = String::new();
            write_component(&mut out, &calendar);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 75), "{}", out);
            let again = unfold(&out).into_owned();
            let again = read(&again).expect("it was written by us");
            prop_assert_eq!(again.lines[0].whole, calendar.lines[0].whole);
        }
    }

    #[test]
    fn any_rule_is_followed_and_its_span_holds_all_of_it(rule in rule(), start in start(), from in 0i64..800) {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{start}\nDURATION:PT1H\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR"
        );
        let kept = judge(&text, TAKES).expect("it is an event");
        let from = 1_767_225_600 + from * 86_400;
        let range = Range { from: Some(from), to: Some(from + 7 * 86_400) };
        let calendar = read(&text).expect("a calendar");
        let zones = Zones::new(&calendar, Zone::UTC);
        for instance in instances(&main(&calendar), &zones, range) {
            let (at, end) = instance.happens.bounds();
            prop_assert!(kept.span.start.is_none_or(|start| at >= Some(start)), "{:?} {:?}", kept, instance.happens);
            prop_assert!(kept.span.end.is_none_or(|last| end <= Some(last)), "{:?} {:?}", kept, instance.happens);
        }
        let wish = Wish { expand: Some(range), ..Wish::default() };
        let said = pick(&text, &wish, &Zone::UTC);
        prop_assert!(!said.contains("RRULE"), "{}", said);
    }
}
