//! When the components of an object happen, and whether that is within a range (RFC 4791, 9.9).

use super::{
    lines::{Component, Line},
    series,
    time::{When, duration},
    zone::{Zone, Zones},
};
use chrono::{NaiveDateTime, TimeDelta};
use std::collections::HashSet;

/// Instances of one rule are followed no further than this: what a person enters has fewer.
const MOST: usize = 20_000;
const DAY: i64 = 86_400;

/// A range of a query, in seconds; `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Range {
    fn is_after_start(self, at: i64) -> bool {
        self.from.is_none_or(|from| at > from)
    }

    fn is_from_start(self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= from)
    }

    fn is_before_end(self, at: i64) -> bool {
        self.to.is_none_or(|to| at < to)
    }

    fn is_to_end(self, at: i64) -> bool {
        self.to.is_none_or(|to| at <= to)
    }
}

/// How a component takes up time; the tables of RFC 4791 know all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happens {
    /// `[start, end)`, or an instant where both are equal.
    Span(i64, i64),
    /// Of a task: from its start to when it is due.
    Task(i64, i64),
    Due(i64),
    Completed(i64),
    CreatedAndCompleted(i64, i64),
    Created(i64),
    Always,
    Never,
}

impl Happens {
    pub fn is_in(self, range: Range) -> bool {
        let r = range;
        match self {
            Self::Span(start, end) if start == end => r.is_from_start(start) && r.is_before_end(start),
            Self::Span(start, end) => r.is_after_start(end) && r.is_before_end(start),
            Self::Task(start, due) => {
                (r.is_after_start(due) || r.is_from_start(start)) && (r.is_before_end(start) || r.is_to_end(due))
            }
            Self::Due(due) => r.is_after_start(due) && r.is_to_end(due),
            Self::Completed(at) => r.is_from_start(at) && r.is_to_end(at),
            Self::CreatedAndCompleted(created, completed) => {
                (r.is_from_start(created) || r.is_from_start(completed))
                    && (r.is_to_end(created) || r.is_to_end(completed))
            }
            Self::Created(at) => r.is_before_end(at),
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// The least and the greatest moment that have to do with it.
    pub fn bounds(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Span(start, end) => (Some(start), Some(end)),
            Self::Task(a, b) | Self::CreatedAndCompleted(a, b) => (Some(a.min(b)), Some(a.max(b))),
            Self::Due(at) | Self::Completed(at) => (Some(at), Some(at)),
            Self::Created(at) => (Some(at), None),
            Self::Always | Self::Never => (None, None),
        }
    }
}

/// One time that a component happens.
#[derive(Debug, Clone)]
pub struct Instance<'c, 'a> {
    pub component: &'c Component<'a>,
    pub happens: Happens,
    /// Of what repeats, or stands in for one time of it: when that begins by the rule.
    pub recurrence: Option<Recurrence>,
    /// What the clock shows at its start, in the zone of its start.
    pub wall: Option<NaiveDateTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    pub at: i64,
    pub wall: NaiveDateTime,
    pub is_date: bool,
    pub is_floating: bool,
}

/// Start and length of a component, as it says them.
struct Times<'a> {
    start: Option<When<'a>>,
    /// In seconds, from its start.
    length: Option<i64>,
    /// The end stands on a clock, and its length there is what repeats.
    wall_length: Option<TimeDelta>,
    end: Option<When<'a>>,
}

fn moment<'a>(component: &Component<'a>, name: &str) -> Option<When<'a>> {
    component.line(name).and_then(When::of)
}

impl<'a> Times<'a> {
    fn of(component: &Component<'a>) -> Self {
        let start = moment(component, "DTSTART");
        let end = moment(component, if component.is("VTODO") { "DUE" } else { "DTEND" });
        let length = component.line("DURATION").and_then(|line| duration(line.value)).map(|length| length.max(0));
        let wall_length = match (&start, &end) {
            (Some(start), Some(end)) if is_same_clock(start, end) => Some(end.wall() - start.wall()),
            _ => None,
        };
        Self { start, length, wall_length, end }
    }

    /// When an instance that begins at `start` ends, if anything says so.
    fn end_of(&self, zones: &Zones<'a>, zone: &Zone, wall: NaiveDateTime, start: i64) -> Option<i64> {
        if let Some(length) = self.wall_length {
            return Some(zone.reads(wall + length).first().max(start));
        }
        if let (Some(first), Some(end)) = (&self.start, &self.end) {
            return Some(start + (zones.moment(end) - zones.moment(first)).max(0));
        }
        if let Some(length) = self.length {
            return Some(start + length);
        }
        let is_date = self.start.as_ref().is_some_and(When::is_date);
        is_date.then(|| zone.reads(wall + TimeDelta::days(1)).first())
    }
}

fn is_same_clock(a: &When<'_>, b: &When<'_>) -> bool {
    match (a, b) {
        (When::Zoned(_, a), When::Zoned(_, b)) => a == b,
        (When::Utc(_), When::Utc(_)) | (When::Date(_), When::Date(_)) | (When::Floating(_), When::Floating(_)) => true,
        _ => false,
    }
}

/// How it happens once, from its own properties, at the start that is given.
fn happens<'a>(
    component: &Component<'a>,
    times: &Times<'a>,
    zones: &Zones<'a>,
    zone: &Zone,
    wall: Option<NaiveDateTime>,
) -> Happens {
    let Some(wall) = wall else { return without_start(component, times, zones) };
    let start = zone.reads(wall).first();
    let end = times.end_of(zones, zone, wall, start);
    match end {
        Some(end)
            if component.is("VTODO") && !times.start.as_ref().is_some_and(|s| s.is_date() && times.end.is_none()) =>
        {
            Happens::Task(start, end)
        }
        Some(end) => Happens::Span(start, end),
        None => Happens::Span(start, start),
    }
}

