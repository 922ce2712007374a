//! Windows: a start with an end or a length, in several texts or in one.

use super::{
    Reading, WrongTime,
    clock::{self, Form},
    length, place,
    said::{self, Said},
    tidy, wrong,
};
use crate::{Instant, Window};
use std::time::Duration;

pub(super) fn read(
    from: &str,
    until: Option<&str>,
    lasting: Option<&str>,
    reading: &Reading,
) -> Result<Window, WrongTime> {
    let (start, end) = match (until, lasting) {
        (Some(until), Some(lasting)) => return Err(contradiction(until, lasting)),
        (None, None) => {
            let range = range(from, reading)?;
            let start = place::from_now(&range.start, &range.start_text, reading)?;
            match range.end {
                End::At(said, text) => (start, place::after(start, &said, &text, reading)?),
                End::For(length) => (start, start + length),
            }
        }
        (Some(end), None) | (None, Some(end)) => {
            let said = said::read(from, reading).map_err(|wrong| match range(from, reading) {
                Ok(_) => contradiction(from, end),
                Err(_) => wrong,
            })?;
            let start = place::from_now(&said, from, reading)?;
            match until {
                Some(until) => (start, place::after(start, &said::read(until, reading)?, until, reading)?),
                None => (start, start + length::read(end)?),
            }
        }
    };
    between(start, end, until.or(lasting).unwrap_or(from), reading)
}

fn between(start: Instant, end: Instant, given: &str, reading: &Reading) -> Result<Window, WrongTime> {
    let window = Window::new(start, end).ok_or(WrongTime::EndBeforeStart { zone: reading.zone, start, end })?;
    let is_too_far = window.length() > length::LONGEST || reading.zone.wall(end).year() > 2100;
    if is_too_far { Err(WrongTime::TooFar { given: wrong::shown(given) }) } else { Ok(window) }
}

fn contradiction(given: &str, other: &str) -> WrongTime {
    WrongTime::Contradiction { given: wrong::shown(given), other: wrong::shown(other) }
}

struct Range {
    start: Said,
    start_text: String,
    end: End,
}

enum End {
    At(Said, String),
    For(Duration),
}

/// `fri 14:00-16:00`, `9 to 11`, `tomorrow 9am for 2h`, `now until 5pm`.
fn range(given: &str, reading: &Reading) -> Result<Range, WrongTime> {
    let text = tidy(given).unwrap_or_default();
    let by_word = [" until ", " till ", " to ", " for "].into_iter().filter_map(|word| {
        let (start, end) = text.split_once(word)?;
        if word == " for " { lasting(start, end, reading) } else { two(start, end, reading) }
    });
    let as_moment = said::read(given, reading);
    let by_dash = text.match_indices('-').filter_map(|(at, _)| {
        let range = two(text[..at].trim_end(), text[at + 1..].trim_start(), reading)?;
        // With an offset of UTC it would be a time without an end: only what is surely none is a range.
        (as_moment.is_err() || is_later_that_day(&text, &range)).then_some(range)
    });
    let found = by_word.chain(by_dash).next();
    found.ok_or_else(|| match as_moment {
        Ok(_) => {
            let right = format!("an end or a length, like {text} for 2h");
            WrongTime::Missing { given: wrong::shown(given), what: "an end", right }
        }
        Err(WrongTime::Unreadable { .. }) => {
            bad_length(&text, reading).unwrap_or_else(|| WrongTime::unreadable(given, "window", wrong::WINDOW))
        }
        Err(wrong) => wrong,
    })
}

/// What is wrong with the length alone.
fn bad_length(text: &str, reading: &Reading) -> Option<WrongTime> {
    let (start, length) = text.split_once(" for ")?;
    said::read(start, reading).ok()?;
    length::read(length).err()
}

/// `2026-12-01 09:00-11:00` says a range, `2026-12-01T09:00-11:00` and `2026-12-01 09:00-05:00` say offsets.
fn is_later_that_day(text: &str, range: &Range) -> bool {
    match (range.start, &range.end) {
        (Said::Local { clock: start, .. }, End::At(Said::Local { clock: end, .. }, _)) => {
            text.contains(' ') && end.seconds() > start.seconds()
        }
        _ => false,
    }
}

fn lasting(start: &str, length: &str, reading: &Reading) -> Option<Range> {
    let length = length::read(length).ok()?;
    Some(Range { start: said::read(start, reading).ok()?, start_text: start.to_owned(), end: End::For(length) })
}

fn two(start_text: &str, end_text: &str, reading: &Reading) -> Option<Range> {
    let mut start = said::read_loosely(start_text, reading).ok()?;
    let mut end = said::read_loosely(end_text, reading).ok()?;
    match (&mut start, &mut end) {
        (
            Said::Local { day: start_day, clock: start_clock, .. },
            Said::Local { day: end_day, clock: end_clock, day_last },
        ) => {
            // `9-11 tomorrow`: the day is that of both.
            let is_shared = *day_last && start_day.is_none();
            if is_shared {
                *start_day = end_day.take();
            }
            if end_day.is_none() {
                (*start_clock, *end_clock) = clock::together(*start_clock, *end_clock)?;
            }
            // `22:00-02:00 fri`: which of the two is on Friday?
            if is_shared && end_clock.seconds() <= start_clock.seconds() {
                return None;
            }
        }
        (_, Said::Local { clock, .. }) | (Said::Local { clock, .. }, _) if clock.form == Form::Bare => return None,
        _ => {}
    }
    Some(Range { start, start_text: start_text.to_owned(), end: End::At(end, end_text.to_owned()) })
}
