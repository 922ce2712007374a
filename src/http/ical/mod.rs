//! Calendars as iCalendar text (RFC 5545, 7986): our own values become bytes that every calendar program reads.
//!
//! The same values make the same bytes, so that an entity tag of them is stable: nothing is taken from a clock, and
//! events are put in order. All times are UTC, so that no reader needs to know a zone. Whatever is in a value stays in
//! it: no text makes a line of its own. The crate `icalendar` escapes and joins; what it leaves in values is taken out
//! before, and its folding, which makes lines of 76 octets, is done anew after.
//!
//! What may be told to whom is decided by whoever makes a [`Feed`].

mod text;
mod write;

use direttore_domain::{Instant, Window, Zone};

/// A calendar that is subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub name: String,
    pub description: String,
    /// Which installation of ours it is from; the part of its [`uid`]s after the `@`.
    pub instance: String,
    /// What programs may show its times in unless they have a zone of their own.
    pub zone: Option<Zone>,
    pub events: Vec<Event>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The whole of it, as [`uid`] makes it or as a program gave it. The occurrences of a series share one.
    pub uid: String,
    /// One more with every change of time, status or place, and never less: programs ignore other changes.
    pub sequence: u32,
    /// The last change, not the moment of asking.
    pub stamp: Instant,
    pub created: Instant,
    pub modified: Instant,
    pub window: Window,
    pub status: Status,
    pub summary: String,
    pub location: String,
    pub description: String,
    /// Left out unless it is of http or https.
    pub url: Option<String>,
    pub categories: Vec<String>,
    /// Which occurrence of its series it is: where that was first meant to start.
    pub recurrence_id: Option<Instant>,
    /// Whether whoever has it in a calendar is busy then.
    pub is_opaque: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Tentative,
    Confirmed,
    /// It stays in the feed for a while, so that programs take it out of theirs.
    Cancelled,
}

/// What names an event everywhere and for ever.
pub fn uid(id: &str, instance: &str) -> String {
    format!("{id}@{instance}")
}

impl Feed {
    /// The calendar in UTF-8, with lines that end in CRLF and have at most 75 octets.
    pub fn to_ics(&self) -> String {
        write::write(self)
    }
}

#[cfg(test)]
mod tests;
