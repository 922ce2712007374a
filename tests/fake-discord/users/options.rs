//! Slash commands: only registered ones, with the options that Discord's client would let through.

use super::{
    Cannot, Seat,
    components::{note, thing},
};
use crate::{
    interactions::Resolve,
    state::{Command, State},
    world::permission,
};
use serde_json::{Map, Value, json};

/// A command as this user finds it, and the words below it.
struct Found<'s> {
    command: &'s Command,
    /// Group and subcommand, or fewer.
    branches: Vec<&'s Value>,
    options: &'s [Value],
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn find<'s>(state: &'s State, seat: &Seat, path: &str) -> Result<Found<'s>, Cannot> {
    let place = &state.place;
    if !place.sees_channel(seat.user, seat.channel) {
        return Cannot::because("they do not see that channel");
    }
    let guild = place.channel(seat.channel).and_then(|c| c.guild);
    let mut words = path.split_whitespace();
    let name = words.next().unwrap_or_default();
    let is_chat = |c: &&Command| c.body["name"] == name && c.body["type"].as_u64().unwrap_or(1) == 1;
    let is_shown = |c: &&Command| match c.guild {
        Some(_) => c.guild == guild,
        None => {
            let context = u64::from(guild.is_none());
            let contexts = c.body["contexts"].as_array();
            let by_context = contexts.is_none_or(|list| list.iter().any(|c| *c == context));
            by_context && (guild.is_some() || c.body["dm_permission"] != false)
        }
    };
    // A command of the guild hides a global one of the same name.
    let mut fitting: Vec<&Command> = state.commands.iter().filter(is_chat).filter(is_shown).collect();
    fitting.sort_by_key(|c| c.guild.is_none());
    let Some(command) = fitting.first().copied() else {
        return Cannot::because(format!("no command /{name} is registered here"));
    };
    if guild.is_some() && !may(state, seat, command) {
        return Cannot::because(format!("/{name} is not shown to them"));
    }
    let (mut branches, mut options) = (Vec::new(), list(&command.body["options"]));
    for word in words {
        let branch = options.iter().find(|o| o["name"] == word && matches!(o["type"].as_u64(), Some(1 | 2)));
        let branch = branch.ok_or_else(|| Cannot(format!("/{path} is not registered: there is no {word:?}")))?;
        branches.push(branch);
        options = list(&branch["options"]);
    }
    if options.iter().any(|o| matches!(o["type"].as_u64(), Some(1 | 2))) {
        return Cannot::because(format!("/{path} alone cannot be used: it has sub-commands"));
    }
    Ok(Found { command, branches, options })
}

fn may(state: &State, seat: &Seat, command: &Command) -> bool {
    let has = state.place.permissions(seat.user, seat.channel);
    let needed = match &command.body["default_member_permissions"] {
        Value::Null => 0,
        Value::String(digits) => digits.parse().unwrap_or(u64::MAX),
        number => number.as_u64().unwrap_or(u64::MAX),
    };
    let is_admin = has & permission::ADMINISTRATOR != 0;
    // `"0"` is for administrators alone.
    let is_for_all = command.body["default_member_permissions"].is_null();
    let is_enough = is_for_all || (needed != 0 && has & needed == needed);
    is_admin || (has & permission::USE_APPLICATION_COMMANDS != 0 && is_enough)
}

/// `data` of the payload, from the innermost options.
fn data(found: &Found, inner: Vec<Value>, resolved: Map<String, Value>) -> Value {
    let mut options = inner;
    for branch in found.branches.iter().rev() {
        options = vec![json!({"name": branch["name"], "type": branch["type"], "options": options})];
    }
    let mut data = json!({"id": found.command.id.to_string(), "name": found.command.body["name"], "type": 1});
    if let Some(guild) = found.command.guild {
        data["guild_id"] = json!(guild.to_string());
    }
    if !options.is_empty() {
        data["options"] = json!(options);
    }
    if !resolved.is_empty() {
        data["resolved"] = Value::Object(resolved);
    }
    data
}

fn known<'f>(found: &Found<'f>, name: &str) -> Result<&'f Value, Cannot> {
    let option = found.options.iter().find(|o| o["name"] == name);
    option.ok_or_else(|| Cannot(format!("the command has no option {name}")))
}

