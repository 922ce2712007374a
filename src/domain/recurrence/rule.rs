//! A rule that has been read, and its canonical text.

use crate::{Instant, Wall, Zone, zone::Weekday};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// Lists are sorted and have each value once, so that equal rules have equal texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    pub(super) each: Each,
    pub(super) interval: u16,
    pub(super) end: End,
    pub(super) months: Vec<u8>,
    pub(super) weeks: Vec<i8>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i8>,
    pub(super) days: Vec<OnDay>,
    pub(super) hours: Vec<u8>,
    pub(super) minutes: Vec<u8>,
    pub(super) positions: Vec<i32>,
    pub(super) week_start: Weekday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Each {
    Day,
    Week,
    Month,
    Year,
}

/// `MO`, `-1FR`: of every week, or counted within the month or year, from its end if negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OnDay {
    pub nth: Option<i16>,
    pub day: Weekday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Never,
    Count(u32),
    /// Through this day, where the booking is.
    Day(Wall),
    Local(Wall),
    At(Instant),
}

impl Recurrence {
    pub(super) fn every(each: Each) -> Self {
        Self {
            each,
            interval: 1,
            end: End::Never,
            months: vec![],
            weeks: vec![],
            year_days: vec![],
            month_days: vec![],
            days: vec![],
            hours: vec![],
            minutes: vec![],
            positions: vec![],
            week_start: Weekday::Mon,
        }
    }

    pub(super) fn text(&self) -> String {
        let freq = match self.each {
            Each::Day => "DAILY",
            Each::Week => "WEEKLY",
            Each::Month => "MONTHLY",
            Each::Year => "YEARLY",
        };
        let mut parts = vec![format!("FREQ={freq}")];
        if self.interval != 1 {
            parts.push(format!("INTERVAL={}", self.interval));
        }
        let mut list = |name: &str, values: String| {
            if !values.is_empty() {
                parts.push(format!("{name}={values}"));
            }
        };
        list("BYMONTH", commas(&self.months));
        list("BYWEEKNO", commas(&self.weeks));
        list("BYYEARDAY", commas(&self.year_days));
        list("BYMONTHDAY", commas(&self.month_days));
        list("BYDAY", commas(&self.days));
        list("BYHOUR", commas(&self.hours));
        list("BYMINUTE", commas(&self.minutes));
        list("BYSETPOS", commas(&self.positions));
        if self.week_start != Weekday::Mon {
            parts.push(format!("WKST={}", two_letters(self.week_start)));
        }
        match self.end {
            End::Never => {}
            End::Count(count) => parts.push(format!("COUNT={count}")),
            End::Day(day) => parts.push(format!("UNTIL={}", day.date().replace('-', ""))),
            End::Local(wall) => parts.push(format!("UNTIL={}", basic(wall))),
            End::At(at) => parts.push(format!("UNTIL={}Z", basic(Zone::UTC.wall(at)))),
        }
        parts.join(";")
    }
}

/// `20261231T090000`
fn basic(wall: Wall) -> String {
    format!("{}T{:02}{:02}{:02}", wall.date().replace('-', ""), wall.hour(), wall.minute(), wall.second())
}

fn commas<T: Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

pub(super) const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

fn two_letters(day: Weekday) -> &'static str {
    DAYS.iter().find(|(_, d)| *d == day).map(|(name, _)| *name).expect("all seven are there")
}

impl OnDay {
    pub(super) fn order(&self) -> (Option<i16>, u32) {
        (self.nth, self.day.num_days_from_monday())
    }
}

impl Display for OnDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nth {
            Some(nth) => write!(f, "{nth}{}", two_letters(self.day)),
            None => f.write_str(two_letters(self.day)),
        }
    }
}
