//! Times as people write them, read strictly: the whole text is understood, or it is refused with what would be right.
//!
//! - an instant: `now`, `in 2h30m`, `@1795600800`, `2026-12-01T09:00Z`, `2026-12-01 09:00+01:00`
//! - on the wall of the asker's zone: `14:30`, `9am`, `noon`, `midnight`, `tomorrow [at] 9am`, `tonight`, `fri 14:00`,
//!   `next friday 8pm`, `2026-12-01 09:00`, `1 dec 9:00`, `dec 1 at 9am`, and `1/12 9:00` where an order is configured
//! - a length: `2h30m`, `90m`, `1 day 2 hours`, `PT2H`; a day is 24 hours that pass, whatever the clocks do
//! - a window: a time with an end or a length, or both in one: `fri 14:00-16:00`, `tomorrow 9am for 2h`, `9-11`
//!
//! Nothing is guessed. A clock without a day is the next one that is still ahead, the minute that runs included; a
//! weekday is the coming one, today only if its clock is still ahead, and with `next` never today; a date without a
//! year is the next such date. An hour that does not exist or exists twice is an error that names both instants:
//! writing one of them, with its offset, is the choice. Midnight is 00:00, where the day named begins. Who shows what
//! was read shows it with [`Zone::text`], so that a misunderstanding is seen. Whether a time may be in the past, how
//! far ahead and how long are questions of policy, not of reading.

mod clock;
mod day;
mod length;
mod place;
mod said;
mod span;
mod wrong;

pub use wrong::WrongTime;

use crate::{Instant, Wall, Window, Zone};
use std::time::Duration;

/// What the meaning of a text depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub now: Instant,
    pub zone: Zone,
    /// The hour that `tonight` means.
    pub tonight: u32,
    /// Which number of `1/12` is the month; without an order such dates are refused.
    pub slash: Option<DateOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

impl Reading {
    pub fn new(now: Instant, zone: Zone) -> Self {
        Self { now, zone, tonight: 20, slash: None }
    }
}

/// An instant, in whole seconds.
///
/// # Errors
/// Whatever is not wholly understood, does not exist on the wall or exists twice, or is after 2100.
pub fn moment(text: &str, reading: &Reading) -> Result<Instant, WrongTime> {
    let said = said::read(text, reading)?;
    place::from_now(&said, text, reading)
}

/// A length of time that passes, longer than zero.
///
/// # Errors
/// Whatever is not wholly understood, is nothing, or is longer than ten years.
pub fn length(text: &str) -> Result<Duration, WrongTime> {
    length::read(text)
}

/// A window from `from` until `until` or for `lasting`, or all of it in `from`.
///
/// `+2h` is from now in `from`, and from the start in `until`. A clock alone in `until` is on the start's day, or on
/// the next when it is not after the start; a weekday or a date without a year is the first such after the start.
///
/// # Errors
/// As [`moment`]; also an end that is missing, said twice, or not after the start.
pub fn window(from: &str, until: Option<&str>, lasting: Option<&str>, reading: &Reading) -> Result<Window, WrongTime> {
    span::read(from, until, lasting, reading)
}

/// Whether a text for the start of a window says when it ends too, so that nothing more need be asked.
pub fn has_end(text: &str) -> bool {
    // Whether the clocks allow it is for those who know the zone and the day.
    let reading = Reading { slash: Some(DateOrder::DayFirst), ..Reading::new(Instant(1_796_000_000_000), Zone::UTC) };
    window(text, None, None, &reading).is_ok()
}

/// Lower case, single spaces, one kind of dash; none when it is too long to be a time or has control characters.
fn tidy(text: &str) -> Option<String> {
    const LONGEST: usize = 120;
    if text.len() > LONGEST || text.chars().any(|c| c.is_control() && c != '\t') {
        return None;
    }
    let dashes = |c: char| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c.to_ascii_lowercase() };
    let text: String = text.chars().map(dashes).collect();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A date with its year, at midnight on the wall: `2026-12-31`, `31 dec 2026`.
pub(crate) fn date(words: &[&str]) -> Option<Wall> {
    match day::read(words, None)? {
        day::Day::Date { year: Some(year), month, day } => Wall::new(year, month, day, 0, 0, 0),
        _ => None,
    }
}

pub(crate) use day::weekday;

/// A number of so many digits and nothing else.
pub(crate) fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let fits = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
