//! A day: `today`, `fri`, `next friday`, `2026-12-01`, `1 dec`, `dec 1 2026`, `1/12` where an order is configured.

use super::{DateOrder, number};
use crate::zone::{Wall, Weekday};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    Today,
    /// Today, with a clock of the evening.
    Tonight,
    Tomorrow,
    /// The coming one, today if its clock is ahead.
    Coming(Weekday),
    /// The coming one, never today.
    Next(Weekday),
    Date {
        year: Option<i32>,
        month: u32,
        day: u32,
    },
}

pub(super) fn read(words: &[&str], slash: Option<DateOrder>) -> Option<Day> {
    match words {
        ["today"] => Some(Day::Today),
        ["tonight"] => Some(Day::Tonight),
        ["tomorrow"] => Some(Day::Tomorrow),
        ["next", day] => weekday(day).map(Day::Next),
        [word] => weekday(word).map(Day::Coming).or_else(|| iso(word)).or_else(|| slashed(word, slash)),
        [day, name] | [name, day] if month(name).is_some() => date(None, month(name)?, number(day, 1..=2)?),
        [day, name, year] | [name, day, year] if month(name).is_some() => {
            date(Some(number(year, 4..=4)?), month(name)?, number(day, 1..=2)?)
        }
        _ => None,
    }
}

/// `2026-12-01`
pub(super) fn iso(word: &str) -> Option<Day> {
    let parts: Vec<&str> = word.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    date(Some(number(year, 4..=4)?), number(month, 2..=2)?, number(day, 2..=2)?)
}

fn slashed(word: &str, slash: Option<DateOrder>) -> Option<Day> {
    let parts: Vec<&str> = word.split('/').collect();
    let (first, second, year) = match parts.as_slice() {
        [first, second] => (first, second, None),
        [first, second, year] => (first, second, Some(number(year, 4..=4)?)),
        _ => return None,
    };
    let (first, second) = (number(first, 1..=2)?, number(second, 1..=2)?);
    match slash? {
        DateOrder::DayFirst => date(year, second, first),
        DateOrder::MonthFirst => date(year, first, second),
    }
}

/// A day that its month has, in a leap year if no year was said.
fn date(year: Option<u32>, month: u32, day: u32) -> Option<Day> {
    let year = match year {
        Some(year) => Some(i32::try_from(year).ok().filter(|y| *y >= 1970)?),
        None => None,
    };
    Wall::new(year.unwrap_or(2000), month, day, 0, 0, 0).map(|_| Day::Date { year, month, day })
}

pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" | "monday" => Weekday::Mon,
        "tue" | "tues" | "tuesday" => Weekday::Tue,
        "wed" | "wednesday" => Weekday::Wed,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thu,
        "fri" | "friday" => Weekday::Fri,
        "sat" | "saturday" => Weekday::Sat,
        "sun" | "sunday" => Weekday::Sun,
        _ => return None,
    })
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = NAMES
        .iter()
        .position(|name| *name == word || name[..3] == *word || (word == "sept" && *name == "september"))?;
    u32::try_from(at + 1).ok()
}
