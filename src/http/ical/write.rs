//! A [`Feed`] as the crate's calendar, and that as text.

use super::{
    Event, Feed, Status,
    text::{clean, escaped, folded, line, url},
};
use direttore_domain::{Instant, Zone};
use icalendar::{Calendar, Component, EventStatus, Property, ValueType};

/// How often programs are asked to look, as a DURATION.
const REFRESH: &str = "PT15M";

pub(super) fn write(feed: &Feed) -> String {
    let mut calendar = Calendar::empty();
    for property in head(feed) {
        calendar.append_property(property);
    }
    let mut events: Vec<&Event> = feed.events.iter().collect();
    events.sort_by(|a, b| {
        let key = |e: &Event| (e.window, e.recurrence_id, e.sequence);
        key(a).cmp(&key(b)).then_with(|| a.uid.cmp(&b.uid))
    });
    for one in events {
        calendar.push(event(one));
    }
    folded(&calendar.to_string())
}

fn head(feed: &Feed) -> Vec<Property> {
    let (name, description) = (line(&feed.name), clean(&feed.description));
    let mut properties = vec![
        Property::new("VERSION", "2.0"),
        text("PRODID", &format!("-//direttore//{}//EN", line(&feed.instance))),
        Property::new("CALSCALE", "GREGORIAN"),
        text("NAME", &name),
        text("X-WR-CALNAME", &name),
        Property::new("REFRESH-INTERVAL", REFRESH).add_parameter("VALUE", "DURATION").done(),
        Property::new("X-PUBLISHED-TTL", REFRESH),
    ];
    if !description.is_empty() {
        properties.push(text("DESCRIPTION", &description));
        properties.push(text("X-WR-CALDESC", &description));
    }
    if let Some(zone) = feed.zone {
        properties.push(text("X-WR-TIMEZONE", zone.name()));
    }
    properties
}

fn event(given: &Event) -> icalendar::Event {
    let mut event = icalendar::Event::new();
    event.append_property(text("UID", &line(&given.uid)));
    event.sequence(given.sequence);
    for (key, at) in [
        ("DTSTAMP", given.stamp),
        ("CREATED", given.created),
        ("LAST-MODIFIED", given.modified),
        ("DTSTART", given.window.start),
        ("DTEND", given.window.end),
    ] {
        event.append_property(Property::new(key, utc(at)));
    }
    if let Some(at) = given.recurrence_id {
        event.append_property(Property::new("RECURRENCE-ID", utc(at)));
    }
    event.status(match given.status {
        Status::Tentative => EventStatus::Tentative,
        Status::Confirmed => EventStatus::Confirmed,
        Status::Cancelled => EventStatus::Cancelled,
    });
    event.append_property(Property::new("TRANSP", if given.is_opaque { "OPAQUE" } else { "TRANSPARENT" }));
    let values = [
        ("SUMMARY", line(&given.summary)),
        ("LOCATION", line(&given.location)),
        ("DESCRIPTION", clean(&given.description)),
    ];
    for (key, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
        event.append_property(text(key, &value));
    }
    if let Some(url) = given.url.as_deref().and_then(url) {
        event.append_property(Property::new("URL", url));
    }
    let categories = given.categories.iter().map(|c| escaped(&line(c))).filter(|c| !c.is_empty());
    let categories = categories.collect::<Vec<_>>().join(",");
    if !categories.is_empty() {
        event.append_property(Property::new("CATEGORIES", categories));
    }
    event
}

/// A value of TEXT. The crate escapes it where it knows the property to be of text, and only there.
fn text(key: &str, value: &str) -> Property {
    let property = Property::new(key, value);
    match property.value_type() {
        Some(ValueType::Text) => property,
        _ => Property::new(key, escaped(value)),
    }
}

/// `20261201T080000Z`
fn utc(at: Instant) -> String {
    let wall = Zone::UTC.wall(at);
    let date = wall.date().replace('-', "");
    format!("{date}T{:02}{:02}{:02}Z", wall.hour(), wall.minute(), wall.second())
}
