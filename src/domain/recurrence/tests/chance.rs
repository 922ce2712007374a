//! Rules of chance: nothing panics, texts read back, and the days are those that a plain search of the calendar finds.

use super::*;
use crate::recurrence::rule::{Each, End, OnDay};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::{collection::vec, prelude::*, sample::select};

fn text() -> impl Strategy<Value = String> {
    let name = select(vec![
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYDAY",
        "BYMONTH",
        "BYMONTHDAY",
        "BYSETPOS",
        "BYHOUR",
        "WKST",
    ]);
    let value = select(vec![
        "DAILY",
        "WEEKLY",
        "MONTHLY",
        "YEARLY",
        "HOURLY",
        "1",
        "2",
        "10",
        "0",
        "-1",
        "31",
        "366",
        "MO",
        "-1FR",
        "MO,WE",
        "1,15",
        "20261231",
        "20261231T090000Z",
        "",
        "é",
        "99999999999",
    ]);
    vec((name, value), 0..5)
        .prop_map(|parts| parts.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(";"))
}

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn few<T: Clone + Ord + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![Just(vec![]), vec(select(values), 1..4)].prop_map(|mut few: Vec<T>| {
        few.sort();
        few.dedup();
        few
    })
}

/// Rules whose meaning a search of the calendar can tell.
fn simple() -> impl Strategy<Value = Recurrence> {
    let each = select(vec![Each::Day, Each::Week, Each::Month, Each::Year]);
    let month_day = (1i8..=31).chain(-31..=-1).collect();
    let weekday: Vec<(Option<i16>, u32)> = (0..7).map(|d| (None, d)).chain((0..7).map(|d| (Some(-1), d))).collect();
    (each, 1u16..4, few((1u8..=12).collect()), few(month_day), few(weekday), 1u32..30).prop_filter_map(
        "parts that go together",
        |(each, interval, months, month_days, days, count)| {
            let day = |(nth, day): (Option<i16>, u32)| OnDay { nth, day: WEEK[day as usize] };
            let days: Vec<OnDay> = days.into_iter().map(day).collect();
            let rule =
                Recurrence { interval, months, month_days, days, end: End::Count(count), ..Recurrence::every(each) };
            let goes = Recurrence::parse(&rule.text()).ok()?;
            // `the last Friday` of a year with months means that of each month, and what stands beside days is a matter of its own.
            (each != Each::Year || goes.days.is_empty()).then_some(goes)
        },
    )
}

fn last_day(date: NaiveDate) -> u32 {
    (28..=31).rev().find(|d| date.with_day(*d).is_some()).expect("a month has 28 days")
}

/// Whether a day matches, by the words of the standard.
fn matches(rule: &Recurrence, first: NaiveDate, date: NaiveDate) -> bool {
    let monday = |d: NaiveDate| d - Days::new(u64::from(d.weekday().num_days_from_monday()));
    let months = |d: NaiveDate| i64::from(d.year()) * 12 + i64::from(d.month0());
    let units = match rule.each {
        Each::Day => (date - first).num_days(),
        Each::Week => (monday(date) - monday(first)).num_days() / 7,
        Each::Month => months(date) - months(first),
        Each::Year => i64::from(date.year() - first.year()),
    };
    let in_month = rule.months.is_empty() || rule.months.iter().any(|m| u32::from(*m) == date.month());
    let from_end = i64::from(date.day()) - i64::from(last_day(date)) - 1;
    let is_day = |d: &i8| i64::from(*d) == i64::from(date.day()) || i64::from(*d) == from_end;
    let on_month_day = rule.month_days.is_empty() || rule.month_days.iter().any(is_day);
    let on_weekday = |d: &OnDay| d.day == date.weekday() && (d.nth.is_none() || from_end >= -7);
    let on_day = rule.days.is_empty() || rule.days.iter().any(on_weekday);
    let implied = match rule.each {
        _ if !(rule.month_days.is_empty() && rule.days.is_empty()) => true,
        Each::Day => true,
        Each::Week => date.weekday() == first.weekday(),
        Each::Month => date.day() == first.day(),
        Each::Year => date.day() == first.day() && (!rule.months.is_empty() || date.month() == first.month()),
    };
    units % i64::from(rule.interval) == 0 && in_month && on_month_day && on_day && implied
}

proptest! {
    #[test]
    fn no_text_panics(given in prop_oneof![any::<String>(), text(), text().prop_map(|t| format!("FREQ=DAILY;{t}"))], seconds in 0i64..4_000_000_000) {
        if let Ok(rule) = Recurrence::parse(&given) {
            prop_assert_eq!(Recurrence::parse(&rule.to_string()), Ok(rule.clone()));
            prop_assert!(!rule.told().is_empty());
            let start = Instant::from_seconds(seconds);
            let first = Window::new(start, start + Duration::from_secs(60)).expect("a minute");
            if let Ok(windows) = rule.occurrences(first, zone("Europe/Rome"), &[], Caps::default()) {
                prop_assert!((1..=100).contains(&windows.len()));
                prop_assert_eq!(windows[0], first);
                prop_assert!(windows.windows(2).all(|w| w[0].end <= w[1].start));
            }
        }
    }

}

proptest! {
    // Some of them are counted out for centuries until they are given up.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_days_are_those_that_match(rule in simple(), day in 0u64..3000) {
        let first_day = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date") + Days::new(day);
        let first = hour(&format!("{first_day} 12:00"), Zone::UTC);
        let End::Count(count) = rule.end else { panic!("it counts") };
        let span = 0..=366u64;
        let matching = span.map(|n| first_day + Days::new(n)).filter(|d| *d == first_day || matches(&rule, first_day, *d));
        let expected: Vec<NaiveDate> = matching.take(count as usize).collect();
        match rule.occurrences(first, Zone::UTC, &[], Caps::default()) {
            Ok(windows) => {
                let days: Vec<String> = windows.iter().map(|w| Zone::UTC.wall(w.start).date()).collect();
                prop_assert_eq!(days, expected.iter().map(NaiveDate::to_string).collect::<Vec<_>>(), "{} from {}", rule, first_day);
            }
            Err(wrong) => prop_assert!(
                matches!(wrong, WrongRule::TooLong { within, .. } if within == expected.len()) && expected.len() < count as usize,
                "{} from {}: {}", rule, first_day, wrong
            ),
        }
    }
}
