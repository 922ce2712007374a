//! When something that repeats does so, on its own clock.
//!
//! The rule itself is calcard's to follow. It is given a clock without summer time, so that it repeats what stands on the
//! wall; what that means in a zone, and that what the clock never shows does not happen, is for [`super::zone`].

use super::{
    lines::Component,
    time::{When, written},
    zone::Zone,
};
use calcard::{common::timezone::Tz, icalendar::ICalendar};
use chrono::NaiveDateTime;

/// Readings of the clock at which it begins, in order, up to `until` and at most `most`: its start, what its rules give,
/// and the dates that it names. `zone` is that of its start. Exceptions are not taken out.
pub fn walls(
    component: &Component<'_>,
    start: NaiveDateTime,
    zone: &Zone,
    until: NaiveDateTime,
    most: usize,
) -> Vec<NaiveDateTime> {
    let mut all = vec![start];
    for line in component.all("RRULE") {
        all.extend(by_rule(line.value, start, zone, until, most));
    }
    for line in component.all("RDATE") {
        for value in line.value.split(',') {
            // Of a period its start.
            let value = value.split('/').next().unwrap_or_default();
            all.extend(When::read(line, value).map(|when| in_zone(&when, zone)));
        }
    }
    all.retain(|at| *at <= until);
    all.sort_unstable();
    all.dedup();
    all.truncate(most);
    all
}

/// What the clock of `zone` shows then. What is said in another zone is taken as it stands: RFC 5545 wants the same.
fn in_zone(when: &When<'_>, zone: &Zone) -> NaiveDateTime {
    match when {
        When::Utc(at) => zone.shows(at.and_utc().timestamp()),
        other => other.wall(),
    }
}

/// The last reading that a rule allows, where it says one.
pub fn last(rule: &str, zone: &Zone) -> Option<NaiveDateTime> {
    let value = part(rule, "UNTIL")?;
    let line = super::lines::read("BEGIN:VCALENDAR\nX:1\nEND:VCALENDAR").ok()?.lines[0];
    match When::read(&line, value)? {
        // A whole day is meant.
        When::Date(date) => date.and_hms_opt(23, 59, 59),
        when => Some(in_zone(&when, zone)),
    }
}

pub fn part<'r>(rule: &'r str, name: &str) -> Option<&'r str> {
    let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
    parts.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn by_rule(rule: &str, start: NaiveDateTime, zone: &Zone, until: NaiveDateTime, most: usize) -> Vec<NaiveDateTime> {
    let end = last(rule, zone).map_or(until, |last| last.min(until));
    if end < start {
        return vec![];
    }
    let others: Vec<&str> =
        rule.split(';').filter(|part| !part.trim_start().to_ascii_uppercase().starts_with("UNTIL=")).collect();
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:{}\r\nDURATION:PT0S\r\nRRULE:{};UNTIL={}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n",
        written(start),
        others.join(";"),
        written(end)
    );
    let Ok(calendar) = ICalendar::parse(&text) else { return vec![] };
    calendar.expand_dates(Tz::Floating, most).events.into_iter().map(|event| event.start.naive_local()).collect()
}
