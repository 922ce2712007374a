//! Bookings that repeat: rules of RFC 5545 (`FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`) or plain words
//! (`weekly on mon,wed x10`), and the windows that they mean.
//!
//! What repeats is the time on the wall: a booking at nine is at nine before and after the clocks change. An occurrence
//! whose time does not exist that day is left out and not counted; one that exists twice is at the first of the two.
//! Each lasts as long as the first, in time that passes. Every rule has an end, and caps that nobody reaches by accident.

mod expand;
mod parse;
mod plain;
mod rule;
mod told;
mod wrong;

pub use expand::Caps;
pub use rule::Recurrence;
pub use wrong::WrongRule;

use crate::{Instant, Window, Zone};
use std::{fmt, str::FromStr};

impl Recurrence {
    /// From a rule, with or without `RRULE:`, or from plain words.
    ///
    /// # Errors
    /// What is no rule, repeats within a day, or has parts that do not go together.
    pub fn parse(given: &str) -> Result<Self, WrongRule> {
        if given.len() > 500 || given.chars().any(char::is_control) {
            return Err(WrongRule::unreadable(given));
        }
        let text = given.trim();
        if text.contains('=') { parse::read(text) } else { plain::read(text) }
    }

    /// All windows, in order, `first` among them whether it matches the rule or not, without those that start at `except`.
    ///
    /// # Errors
    /// A rule without end, with more occurrences than `caps` has, with windows that overlap, or none at all.
    pub fn occurrences(
        &self,
        first: Window,
        zone: Zone,
        except: &[Instant],
        caps: Caps,
    ) -> Result<Vec<Window>, WrongRule> {
        expand::occurrences(self, first, zone, except, caps)
    }

    /// For people: `every week on Mon and Wed, 10 times`.
    pub fn told(&self) -> String {
        told::told(self)
    }
}

impl FromStr for Recurrence {
    type Err = WrongRule;
    fn from_str(given: &str) -> Result<Self, WrongRule> {
        Self::parse(given)
    }
}

impl TryFrom<String> for Recurrence {
    type Error = WrongRule;
    fn try_from(given: String) -> Result<Self, WrongRule> {
        Self::parse(&given)
    }
}

impl From<Recurrence> for String {
    fn from(rule: Recurrence) -> String {
        rule.to_string()
    }
}

/// The canonical text, without `RRULE:`.
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

#[cfg(test)]
mod tests;
