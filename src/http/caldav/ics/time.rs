//! Dates, times and lengths of time, as they are written.

use super::lines::Line;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A moment as a property says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When<'a> {
    Date(NaiveDate),
    /// On whatever clock hangs there.
    Floating(NaiveDateTime),
    Utc(NaiveDateTime),
    Zoned(NaiveDateTime, &'a str),
}

impl<'a> When<'a> {
    /// What stands on the clock; midnight for a date.
    pub fn wall(&self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Floating(at) | Self::Utc(at) | Self::Zoned(at, _) => *at,
        }
    }

    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// One value of a line that may have several.
    pub fn read(line: &Line<'a>, value: &str) -> Option<Self> {
        let value = value.trim();
        if value.len() == 8 {
            return date(value).map(Self::Date);
        }
        let (bare, is_utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |bare| (bare, true));
        let (day, time) = bare.split_once(['T', 't'])?;
        let at = date(day)?.and_time(clock(time)?);
        Some(match line.param("TZID") {
            _ if is_utc => Self::Utc(at),
            Some(zone) => Self::Zoned(at, zone),
            None => Self::Floating(at),
        })
    }

    /// The one value of a line.
    pub fn of(line: &Line<'a>) -> Option<Self> {
        Self::read(line, line.value)
    }
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn date(text: &str) -> Option<NaiveDate> {
    let year = i32::try_from(digits(text.get(..4)?)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(text.get(4..6)?)?, digits(text.get(6..8)?).filter(|_| text.len() == 8)?)
}

fn clock(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = (digits(text.get(..2)?)?, digits(text.get(2..4)?)?);
    let second = digits(text.get(4..6)?).filter(|_| text.len() == 6)?;
    // A leap second is the one before it.
    NaiveTime::from_hms_opt(hour, minute, second.min(59)).filter(|_| second <= 60)
}

/// A length of time in seconds.
pub fn duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total: i64 = 0;
    let (mut number, mut is_time, mut any) = (None::<i64>, false, false);
    for c in rest.strip_prefix(['P', 'p'])?.chars() {
        let unit = match (c.to_ascii_uppercase(), is_time) {
            ('0'..='9', _) => {
                let digit = i64::from(c.to_digit(10)?);
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                continue;
            }
            ('T', false) if number.is_none() => {
                is_time = true;
                continue;
            }
            ('W', false) => 7 * 86_400,
            ('D', false) => 86_400,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
        any = true;
    }
    // A hundred years and more are a slip.
    (any && number.is_none() && total < 100 * 366 * 86_400).then_some(sign * total)
}

/// `20260101T100000`.
pub fn written(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

/// The UTC moment of a filter: `20260101T100000Z`, in seconds.
pub fn utc(text: &str) -> Option<i64> {
    let bare = text.trim().strip_suffix(['Z', 'z'])?;
    let (day, time) = bare.split_once(['T', 't'])?;
    Some(date(day)?.and_time(clock(time)?).and_utc().timestamp())
}
