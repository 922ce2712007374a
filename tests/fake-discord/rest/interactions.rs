//! The callback, `@original` and followups. The token in the path is the credential.

use super::{ApiError, Call, Draft, Reply, compose, edit};
use crate::{
    interactions::{Interaction, answer, of_webhook, to_answer},
    message::EPHEMERAL,
    state::State,
    world::Id,
};
use serde_json::{Value, json};

pub fn callback(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let interaction = to_answer(state, call.id("interaction_id"), call.text("interaction_token"), call.now())?;
    answer(call.inner, state, &interaction, &call.body, &call.files)?;
    if !call.is_asked("with_response") {
        return Ok(Reply::none());
    }
    Ok(Reply::ok(response(state, interaction.id)))
}

/// What `with_response` shows.
fn response(state: &State, id: Id) -> Value {
    let Some(interaction) = state.interactions.get(&id) else { return Value::Null };
    let kind = interaction.answer_kind().unwrap_or_default();
    let mut shown = json!({"interaction": {"id": id.to_string(), "type": interaction.kind}});
    let original = interaction.original.and_then(|id| state.message(id));
    if let Some(message) = original.filter(|_| kind != 6) {
        shown["interaction"]["response_message_id"] = json!(message.id.to_string());
        shown["interaction"]["response_message_loading"] = json!(message.is_loading);
        shown["interaction"]["response_message_ephemeral"] = json!(message.is_ephemeral());
        // A deferred answer has no resource but its message, which Discord describes as type 4.
        let kind = if kind == 5 { 4 } else { kind };
        shown["resource"] = json!({"type": kind, "message": message.json(&state.place)});
    }
    shown
}

fn behind(call: &Call, state: &State) -> Result<Interaction, ApiError> {
    of_webhook(state, call.id("webhook_id"), call.text("webhook_token"), call.now())
}

/// `@original`, or a followup of this interaction.
fn message_of(call: &Call, state: &State) -> Result<Id, ApiError> {
    let interaction = behind(call, state)?;
    let id = match call.params.get("message_id") {
        None => interaction.original,
        Some(_) => {
            let id = call.id("message_id");
            (interaction.original == Some(id) || interaction.followups.contains(&id)).then_some(id)
        }
    };
    id.filter(|id| state.message(*id).is_some()).ok_or_else(ApiError::unknown_message)
}

fn shown(state: &State, id: Id) -> Result<Reply, ApiError> {
    state.message(id).map(|m| Reply::ok(m.json(&state.place))).ok_or_else(ApiError::unknown_message)
}

pub fn get_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    shown(state, message_of(call, state)?)
}

pub fn edit_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let id = message_of(call, state)?;
    edit(call.inner, state, id, &call.body, &call.files, &[])?;
    shown(state, id)
}

pub fn delete_message(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let id = message_of(call, state)?;
    if let Some(message) = state.messages.get_mut(&id) {
        message.is_deleted = true;
    }
    Ok(Reply::none())
}

pub fn followup(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let interaction = behind(call, state)?;
    for field in ["username", "avatar_url", "thread_name"] {
        if !call.body[field].is_null() {
            let message = "Interaction followups do not take this field";
            return Err(ApiError::field(&[field], "WEBHOOK_FIELD_NOT_ALLOWED", message));
        }
    }
    // The first followup after a defer is the answer that was waited for, whatever its own flags say.
    let loading = interaction.original.filter(|id| state.message(*id).is_some_and(|m| m.is_loading));
    if let Some(original) = loading {
        edit(call.inner, state, original, &call.body, &call.files, &[])?;
        return shown(state, original);
    }
    let mut draft = Draft::new(interaction.channel, state.place.bot);
    let flags = call.body["flags"].as_u64().unwrap_or_default();
    draft.only_for = (flags & EPHEMERAL != 0).then_some(interaction.user);
    draft.interaction = Some(interaction.id);
    let id = compose::create(call.inner, state, draft, &call.body, &call.files, &[])?;
    if let Some(kept) = state.interactions.get_mut(&interaction.id) {
        kept.followups.push(id);
    }
    shown(state, id)
}
