//! Messages from bodies: what is created, what an edit changes, which files belong to it.

use super::{ApiError, Upload};
use crate::{
    message::{Attachment, EPHEMERAL, LATE_EDITS, Message, path, shown_components, shown_embeds},
    state::{Inner, State},
    validate::{Errors, IS_COMPONENTS_V2, at, message},
    world::Id,
};
use serde_json::{Value, json};

/// Milliseconds after which edits of a message are limited.
const HOUR: u64 = 60 * 60 * 1000;
/// Flags that a bot may set: no embeds, silent, V2.
const SETTABLE: u64 = (1 << 2) | (1 << 12) | IS_COMPONENTS_V2;

/// A message that is about to be: what does not stand in its body.
#[derive(Debug, Clone)]
pub struct Draft {
    pub channel: Id,
    pub author: Id,
    pub interaction: Option<Id>,
    pub only_for: Option<Id>,
    pub kind: u64,
    pub flags: u64,
    pub is_loading: bool,
    pub nonce: Option<Value>,
}

impl Draft {
    pub fn new(channel: Id, author: Id) -> Self {
        let (interaction, only_for, nonce) = (None, None, None);
        Self { channel, author, interaction, only_for, kind: 0, flags: 0, is_loading: false, nonce }
    }

    /// Keeps the message, still without content.
    pub fn keep(self, state: &mut State, now_ms: u64) -> Id {
        let id = state.id(now_ms);
        let message = Message {
            id,
            channel: self.channel,
            author: self.author,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: self.flags | if self.only_for.is_some() { EPHEMERAL } else { 0 },
            edited: 0,
            only_for: self.only_for,
            interaction: self.interaction,
            is_loading: self.is_loading,
            pings: crate::message::Pings::default(),
            kind: self.kind,
            at_ms: now_ms,
            edited_ms: None,
            nonce: self.nonce,
            is_deleted: false,
            allowed_mentions: Value::Null,
            late_edits: Vec::new(),
        };
        state.messages.insert(id, message);
        id
    }
}

fn flags_of(body: &Value) -> Option<u64> {
    match &body["flags"] {
        Value::String(digits) => digits.parse().ok(),
        other => other.as_u64(),
    }
}

