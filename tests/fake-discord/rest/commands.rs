//! Registering commands, global and of a guild.

use super::{ApiError, Call, Reply};
use crate::{
    state::{Command, State},
    validate::{Errors, command_set},
    world::Id,
};
use serde_json::{Value, json};

/// New commands of one scope in a day.
const CREATES: usize = 200;
const DAY: u64 = 24 * 60 * 60 * 1000;
/// By type: chat input, user, message.
const MOST: [usize; 3] = [100, 15, 15];

/// The scope that the path names.
fn scope(call: &Call, state: &State) -> Result<Option<Id>, ApiError> {
    if call.id("application_id") != state.place.application {
        return Err(ApiError::unknown_application());
    }
    match call.params.get("guild_id") {
        None => Ok(None),
        // A guild that the bot is not in.
        Some(_) => state.place.guild(call.id("guild_id")).map(|g| Some(g.id)).ok_or_else(ApiError::missing_access),
    }
}

fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

fn show(state: &State, command: &Command, with_localizations: bool) -> Value {
    let body = &command.body;
    let permissions = match &body["default_member_permissions"] {
        Value::Null => Value::Null,
        Value::String(digits) => json!(digits),
        number => json!(number.to_string()),
    };
    let mut shown = json!({
        "id": command.id.to_string(), "application_id": state.place.application.to_string(),
        "version": command.version.to_string(), "default_member_permissions": permissions, "type": kind(body),
        "name": body["name"], "description": body["description"].as_str().unwrap_or_default(),
        "dm_permission": body["dm_permission"] != false, "nsfw": body["nsfw"] == true,
    });
    if command.guild.is_none() {
        shown["contexts"] = body["contexts"].clone();
        let types = &body["integration_types"];
        shown["integration_types"] = if types.is_array() { types.clone() } else { json!([0]) };
    }
    if let Some(guild) = command.guild {
        shown["guild_id"] = json!(guild.to_string());
    }
    if with_localizations {
        shown["name_localizations"] = body["name_localizations"].clone();
        shown["description_localizations"] = body["description_localizations"].clone();
    }
    let options = body["options"].as_array().filter(|o| !o.is_empty());
    if let Some(options) = options {
        shown["options"] = options.iter().map(|option| show_option(option, with_localizations)).collect();
    }
    shown
}

fn show_option(option: &Value, with_localizations: bool) -> Value {
    let Some(fields) = option.as_object() else { return Value::Null };
    let is_shown = |name: &str, value: &Value| {
        let is_localization = name.ends_with("_localizations");
        (!value.is_null() && !is_localization) || (is_localization && with_localizations)
    };
    let mut shown: Value =
        fields.iter().filter(|(name, v)| is_shown(name, v)).map(|(name, v)| (name.clone(), v.clone())).collect();
    for list in ["options", "choices"] {
        if let Some(inner) = shown[list].as_array().cloned() {
            shown[list] = inner.iter().map(|o| show_option(o, with_localizations)).collect();
        }
    }
    // A read of a missing key has put a null there.
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, v| !v.is_null() || name.ends_with("_localizations"));
    }
    shown
}

pub fn list(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    let with = call.is_asked("with_localizations");
    let all = state.commands.iter().filter(|c| c.guild == scope).map(|c| show(state, c, with)).collect();
    Ok(Reply::ok(all))
}

/// Too many of a kind, or too many new ones today.
fn count(state: &State, scope: Option<Id>, all: &[&Value], new: usize, now: u64) -> Result<(), ApiError> {
    for (i, most) in MOST.iter().enumerate() {
        if all.iter().filter(|c| kind(c) == i as u64 + 1).count() > *most {
            let message = format!("Maximum number of application commands reached ({most})");
            return Err(ApiError::new(400, 30032, &message));
        }
    }
    let today = state.creations.iter().filter(|(of, at)| *of == scope && at + DAY > now).count();
    if today + new > CREATES {
        let message = format!("Max number of daily application command creates has been reached ({CREATES})");
        return Err(ApiError::new(400, 30034, &message));
    }
    Ok(())
}

