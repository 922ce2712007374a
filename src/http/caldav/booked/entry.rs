//! What is one object of a booking calendar: a reservation, or those of a series that a program booked as one event.

use super::{repeated, shown};
use direttore_domain::{Instant, ReservationStatus as Status};
use direttore_store::{plain_object::Span, reservation::Reservation};
use std::collections::HashSet;

#[derive(Debug, Clone)]
pub enum Entry {
    One(Reservation),
    Series(Series),
}

#[derive(Debug, Clone)]
pub struct Series {
    /// It has the name and the text for all, and is perhaps over for long.
    pub first: Reservation,
    /// Whatever became of them, in order.
    pub members: Vec<Reservation>,
    /// Those that the calendar shows.
    pub all: Vec<Reservation>,
}

impl Series {
    /// Whether it is to be seen at all. What is over stays in it as long as anything of it does.
    pub fn is_shown(&self, oldest: Instant) -> bool {
        !self.is_deleted() && self.all.iter().any(|held| held.ends > oldest)
    }

    /// Its program did so; what was had of it is in no calendar any more.
    pub fn is_deleted(&self) -> bool {
        self.first.body.is_empty()
    }
}

/// Whether a calendar can show it.
pub fn is_any(held: &Reservation) -> bool {
    !matches!(held.status, Status::Cancelled | Status::NoShow | Status::Waiting)
}

impl Entry {
    /// The one that has its name.
    pub fn first(&self) -> &Reservation {
        match self {
            Self::One(held) => held,
            Self::Series(series) => &series.first,
        }
    }

    fn all(&self) -> &[Reservation] {
        match self {
            Self::One(held) => std::slice::from_ref(held),
            Self::Series(series) => &series.all,
        }
    }

    pub fn text(&self, names_it: bool) -> String {
        match self {
            Self::One(held) => shown::text(held, names_it),
            Self::Series(series) => repeated::text(&series.first, &series.all, names_it),
        }
    }

    pub fn changed(&self) -> Instant {
        self.all().iter().map(|held| held.changed).max().unwrap_or(self.first().changed)
    }

    pub fn span(&self) -> Span {
        let start = self.all().iter().map(|held| held.starts.seconds()).min();
        let end = self.all().iter().map(|held| held.ends.seconds()).max();
        Span { start, end, is_exact: matches!(self, Self::One(_)) }
    }
}

/// Of two that programs called alike the first keeps its name.
pub fn with_names(mut all: Vec<Entry>) -> Vec<(String, Entry)> {
    all.sort_by_key(|entry| entry.first().id);
    all.dedup_by_key(|entry| entry.first().id);
    let mut taken = HashSet::new();
    all.into_iter()
        .map(|entry| {
            let name = shown::name(entry.first());
            let name = if taken.insert(name.clone()) { name } else { shown::own_name(entry.first()) };
            (name, entry)
        })
        .collect()
}
