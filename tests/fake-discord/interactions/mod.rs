//! The life of an interaction: one initial answer within three seconds, edits and followups for fifteen minutes.

mod answer;
mod payload;

pub use answer::answer;
pub(crate) use payload::{Envelope, Resolve, payload, resolved};

use crate::{
    rest::ApiError,
    state::State,
    world::{Id, Place},
};
use serde_json::Value;

/// Milliseconds for the initial answer.
const INITIAL: u64 = 3_000;
/// Milliseconds that a token lives.
const TOKEN: u64 = 15 * 60 * 1000;

pub const COMMAND: u8 = 2;
pub const COMPONENT: u8 = 3;
pub const AUTOCOMPLETE: u8 = 4;
pub const MODAL_SUBMIT: u8 = 5;

#[derive(Debug, Clone)]
pub struct Interaction {
    pub id: Id,
    pub token: String,
    pub kind: u8,
    pub user: Id,
    pub channel: Id,
    pub at_ms: u64,
    /// The message whose component was used, also behind a modal.
    pub source: Option<Id>,
    /// The callback that was accepted.
    pub answer: Option<Value>,
    /// `@original`
    pub original: Option<Id>,
    pub followups: Vec<Id>,
    /// The modal that it opened is still on the screen.
    pub is_modal_open: bool,
}

impl Interaction {
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.answer.is_none() && now_ms > self.at_ms + INITIAL
    }

    pub fn answer_kind(&self) -> Option<u64> {
        self.answer.as_ref()?["type"].as_u64()
    }
}

/// The interaction of a callback route, while it may be answered.
pub(crate) fn to_answer(state: &State, id: Id, token: &str, now_ms: u64) -> Result<Interaction, ApiError> {
    let found = state.interactions.get(&id).filter(|i| i.token == token && !i.is_overdue(now_ms));
    let found = found.ok_or_else(ApiError::unknown_interaction)?;
    match found.answer {
        Some(_) => Err(ApiError::acknowledged()),
        None => Ok(found.clone()),
    }
}

/// The interaction behind `/webhooks/{application}/{token}`.
pub(crate) fn of_webhook(state: &State, webhook: Id, token: &str, now_ms: u64) -> Result<Interaction, ApiError> {
    if webhook != state.place.application {
        return Err(ApiError::unknown_webhook());
    }
    let found = state.interactions.values().find(|i| i.token == token);
    let found = found.filter(|i| now_ms <= i.at_ms + TOKEN).ok_or_else(ApiError::bad_webhook_token)?;
    match (&found.answer, found.kind) {
        // Before its initial answer an interaction has no webhook; a completion never gets one.
        (None, _) | (_, AUTOCOMPLETE) => Err(ApiError::unknown_webhook()),
        _ => Ok(found.clone()),
    }
}

/// The guild of a channel.
pub(crate) fn guild_of(place: &Place, channel: Id) -> Option<Id> {
    place.channel(channel)?.guild
}
