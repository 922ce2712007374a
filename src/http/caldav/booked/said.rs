//! What an event says that is to be a reservation.

use crate::caldav::{
    ics::{
        lines::{self, Component, Line},
        object,
        occur::{Happens, Instance, Range, instances},
        time::{When, duration},
        zone::{Reading, Zone as Clock, Zones},
    },
    no::No,
};
use chrono::{Datelike, NaiveDateTime, Timelike};
use direttore_domain::{Instant, ReservationId, Resolved, Wall, Window, Zone};

/// A title has at most this many characters.
const TITLE: usize = 120;

/// A note has at most this many characters.
const NOTE: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub window: Window,
    /// In which it repeats and is told; `None`: the account's.
    pub zone: Option<Zone>,
    pub title: String,
    /// The whole of its description.
    pub note: String,
    pub location: String,
    pub repeat: Option<String>,
    pub except: Vec<Instant>,
    /// Times of a series that are not as the rule says.
    pub singles: Vec<Single>,
    pub is_cancelled: bool,
}

/// One time of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// When it begins by the rule.
    pub recurs: Instant,
    pub window: Window,
    pub title: String,
    pub note: String,
    pub is_cancelled: bool,
}

/// A precondition of ours: it can be kept in a calendar, and it is nothing that can be booked.
pub fn unbookable(why: impl Into<String>) -> No {
    No::ours(axum::http::StatusCode::FORBIDDEN, "bookable", why)
}

/// `floating`: the account's zone, for what names none.
///
/// # Errors
/// What of it cannot be booked, and how it could.
pub fn read(text: &str, floating: Zone) -> Result<Said, No> {
    let text = lines::unfold(text);
    let calendar = lines::read(&text).map_err(|why| No::caldav("valid-calendar-data", why))?;
    let (events, others): (Vec<_>, Vec<_>) =
        object::main(&calendar).into_iter().partition(|one| one.line("RECURRENCE-ID").is_none());
    let event = *events.first().ok_or_else(|| unbookable("single times of an event cannot be booked without it"))?;
    let reader = Reader { calendar: &calendar, floating };
    let (window, zone) = reader.window(event)?;
    let rules: Vec<&Line<'_>> = event.all("RRULE").collect();
    if rules.len() > 1 || event.line("RDATE").is_some() || event.line("EXRULE").is_some() {
        return Err(unbookable("a series is booked by one RRULE, and EXDATE for what is left out; RDATE is not taken"));
    }
    let repeat = rules.first().map(|line| line.value.trim().to_owned());
    let zone = match (&repeat, reader.repeats_in(event)) {
        (Some(_), None) => return Err(unbookable("what repeats needs a zone that is known by its name")),
        (Some(_), zone) => zone,
        (None, _) => zone,
    };
    let except = if repeat.is_some() { reader.except(event)? } else { vec![] };
    let singles = others.into_iter().map(|other| reader.single(event, other)).collect::<Result<_, _>>()?;
    Ok(Said {
        window,
        zone,
        title: title(&value(event, "SUMMARY")),
        note: value(event, "DESCRIPTION"),
        location: value(event, "LOCATION").trim().to_owned(),
        repeat,
        except,
        singles,
        is_cancelled: is_cancelled(event),
    })
}

fn value(event: &Component<'_>, name: &str) -> String {
    event.line(name).map(|line| line.text().into_owned()).unwrap_or_default()
}

pub fn is_cancelled(event: &Component<'_>) -> bool {
    value(event, "STATUS").trim().eq_ignore_ascii_case("CANCELLED")
}

/// Every time that an event begins, by its rule and without what it leaves out, each with its end.
pub fn times(calendar: &Component<'_>, event: &Component<'_>, floating: Zone) -> Vec<(Instant, Window)> {
    let zones = Zones::new(calendar, Clock::named(floating.name()).unwrap_or(Clock::UTC));
    let all = instances(&[event], &zones, Range::default());
    let one = |instance: &Instance<'_, '_>| {
        let Happens::Span(start, end) = instance.happens else { return None };
        let start = Instant::from_seconds(start);
        let window = Window::new(start, Instant::from_seconds(end))?;
        Some((instance.recurrence.map_or(start, |recurrence| Instant::from_seconds(recurrence.at)), window))
    };
    all.iter().filter_map(one).collect()
}

/// When an event is, whatever else it says. `None` for what cannot be said once.
pub fn window(calendar: &Component<'_>, event: &Component<'_>, floating: Zone) -> Option<Window> {
    Reader { calendar, floating }.window(event).ok().map(|(window, _)| window)
}

