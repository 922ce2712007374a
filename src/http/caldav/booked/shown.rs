//! A reservation as an event: as a program wrote it while that is still so, else with what is so now.

use super::said;
use crate::{
    caldav::ics::{
        lines::{self, Component, write, write_component},
        object,
    },
    ical,
};
use direttore_domain::{ReservationStatus as Status, Window, Zone, text};
use direttore_store::reservation::Reservation;

const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//direttore//reservations//EN\r\n";

/// Its name in a calendar, unless another one has that there.
pub fn name(held: &Reservation) -> String {
    if held.href.is_empty() { own_name(held) } else { held.href.clone() }
}

pub fn own_name(held: &Reservation) -> String {
    format!("{}.ics", held.uid)
}

/// What it is of, as it can be said again: what was asked for.
pub fn location(held: &Reservation) -> String {
    let one = |name: &str, count: i64| if count > 1 { format!("{count} of {name}") } else { name.to_owned() };
    let wanted: Vec<String> = held.wanted.iter().map(|w| one(&w.name, w.count)).collect();
    wanted.join(", ")
}

fn is_tentative(held: &Reservation) -> bool {
    matches!(held.status, Status::Offered | Status::Pending | Status::Waiting)
}

/// `names_it`: the calendar is of several things, so the event says of what it is.
pub fn text(held: &Reservation, names_it: bool) -> String {
    if held.body.is_empty() {
        return made(held);
    }
    let unfolded = lines::unfold(&held.body);
    match lines::read(&unfolded) {
        Ok(calendar) => kept_true(held, &calendar, names_it),
        Err(_) => made(held),
    }
}

/// From what is known of it alone.
fn made(held: &Reservation) -> String {
    let place = location(held);
    let names: Vec<String> = held.resources.iter().map(|r| r.name.clone()).collect();
    let of = if names.is_empty() { place.clone() } else { text::list(&names) };
    let holder = if held.is_maintenance { "maintenance".to_owned() } else { held.holder.clone() };
    let summary = match held.title.as_str() {
        "" => format!("{of}: {holder}"),
        title => title.to_owned(),
    };
    let mut about = vec![format!("{} of {holder}: {of}", held.id)];
    about.extend((!held.note.is_empty()).then(|| held.note.clone()));
    let Some(window) = Window::new(held.starts, held.ends) else { return String::new() };
    let event = ical::Event {
        uid: held.uid.clone(),
        sequence: u32::try_from(held.sequence).unwrap_or(u32::MAX),
        // Not the last change: a reminder is one that no program needs to know of.
        stamp: held.created,
        created: held.created,
        modified: held.created,
        window,
        status: if is_tentative(held) { ical::Status::Tentative } else { ical::Status::Confirmed },
        summary,
        location: place,
        description: about.join("\n"),
        url: None,
        categories: vec![],
        recurrence_id: None,
        is_opaque: true,
    };
    let feed = ical::Feed {
        name: String::new(),
        description: String::new(),
        instance: String::new(),
        zone: None,
        events: vec![event],
    };
    let feed = feed.to_ics();
    let unfolded = lines::unfold(&feed);
    let mut out = HEAD.to_owned();
    if let Ok(calendar) = lines::read(&unfolded) {
        calendar.parts.iter().for_each(|part| write_component(&mut out, part));
    }
    write(&mut out, "END:VCALENDAR");
    out
}

/// The program's own text, byte by byte while it says what is so; else with what is so in its place.
fn kept_true(held: &Reservation, calendar: &Component<'_>, names_it: bool) -> String {
    let Some(event) = object::main(calendar).first().copied() else { return made(held) };
    let value = |name: &str| event.line(name).map(|line| line.text().trim().to_owned());
    let zone: Zone = held.zone.parse().unwrap_or(Zone::UTC);
    let is_there = said::window(calendar, zone) == Window::new(held.starts, held.ends);
    let is_called = said::title(&value("SUMMARY").unwrap_or_default()) == held.title;
    let status = value("STATUS").map(|status| status.to_ascii_uppercase());
    let is_so = match (is_tentative(held), status.as_deref()) {
        (true, status) => status == Some("TENTATIVE"),
        (false, status) => matches!(status, None | Some("CONFIRMED")),
    };
    let place = location(held);
    let is_placed = !names_it || value("LOCATION").is_some_and(|said| said == place);
    let is_itself = value("UID").as_deref() == Some(held.uid.as_str());
    let is_once = event.line("RRULE").is_none();
    let is_free = value("TRANSP").is_some_and(|transp| transp.eq_ignore_ascii_case("TRANSPARENT"));
    if is_there && is_called && is_so && is_placed && is_itself && is_once && !is_free {
        return held.body.clone();
    }
    let drops = |name: &str| match name {
        "UID" => !is_itself,
        "RRULE" | "RDATE" | "EXDATE" | "EXRULE" | "RECURRENCE-ID" => true,
        "DTSTART" | "DTEND" | "DURATION" => !is_there,
        "SUMMARY" => !is_called,
        "STATUS" => !is_so,
        "LOCATION" => !is_placed,
        "TRANSP" => is_free,
        _ => false,
    };
    let mut out = String::with_capacity(held.body.len() + 200);
    write(&mut out, "BEGIN:VCALENDAR");
    calendar.lines.iter().for_each(|line| write(&mut out, line.whole));
    for part in calendar.parts.iter().filter(|part| !std::ptr::eq(*part, event)) {
        write_component(&mut out, part);
    }
    write(&mut out, &format!("BEGIN:{}", event.name));
    for line in event.lines.iter().filter(|line| !drops(&line.name.to_ascii_uppercase())) {
        write(&mut out, line.whole);
    }
    let mut say = |name: &str, text: &str| write(&mut out, &format!("{name}:{}", escaped(text)));
    if !is_itself {
        say("UID", &held.uid);
    }
    if !is_called && !held.title.is_empty() {
        say("SUMMARY", &held.title);
    }
    if !is_placed {
        say("LOCATION", &place);
    }
    if !is_so {
        say("STATUS", if is_tentative(held) { "TENTATIVE" } else { "CONFIRMED" });
    }
    if !is_there {
        write(&mut out, &said::written(calendar, event, "DTSTART", held.starts));
        write(&mut out, &said::written(calendar, event, "DTEND", held.ends));
    }
    event.parts.iter().for_each(|part| write_component(&mut out, part));
    write(&mut out, &format!("END:{}", event.name));
    write(&mut out, "END:VCALENDAR");
    out
}

/// TEXT of RFC 5545.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
