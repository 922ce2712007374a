//! A moment in the past as people write it: `2h`, `3d`, `2026-02-28`, `2026-02-28T14:00`, `2026-02-28T14:00:00+01:00`.

use crate::duration::parse_duration;
use direttore_domain::{Instant, WrongForm};
use std::{str::FromStr, time::Duration};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// This long before now.
    Back(Duration),
    /// On the wall clock of the asker's zone; a date alone is its midnight.
    Local {
        year: i32,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
    },
    At(Instant),
}

impl FromStr for Since {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let text = given.trim();
        let parsed = parse_duration(text).map(Self::Back).or_else(|| parse_date(text));
        parsed.ok_or_else(|| WrongForm::new("time", given, crate::Kind::Since.right()))
    }
}

fn parse_date(text: &str) -> Option<Since> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let [year, month, day] = numbers(date, '-', &[4, 2, 2])?.try_into().ok()?;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let Some(time) = time else { return local(year, month, day, [0, 0, 0]) };
    let (clock, offset) = split_offset(time);
    let clock = match numbers(clock, ':', &[2, 2, 2]).or_else(|| numbers(clock, ':', &[2, 2]))?.as_slice() {
        [hour, minute, rest @ ..] if *hour < 24 && *minute < 60 => {
            [*hour, *minute, rest.first().copied().filter(|s| *s < 60).or(rest.is_empty().then_some(0))?]
        }
        _ => return None,
    };
    match offset {
        None => local(year, month, day, clock),
        Some(offset) => {
            let days = days_from_civil(year.into(), month.into(), day.into());
            let [hour, minute, second] = clock.map(i64::from);
            let minutes = hour * 60 + minute - offset_minutes(offset)?;
            Some(Since::At(Instant::from_seconds(days * 86_400 + minutes * 60 + second)))
        }
    }
}

fn local(year: u32, month: u32, day: u32, [hour, minute, second]: [u32; 3]) -> Option<Since> {
    let small = |n: u32| u8::try_from(n).ok();
    Some(Since::Local {
        year: i32::try_from(year).ok()?,
        month: small(month)?,
        day: small(day)?,
        hour: small(hour)?,
        minute: small(minute)?,
        second: small(second)?,
    })
}

/// `14:00Z`, `14:00+01:00` as clock and offset.
fn split_offset(time: &str) -> (&str, Option<&str>) {
    match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], Some(&time[at..])),
        None => (time, None),
    }
}

fn offset_minutes(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits = &offset[1..];
    let parts = numbers(digits, ':', &[2, 2]).or_else(|| numbers(digits, ':', &[2]))?;
    let (hours, minutes) = (parts[0], parts.get(1).copied().unwrap_or(0));
    (hours <= 14 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

/// Numbers of exactly these widths between separators.
fn numbers(text: &str, separator: char, widths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let fits = parts.len() == widths.len()
        && parts.iter().zip(widths).all(|(p, w)| p.len() == *w && p.bytes().all(|b| b.is_ascii_digit()));
    fits.then(|| parts.iter().map(|p| p.parse().ok()).collect()).flatten()
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, in the Gregorian calendar with years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, month_from_march) = (shifted.div_euclid(400), (month + 9) % 12);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        match text.parse() {
            Ok(Since::At(instant)) => instant.seconds(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn instants_with_an_offset() {
        assert_eq!(at("1970-01-01T00:00Z"), 0);
        assert_eq!(at("2000-02-29T23:59:59Z"), 951_868_799);
        assert_eq!(at("2026-02-28T14:00+01:00"), at("2026-02-28 13:00:00z"));
        assert_eq!(at("2026-02-28T00:30-05"), at("2026-02-28T05:30Z"));
    }

    #[test]
    fn dates_are_local_and_lengths_go_back() {
        let date = Since::Local { year: 2026, month: 2, day: 28, hour: 0, minute: 0, second: 0 };
        assert_eq!("2026-02-28".parse(), Ok(date));
        assert_eq!(" 3d".parse(), Ok(Since::Back(Duration::from_secs(3 * 86_400))));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-13-01",
            "1969-01-01",
            "2026-02-28T24:00",
            "2026-02-28T1:00Z",
            "2026-02-28T10:00:61",
            "2026-02-28T10:00+99",
            "2026-02-28T10:00+é",
            "2h ago",
            "T",
            "2026-02-28T",
        ] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }
}
