//! From what stands on a clock to a moment.

use super::{lines::Component, series, time::When};
use calcard::common::timezone::Tz as Known;
use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use std::{cell::RefCell, collections::HashMap, str::FromStr, sync::Arc};

/// Rules of a zone that only its file knows are followed this far: the year 2100, in seconds.
const HORIZON: i64 = 4_102_444_800;
/// Mostly they are said from 1601 on.
const SHIFTS: usize = 1_000;

#[derive(Debug, Clone)]
pub enum Zone {
    /// Of the tables that everybody has.
    Known(chrono_tz::Tz),
    /// Seconds east.
    Fixed(i32),
    /// As a VTIMEZONE says it: when, on the clock before, and from which offset to which.
    Rules(Arc<Vec<Shift>>),
}

#[derive(Debug, Clone, Copy)]
pub struct Shift {
    at: NaiveDateTime,
    from: i32,
    to: i32,
}

/// What a clock's reading means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Once(i64),
    /// The clock was set back: the first time and the second.
    Twice(i64, i64),
    /// The clock was set forward over it; as if it had not been.
    Never(i64),
}

impl Reading {
    /// Of what happens once: the first of two, and as if the clock had not been set forward.
    pub fn first(self) -> i64 {
        match self {
            Self::Once(at) | Self::Twice(at, _) | Self::Never(at) => at,
        }
    }

    /// Of what repeats: what the clock never shows does not happen.
    pub fn repeated(self) -> Option<i64> {
        match self {
            Self::Once(at) | Self::Twice(at, _) => Some(at),
            Self::Never(_) => None,
        }
    }
}

impl Zone {
    pub const UTC: Self = Self::Fixed(0);

    /// By its name, also by the names of Windows.
    pub fn named(name: &str) -> Option<Self> {
        match Known::from_str(name) {
            Ok(Known::Tz(zone)) => Some(Self::Known(zone)),
            Ok(Known::Fixed(offset)) => Some(Self::Fixed(offset.local_minus_utc())),
            // `/some.program.example/Europe/Rome`.
            _ => {
                let tails = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
                let known = |name: &str| chrono_tz::Tz::from_str_insensitive(name).ok();
                [name].into_iter().chain(tails).find_map(known).map(Self::Known)
            }
        }
    }

    /// The one that a VTIMEZONE means.
    pub fn of(component: &Component<'_>) -> Option<Self> {
        let said = |name: &str| component.line(name).map(|line| line.text());
        let by_name = ["TZID", "X-LIC-LOCATION"].iter().find_map(|name| Self::named(&said(name)?));
        let by_number = || match Known::from_ms_cdo_zone_id(&said("X-MICROSOFT-CDO-TZID")?) {
            Some(Known::Tz(zone)) => Some(Self::Known(zone)),
            _ => None,
        };
        by_name.or_else(by_number).or_else(|| Self::by_rules(component))
    }

    fn by_rules(component: &Component<'_>) -> Option<Self> {
        let mut shifts = Vec::new();
        for part in component.parts.iter().filter(|part| part.is("STANDARD") || part.is("DAYLIGHT")) {
            let offset = |name: &str| component_offset(part.line(name)?.value);
            let (Some(from), Some(to)) = (offset("TZOFFSETFROM"), offset("TZOFFSETTO")) else { continue };
            let Some(start) = part.line("DTSTART").and_then(When::of) else { continue };
            let until = DateTime::from_timestamp(HORIZON, 0).unwrap_or_default().naive_utc();
            let all = series::walls(part, start.wall(), &Self::UTC, until, SHIFTS);
            shifts.extend(all.into_iter().map(|at| Shift { at, from, to }));
        }
        shifts.sort_by_key(|shift| shift.at);
        (!shifts.is_empty()).then(|| Self::Rules(Arc::new(shifts)))
    }

