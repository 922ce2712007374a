//! What may be kept as one object of a calendar (RFC 4791, 4.1), and what is remembered of it.

use super::{
    lines::{self, Component, unfold},
    occur::{Happens, Range, instances, is_repeating},
    series,
    time::When,
    zone::{Zone, Zones},
};
use direttore_store::plain_object::Span;

/// The largest object, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// What somebody's clock may differ from UTC: what floats may happen so much sooner or later.
const WIDEST: i64 = 14 * 3_600;

/// Rules with a number of times are followed to their last one up to this number.
const COUNTED: usize = 3_000;

const MAIN: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

/// Why something is not kept: the condition of RFC 4791, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is no calendar.
    Data(String),
    /// It is one, but not one object.
    Object(String),
    /// Its component is none that the calendar takes.
    Component(String),
}

/// What is remembered of an object besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub uid: String,
    pub component: &'static str,
    pub span: Span,
}

/// The components that an object is about: an event, and what stands in for single times of it.
pub fn main<'c, 'a>(calendar: &'c Component<'a>) -> Vec<&'c Component<'a>> {
    calendar.parts.iter().filter(|part| MAIN.iter().any(|name| part.is(name))).collect()
}

/// # Errors
/// Why it may not be kept. `takes`: the components of the calendar, with commas.
pub fn judge(text: &str, takes: &str) -> Result<Kept, Unfit> {
    if text.contains('\0') {
        return Err(Unfit::Data("there is a NUL character in it".to_owned()));
    }
    let text = unfold(text);
    let calendar = lines::read(&text).map_err(Unfit::Data)?;
    if calendar.line("METHOD").is_some() {
        return Err(Unfit::Object("it has a METHOD, so it is a message and no object of a calendar".to_owned()));
    }
    let all = main(&calendar);
    let Some(first) = all.first() else {
        let named = calendar.parts.iter().find(|part| !part.is("VTIMEZONE")).map(|part| part.name);
        return Err(match named {
            Some(other) => Unfit::Component(format!("a {other} is not kept in a calendar")),
            None => Unfit::Object("there is no event, task or journal entry in it".to_owned()),
        });
    };
    let component = MAIN.into_iter().find(|name| first.is(name)).unwrap_or(MAIN[0]);
    let uid = first.line("UID").map(|line| line.text().trim().to_owned()).filter(|uid| !uid.is_empty());
    let uid = uid.ok_or_else(|| Unfit::Object(format!("its {component} has no UID")))?;
    for other in &all {
        if !other.is(component) {
            return Err(Unfit::Object(format!("it has a {component} and a {}", other.name)));
        }
        if other.line("UID").is_none_or(|line| line.text().trim() != uid) {
            return Err(Unfit::Object("its components have several UIDs".to_owned()));
        }
        check_times(other)?;
    }
    if all.iter().filter(|c| c.line("RECURRENCE-ID").is_none()).count() > 1 {
        return Err(Unfit::Object(format!("it has more than one {component} without RECURRENCE-ID")));
    }
    if !takes.split(',').any(|name| name.trim().eq_ignore_ascii_case(component)) {
        return Err(Unfit::Component(format!("this calendar takes {takes} and no {component}")));
    }
    Ok(Kept { uid, component, span: span(&calendar) })
}

fn check_times(component: &Component<'_>) -> Result<(), Unfit> {
    for name in ["DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "DTSTAMP"] {
        if let Some(line) = component.line(name)
            && When::of(line).is_none()
        {
            return Err(Unfit::Data(format!("{name}: {:?} is no date and no time", shown(line.value))));
        }
    }
    if component.is("VEVENT") && component.line("DTSTART").is_none() {
        return Err(Unfit::Data("its VEVENT has no DTSTART".to_owned()));
    }
    for line in component.all("RRULE") {
        if series::part(line.value, "FREQ").is_none() {
            return Err(Unfit::Data(format!("RRULE: {:?} has no FREQ", shown(line.value))));
        }
    }
    Ok(())
}

fn shown(value: &str) -> String {
    value.chars().take(60).collect()
}

/// When anything of it happens.
pub fn span(calendar: &Component<'_>) -> Span {
    let zones = Zones::new(calendar, Zone::UTC);
    let all = main(calendar);
    let is_fixed = |c: &&Component<'_>| {
        let lines = ["DTSTART", "DTEND", "DUE", "RECURRENCE-ID"].into_iter().filter_map(|name| c.line(name));
        lines.filter_map(When::of).all(|when| matches!(when, When::Utc(_) | When::Zoned(..)))
    };
    let is_fixed = all.iter().all(is_fixed);
    let is_series = all.iter().any(|c| is_repeating(c)) || all.len() > 1;
    let endless = all.iter().any(|c| is_endless(c));
    // Of what has no end the first time is enough.
    let range = if endless { Range { from: None, to: Some(first_start(&all, &zones) + 1) } } else { Range::default() };
    let found = instances(&all, &zones, range);
    let bounds: Vec<_> = found.iter().map(|i| i.happens.bounds()).collect();
    let is_span = found.iter().all(|i| matches!(i.happens, Happens::Span(..)));
    let margin = if is_fixed && is_span { 0 } else { WIDEST };
    let start = bounds.iter().map(|(start, _)| *start).min().flatten().map(|at| at - margin);
    let end = if bounds.iter().any(|(_, end)| end.is_none()) || endless {
        None
    } else {
        bounds.iter().filter_map(|(_, end)| *end).max().map(|at| at + margin)
    };
    Span { start, end, is_exact: is_fixed && is_span && !is_series && !found.is_empty() }
}

fn first_start(all: &[&Component<'_>], zones: &Zones<'_>) -> i64 {
    let starts = all.iter().filter_map(|c| c.line("DTSTART").and_then(When::of));
    let moments = starts.map(|when| zones.zone(&when).reads(when.wall()).first());
    moments.max().unwrap_or_default()
}

/// Whether it repeats without end, or so often that nobody counts.
fn is_endless(component: &Component<'_>) -> bool {
    component.all("RRULE").any(|line| {
        let count = series::part(line.value, "COUNT").and_then(|count| count.parse::<usize>().ok());
        let ends = series::part(line.value, "UNTIL").is_some() || count.is_some_and(|count| count <= COUNTED);
        let is_fine = series::part(line.value, "FREQ")
            .is_some_and(|f| ["SECONDLY", "MINUTELY", "HOURLY"].iter().any(|fine| f.eq_ignore_ascii_case(fine)));
        !ends || is_fine
    })
}
