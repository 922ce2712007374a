//! Parts of an object, said again: single times of a series (`expand`), chosen properties, many objects as one calendar,
//! and when somebody is busy.

use super::{
    lines::{self, Component, Line, write, write_component},
    object,
    occur::{Instance, Range, instances, is_repeating},
    time::{When, written},
    zone::{Zone, Zones},
};
use chrono::DateTime;
use std::collections::HashSet;

/// Which components and properties are wanted of each component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    pub name: String,
    /// `None`: all of them.
    pub props: Option<Vec<String>>,
    /// `None`: all of them.
    pub comps: Option<Vec<Chosen>>,
}

/// What is wanted of an object's text; all of it as it is by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    pub expand: Option<Range>,
    /// Of what stands in for single times of a series, only those in a range.
    pub limit: Option<Range>,
    pub chosen: Option<Chosen>,
}

impl Wish {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//direttore//calendars//EN\r\n";
const FOOT: &str = "END:VCALENDAR\r\n";

/// The text that is wanted. What cannot be read is given as it is.
pub fn pick(text: &str, wish: &Wish, floating: &Zone) -> String {
    let unfolded = lines::unfold(text);
    let Ok(calendar) = lines::read(&unfolded) else { return text.to_owned() };
    let zones = Zones::new(&calendar, floating.clone());
    if let Some(range) = wish.expand {
        let said = expanded(&calendar, &zones, range);
        return match &wish.chosen {
            None => said,
            Some(chosen) => choose(&said, chosen),
        };
    }
    let mut out = String::with_capacity(text.len());
    let mut kept = calendar.clone();
    if let Some(range) = wish.limit {
        let all = object::main(&calendar);
        let times = instances(&all, &zones, range);
        let is_in = |line: &Line<'_>| {
            times.iter().any(|i| i.component.line("RECURRENCE-ID").is_some_and(|id| id.whole == line.whole))
        };
        kept.parts.retain(|part| part.line("RECURRENCE-ID").is_none_or(is_in));
    }
    match &wish.chosen {
        None => write_component(&mut out, &kept),
        Some(chosen) => write_chosen(&mut out, &kept, chosen),
    }
    out
}

fn choose(text: &str, chosen: &Chosen) -> String {
    let unfolded = lines::unfold(text);
    let Ok(calendar) = lines::read(&unfolded) else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    write_chosen(&mut out, &calendar, chosen);
    out
}

fn write_chosen(out: &mut String, component: &Component<'_>, chosen: &Chosen) {
    if !component.is(&chosen.name) {
        return write_component(out, component);
    }
    write(out, &format!("BEGIN:{}", component.name));
    for line in &component.lines {
        if chosen.props.as_ref().is_none_or(|props| props.iter().any(|name| line.is(name))) {
            write(out, line.whole);
        }
    }
    for part in &component.parts {
        match &chosen.comps {
            None => write_component(out, part),
            Some(all) => {
                if let Some(chosen) = all.iter().find(|c| part.is(&c.name)) {
                    write_chosen(out, part, chosen);
                }
            }
        }
    }
    write(out, &format!("END:{}", component.name));
}

/// Each time of it as a component of its own, in UTC, without what repeats.
fn expanded(calendar: &Component<'_>, zones: &Zones<'_>, range: Range) -> String {
    let mut out = String::new();
    write(&mut out, "BEGIN:VCALENDAR");
    calendar.lines.iter().for_each(|line| write(&mut out, line.whole));
    let all = object::main(calendar);
    let is_series = all.iter().any(|c| is_repeating(c) || c.line("RECURRENCE-ID").is_some());
    for instance in instances(&all, zones, range) {
        write_instance(&mut out, &instance, zones, is_series);
    }
    write(&mut out, "END:VCALENDAR");
    out
}

fn utc(at: i64) -> String {
    written(DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc()) + "Z"
}

fn write_instance<'a>(out: &mut String, instance: &Instance<'_, 'a>, zones: &Zones<'a>, is_series: bool) {
    let component = instance.component;
    write(out, &format!("BEGIN:{}", component.name));
    for line in &component.lines {
        let gone = ["RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"].iter().any(|name| line.is(name));
        if gone {
            continue;
        }
        match ["DTSTART", "DTEND", "DUE"].iter().find(|name| line.is(name)) {
            Some(name) => match moved(line, instance, zones) {
                Some(value) => write(out, &format!("{name}{value}")),
                None => write(out, line.whole),
            },
            None => write(out, line.whole),
        }
    }
    if let Some(recurrence) = instance.recurrence.filter(|_| is_series) {
        let value = match recurrence {
            r if r.is_date => format!(";VALUE=DATE:{}", r.wall.format("%Y%m%d")),
            r if r.is_floating => format!(":{}", written(r.wall)),
            r => format!(":{}", utc(r.at)),
        };
        write(out, &format!("RECURRENCE-ID{value}"));
    }
    component.parts.iter().for_each(|part| write_component(out, part));
    write(out, &format!("END:{}", component.name));
}

