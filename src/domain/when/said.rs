//! What a text says, before it is known which instant that is.

use super::{
    Reading, WrongTime,
    clock::{self, Clock, Form},
    day::{self, Day},
    length, number, tidy, wrong,
};
use crate::{Instant, Wall, Zone, zone::offset_text};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Now,
    /// `in 2h`
    In(Duration),
    /// `+2h`: from now, or from a start.
    Plus(Duration),
    At(Instant),
    Local {
        day: Option<Day>,
        clock: Clock,
        /// `9am tomorrow`, not `tomorrow 9am`.
        day_last: bool,
    },
}

/// Reads a time that is complete in itself.
pub(super) fn read(given: &str, reading: &Reading) -> Result<Said, WrongTime> {
    match read_loosely(given, reading)? {
        Said::Local { clock: Clock { form: Form::Bare, .. }, .. } => Err(WrongTime::time(given)),
        said => Ok(said),
    }
}

/// As [`read`]; an hour may be bare, as in ranges.
pub(super) fn read_loosely(given: &str, reading: &Reading) -> Result<Said, WrongTime> {
    let text = tidy(given).unwrap_or_default();
    let words: Vec<&str> = text.split(' ').collect();
    if let Some(digits) = text.strip_prefix('@') {
        return seconds(digits, given);
    }
    if let Some(by) = text.strip_prefix('+') {
        return by_length(by, given).map(Said::Plus);
    }
    match words.as_slice() {
        [""] => Err(WrongTime::time(given)),
        ["now"] => Ok(Said::Now),
        ["in", ..] => by_length(&words[1..].join(" "), given).map(Said::In),
        words => with_offset(words).or_else(|| local(words, reading)).ok_or_else(|| incomplete(words, given, reading)),
    }
}

fn by_length(text: &str, given: &str) -> Result<Duration, WrongTime> {
    length::read(text).map_err(|wrong| match wrong {
        WrongTime::TooFar { .. } => WrongTime::TooFar { given: wrong::shown(given) },
        WrongTime::ZeroLength { .. } => WrongTime::ZeroLength { given: wrong::shown(given) },
        _ => WrongTime::time(given),
    })
}

fn seconds(digits: &str, given: &str) -> Result<Said, WrongTime> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WrongTime::time(given));
    }
    let seconds = digits.parse().map_err(|_| WrongTime::TooFar { given: wrong::shown(given) })?;
    Ok(Said::At(Instant::from_seconds(seconds)))
}

/// A date and a clock of ISO 8601 with an offset: in one word or in two, the offset apart, or as [`Zone::text`] has it.
fn with_offset(words: &[&str]) -> Option<Said> {
    let (date, clock, offset) = match words {
        [word] => {
            let (date, rest) = word.split_at_checked(10)?;
            let (clock, offset) = cut_offset(rest.strip_prefix('t')?)?;
            (date, clock, offset)
        }
        [date, clocked] => {
            let (clock, offset) = cut_offset(clocked)?;
            (*date, clock, offset)
        }
        [date, clock, offset] => (*date, *clock, *offset),
        [date, clock, zone, bracketed] => {
            let zone: Zone = zone.parse().ok()?;
            let offset = bracketed.strip_prefix('(')?.strip_suffix(')')?;
            let said = at_offset(date, clock, offset)?;
            // An offset that the zone did not have then is a slip of somebody's.
            return match said {
                Said::At(at) if offset_text(zone.offset(at)) == offset => Some(said),
                _ => None,
            };
        }
        _ => return None,
    };
    at_offset(date, clock, offset)
}

/// `09:00+01:00`, `09:00z` as clock and offset.
fn cut_offset(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.find(['z', '+', '-'])?)
}

fn at_offset(date: &str, clock: &str, offset: &str) -> Option<Said> {
    let wall = iso(date, clock)?;
    let east = minutes_east(offset)?;
    let crate::Resolved::One(as_utc) = Zone::UTC.resolve(wall) else { return None };
    Some(Said::At(Instant::from_seconds(as_utc.seconds() - i64::from(east) * 60)))
}

/// Seconds may have a fraction, which is dropped.
fn iso(date: &str, clock: &str) -> Option<Wall> {
    let Some(Day::Date { year: Some(year), month, day }) = day::iso(date) else { return None };
    let whole = match clock.split_once('.') {
        Some((whole, fraction)) if whole.len() == 8 => {
            number(fraction, 1..=9)?;
            whole
        }
        Some(_) => return None,
        None => clock,
    };
    let clock = clock::read(&[whole]).filter(|c| c.form == Form::Whole && whole.len() >= 5)?;
    Wall::new(year, month, day, clock.hour, clock.minute, clock.second)
}

/// `z`, `+01:00`, `+0100`, `+01`; at most 14 hours, as nowhere is farther off.
fn minutes_east(offset: &str) -> Option<i32> {
    if offset == "z" {
        return Some(0);
    }
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = &offset[1..];
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() && !digits.contains(':') { 0 } else { number(minutes, 2..=2)? };
    let east = i32::try_from(number(hours, 2..=2)? * 60 + minutes).ok()?;
    (minutes < 60 && east <= 14 * 60).then_some(sign * east)
}

fn local(words: &[&str], reading: &Reading) -> Option<Said> {
    if let [word] = words
        && let Some((date, rest)) = word.split_at_checked(10)
        && let Some(clock) = rest.strip_prefix('t')
    {
        iso(date, clock)?;
        let (day, clock) = (day::iso(date), clock::read(&[clock.split('.').next()?])?);
        return Some(Said::Local { day, clock, day_last: false });
    }
    if words == ["tonight"] {
        let clock = Clock::at(reading.tonight.min(23));
        return Some(Said::Local { day: Some(Day::Today), clock, day_last: false });
    }
    (0..=words.len()).find_map(|cut| {
        let (first, last) = words.split_at(cut);
        day_and_clock(first, last, reading, false).or_else(|| day_and_clock(last, first, reading, true))
    })
}

fn day_and_clock(day: &[&str], clock: &[&str], reading: &Reading, day_last: bool) -> Option<Said> {
    let clock = clock::read(clock.strip_prefix(&["at"]).unwrap_or(clock))?;
    if day.is_empty() {
        return Some(Said::Local { day: None, clock, day_last: false });
    }
    let day = match day::read(day, reading.slash)? {
        // `1 dec 9`: the hour stands last, or this could be the ninth at one o'clock.
        Day::Date { .. } if day_last && clock.form == Form::Bare => return None,
        Day::Tonight if clock.hour < 17 => return None,
        Day::Tonight => Day::Today,
        day => day,
    };
    Some(Said::Local { day: Some(day), clock, day_last })
}

/// What is missing from words that are no time.
fn incomplete(words: &[&str], given: &str, reading: &Reading) -> WrongTime {
    if day::read(words, reading.slash).is_some() {
        let right = format!("a time of day with it, like {} 14:00", words.join(" "));
        return WrongTime::Missing { given: wrong::shown(given), what: "a time of day", right };
    }
    let is_slashed = |w: &&str| w.contains('/') && w.bytes().all(|b| b.is_ascii_digit() || b == b'/');
    if reading.slash.is_none() && words.iter().any(is_slashed) {
        let right = "a date like 2026-12-01 or 1 dec, since no order of day and month is set for dates with slashes";
        return WrongTime::unreadable(given, "time", right);
    }
    WrongTime::time(given)
}
