//! Time zones: what a clock on the wall shows at an instant, and which instants a wall's time may mean.
//!
//! Twice a year most zones have an hour that does not exist and one that exists twice. Neither is guessed:
//! [`Zone::resolve`] says which it is, and names the instants to choose from.

use crate::{Instant, nearest::nearest, text};
use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

pub use chrono::Weekday;

/// An IANA time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

/// What a clock and a calendar on the wall show, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wall(NaiveDateTime);

/// What a wall's time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    One(Instant),
    /// The clock is set back over it.
    Twice {
        earlier: Instant,
        later: Instant,
    },
    /// The clock is set forward over it: as far before and after as the reading lies within the gap.
    Gap {
        before: Instant,
        after: Instant,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {given:?}")]
pub struct UnknownZone {
    pub given: String,
    /// Likely ones first, at most three.
    pub nearest: Vec<String>,
}

/// Offsets from UTC are at most 15 hours, so a change that matters to a wall's time is nearer than this.
const AROUND: TimeDelta = TimeDelta::hours(24);

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The wall at this instant; instants outside the years 1 to 9999 count as the nearest within.
    pub fn wall(self, at: Instant) -> Wall {
        let utc = utc(at);
        Wall((utc + self.seconds_east(utc)).with_nanosecond(0).expect("zero is a number of nanoseconds"))
    }

    /// Whole minutes east of UTC at this instant.
    pub fn offset(self, at: Instant) -> i32 {
        let minutes = self.seconds_east(utc(at)).num_minutes();
        i32::try_from(minutes).expect("an offset is less than a day")
    }

    pub fn resolve(self, wall: Wall) -> Resolved {
        let before = self.seconds_east(wall.0 - AROUND);
        let after = self.seconds_east(wall.0 + AROUND);
        // Each offset in force around it is a candidate; it counts if it is in force at the instant that it leads to.
        let is_real = |offset: TimeDelta| self.seconds_east(wall.0 - offset) == offset;
        let with = |offset: TimeDelta| instant(wall.0 - offset);
        match (is_real(before), is_real(after)) {
            (true, true) if before > after => Resolved::Twice { earlier: with(before), later: with(after) },
            (true, _) => Resolved::One(with(before)),
            (false, true) => Resolved::One(with(after)),
            (false, false) => Resolved::Gap { before: with(after), after: with(before) },
        }
    }

    /// For people: `2026-12-01 09:00 Europe/Rome (+01:00)`; seconds where there are some.
    pub fn text(self, at: Instant) -> String {
        format!("{} {self} ({})", self.wall(at), offset_text(self.offset(at)))
    }

    /// For programs, and for people who have to choose: `2026-12-01T09:00+01:00`.
    pub fn iso(self, at: Instant) -> String {
        // Long ago offsets had seconds, which the form cannot say.
        let zone = if self.seconds_east(utc(at)).num_seconds() % 60 == 0 { self } else { Self::UTC };
        let wall = zone.wall(at);
        format!("{}T{}{}", wall.date(), wall.clock(), offset_text(zone.offset(at)))
    }

    fn seconds_east(self, utc: NaiveDateTime) -> TimeDelta {
        TimeDelta::seconds(self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc().into())
    }
}

impl Wall {
    pub fn new(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(year, month, day).filter(|d| (1..=9999).contains(&d.year()))?;
        date.and_hms_opt(hour, minute, second).map(Self)
    }

    /// The same clock on a calendar this many days on.
    pub fn days_later(self, days: u64) -> Option<Self> {
        self.0.checked_add_days(Days::new(days)).filter(|d| d.year() <= 9999).map(Self)
    }

    /// Another clock on the same day.
    pub fn at(self, hour: u32, minute: u32, second: u32) -> Option<Self> {
        self.0.date().and_hms_opt(hour, minute, second).map(Self)
    }

    pub(crate) fn of(naive: NaiveDateTime) -> Self {
        Self(naive)
    }

    pub(crate) fn naive(self) -> NaiveDateTime {
        self.0
    }

    pub fn year(self) -> i32 {
        self.0.year()
    }

    pub fn month(self) -> u32 {
        self.0.month()
    }

    pub fn day(self) -> u32 {
        self.0.day()
    }

    pub fn hour(self) -> u32 {
        self.0.hour()
    }

    pub fn minute(self) -> u32 {
        self.0.minute()
    }

    pub fn second(self) -> u32 {
        self.0.second()
    }

    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }

    /// `2026-12-01`
    pub fn date(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// `Fri 27 Nov`, with the year where it is another than that of `now`.
    pub fn day_text(self, now: Self) -> String {
        self.0.format(if self.year() == now.year() { "%a %-d %b" } else { "%a %-d %b %Y" }).to_string()
    }

    /// As [`Self::day_text`], without the weekday.
    pub fn date_text(self, now: Self) -> String {
        self.0.format(if self.year() == now.year() { "%-d %b" } else { "%-d %b %Y" }).to_string()
    }

    /// `09:00`, `09:00:30`
    pub fn clock(self) -> String {
        self.0.format(if self.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
    }
}

/// `2026-12-01 09:00`
impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date(), self.clock())
    }
}

fn utc(at: Instant) -> NaiveDateTime {
    let year =
        |y| NaiveDate::from_ymd_opt(y, 1, 2).expect("January has a second day").and_time(NaiveTime::MIN).and_utc();
    let (first, last) = (year(1), year(9999));
    let seconds = at.seconds().clamp(first.timestamp(), last.timestamp());
    DateTime::<Utc>::from_timestamp(seconds, 0).expect("between the years 1 and 9999").naive_utc()
}

fn instant(utc: NaiveDateTime) -> Instant {
    Instant::from_seconds(utc.and_utc().timestamp())
}

/// Minutes east of UTC as `+01:00`.
pub fn offset_text(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

impl FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(given: &str) -> Result<Self, UnknownZone> {
        Tz::from_str_insensitive(given.trim())
            .map(Self)
            .map_err(|_| UnknownZone { given: text::shorten(&text::visible(given), 60), nearest: likely(given.trim()) })
    }
}

/// People type the city; IANA's names put the region before it.
fn likely(given: &str) -> Vec<String> {
    let given = given.replace(' ', "_");
    let names = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name());
    let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let mut found: Vec<&str> = names.clone().filter(|n| city(n).eq_ignore_ascii_case(&given)).collect();
    while found.len() < 3 {
        let rest = || names.clone().filter(|n| !found.contains(n));
        let by_city = || {
            let near = nearest(&given, rest().map(city))?;
            rest().find(|n| city(n) == near)
        };
        let Some(next) = nearest(&given, rest()).or_else(by_city) else { break };
        found.push(next);
    }
    found.into_iter().take(3).map(str::to_owned).collect()
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;
    fn try_from(given: String) -> Result<Self, UnknownZone> {
        given.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests;
