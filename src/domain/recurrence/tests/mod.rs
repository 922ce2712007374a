//! Rules that must be read, those that must not, and the windows that they mean in zones that change their clocks.

mod chance;
mod series;

use super::*;
use crate::when::{self, Reading};
use std::time::Duration;

fn zone(name: &str) -> Zone {
    name.parse().expect("the zone exists")
}

fn rule(text: &str) -> Recurrence {
    Recurrence::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

fn at(text: &str) -> Instant {
    when::moment(text, &Reading::new(Instant::EPOCH, Zone::UTC)).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// An hour from this time on the wall.
fn hour(start: &str, zone: Zone) -> Window {
    let start = when::moment(start, &Reading::new(Instant::EPOCH, zone)).expect("a time that exists once");
    Window::new(start, start + Duration::from_secs(3600)).expect("an hour")
}

fn kind(wrong: &WrongRule) -> &'static str {
    match wrong {
        WrongRule::Unreadable { .. } => "unreadable",
        WrongRule::BadPart { .. } => "part",
        WrongRule::TooOften { .. } => "too often",
        WrongRule::TwoEnds => "two ends",
        WrongRule::Endless { .. } => "endless",
        WrongRule::TooMany { .. } => "too many",
        WrongRule::TooLong { .. } => "too long",
        WrongRule::EndsBeforeStart { .. } => "ends before start",
        WrongRule::Overlaps { .. } => "overlaps",
        WrongRule::Nothing { .. } => "nothing",
    }
}

#[test]
fn rules_have_one_text_and_words_for_people() {
    for (given, text, told) in [
        ("RRULE:FREQ=DAILY;COUNT=10", "FREQ=DAILY;COUNT=10", "every day, 10 times"),
        (
            "freq=weekly;byday=we,mo,we;count=10",
            "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10",
            "every week on Mon and Wed, 10 times",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "every 2 weeks, without end"),
        ("FREQ=DAILY;INTERVAL=1;WKST=MO", "FREQ=DAILY", "every day, without end"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Fri, without end"),
        ("FREQ=MONTHLY;BYDAY=+1MO;COUNT=1", "FREQ=MONTHLY;BYDAY=1MO;COUNT=1", "every month on the 1st Mon, once"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31,-2;UNTIL=20261231",
            "FREQ=MONTHLY;BYMONTHDAY=-2,31;UNTIL=20261231",
            "every month on the 2nd last and 31st day of the month, until 2026-12-31",
        ),
        (
            "FREQ=DAILY;UNTIL=20261231T090000Z",
            "FREQ=DAILY;UNTIL=20261231T090000Z",
            "every day, until 2026-12-31 09:00 UTC (+00:00)",
        ),
        ("FREQ=DAILY;UNTIL=20261231T090000", "FREQ=DAILY;UNTIL=20261231T090000", "every day, until 2026-12-31 09:00"),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "every year in Feb on the 29th day of the month, without end",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=9,14;BYMINUTE=30",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,14;BYMINUTE=30;BYSETPOS=-1",
            "every month on Mon, Tue, Wed, Thu and Fri at 09:30 and 14:30, of these only the last, without end",
        ),
        ("daily", "FREQ=DAILY", "every day, without end"),
        ("Weekly x10", "FREQ=WEEKLY;COUNT=10", "every week, 10 times"),
        (
            "weekdays until 2026-12-31",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261231",
            "every weekday, until 2026-12-31",
        ),
        ("weekly on mon,wed x 4", "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", "every week on Mon and Wed, 4 times"),
        ("every 2 weeks on friday 5 times", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=5", "every 2 weeks on Fri, 5 times"),
        ("monthly until 31 dec 2026", "FREQ=MONTHLY;UNTIL=20261231", "every month, until 2026-12-31"),
    ] {
        assert_eq!(rule(given).to_string(), text, "{given}");
        assert_eq!(rule(given).told(), told, "{given}");
        assert_eq!(rule(text), rule(given), "{given}");
    }
}

#[test]
fn what_is_no_rule() {
    for (given, expected) in [
        ("", "unreadable"),
        ("banana", "unreadable"),
        ("RRULE:", "unreadable"),
        ("COUNT=3", "unreadable"),
        ("FREQ=DAILY;", "unreadable"),
        ("FREQ=DAILY\r\nATTENDEE:x", "unreadable"),
        ("FREQ=DAILY;COUNT=3\u{0}", "unreadable"),
        ("daily weekly", "unreadable"),
        ("daily until 2026-02-30", "unreadable"),
        ("daily until friday", "unreadable"),
        ("daily on mon", "unreadable"),
        ("weekly on", "unreadable"),
        ("every 0 weeks", "unreadable"),
        ("daily x", "unreadable"),
        ("daily x0", "part"),
        ("FREQ=HOURLY;COUNT=3", "too often"),
        ("FREQ=MINUTELY;COUNT=3", "too often"),
        ("FREQ=SECONDLY;COUNT=3", "too often"),
        ("FREQ=NEVER", "part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "part"),
        ("FREQ=DAILY;COUNT=0", "part"),
        ("FREQ=DAILY;COUNT=-1", "part"),
        ("FREQ=DAILY;COUNT=+1", "part"),
        ("FREQ=DAILY;COUNT=", "part"),
        ("FREQ=DAILY;INTERVAL=0", "part"),
        ("FREQ=DAILY;INTERVAL=65536", "part"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20261231", "two ends"),
        ("FREQ=DAILY;UNTIL=20260230", "part"),
        ("FREQ=DAILY;UNTIL=20261231T250000Z", "part"),
        ("FREQ=DAILY;UNTIL=20261231T090000+01", "part"),
        ("FREQ=DAILY;UNTIL=2026é1231", "part"),
        ("FREQ=DAILY;BYMONTH=13", "part"),
        ("FREQ=DAILY;BYMONTHDAY=0", "part"),
        ("FREQ=DAILY;BYMONTHDAY=32", "part"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "part"),
        ("FREQ=WEEKLY;BYDAY=1MO", "part"),
        ("FREQ=MONTHLY;BYDAY=6MO", "part"),
        ("FREQ=MONTHLY;BYDAY=0MO", "part"),
        ("FREQ=MONTHLY;BYDAY=é", "part"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "part"),
        ("FREQ=MONTHLY;BYWEEKNO=20", "part"),
        ("FREQ=MONTHLY;BYYEARDAY=100", "part"),
        ("FREQ=DAILY;BYHOUR=24", "part"),
        ("FREQ=DAILY;BYSECOND=3", "part"),
        ("FREQ=DAILY;BYSETPOS=1", "part"),
        ("FREQ=DAILY;BYEASTER=1", "part"),
        ("FREQ=DAILY;X-MINE=1", "part"),
    ] {
        let wrong = Recurrence::parse(given).expect_err(given);
        assert_eq!(kind(&wrong), expected, "{given}: {wrong}");
        assert!(!wrong.right().is_empty(), "{given}");
    }
}

#[test]
fn it_travels_as_its_text() {
    let text = serde_json::to_string(&rule("weekly on mon x3")).expect("a string");
    assert_eq!(text, r#""FREQ=WEEKLY;BYDAY=MO;COUNT=3""#);
    assert_eq!(serde_json::from_str::<Recurrence>(&text).ok(), Some(rule("weekly on mon x3")));
    assert!(serde_json::from_str::<Recurrence>("\"FREQ=HOURLY\"").is_err());
}