/// The files that the message will have: new ones, and of those it had the ones that stay.
fn attachments(
    inner: &Inner,
    state: &mut State,
    had: &[Attachment],
    body: &Value,
    uploads: &[Upload],
    here: &[String],
) -> Result<Vec<Attachment>, ApiError> {
    let listed = body["attachments"].as_array();
    let mut errors = Errors::default();
    // Without a list an edit keeps everything.
    let mut all: Vec<Attachment> = if listed.is_none() { had.to_vec() } else { Vec::new() };
    let id_of = |entry: &Value| match &entry["id"] {
        Value::String(digits) => digits.parse::<u64>().ok(),
        other => other.as_u64(),
    };
    for (i, entry) in listed.into_iter().flatten().enumerate() {
        let Some(id) = id_of(entry) else { continue };
        let description = entry["description"].as_str().map(str::to_owned);
        if let Some(old) = had.iter().find(|a| a.id == id) {
            all.push(Attachment { description: description.or_else(|| old.description.clone()), ..old.clone() });
        } else if let Some(upload) = uploads.iter().find(|u| u.index == id) {
            let mut file = upload.file.clone();
            if let Some(name) = entry["filename"].as_str() {
                file.name = name.to_owned();
            }
            all.push(Attachment { id: state.id(inner.clock.now_ms()), description, file });
        } else {
            let message = format!("There is no file for the attachment {id}");
            errors.add(&at(&at(here, "attachments"), i), "ATTACHMENT_NOT_FOUND", message);
        }
    }
    let is_listed =
        |upload: &&Upload| listed.is_some_and(|list| list.iter().any(|entry| id_of(entry) == Some(upload.index)));
    for upload in uploads.iter().filter(|upload| !is_listed(upload)) {
        let (id, file) = (state.id(inner.clock.now_ms()), upload.file.clone());
        all.push(Attachment { id, description: None, file });
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    if all.len() > 10 {
        return Err(ApiError::new(400, 30015, "Maximum number of attachments in a message reached (10)"));
    }
    if uploads.iter().map(|u| u.file.bytes.len()).sum::<usize>() > inner.settings.attachment_limit {
        return Err(ApiError::too_large());
    }
    Ok(all)
}

fn judge(body: &Value, flags: u64, files: &[Attachment], here: &[String]) -> Result<(), ApiError> {
    let names: Vec<String> = files.iter().map(|a| a.file.name.clone()).collect();
    let mut errors = Errors::default();
    message(body, flags, &names, here, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
}

/// Makes a message from a body.
///
/// # Errors
/// What is wrong with the body; nothing is made then.
pub fn create(
    inner: &Inner,
    state: &mut State,
    mut draft: Draft,
    body: &Value,
    uploads: &[Upload],
    here: &[&str],
) -> Result<Id, ApiError> {
    let here = path(here);
    draft.flags |= flags_of(body).unwrap_or_default() & SETTABLE;
    let files = attachments(inner, state, &[], body, uploads, &here)?;
    judge(body, draft.flags, &files, &here)?;
    let says_nothing = |field: &str| match &body[field] {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        other => other.is_null(),
    };
    if files.is_empty() && ["content", "embeds", "components", "poll"].into_iter().all(says_nothing) {
        return Err(ApiError::empty_message());
    }
    let now = inner.clock.now_ms();
    let id = draft.keep(state, now);
    let kept = state.messages.get_mut(&id).ok_or_else(ApiError::unknown_message)?;
    fill(kept, body, files);
    kept.evaluate_pings();
    Ok(id)
}

fn fill(kept: &mut Message, body: &Value, files: Vec<Attachment>) {
    if let Some(content) = body.get("content") {
        kept.content = content.as_str().unwrap_or_default().to_owned();
    }
    if let Some(embeds) = body.get("embeds") {
        kept.embeds = shown_embeds(embeds);
    }
    if let Some(components) = body.get("components") {
        kept.components = shown_components(components);
    }
    if let Some(allowed) = body.get("allowed_mentions") {
        kept.allowed_mentions = allowed.clone();
    }
    kept.attachments = files;
}

/// Changes what the body names and leaves the rest.
///
/// # Errors
/// What is wrong with the body, or with editing that message; nothing is changed then.
pub fn edit(
    inner: &Inner,
    state: &mut State,
    id: Id,
    body: &Value,
    uploads: &[Upload],
    here: &[&str],
) -> Result<(), ApiError> {
    let here = path(here);
    let old = state.message(id).cloned().ok_or_else(ApiError::unknown_message)?;
    let mut flags = old.flags;
    if let Some(asked) = flags_of(body) {
        if flags & IS_COMPONENTS_V2 != 0 && asked & IS_COMPONENTS_V2 == 0 {
            let mut errors = Errors::default();
            let message = "The IS_COMPONENTS_V2 flag cannot be removed";
            errors.add(&at(&here, "flags"), "MESSAGE_FLAGS_COMPONENTS_V2_FIXED", message);
            return Err(ApiError::invalid(errors));
        }
        // Nobody becomes ephemeral, or stops being it, by an edit.
        flags = (flags & !SETTABLE) | (asked & SETTABLE);
    }
    let files = attachments(inner, state, &old.attachments, body, uploads, &here)?;
    // What stays is judged with what is new: a message that becomes V2 must lose its content.
    let mut whole = body.clone();
    if flags & IS_COMPONENTS_V2 != 0 && old.flags & IS_COMPONENTS_V2 == 0 {
        for (field, stays) in [("content", json!(old.content)), ("embeds", json!(old.embeds))] {
            if whole.get(field).is_none() {
                whole[field] = stays;
            }
        }
    }
    judge(&whole, flags, &files, &here)?;
    let mut changed = old.clone();
    fill(&mut changed, body, files);
    if changed.is_empty() {
        return Err(ApiError::empty_message());
    }
    let now = inner.clock.now_ms();
    if now > old.at_ms + HOUR {
        changed.late_edits.retain(|edited| edited + HOUR > now);
        if changed.late_edits.len() >= LATE_EDITS {
            return Err(ApiError::too_many_edits());
        }
        changed.late_edits.push(now);
    }
    changed.flags = flags & !crate::message::LOADING;
    // The first edit of `thinking…` is its answer, and calls whom it names; later ones call nobody.
    if changed.is_loading {
        changed.evaluate_pings();
        changed.is_loading = false;
    } else {
        changed.edited += 1;
        changed.edited_ms = Some(now);
    }
    state.messages.insert(id, changed);
    Ok(())
}