    pub fn reads(&self, wall: NaiveDateTime) -> Reading {
        let at = wall.and_utc().timestamp();
        match self {
            Self::Fixed(offset) => Reading::Once(at - i64::from(*offset)),
            Self::Known(zone) => match zone.from_local_datetime(&wall) {
                chrono::LocalResult::Single(one) => Reading::Once(one.timestamp()),
                chrono::LocalResult::Ambiguous(first, second) => Reading::Twice(first.timestamp(), second.timestamp()),
                chrono::LocalResult::None => {
                    // By the offset of some time before: no gap is longer than a day.
                    let before = zone.from_local_datetime(&(wall - TimeDelta::days(1))).earliest();
                    let offset = before.map_or(0, |b| b.offset().fix().local_minus_utc());
                    Reading::Never(at - i64::from(offset))
                }
            },
            Self::Rules(shifts) => {
                let next = shifts.partition_point(|shift| shift.at <= wall);
                let offset = match next {
                    0 => shifts[0].from,
                    n => shifts[n - 1].to,
                };
                if let Some(last) = next.checked_sub(1).map(|n| shifts[n]) {
                    let since = wall - last.at;
                    if last.to > last.from && since < TimeDelta::seconds(i64::from(last.to - last.from)) {
                        return Reading::Never(at - i64::from(last.from));
                    }
                }
                if let Some(coming) = shifts.get(next)
                    && coming.to < coming.from
                    && coming.at - wall <= TimeDelta::seconds(i64::from(coming.from - coming.to))
                {
                    return Reading::Twice(at - i64::from(coming.from), at - i64::from(coming.to));
                }
                Reading::Once(at - i64::from(offset))
            }
        }
    }

    /// What its clock shows.
    pub fn shows(&self, at: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(at, 0).unwrap_or_default();
        match self {
            Self::Fixed(offset) => utc.naive_utc() + TimeDelta::seconds(i64::from(*offset)),
            Self::Known(zone) => utc.with_timezone(zone).naive_local(),
            Self::Rules(shifts) => {
                let began = |shift: &Shift| shift.at.and_utc().timestamp() - i64::from(shift.from) <= at;
                let offset = shifts.iter().rev().find(|s| began(s)).map_or(shifts[0].from, |s| s.to);
                utc.naive_utc() + TimeDelta::seconds(i64::from(offset))
            }
        }
    }
}

/// `+0130` or `-053015`, in seconds.
fn component_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let part = |at: usize| digits.get(at..at + 2)?.parse::<i32>().ok();
    let seconds = if digits.len() == 6 { part(4)? } else { 0 };
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + seconds))
}

/// The zones that a calendar names, each looked up once.
pub struct Zones<'a> {
    calendar: &'a Component<'a>,
    /// For what names none.
    floating: Zone,
    known: RefCell<HashMap<String, Zone>>,
}

impl<'a> Zones<'a> {
    pub fn new(calendar: &'a Component<'a>, floating: Zone) -> Self {
        Self { calendar, floating, known: RefCell::default() }
    }

    /// The zone in which something is said.
    pub fn zone(&self, when: &When<'_>) -> Zone {
        match when {
            When::Utc(_) => Zone::UTC,
            When::Date(_) | When::Floating(_) => self.floating.clone(),
            When::Zoned(_, name) => {
                if let Some(zone) = self.known.borrow().get(*name) {
                    return zone.clone();
                }
                let zone = self.find(name);
                self.known.borrow_mut().insert((*name).to_owned(), zone.clone());
                zone
            }
        }
    }

    fn find(&self, name: &str) -> Zone {
        let own = || {
            let mut all = self.calendar.parts.iter().filter(|part| part.is("VTIMEZONE"));
            all.find(|part| part.line("TZID").is_some_and(|line| line.value == name)).and_then(Zone::of)
        };
        Zone::named(name).or_else(own).unwrap_or_else(|| self.floating.clone())
    }

    pub fn moment(&self, when: &When<'_>) -> i64 {
        self.zone(when).reads(when.wall()).first()
    }
}
