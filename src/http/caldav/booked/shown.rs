//! A reservation as an event: as a program wrote it while that is still so, else with what is so now.

use super::said;
use crate::{
    caldav::ics::{
        lines::{self, Component, write, write_component},
        object,
    },
    ical,
};
use direttore_domain::{ReservationId, ReservationStatus as Status, Window, Zone, text};
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

pub fn is_tentative(held: &Reservation) -> bool {
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
pub fn made(held: &Reservation) -> String {
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
    let Some(so) = So::of(held) else { return made(held) };
    let is = so.compare(calendar, event, names_it);
    let is_once = event.line("RRULE").is_none() && event.line("RECURRENCE-ID").is_none();
    if is.all() && is_once {
        return held.body.clone();
    }
    let mut out = String::with_capacity(held.body.len() + 200);
    begin(&mut out, calendar);
    write_event(&mut out, calendar, event, &so, is, &Recurs::Never);
    write(&mut out, "END:VCALENDAR");
    out
}

/// What is so of a reservation, and can be said in an event.
#[derive(Clone, PartialEq)]
pub struct So {
    pub uid: String,
    pub id: ReservationId,
    pub title: String,
    pub note: String,
    pub place: String,
    pub is_tentative: bool,
    pub window: Window,
    pub zone: Zone,
}

/// Which of it an event says.
#[derive(Clone, Copy)]
pub struct Is {
    there: bool,
    called: bool,
    noted: bool,
    sure: bool,
    placed: bool,
    itself: bool,
    busy: bool,
}

impl Is {
    pub fn all(self) -> bool {
        self.there && self.called && self.noted && self.sure && self.placed && self.itself && self.busy
    }
}

/// What of an event's own series is written with it.
pub enum Recurs {
    /// Nothing: it happens once.
    Never,
    /// Its rule, and what it leaves out as it stands.
    AsSaid,
    /// Its rule, and these lines for what is left out.
    Without(Vec<String>),
    /// It is one time of a series: the line that names it.
    Single(String),
}

impl So {
    pub fn of(held: &Reservation) -> Option<Self> {
        Some(Self {
            uid: held.uid.clone(),
            id: held.id,
            title: held.title.clone(),
            note: held.note.clone(),
            place: location(held),
            is_tentative: is_tentative(held),
            window: Window::new(held.starts, held.ends)?,
            zone: held.zone.parse().unwrap_or(Zone::UTC),
        })
    }

    /// `names_it`: the calendar is of several things, so the event says of what it is.
    pub fn compare(&self, calendar: &Component<'_>, event: &Component<'_>, names_it: bool) -> Is {
        let value = |name: &str| event.line(name).map(|line| line.text().trim().to_owned());
        let status = value("STATUS").map(|status| status.to_ascii_uppercase());
        Is {
            there: said::window(calendar, event, self.zone) == Some(self.window),
            called: said::title(&value("SUMMARY").unwrap_or_default()) == self.title,
            noted: said::note(&value("DESCRIPTION").unwrap_or_default(), self.id) == self.note,
            sure: match (self.is_tentative, status.as_deref()) {
                (true, status) => status == Some("TENTATIVE"),
                (false, status) => matches!(status, None | Some("CONFIRMED")),
            },
            placed: !names_it || value("LOCATION").is_some_and(|said| said == self.place),
            itself: value("UID").as_deref() == Some(self.uid.as_str()),
            busy: value("TRANSP").is_none_or(|transp| !transp.eq_ignore_ascii_case("TRANSPARENT")),
        }
    }
}

/// The calendar's own lines, and what is in it besides events.
pub fn begin(out: &mut String, calendar: &Component<'_>) {
    write(out, "BEGIN:VCALENDAR");
    calendar.lines.iter().for_each(|line| write(out, line.whole));
    let events = object::main(calendar);
    for part in calendar.parts.iter().filter(|part| !events.iter().any(|event| std::ptr::eq(*part, *event))) {
        write_component(out, part);
    }
}

/// An event of the program's with what is so in the place of what is not.
pub fn write_event(
    out: &mut String,
    calendar: &Component<'_>,
    event: &Component<'_>,
    so: &So,
    is: Is,
    recurs: &Recurs,
) {
    let drops = |name: &str| match name {
        "UID" => !is.itself,
        "RRULE" | "RDATE" | "EXRULE" => matches!(recurs, Recurs::Never | Recurs::Single(_)),
        "EXDATE" => !matches!(recurs, Recurs::AsSaid),
        "RECURRENCE-ID" => true,
        "DTSTART" | "DTEND" | "DURATION" => !is.there,
        "SUMMARY" => !is.called,
        "DESCRIPTION" => !is.noted,
        "STATUS" => !is.sure,
        "LOCATION" => !is.placed,
        "TRANSP" => !is.busy,
        _ => false,
    };
    write(out, &format!("BEGIN:{}", event.name));
    for line in event.lines.iter().filter(|line| !drops(&line.name.to_ascii_uppercase())) {
        write(out, line.whole);
    }
    let mut say = |name: &str, text: &str| write(out, &format!("{name}:{}", escaped(text)));
    if !is.itself {
        say("UID", &so.uid);
    }
    if !is.called && !so.title.is_empty() {
        say("SUMMARY", &so.title);
    }
    if !is.noted && !so.note.is_empty() {
        say("DESCRIPTION", &so.note);
    }
    if !is.placed {
        say("LOCATION", &so.place);
    }
    if !is.sure {
        say("STATUS", if so.is_tentative { "TENTATIVE" } else { "CONFIRMED" });
    }
    match recurs {
        Recurs::Never | Recurs::AsSaid => {}
        Recurs::Without(lines) => lines.iter().for_each(|line| write(out, line)),
        Recurs::Single(line) => write(out, line),
    }
    if !is.there {
        write(out, &said::written(calendar, event, "DTSTART", so.window.start));
        write(out, &said::written(calendar, event, "DTEND", so.window.end));
    }
    event.parts.iter().for_each(|part| write_component(out, part));
    write(out, &format!("END:{}", event.name));
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