fn without_start<'a>(component: &Component<'a>, times: &Times<'a>, zones: &Zones<'a>) -> Happens {
    if !component.is("VTODO") {
        return Happens::Never;
    }
    let at = |name: &str| moment(component, name).map(|when| zones.moment(&when));
    if let Some(due) = &times.end {
        return Happens::Due(zones.moment(due));
    }
    match (at("CREATED"), at("COMPLETED")) {
        (Some(created), Some(completed)) => Happens::CreatedAndCompleted(created, completed),
        (None, Some(completed)) => Happens::Completed(completed),
        (Some(created), None) => Happens::Created(created),
        (None, None) => Happens::Always,
    }
}

pub fn is_repeating(component: &Component<'_>) -> bool {
    component.line("RRULE").is_some() || component.line("RDATE").is_some()
}

/// Every time that the components of one object happen within a range, in order. What repeats without end is followed
/// to the range's end, or, where that is open, as far as there is room.
pub fn instances<'c, 'a>(components: &[&'c Component<'a>], zones: &Zones<'a>, range: Range) -> Vec<Instance<'c, 'a>> {
    let mut all = Vec::new();
    let mut replaced = HashSet::new();
    for component in components {
        let Some(id) = component.line("RECURRENCE-ID").and_then(When::of) else { continue };
        let recurrence = recurrence(&id, zones);
        replaced.insert(recurrence.at);
        let times = Times::of(component);
        let start = times.start.unwrap_or(id);
        let (zone, wall) = (zones.zone(&start), Some(start.wall()));
        let happens = happens(component, &times, zones, &zone, wall);
        all.push(Instance { component, happens, recurrence: Some(recurrence), wall });
    }
    for component in components.iter().filter(|c| c.line("RECURRENCE-ID").is_none()) {
        let times = Times::of(component);
        match &times.start {
            Some(start) if is_repeating(component) => {
                all.extend(repeated(component, &times, start, zones, range, &replaced));
            }
            start => {
                let zone = start.as_ref().map_or(Zone::UTC, |start| zones.zone(start));
                let wall = start.as_ref().map(When::wall);
                let happens = happens(component, &times, zones, &zone, wall);
                all.push(Instance { component, happens, recurrence: None, wall });
            }
        }
    }
    all.retain(|instance| instance.happens.is_in(range));
    all.sort_by_key(|instance| instance.happens.bounds().0);
    all
}

fn recurrence<'a>(id: &When<'a>, zones: &Zones<'a>) -> Recurrence {
    let is_floating = matches!(id, When::Floating(_));
    Recurrence { at: zones.moment(id), wall: id.wall(), is_date: id.is_date(), is_floating }
}

fn repeated<'c, 'a>(
    component: &'c Component<'a>,
    times: &Times<'a>,
    start: &When<'a>,
    zones: &Zones<'a>,
    range: Range,
    replaced: &HashSet<i64>,
) -> Vec<Instance<'c, 'a>> {
    let zone = zones.zone(start);
    // A day more than asked, for zones; without an end some years, which no calendar shows at once.
    let until = range.to.map_or_else(
        || start.wall().max(zone.shows(range.from.unwrap_or_default())) + TimeDelta::days(20 * 366),
        |to| zone.shows(to) + TimeDelta::days(1),
    );
    let exceptions: HashSet<i64> = component.all("EXDATE").flat_map(|line| moments(line, zones, start)).collect();
    let walls = series::walls(component, start.wall(), &zone, until, MOST);
    let instance = |wall: NaiveDateTime| {
        let at = match wall == start.wall() {
            // It was said outright.
            true => zone.reads(wall).first(),
            false => zone.reads(wall).repeated()?,
        };
        if exceptions.contains(&at) || replaced.contains(&at) {
            return None;
        }
        let is_floating = matches!(start, When::Floating(_));
        let recurrence = Recurrence { at, wall, is_date: start.is_date(), is_floating };
        let happens = happens(component, times, zones, &zone, Some(wall));
        Some(Instance { component, happens, recurrence: Some(recurrence), wall: Some(wall) })
    };
    walls.into_iter().filter_map(instance).collect()
}

/// The moments that a line of exceptions names. A date among times means all of that day, as some programs have it.
fn moments<'a>(line: &Line<'a>, zones: &Zones<'a>, start: &When<'a>) -> Vec<i64> {
    let read = |value: &str| {
        let when = When::read(line, value)?;
        Some(match (&when, start) {
            (When::Date(date), start) if !start.is_date() => {
                zones.zone(start).reads(date.and_time(start.wall().time())).first()
            }
            _ => zones.moment(&when),
        })
    };
    line.value.split(',').filter_map(read).collect()
}

/// When an alarm of an instance goes off, each time.
pub fn alarms<'a>(alarm: &Component<'a>, happens: Happens, zones: &Zones<'a>) -> Vec<i64> {
    let Some(trigger) = alarm.line("TRIGGER") else { return vec![] };
    let first = match When::of(trigger) {
        Some(when) => zones.moment(&when),
        None => {
            let Some(offset) = duration(trigger.value) else { return vec![] };
            let (start, end) = happens.bounds();
            let is_end = trigger.param("RELATED").is_some_and(|related| related.eq_ignore_ascii_case("END"));
            let Some(base) = (if is_end { end } else { start }) else { return vec![] };
            base + offset
        }
    };
    let times = alarm.line("REPEAT").and_then(|line| line.value.trim().parse::<i64>().ok()).unwrap_or(0).clamp(0, 100);
    let pause = alarm.line("DURATION").and_then(|line| duration(line.value)).unwrap_or(DAY);
    (0..=times).map(|nth| first + nth * pause).collect()
}