/// When one time of a series begins by its rule.
pub fn moment(calendar: &Component<'_>, event: &Component<'_>, id: &When<'_>, floating: Zone) -> Option<Instant> {
    Reader { calendar, floating }.recurs(event, id).ok()
}

/// As a reservation has it: one line, and not without end.
pub fn title(summary: &str) -> String {
    let words = summary.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(TITLE).collect::<String>().trim_end().to_owned()
}

/// As a reservation has what more is said of it. An event that is made here begins with a line of its own (`R-12 of …`),
/// which is no part of it.
pub fn note(description: &str, id: ReservationId) -> String {
    let own = format!("{id} of ");
    let rest = match description.split_once('\n') {
        Some((first, rest)) if first.starts_with(&own) => rest,
        None if description.starts_with(&own) => "",
        _ => description,
    };
    let kept: String = rest.chars().filter(|c| !c.is_control() || *c == '\n').take(NOTE).collect();
    kept.trim().to_owned()
}

/// The zone of a name, as the calendar or everybody knows it.
pub fn clock(calendar: &Component<'_>, name: &str) -> Option<Clock> {
    let own = || {
        let mut all = calendar.parts.iter().filter(|part| part.is("VTIMEZONE"));
        all.find(|part| part.line("TZID").is_some_and(|line| line.value == name)).and_then(Clock::of)
    };
    Clock::named(name).or_else(own)
}

struct Reader<'c, 'a> {
    calendar: &'c Component<'a>,
    floating: Zone,
}

impl Reader<'_, '_> {
    fn window(&self, event: &Component<'_>) -> Result<(Window, Option<Zone>), No> {
        let at = |name: &str| event.line(name).and_then(When::of);
        let start = at("DTSTART").ok_or_else(|| unbookable("it has no DTSTART"))?;
        let from = self.moment(&start)?;
        let to = match (at("DTEND"), event.line("DURATION")) {
            (Some(end), _) => self.moment(&end)?,
            (None, Some(line)) => {
                let length = duration(line.value).ok_or_else(|| unbookable("its DURATION cannot be read"))?;
                Instant::from_seconds(from.seconds().saturating_add(length))
            }
            (None, None) if start.is_date() => {
                let next = start.wall().date().succ_opt().ok_or_else(|| unbookable("there is no day after it"))?;
                self.moment(&When::Date(next))?
            }
            (None, None) => return Err(unbookable("it has no end: DTEND or DURATION says how long it is")),
        };
        let window = Window::new(from, to);
        let window = window.ok_or_else(|| unbookable("it ends when it starts, or before"))?;
        Ok((window, self.named_zone(&start)))
    }

    /// The zone of a start that names one of the tables.
    fn named_zone(&self, start: &When<'_>) -> Option<Zone> {
        match start {
            When::Zoned(_, name) => match clock(self.calendar, name)? {
                Clock::Known(zone) => zone.name().parse().ok(),
                Clock::Fixed(_) | Clock::Rules(_) => None,
            },
            _ => None,
        }
    }

    fn repeats_in(&self, event: &Component<'_>) -> Option<Zone> {
        let start = event.line("DTSTART").and_then(When::of)?;
        match start {
            When::Utc(_) => Some(Zone::UTC),
            When::Date(_) | When::Floating(_) => Some(self.floating),
            When::Zoned(..) => self.named_zone(&start),
        }
    }

    fn moment(&self, when: &When<'_>) -> Result<Instant, No> {
        let wall = when.wall();
        match when {
            When::Utc(at) => Ok(Instant::from_seconds(at.and_utc().timestamp())),
            When::Date(_) | When::Floating(_) => self.in_zone(self.floating, wall, when.is_date()),
            When::Zoned(_, name) => match clock(self.calendar, name) {
                None => Err(unbookable(format!(
                    "nobody knows the time zone {:?}, and no VTIMEZONE says what it is",
                    name.chars().take(60).collect::<String>()
                ))),
                Some(Clock::Known(zone)) => match zone.name().parse() {
                    Ok(zone) => self.in_zone(zone, wall, false),
                    Err(_) => Err(unbookable(format!("the time zone {} is not known", zone.name()))),
                },
                Some(clock) => match clock.reads(wall) {
                    Reading::Never(at) => {
                        let at = Zone::UTC.text(Instant::from_seconds(at));
                        Err(unbookable(format!("the clock skips {wall} in {name}; as it ran before it is {at}")))
                    }
                    reading => Ok(Instant::from_seconds(reading.first())),
                },
            },
        }
    }