pub fn invocation(state: &State, seat: &Seat, path: &str, given: &[(&str, Value)]) -> Result<Value, Cannot> {
    let found = find(state, seat, path)?;
    let is_given = |o: &Value| given.iter().any(|(name, _)| o["name"] == *name);
    if let Some(missing) = found.options.iter().find(|o| o["required"] == true && !is_given(o)) {
        return Cannot::because(format!("the option {} is required", missing["name"]));
    }
    let (mut sent, mut resolved) = (Vec::new(), Map::new());
    for (name, value) in given {
        let option = known(&found, name)?;
        let value = checked(state, seat, option, value, &mut resolved)?;
        sent.push(json!({"name": name, "type": option["type"], "value": value}));
    }
    Ok(data(&found, sent, resolved))
}

pub fn completion(
    state: &State,
    seat: &Seat,
    path: &str,
    given: &[(&str, Value)],
    focused: &str,
) -> Result<Value, Cannot> {
    let found = find(state, seat, path)?;
    if known(&found, focused)?["autocomplete"] != true {
        return Cannot::because(format!("the option {focused} does not complete"));
    }
    let mut sent = Vec::new();
    for (name, value) in given {
        let mut option = json!({"name": name, "type": known(&found, name)?["type"], "value": value});
        if *name == focused {
            // What is being typed is text, whatever it will become.
            option["value"] = json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            option["focused"] = json!(true);
        }
        sent.push(option);
    }
    if !given.iter().any(|(name, _)| *name == focused) {
        let kind = &known(&found, focused)?["type"];
        sent.push(json!({"name": focused, "type": kind, "value": "", "focused": true}));
    }
    Ok(data(&found, sent, Map::new()))
}

/// The value as it is sent, if the client would let it through.
fn checked(
    state: &State,
    seat: &Seat,
    option: &Value,
    value: &Value,
    resolved: &mut Map<String, Value>,
) -> Result<Value, Cannot> {
    let name = &option["name"];
    let choices = list(&option["choices"]);
    if !choices.is_empty() {
        let chosen = choices.iter().find(|c| c["value"] == *value).or(choices.iter().find(|c| c["name"] == *value));
        let chosen = chosen.ok_or_else(|| Cannot(format!("{value} is no choice of {name}")))?;
        return Ok(chosen["value"].clone());
    }
    let bound = |field: &str| option[field].as_f64();
    let within = |number: f64, min: &str, max: &str| {
        let is_in = bound(min).is_none_or(|min| number >= min) && bound(max).is_none_or(|max| number <= max);
        if is_in { Ok(()) } else { Cannot::because(format!("{value} is out of the limits of {name}")) }
    };
    let kind = match (option["type"].as_u64(), value) {
        (Some(3), Value::String(text)) => {
            let length = text.chars().count();
            if length == 0 || length > 6000 {
                return Cannot::because(format!("{name} takes 1 to 6000 characters"));
            }
            within(length as f64, "min_length", "max_length")?;
            return Ok(value.clone());
        }
        (Some(4), Value::Number(n)) if n.is_i64() || n.is_u64() => {
            let number = n.as_f64().unwrap_or(f64::MAX);
            if number.abs() > 9_007_199_254_740_991.0 {
                return Cannot::because(format!("{name} takes 53 bits"));
            }
            within(number, "min_value", "max_value")?;
            return Ok(value.clone());
        }
        (Some(10), Value::Number(n)) => {
            within(n.as_f64().unwrap_or(f64::MAX), "min_value", "max_value")?;
            return Ok(value.clone());
        }
        (Some(5), Value::Bool(_)) => return Ok(value.clone()),
        (Some(6), Value::String(_)) => Resolve::User,
        (Some(7), Value::String(_)) => Resolve::Channel,
        (Some(8), Value::String(_)) => Resolve::Role,
        (Some(9), Value::String(_)) => Resolve::Mentionable,
        _ => return Cannot::because(format!("{value} is not what {name} takes")),
    };
    let id = thing(state, seat, kind, value.as_str().unwrap_or_default())?;
    note(state, seat, kind, id, resolved);
    Ok(json!(id.to_string()))
}