/// Start or end of one time: parameters and value.
fn moved<'a>(line: &Line<'a>, instance: &Instance<'_, 'a>, zones: &Zones<'a>) -> Option<String> {
    let when = When::of(line)?;
    let first = instance.component.line("DTSTART").and_then(When::of);
    let by = match (&first, instance.wall) {
        (Some(first), Some(wall)) => wall - first.wall(),
        _ => chrono::TimeDelta::zero(),
    };
    let wall = when.wall() + by;
    Some(match when {
        When::Date(_) => format!(";VALUE=DATE:{}", wall.format("%Y%m%d")),
        When::Floating(_) => format!(":{}", written(wall)),
        When::Utc(_) | When::Zoned(..) => {
            let (start, end) = instance.happens.bounds();
            let known = if line.is("DTSTART") { start } else { end };
            format!(":{}", utc(known.unwrap_or_else(|| zones.zone(&when).reads(wall).first())))
        }
    })
}

/// All objects of a calendar as one.
pub fn merged<'t>(name: &str, texts: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::from(HEAD);
    if !name.is_empty() {
        let name = name.replace('\\', "\\\\").replace(['\r', '\n'], " ").replace(';', "\\;").replace(',', "\\,");
        write(&mut out, &format!("NAME:{name}"));
        write(&mut out, &format!("X-WR-CALNAME:{name}"));
    }
    let (mut zones, mut body) = (HashSet::new(), String::new());
    for text in texts {
        let unfolded = lines::unfold(text);
        let Ok(calendar) = lines::read(&unfolded) else { continue };
        for part in &calendar.parts {
            if !part.is("VTIMEZONE") {
                write_component(&mut body, part);
            } else if zones.insert(part.line("TZID").map(|line| line.value.to_owned())) {
                write_component(&mut out, part);
            }
        }
    }
    out + &body + FOOT
}

/// Busy times of a range, from events that take up time.
pub fn busy<'t>(texts: impl Iterator<Item = &'t str>, range: Range, floating: &Zone, now: i64) -> String {
    let mut spans: Vec<(&str, i64, i64)> = Vec::new();
    for text in texts {
        let unfolded = lines::unfold(text);
        let Ok(calendar) = lines::read(&unfolded) else { continue };
        let zones = Zones::new(&calendar, floating.clone());
        let said = |c: &Component<'_>, name: &str, value: &str| {
            c.line(name).is_some_and(|line| line.value.trim().eq_ignore_ascii_case(value))
        };
        let events: Vec<_> = object::main(&calendar).into_iter().filter(|c| c.is("VEVENT")).collect();
        for instance in instances(&events, &zones, range) {
            let c = instance.component;
            let (Some(start), Some(end)) = instance.happens.bounds() else { continue };
            if start == end || said(c, "TRANSP", "TRANSPARENT") || said(c, "STATUS", "CANCELLED") {
                continue;
            }
            let kind = if said(c, "STATUS", "TENTATIVE") { "BUSY-TENTATIVE" } else { "BUSY" };
            spans.push((
                kind,
                range.from.map_or(start, |from| from.max(start)),
                range.to.map_or(end, |to| to.min(end)),
            ));
        }
    }
    spans.sort_unstable();
    let mut joined: Vec<(&str, i64, i64)> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.0 == span.0 && span.1 <= last.2 => last.2 = last.2.max(span.2),
            _ => joined.push(span),
        }
    }
    let mut out = String::from(HEAD);
    write(&mut out, "BEGIN:VFREEBUSY");
    write(&mut out, &format!("UID:busy-{now}@direttore"));
    write(&mut out, &format!("DTSTAMP:{}", utc(now)));
    if let (Some(from), Some(to)) = (range.from, range.to) {
        write(&mut out, &format!("DTSTART:{}", utc(from)));
        write(&mut out, &format!("DTEND:{}", utc(to)));
    }
    for (kind, start, end) in joined {
        write(&mut out, &format!("FREEBUSY;FBTYPE={kind}:{}/{}", utc(start), utc(end)));
    }
    write(&mut out, "END:VFREEBUSY");
    out + FOOT
}
