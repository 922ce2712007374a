//! The initial answer: which type is allowed, what it does.

use super::{AUTOCOMPLETE, COMMAND, COMPONENT, Interaction, MODAL_SUBMIT};
use crate::{
    message::{EPHEMERAL, LOADING, path},
    rest::{ApiError, Draft, Upload, create, edit},
    state::{Inner, State},
    validate::{Errors, Of, at, choice_value, modal},
};
use serde_json::Value;

/// What Discord lists as possible when another type is given.
fn allowed(interaction: &Interaction) -> &'static [u64] {
    match (interaction.kind, interaction.source) {
        (COMMAND, _) => &[4, 5, 9, 10, 12],
        (COMPONENT, _) => &[4, 5, 6, 7, 9, 10, 12],
        (AUTOCOMPLETE, _) => &[8],
        (MODAL_SUBMIT, Some(_)) => &[4, 5, 6, 7, 10, 12],
        (MODAL_SUBMIT, None) => &[4, 5, 10, 12],
        _ => &[1],
    }
}

fn check(inner: &Inner, interaction: &Interaction, body: &Value) -> Result<u64, ApiError> {
    let kind = match &body["type"] {
        Value::String(digits) => digits.parse().ok(),
        other => other.as_u64(),
    };
    let allowed = allowed(interaction);
    let Some(kind) = kind.filter(|kind| allowed.contains(kind)) else {
        if body["type"].is_null() {
            return Err(ApiError::field(&["type"], "BASE_TYPE_REQUIRED", "This field is required"));
        }
        let all: Vec<String> = allowed.iter().map(u64::to_string).collect();
        let message = format!("Value must be one of {{{}}}.", all.join(", "));
        return Err(ApiError::field(&["type"], "BASE_TYPE_CHOICES", &message));
    };
    let name = match kind {
        4 | 5 => "CreateMessageInteractionCallbackRequest",
        6 | 7 => "UpdateMessageInteractionCallbackRequest",
        8 => "ApplicationCommandAutocompleteCallbackRequest",
        9 => "ModalInteractionCallbackRequest",
        // No payments and no activities: this application has neither.
        _ => {
            return Err(ApiError::field(
                &["type"],
                "APPLICATION_CAPABILITY_MISSING",
                "This application cannot do that",
            ));
        }
    };
    let mut errors = inner.schema.named(name, body, Of::Request);
    if kind == 9 {
        modal(&body["data"], &path(&["data"]), &mut errors);
    }
    if kind == 5 && body["data"]["flags"].as_u64().is_some_and(|flags| flags & !EPHEMERAL != 0) {
        errors.add(&path(&["data", "flags"]), "MESSAGE_FLAGS_INVALID", "Only EPHEMERAL can be set when deferring");
    }
    if kind == 8 {
        choices(&body["data"]["choices"], &mut errors);
    }
    if errors.is_empty() { Ok(kind) } else { Err(ApiError::invalid(errors)) }
}

fn choices(list: &Value, errors: &mut Errors) {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.len() > 25 {
        errors.length(&path(&["data", "choices"]), 0, 25);
    }
    for (i, choice) in list.iter().enumerate() {
        choice_value(choice, &at(&path(&["data", "choices"]), i), errors);
    }
}

/// Gives an interaction its initial answer. What is refused changes nothing.
///
/// # Errors
/// What Discord answers to it.
pub fn answer(
    inner: &Inner,
    state: &mut State,
    interaction: &Interaction,
    body: &Value,
    files: &[Upload],
) -> Result<(), ApiError> {
    let kind = check(inner, interaction, body)?;
    let now = inner.clock.now_ms();
    let data = &body["data"];
    let flags = data["flags"].as_u64().unwrap_or_default();
    let draft = |state: &State| {
        let mut draft = Draft::new(interaction.channel, state.place.bot);
        draft.interaction = Some(interaction.id);
        draft.only_for = (flags & EPHEMERAL != 0).then_some(interaction.user);
        draft.kind = if interaction.kind == COMMAND { 20 } else { 0 };
        draft
    };
    let original = match kind {
        4 => Some(create(inner, state, draft(state), data, files, &["data"])?),
        5 => {
            let mut draft = draft(state);
            draft.is_loading = true;
            draft.flags = LOADING;
            Some(draft.keep(state, now))
        }
        6 | 7 => {
            let source = interaction.source.filter(|id| state.message(*id).is_some());
            let source = source.ok_or_else(ApiError::unknown_message)?;
            if kind == 7 {
                edit(inner, state, source, data, files, &["data"])?;
            }
            Some(source)
        }
        _ => None,
    };
    let kept = state.interactions.get_mut(&interaction.id).ok_or_else(ApiError::unknown_interaction)?;
    kept.answer = Some(body.clone());
    kept.original = original;
    kept.is_modal_open = kind == 9;
    Ok(())
}
