//! A reservation as rows and replies show it.

use super::{time, whose::is_own};
use crate::handlers::Cx;
use direttore_domain::{Window, text};
use direttore_store::reservation::Reservation;
use serde_json::{Value, json};

/// What one of nothing is called.
pub const NOTE: &str = "a note";

/// What it is of, in words: what it has, or while it waits what it wants.
pub fn names(held: &Reservation) -> String {
    let has: Vec<String> = held.resources.iter().map(|r| r.name.clone()).collect();
    if !has.is_empty() {
        return text::list(&has);
    }
    if held.wanted.is_empty() {
        return NOTE.to_owned();
    }
    let wants = held.wanted.iter().map(|w| match w.count {
        1 => w.name.clone(),
        count => format!("{count} of {}", w.name),
    });
    text::list(&wants.collect::<Vec<_>>())
}

pub fn row(cx: &Cx, held: &Reservation) -> Value {
    json!({
        "id": held.id,
        "what": names(held),
        "holder": held.holder,
        "start": held.starts,
        "end": held.ends,
        "when": when(cx, held),
        "status": held.status,
        "title": held.title,
        "mine": is_own(cx, held),
        "maintenance": held.is_maintenance,
    })
}

/// For a table, which a phone shows too.
pub fn short(cx: &Cx, held: &Reservation) -> Value {
    let names = names(held);
    let of = if held.title.is_empty() { names } else { format!("{names}: {}", held.title) };
    let window = Window::new(held.starts, held.ends);
    let when = window.map(|window| crate::reserve::short_text(window, time::zone(cx), cx.clock.now()));
    json!({ "id": held.id, "of": of, "when": when.unwrap_or_default(), "holder": held.holder, "status": held.status })
}

pub fn when(cx: &Cx, held: &Reservation) -> String {
    let window = Window::new(held.starts, held.ends);
    window.map(|window| crate::reserve::window_text(window, time::zone(cx))).unwrap_or_default()
}
