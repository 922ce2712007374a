//! Channels and the messages in them, with the bot's own rights.

use super::{ApiError, Call, Draft, Reply, compose, edit, show};
use crate::{
    message::Message,
    state::State,
    world::{Channel, Id, permission},
};
use serde_json::json;

/// Milliseconds that a nonce is remembered.
const NONCE: u64 = 5 * 60 * 1000;

/// A channel that the bot sees.
fn channel<'s>(call: &Call, state: &'s State) -> Result<&'s Channel, ApiError> {
    let found = state.place.channel(call.id("channel_id")).ok_or_else(ApiError::unknown_channel)?;
    match found.bot_permissions & permission::VIEW_CHANNEL {
        0 => Err(ApiError::missing_access()),
        _ => Ok(found),
    }
}

/// A message there which is not ephemeral: those exist for their interaction alone.
fn message<'s>(call: &Call, state: &'s State) -> Result<&'s Message, ApiError> {
    let channel = channel(call, state)?.id;
    let found = state.message(call.id("message_id")).filter(|m| m.channel == channel && !m.is_ephemeral());
    found.ok_or_else(ApiError::unknown_message)
}

fn need(channel: &Channel, permission: u64) -> Result<(), ApiError> {
    if channel.bot_permissions & permission == 0 { Err(ApiError::missing_permissions()) } else { Ok(()) }
}

fn shown(state: &State, id: Id) -> Result<Reply, ApiError> {
    state.message(id).map(|m| Reply::ok(m.json(&state.place))).ok_or_else(ApiError::unknown_message)
}

pub fn get(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let channel = channel(call, state)?;
    Ok(Reply::ok(show::channel(&state.place, channel)))
}

pub fn typing(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    need(channel(call, state)?, permission::SEND_MESSAGES)?;
    Ok(Reply::none())
}

pub fn list_messages(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let channel = channel(call, state)?;
    need(channel, permission::READ_MESSAGE_HISTORY)?;
    let number = |name: &str| call.query.get(name).and_then(|n| n.parse::<u64>().ok());
    let limit = number("limit").unwrap_or(50).clamp(1, 100) as usize;
    let is_asked = |m: &&Message| {
        m.channel == channel.id
            && !m.is_deleted
            && !m.is_ephemeral()
            && number("before").is_none_or(|id| m.id < id)
            && number("after").is_none_or(|id| m.id > id)
    };
    let newest = state.messages.values().rev().filter(is_asked).take(limit);
    Ok(Reply::ok(newest.map(|m| m.json(&state.place)).collect()))
}

pub fn get_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let found = message(call, state)?;
    Ok(Reply::ok(found.json(&state.place)))
}

pub fn create_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let channel = channel(call, state)?;
    need(channel, permission::SEND_MESSAGES)?;
    if !call.files.is_empty() {
        need(channel, permission::ATTACH_FILES)?;
    }
    let nonce = call.body.get("nonce").filter(|n| !n.is_null()).cloned();
    if call.body["enforce_nonce"] == true
        && let Some(nonce) = &nonce
    {
        let is_same = |m: &&Message| {
            m.author == state.place.bot && m.nonce.as_ref() == Some(nonce) && m.at_ms + NONCE > call.now()
        };
        if let Some(first) = state.messages.values().find(is_same) {
            return Ok(Reply::ok(first.json(&state.place)));
        }
    }
    let mut draft = Draft::new(channel.id, state.place.bot);
    draft.nonce = nonce;
    let id = compose::create(call.inner, state, draft, &call.body, &call.files, &[])?;
    shown(state, id)
}

pub fn edit_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let found = message(call, state)?;
    if found.author != state.place.bot {
        return Err(ApiError::not_yours());
    }
    let id = found.id;
    if !call.files.is_empty() {
        need(channel(call, state)?, permission::ATTACH_FILES)?;
    }
    edit(call.inner, state, id, &call.body, &call.files, &[])?;
    shown(state, id)
}

pub fn delete_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let found = message(call, state)?;
    let (id, is_ours) = (found.id, found.author == state.place.bot);
    if !is_ours {
        need(channel(call, state)?, permission::MANAGE_MESSAGES)?;
    }
    if let Some(message) = state.messages.get_mut(&id) {
        message.is_deleted = true;
    }
    Ok(Reply::none())
}

/// A user writes something, as `Fake` lets them.
pub fn says(state: &mut State, author: Id, channel: Id, text: &str, now_ms: u64) -> Id {
    let id = Draft::new(channel, author).keep(state, now_ms);
    if let Some(message) = state.messages.get_mut(&id) {
        message.content = text.to_owned();
        message.allowed_mentions = json!({"parse": ["users", "roles", "everyone"]});
        message.evaluate_pings();
    }
    id
}
