//! From what a sync brings to what is put into the inbox.

use crate::wire::Event;
use direttore_core::dispatch::Incoming;
use direttore_domain::Instant;
use matrix_sdk::deserialized_responses::{TimelineEvent, TimelineEventKind};
use serde_json::{Value, json};

/// What could not be decrypted: the event as it came is its content.
pub(crate) const SEALED: &str = "m.room.encrypted";

/// Kinds that may be for the bot.
const HEARD: [&str; 4] = ["m.room.message", "m.reaction", "m.room.redaction", SEALED];

/// An event of a timeline, in plain JSON.
pub(crate) struct Seen {
    pub json: Value,
    pub was_encrypted: bool,
}

impl Seen {
    pub fn of(event: &TimelineEvent) -> Option<Self> {
        let json = serde_json::from_str(event.raw().json().get()).ok()?;
        Some(Self { json, was_encrypted: matches!(event.kind, TimelineEventKind::Decrypted(_)) })
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.json[key].as_str()
    }

    pub fn id(&self) -> Option<&str> {
        self.text("event_id")
    }

    /// Whether by this `me` came into the room: what was said before was not for it.
    pub fn is_arrival(&self, me: &str) -> bool {
        let membership = |content: &Value| content["membership"] == "join";
        self.text("type") == Some("m.room.member")
            && self.text("state_key") == Some(me)
            && membership(&self.json["content"])
            && !membership(&self.json["unsigned"]["prev_content"])
    }

    /// Who put `me` out of the room by this, and how.
    pub fn removal(&self, me: &str) -> Option<(&str, &str)> {
        let how = self.json["content"]["membership"].as_str()?;
        let by = self.text("sender")?;
        let is_it = self.text("type") == Some("m.room.member") && self.text("state_key") == Some(me) && by != me;
        (is_it && matches!(how, "leave" | "ban")).then_some((by, how))
    }

    pub fn is_tombstone(&self) -> bool {
        self.text("type") == Some("m.room.tombstone")
    }

    /// Nothing when it cannot be for the bot: its own, a state, another kind.
    pub fn event(&self, room: &str, me: &str, now: Instant) -> Option<Event> {
        let (id, sender, kind) = (self.id()?, self.text("sender")?, self.text("type")?);
        let is_state = self.json.get("state_key").is_some();
        if sender == me || is_state || !HEARD.contains(&kind) {
            return None;
        }
        let content = match kind {
            SEALED => json!({ "sealed": self.json }),
            _ => self.json["content"].clone(),
        };
        let redacts = self.json["redacts"].as_str().or_else(|| self.json["content"]["redacts"].as_str());
        let sent = self.json["origin_server_ts"].as_i64().map_or(now, Instant);
        Some(Event {
            room: room.to_owned(),
            id: id.to_owned(),
            sender: sender.to_owned(),
            // Another server's clock may be wrong; nothing was sent later than now.
            sent_at: sent.min(now),
            kind: kind.to_owned(),
            content,
            redacts: redacts.filter(|_| kind == "m.room.redaction").map(str::to_owned),
            was_encrypted: self.was_encrypted,
        })
    }
}

/// For the inbox. What cannot be read yet keeps nobody waiting, so it has a lane of its own.
pub(crate) fn incoming(event: &Event) -> Option<Incoming> {
    let lane = if event.kind == SEALED { &event.id } else { &event.room };
    Some(Incoming {
        event: event.id.clone(),
        lane: lane.clone(),
        body: serde_json::to_value(event).ok()?,
        withdraws: event.redacts.clone(),
    })
}

/// Of a room's timeline what is new to the bot, the oldest first: after the event that it saw last, if that is among
/// them, and after it came into the room.
pub(crate) fn news<'a>(timeline: &'a [Seen], last: Option<&str>, me: &str) -> &'a [Seen] {
    let after = |at: Option<usize>| at.map_or(0, |at| at + 1);
    let seen = timeline.iter().rposition(|event| last.is_some() && event.id() == last);
    let arrival = timeline.iter().rposition(|event| event.is_arrival(me));
    &timeline[after(seen).max(after(arrival))..]
}

#[cfg(test)]
mod tests;
