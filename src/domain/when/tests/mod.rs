//! The phrases that must be read, those that must not, and texts of chance. It is Wednesday 2026-11-25, 10:00 in Rome,
//! unless a table says otherwise.

mod chance;
mod moments;
mod windows;

use super::*;

const ROME: &str = "Europe/Rome";

fn zone(name: &str) -> Zone {
    name.parse().expect("the zone exists")
}

/// An instant written with its offset.
fn at(text: &str) -> Instant {
    let reading = Reading::new(Instant::EPOCH, Zone::UTC);
    moment(text, &reading).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// At `now` in the zone.
fn reading(now: &str, name: &str) -> Reading {
    Reading::new(at(now), zone(name))
}

fn wednesday() -> Reading {
    reading("2026-11-25T10:00+01:00", ROME)
}

/// What a text means, in ISO 8601, or the kind of error.
fn read(text: &str, reading: &Reading) -> String {
    match moment(text, reading) {
        Ok(at) => reading.zone.iso(at),
        Err(wrong) => kind(&wrong).to_owned(),
    }
}

fn kind(wrong: &WrongTime) -> &'static str {
    match wrong {
        WrongTime::Unreadable { .. } => "unreadable",
        WrongTime::Missing { .. } => "missing",
        WrongTime::EndBeforeStart { .. } => "end before start",
        WrongTime::ZeroLength { .. } => "zero",
        WrongTime::Gap { .. } => "gap",
        WrongTime::Twice { .. } => "twice",
        WrongTime::Contradiction { .. } => "contradiction",
        WrongTime::TooFar { .. } => "too far",
    }
}