fn keep(state: &mut State, scope: Option<Id>, body: Value, now: u64) -> (Id, bool) {
    let version = state.id(now);
    let is_it = |c: &Command| c.guild == scope && c.body["name"] == body["name"] && kind(&c.body) == kind(&body);
    if let Some(known) = state.commands.iter_mut().find(|c| is_it(c)) {
        if known.body != body {
            known.version = version;
        }
        known.body = body;
        return (known.id, false);
    }
    let id = state.id(now);
    state.commands.push(Command { id, version, guild: scope, body });
    state.creations.push((scope, now));
    (id, true)
}

fn is_known(state: &State, scope: Option<Id>, body: &Value) -> bool {
    state.commands.iter().any(|c| c.guild == scope && c.body["name"] == body["name"] && kind(&c.body) == kind(body))
}

fn judged(errors: Errors) -> Result<(), ApiError> {
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
}

pub fn create(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    let mut errors = Errors::default();
    command_set(std::iter::once((Vec::new(), &call.body)), &mut errors);
    judged(errors)?;
    let is_new = !is_known(state, scope, &call.body);
    if is_new {
        let mut all: Vec<&Value> = state.commands.iter().filter(|c| c.guild == scope).map(|c| &c.body).collect();
        all.push(&call.body);
        count(state, scope, &all, 1, call.now())?;
    }
    let (id, _) = keep(state, scope, call.body.clone(), call.now());
    let shown = find(state, scope, id).map(|c| show(state, c, true))?;
    Ok(if is_new { Reply::created(shown) } else { Reply::ok(shown) })
}

/// All commands of a scope are replaced.
pub fn overwrite(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    let all = call.body.as_array().cloned().unwrap_or_default();
    let mut errors = Errors::default();
    command_set(all.iter().enumerate().map(|(i, c)| (vec![i.to_string()], c)), &mut errors);
    judged(errors)?;
    let new = all.iter().filter(|c| !is_known(state, scope, c)).count();
    count(state, scope, &all.iter().collect::<Vec<_>>(), new, call.now())?;
    let is_kept =
        |c: &Command| c.guild != scope || all.iter().any(|n| n["name"] == c.body["name"] && kind(n) == kind(&c.body));
    state.commands.retain(is_kept);
    let ids: Vec<Id> = all.into_iter().map(|body| keep(state, scope, body, call.now()).0).collect();
    let shown = ids.iter().filter_map(|id| find(state, scope, *id).ok()).map(|c| show(state, c, true));
    Ok(Reply::ok(shown.collect()))
}

fn find(state: &State, scope: Option<Id>, id: Id) -> Result<&Command, ApiError> {
    state.commands.iter().find(|c| c.guild == scope && c.id == id).ok_or_else(ApiError::unknown_command)
}

pub fn get(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    find(state, scope, call.id("command_id")).map(|c| Reply::ok(show(state, c, true)))
}

pub fn edit(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    let id = call.id("command_id");
    let mut body = find(state, scope, id)?.body.clone();
    for (name, value) in call.body.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    let others = state.commands.iter().filter(|c| c.guild == scope && c.id != id).map(|c| &c.body);
    let mut errors = Errors::default();
    command_set(others.chain([&body]).map(|c| (Vec::new(), c)), &mut errors);
    judged(errors)?;
    let version = state.id(call.now());
    if let Some(command) = state.commands.iter_mut().find(|c| c.id == id) {
        command.body = body;
        command.version = version;
    }
    find(state, scope, id).map(|c| Reply::ok(show(state, c, true)))
}

pub fn delete(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let scope = scope(call, state)?;
    let id = find(state, scope, call.id("command_id"))?.id;
    state.commands.retain(|c| c.id != id);
    Ok(Reply::none())
}
