//! A series that a program booked, as the one event that it wrote: with its rule, without the times that are cancelled,
//! and with those that became others each by itself.

use super::{
    said,
    shown::{self, Recurs, So},
};
use crate::caldav::ics::{
    lines::{self, Component, write, write_component},
    object,
    time::When,
};
use direttore_domain::{Instant, Window, Zone};
use direttore_store::reservation::Reservation;
use std::collections::{BTreeMap, BTreeSet};

/// `first` has the text; `all` are those that a calendar shows, in order and at least one.
pub fn text(first: &Reservation, all: &[Reservation], names_it: bool) -> String {
    let unfolded = lines::unfold(&first.body);
    let Ok(calendar) = lines::read(&unfolded) else { return shown::made(first) };
    let events = object::main(&calendar);
    let Some(event) = events.iter().copied().find(|one| one.line("RECURRENCE-ID").is_none()) else {
        return shown::made(first);
    };
    let others = events.into_iter().filter(|one| one.line("RECURRENCE-ID").is_some()).collect();
    let zone: Zone = first.zone.parse().unwrap_or(Zone::UTC);
    Series { first, all, calendar: &calendar, event, others, zone, names_it }.text()
}

/// When one of a series begins by the rule.
pub fn recurs(held: &Reservation) -> Instant {
    held.recurs.unwrap_or(held.starts)
}

struct Series<'s, 'c, 'a> {
    first: &'s Reservation,
    all: &'s [Reservation],
    calendar: &'c Component<'a>,
    event: &'c Component<'a>,
    /// What the program wrote of single times.
    others: Vec<&'c Component<'a>>,
    zone: Zone,
    names_it: bool,
}

/// One time that is not as the rule has it.
struct Single<'c, 'a> {
    so: So,
    recurs: Instant,
    /// What the program wrote of it.
    said: Option<&'c Component<'a>>,
}

impl<'c, 'a> Series<'_, 'c, 'a> {
    fn text(&self) -> String {
        let by_rule = self.by_rule();
        let kept: BTreeSet<Instant> =
            said::times(self.calendar, self.event, self.zone).into_iter().map(|(at, _)| at).collect();
        let others: BTreeMap<Instant, &Component<'_>> =
            self.others.iter().filter_map(|other| Some((self.recurs_of(other)?, *other))).collect();
        let there: BTreeSet<Instant> = self.all.iter().map(recurs).collect();
        let is_gone = |at: &Instant| !kept.contains(at) || others.get(at).is_some_and(|one| said::is_cancelled(one));
        let gone: BTreeSet<Instant> = by_rule.keys().copied().filter(|at| !there.contains(at)).collect();
        let said_gone: BTreeSet<Instant> = by_rule.keys().copied().filter(is_gone).collect();
        let Some(base) = self.base() else { return shown::made(self.first) };
        let singles = self.singles(&base, &by_rule, &others);
        let is_said = |single: &Single<'_, '_>| {
            single.said.is_some_and(|said| single.so.compare(self.calendar, said, self.names_it).all())
        };
        let is = base.compare(self.calendar, self.event, self.names_it);
        let is_told =
            gone == said_gone && others.iter().filter(|(_, one)| !said::is_cancelled(one)).count() == singles.len();
        if is.all() && is_told && singles.iter().all(is_said) {
            return self.first.body.clone();
        }
        let mut out = String::with_capacity(self.first.body.len() + 400);
        shown::begin(&mut out, self.calendar);
        let is_once = self.event.line("RRULE").is_none();
        let recurs = match () {
            () if is_once => Recurs::Never,
            () if gone == said_gone => Recurs::AsSaid,
            () => Recurs::Without(gone.iter().map(|at| self.named("EXDATE", *at)).collect()),
        };
        shown::write_event(&mut out, self.calendar, self.event, &base, is, &recurs);
        for single in &singles {
            let (from, is) = match single.said {
                Some(said) => (said, single.so.compare(self.calendar, said, self.names_it)),
                None => (self.event, single.so.compare(self.calendar, self.event, self.names_it)),
            };
            let line = Recurs::Single(self.named("RECURRENCE-ID", single.recurs));
            shown::write_event(&mut out, self.calendar, from, &single.so, is, &line);
        }
        // Those that the program cancelled in this way instead of leaving them out.
        if gone == said_gone {
            others.values().filter(|one| said::is_cancelled(one)).for_each(|one| write_component(&mut out, one));
        }
        write(&mut out, "END:VCALENDAR");
        out
    }

    fn named(&self, name: &str, at: Instant) -> String {
        said::recurring(self.calendar, self.event, name, at, self.zone)
    }

    fn recurs_of(&self, other: &Component<'_>) -> Option<Instant> {
        let id = other.line("RECURRENCE-ID").and_then(When::of)?;
        said::moment(self.calendar, self.event, &id, self.zone)
    }

    /// Every time of the rule, also those that it leaves out.
    fn by_rule(&self) -> BTreeMap<Instant, Window> {
        let mut bare = self.event.clone();
        bare.lines.retain(|line| !line.is("EXDATE"));
        said::times(self.calendar, &bare, self.zone).into_iter().collect()
    }

    /// What is so of most, which the event itself says; it begins where it does.
    fn base(&self) -> Option<So> {
        let window = said::window(self.calendar, self.event, self.zone)?;
        let uid = self.first.uid.clone();
        let all: Vec<So> = self.all.iter().filter_map(So::of).collect();
        let alike = |a: &So, b: &So| self.is_alike(a, b);
        let most = all
            .iter()
            .enumerate()
            .max_by_key(|(at, one)| (all.iter().filter(|other| alike(one, other)).count(), std::cmp::Reverse(*at)));
        most.map(|(_, so)| So { uid, window, id: self.first.id, zone: self.zone, ..so.clone() })
    }

    /// But for when it is.
    fn is_alike(&self, a: &So, b: &So) -> bool {
        a.title == b.title
            && a.note == b.note
            && a.is_tentative == b.is_tentative
            && (!self.names_it || a.place == b.place)
    }

    fn singles(
        &self,
        base: &So,
        by_rule: &BTreeMap<Instant, Window>,
        others: &BTreeMap<Instant, &'c Component<'a>>,
    ) -> Vec<Single<'c, 'a>> {
        let mut singles = Vec::new();
        for held in self.all {
            let Some(so) = So::of(held) else { continue };
            let at = recurs(held);
            let so = So { uid: self.first.uid.clone(), zone: self.zone, ..so };
            let is_by_rule = by_rule.get(&at) == Some(&so.window) && self.is_alike(&so, base);
            if !is_by_rule {
                singles.push(Single { so, recurs: at, said: others.get(&at).copied() });
            }
        }
        singles
    }
}
