//! What cannot be decrypted when it comes: its key may be on its way, or in the backup. Else its sender is told, once in
//! an hour.

use crate::{
    surface::Inner,
    wire::{Event, Wire},
};
use direttore_domain::{Instant, Surface, measure};
use matrix_sdk::{
    Client,
    ruma::{RoomId, events::AnySyncTimelineEvent, serde::Raw},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// How often a key is looked for, and how long between two looks.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// How long somebody who was told is not told again.
const TOLD: Duration = Duration::from_secs(3600);

/// The event, once it can be read.
pub(crate) async fn opened(inner: &Inner, sealed: Event) -> Option<Event> {
    for look in 0..LOOKS {
        if look > 0 {
            sleep(PAUSE).await;
        }
        if let Some(client) = inner.sdk.connected()
            && let Some(event) = open(inner, &client, &sealed).await
        {
            return Some(event);
        }
    }
    metrics::counter!(measure::CHAT_UNREADABLE, "surface" => Surface::Matrix.as_str()).increment(1);
    tracing::warn!("{} in {} cannot be decrypted", sealed.id, sealed.room);
    tell(inner, &sealed).await;
    None
}

async fn open(inner: &Inner, client: &Client, sealed: &Event) -> Option<Event> {
    let room = client.get_room(&RoomId::parse(&sealed.room).ok()?)?;
    let raw: Raw<AnySyncTimelineEvent> =
        Raw::from_json(serde_json::value::to_raw_value(&sealed.content["sealed"]).ok()?);
    let found = room.decrypt_event(raw.cast_ref_unchecked(), None).await.ok()?;
    let seen = crate::events::Seen::of(&found)?;
    // It may be something that is not for the bot; then nobody waits for an answer.
    seen.was_encrypted.then(|| seen.event(&sealed.room, inner.sdk.me(), sealed.sent_at)).flatten()
}

async fn tell(inner: &Inner, sealed: &Event) {
    let note = format!("unreadable/{}/{}", sealed.room, sealed.sender);
    let now = inner.dispatch.now();
    let last = inner.dispatch.kept(Surface::Matrix, &note).await.ok().flatten();
    if last.and_then(|last| last["at"].as_i64()).is_some_and(|at| now < Instant(at) + TOLD) {
        return;
    }
    let content = json!({
        "msgtype": "m.notice",
        "body": "I could not decrypt that message. Send it again; if that does not help, verify my device in this room.",
        "m.mentions": {},
        "m.relates_to": { "m.in_reply_to": { "event_id": sealed.id } },
    });
    match inner.sdk.send(&sealed.room, "m.room.message", content, &format!("unreadable-{}", sealed.id)).await {
        Ok(_) => {
            let _ = inner.dispatch.keep(Surface::Matrix, &note, &json!({ "at": now.0 })).await;
        }
        Err(error) => tracing::debug!("{} is not told that it cannot be read: {error}", sealed.sender),
    }
}
