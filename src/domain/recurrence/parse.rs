//! Rules in the form of RFC 5545: parts that it knows, each once, in values and combinations that it allows.

use super::{
    WrongRule,
    rule::{DAYS, Each, End, OnDay, Recurrence},
    wrong::shown,
};
use crate::{Instant, Resolved, Wall, Zone, zone::Weekday};
use std::{ops::RangeInclusive, str::FromStr};

pub(super) fn read(given: &str) -> Result<Recurrence, WrongRule> {
    let upper = given.to_ascii_uppercase();
    let text = upper.strip_prefix("RRULE:").unwrap_or(&upper);
    let mut parts: Vec<(&str, &str)> = Vec::new();
    for part in text.split(';') {
        let (name, value) = part.split_once('=').ok_or_else(|| WrongRule::unreadable(given))?;
        if parts.iter().any(|(n, _)| *n == name) {
            return Err(WrongRule::part(part, "each part once"));
        }
        parts.push((name, value));
    }
    let freq = parts.iter().find(|(name, _)| *name == "FREQ").ok_or_else(|| WrongRule::unreadable(given))?;
    let mut rule = Recurrence::every(each(freq.1)?);
    let has = |name: &str| parts.iter().any(|(n, _)| *n == name);
    if has("COUNT") && has("UNTIL") {
        return Err(WrongRule::TwoEnds);
    }
    for (name, value) in &parts {
        let part = Part { name, value };
        match *name {
            "FREQ" => {}
            "INTERVAL" => rule.interval = part.number(1..=1000)?,
            "COUNT" => rule.end = End::Count(part.number(1..=u32::MAX)?),
            "UNTIL" => {
                rule.end = until(value).ok_or_else(|| part.wrong("UNTIL is like 20261231 or 20261231T180000Z"))?
            }
            "BYMONTH" => rule.months = part.numbers(1..=12, 0)?,
            "BYWEEKNO" => rule.weeks = part.numbers(-53..=53, 0)?,
            "BYYEARDAY" => rule.year_days = part.numbers(-366..=366, 0)?,
            "BYMONTHDAY" => rule.month_days = part.numbers(-31..=31, 0)?,
            "BYHOUR" => rule.hours = part.numbers(0..=23, u8::MAX)?,
            "BYMINUTE" => rule.minutes = part.numbers(0..=59, u8::MAX)?,
            "BYSETPOS" => rule.positions = part.numbers(-366..=366, 0)?,
            "BYDAY" => rule.days = days(&part)?,
            "WKST" => rule.week_start = weekday(value).ok_or_else(|| part.wrong("WKST is a day like MO"))?,
            _ => {
                return Err(part.wrong(
                    "a rule has FREQ, INTERVAL, COUNT or UNTIL, BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY, BYDAY, BYHOUR, \
                     BYMINUTE, BYSETPOS and WKST",
                ));
            }
        }
    }
    go_together(&rule)?;
    Ok(rule)
}

fn each(freq: &str) -> Result<Each, WrongRule> {
    match freq {
        "DAILY" => Ok(Each::Day),
        "WEEKLY" => Ok(Each::Week),
        "MONTHLY" => Ok(Each::Month),
        "YEARLY" => Ok(Each::Year),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err(WrongRule::TooOften { given: freq.to_ascii_lowercase() }),
        _ => Err(WrongRule::part(&format!("FREQ={freq}"), "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")),
    }
}

struct Part<'a> {
    name: &'a str,
    value: &'a str,
}

impl Part<'_> {
    fn wrong(&self, right: &str) -> WrongRule {
        WrongRule::BadPart { given: shown(&format!("{}={}", self.name, self.value)), right: right.to_owned() }
    }

    fn number<T: FromStr + PartialOrd + std::fmt::Display>(&self, range: RangeInclusive<T>) -> Result<T, WrongRule> {
        let digits = Some(self.value).filter(|v| v.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|v| v.parse().ok()).filter(|n| range.contains(n));
        number
            .ok_or_else(|| self.wrong(&format!("{} is a number from {} to {}", self.name, range.start(), range.end())))
    }

    /// Numbers with commas, in order and each once; `never` is none of them.
    fn numbers<T: FromStr + Ord + std::fmt::Display>(
        &self,
        range: RangeInclusive<T>,
        never: T,
    ) -> Result<Vec<T>, WrongRule> {
        let read = |text: &str| text.parse().ok().filter(|n| range.contains(n) && *n != never);
        let numbers: Option<Vec<T>> = self.value.split(',').map(read).collect();
        let mut numbers = numbers.ok_or_else(|| {
            self.wrong(&format!("{} has numbers from {} to {}", self.name, range.start(), range.end()))
        })?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }
}

