//! `/reserve maintenance`: nobody gets in, to some things or to the whole lab.

use super::{
    book, booking,
    parts::{time, what},
};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{self, Booking, Want},
};
use direttore_domain::{ReservationStatus as Status, ResourceKey, ResourceRef, Trouble};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    what: Vec<ResourceRef>,
    from: String,
    until: Option<String>,
    #[serde(rename = "for")]
    lasting: Option<String>,
    title: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let window = time::window(cx, &ask.from, ask.until.as_deref(), ask.lasting.as_deref())?;
    time::allowed(cx, window, Duration::ZERO)?;
    let wants = if ask.what.is_empty() {
        let name = "the whole lab".to_owned();
        vec![Want { key: ResourceKey::Lab, name, count: 1, under: None, covered: vec![] }]
    } else {
        // Whoever works on a node works on what is on it.
        what::wants(cx, &ask.what, 1, true).await?
    };
    let room = reserve::look(&mut cx.store.read().await?, &wants).await?;
    let booking = Booking {
        is_maintenance: true,
        covers_guests: true,
        at_once: None,
        ..booking(cx, wants, vec![window], ask.title, Status::Booked)
    };
    book(cx, &room, booking, "reserved", json!({ "maintenance": true })).await
}
