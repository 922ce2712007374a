//! Reservations as the events of a calendar.

use crate::ical::{Event, Feed, Status};
use direttore_core::dispatch::{FeedContent, FeedSlot};
use direttore_domain::{ReservationStatus, Window};

/// In the calendar's own name: programs tell by it who wrote it.
const INSTANCE: &str = "lab";

pub fn of(content: &FeedContent) -> Feed {
    Feed {
        name: content.title.clone(),
        description: String::new(),
        instance: INSTANCE.to_owned(),
        zone: content.zone,
        events: content.slots.iter().filter_map(event).collect(),
    }
}

fn event(slot: &FeedSlot) -> Option<Event> {
    let FeedSlot { held, what, is_gone } = slot;
    let status = match held.status {
        _ if *is_gone => Status::Cancelled,
        ReservationStatus::Offered | ReservationStatus::Pending => Status::Tentative,
        ReservationStatus::Booked
        | ReservationStatus::Active
        | ReservationStatus::Ended
        | ReservationStatus::Released => Status::Confirmed,
        ReservationStatus::Cancelled | ReservationStatus::NoShow | ReservationStatus::Waiting => Status::Cancelled,
    };
    let title = match held.title.as_str() {
        "" if held.is_maintenance => "maintenance",
        title => title,
    };
    let summary = match title {
        "" => format!("{what} ({})", held.holder),
        title => format!("{what}: {title} ({})", held.holder),
    };
    let about = format!("{}, {}", held.id, held.holder);
    let told = [held.title.as_str(), held.note.as_str(), about.as_str()];
    let category = if *is_gone { "moved" } else { held.status.as_str() };
    Some(Event {
        uid: held.uid.clone(),
        sequence: u32::try_from(held.sequence).unwrap_or(u32::MAX),
        stamp: held.changed,
        created: held.created,
        modified: held.changed,
        window: Window::new(held.starts, held.ends)?,
        status,
        summary,
        location: what.clone(),
        description: told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
        url: None,
        categories: vec![category.to_owned()],
        recurrence_id: None,
        is_opaque: status != Status::Cancelled,
    })
}