fn days(part: &Part<'_>) -> Result<Vec<OnDay>, WrongRule> {
    let one = |text: &str| {
        let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let nth = if nth.is_empty() { None } else { Some(nth.parse().ok().filter(|n| *n != 0i16)?) };
        Some(OnDay { nth, day: weekday(day)? })
    };
    let days: Option<Vec<OnDay>> = part.value.split(',').map(one).collect();
    let mut days = days.ok_or_else(|| part.wrong("BYDAY has days like MO,WE, 1MO or -1FR"))?;
    days.sort_unstable_by_key(OnDay::order);
    days.dedup();
    Ok(days)
}

fn weekday(name: &str) -> Option<Weekday> {
    DAYS.iter().find(|(n, _)| *n == name).map(|(_, day)| *day)
}

/// `20261231`, `20261231T180000`, `20261231T180000Z`
fn until(text: &str) -> Option<End> {
    let number = |range: std::ops::Range<usize>| {
        text.get(range).filter(|t| t.bytes().all(|b| b.is_ascii_digit())).and_then(|t| t.parse::<u32>().ok())
    };
    let (year, month, day) = (i32::try_from(number(0..4)?).ok()?, number(4..6)?, number(6..8)?);
    if text.len() == 8 {
        return Wall::new(year, month, day, 23, 59, 59).map(End::Day);
    }
    let wall = Wall::new(year, month, day, number(9..11)?, number(11..13)?, number(13..15)?)?;
    if text.get(8..9)? != "T" {
        return None;
    }
    match (text.get(15..)?, Zone::UTC.resolve(wall)) {
        ("", _) => Some(End::Local(wall)),
        ("Z", Resolved::One(at)) => Some(End::At(at)),
        _ => None,
    }
}

/// What RFC 5545 says about parts that stand side by side.
fn go_together(rule: &Recurrence) -> Result<(), WrongRule> {
    let wrong = |is_wrong: bool, given: &str, right: &str| {
        if is_wrong { Err(WrongRule::part(given, right)) } else { Ok(()) }
    };
    let counted = |most: i16| rule.days.iter().filter_map(|d| d.nth).any(|n| n.abs() > most);
    wrong(rule.each < Each::Month && counted(0), "BYDAY", "days are counted only in months and years")?;
    wrong(rule.each == Each::Month && counted(5), "BYDAY", "a month has at most five of a day")?;
    wrong(counted(53), "BYDAY", "a year has at most 53 of a day")?;
    wrong(!rule.weeks.is_empty() && counted(0), "BYWEEKNO", "in weeks of the year days are not counted")?;
    wrong(rule.each == Each::Week && !rule.month_days.is_empty(), "BYMONTHDAY", "a week has no days of the month")?;
    let only_years = "only with FREQ=YEARLY";
    wrong(rule.each != Each::Year && !rule.year_days.is_empty(), "BYYEARDAY", only_years)?;
    wrong(rule.each != Each::Year && !rule.weeks.is_empty(), "BYWEEKNO", only_years)?;
    let has_choice = !(rule.months.is_empty() && rule.weeks.is_empty() && rule.year_days.is_empty())
        || !(rule.month_days.is_empty() && rule.days.is_empty() && rule.hours.is_empty() && rule.minutes.is_empty());
    wrong(!rule.positions.is_empty() && !has_choice, "BYSETPOS", "only with another BY part to choose from")
}

/// Whether a booking at this time on the wall and at this instant is past the end.
pub(super) fn is_over(end: End, counted: usize, wall: Wall, at: Instant) -> bool {
    match end {
        End::Never => false,
        End::Count(count) => counted >= usize::try_from(count).unwrap_or(usize::MAX),
        End::Day(last) | End::Local(last) => wall > last,
        End::At(last) => at > last,
    }
}