    /// What the clock shows twice is meant the first time; a day begins when it does.
    fn in_zone(&self, zone: Zone, wall: NaiveDateTime, is_day: bool) -> Result<Instant, No> {
        let beyond = || unbookable("it is beyond the calendar");
        let year = wall.year();
        let said = Wall::new(year, wall.month(), wall.day(), wall.hour(), wall.minute(), wall.second());
        match zone.resolve(said.ok_or_else(beyond)?) {
            Resolved::One(at) | Resolved::Twice { earlier: at, .. } => Ok(at),
            Resolved::Gap { after, .. } if is_day => Ok(after),
            Resolved::Gap { before, after } => Err(unbookable(format!(
                "the clock skips {} in {zone}: say {} or {}",
                said.map(|wall| wall.to_string()).unwrap_or_default(),
                zone.text(before),
                zone.text(after)
            ))),
        }
    }

    fn except(&self, event: &Component<'_>) -> Result<Vec<Instant>, No> {
        let mut all = Vec::new();
        for line in event.all("EXDATE") {
            for value in line.value.split(',') {
                let when = When::read(line, value).ok_or_else(|| unbookable("an EXDATE cannot be read"))?;
                // What never is need not be left out.
                all.extend(self.recurs(event, &when).ok());
            }
        }
        Ok(all)
    }

    /// One time of a series. A day among times means the one of that day, as some programs have it.
    fn recurs(&self, event: &Component<'_>, when: &When<'_>) -> Result<Instant, No> {
        let start = event.line("DTSTART").and_then(When::of);
        match (when, &start) {
            (When::Date(day), Some(start)) if !start.is_date() => {
                let wall = day.and_time(start.wall().time());
                match start {
                    When::Zoned(_, name) => self.moment(&When::Zoned(wall, name)),
                    When::Utc(_) => self.moment(&When::Utc(wall)),
                    _ => self.moment(&When::Floating(wall)),
                }
            }
            _ => self.moment(when),
        }
    }

    fn single(&self, event: &Component<'_>, other: &Component<'_>) -> Result<Single, No> {
        let line = other.line("RECURRENCE-ID");
        if line.is_some_and(|line| line.param("RANGE").is_some()) {
            return Err(unbookable("a RECURRENCE-ID means one time of a series; RANGE is not taken"));
        }
        let id = line.and_then(When::of).ok_or_else(|| unbookable("a RECURRENCE-ID cannot be read"))?;
        let recurs = self.recurs(event, &id)?;
        let (window, _) = self.window(other)?;
        let said = |name: &str| match other.line(name) {
            Some(_) => value(other, name),
            None => value(event, name),
        };
        let (title, note) = (title(&said("SUMMARY")), said("DESCRIPTION"));
        Ok(Single { recurs, window, title, note, is_cancelled: is_cancelled(other) })
    }
}

/// As it stands on the clock of the event's own start, where that says the same again; else in UTC.
pub fn written(calendar: &Component<'_>, event: &Component<'_>, name: &str, at: Instant) -> String {
    let utc = || {
        let wall = chrono::DateTime::from_timestamp(at.seconds(), 0).unwrap_or_default().naive_utc();
        format!("{name}:{}Z", crate::caldav::ics::time::written(wall))
    };
    let Some(When::Zoned(_, zone)) = event.line("DTSTART").and_then(When::of) else { return utc() };
    let Some(clock) = clock(calendar, zone) else { return utc() };
    let wall = clock.shows(at.seconds());
    let is_plain = !zone.contains([':', ';', ',', '"']);
    if clock.reads(wall).first() != at.seconds() || !is_plain {
        return utc();
    }
    format!("{name};TZID={zone}:{}", crate::caldav::ics::time::written(wall))
}

/// As [`written`], for what names one time of a series: in the form of the event's own start.
pub fn recurring(calendar: &Component<'_>, event: &Component<'_>, name: &str, at: Instant, floating: Zone) -> String {
    let utc = chrono::DateTime::from_timestamp(at.seconds(), 0).unwrap_or_default().naive_utc();
    let here = || Clock::named(floating.name()).unwrap_or(Clock::UTC).shows(at.seconds());
    match event.line("DTSTART").and_then(When::of) {
        Some(When::Date(_)) => format!("{name};VALUE=DATE:{}", here().format("%Y%m%d")),
        Some(When::Floating(_)) => format!("{name}:{}", crate::caldav::ics::time::written(here())),
        Some(When::Zoned(..)) => written(calendar, event, name, at),
        _ => format!("{name}:{}Z", crate::caldav::ics::time::written(utc)),
    }
}
