//! What the description leaves out of commands: names, order and kinds of options, sizes, unique names.

use super::errors::{Errors, at};
use regex::Regex;
use serde_json::Value;
use std::{collections::HashSet, sync::LazyLock};

const CHAT_INPUT: u64 = 1;
const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
/// Characters over names, descriptions and values of one command.
const SIZE: usize = 8000;
/// Characters of a choice's text.
const CHOICE: usize = 100;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$").expect("the pattern is written right")
});

/// Judges all commands of one scope together. Each comes with the path that its errors are told at.
pub fn command_set<'a>(commands: impl Iterator<Item = (Vec<String>, &'a Value)>, errors: &mut Errors) {
    let mut names = HashSet::new();
    for (path, command) in commands {
        let kind = command["type"].as_u64().unwrap_or(CHAT_INPUT);
        if !names.insert((kind, command["name"].as_str())) {
            let message = "Application command names must be unique";
            errors.add(&at(&path, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
        one(command, kind, &path, errors);
    }
}

fn one(command: &Value, kind: u64, path: &[String], errors: &mut Errors) {
    let has_options = command["options"].as_array().is_some_and(|o| !o.is_empty());
    if kind == CHAT_INPUT {
        name(command, path, errors);
        description(command, path, errors);
        options(&command["options"], 0, &at(path, "options"), errors);
    } else {
        if command["description"].as_str().is_some_and(|d| !d.is_empty()) {
            let message = "Context menu commands cannot have a description";
            errors.add(&at(path, "description"), "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", message);
        }
        if has_options {
            let message = "Context menu commands cannot have options";
            errors.add(&at(path, "options"), "APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED", message);
        }
    }
    if size(command) > SIZE {
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", format!("Command exceeds maximum size ({SIZE})"));
    }
}

fn name(thing: &Value, path: &[String], errors: &mut Errors) {
    let localized = thing["name_localizations"].as_object().into_iter().flatten();
    let names = std::iter::once((at(path, "name"), &thing["name"]))
        .chain(localized.map(|(locale, text)| (at(&at(path, "name_localizations"), locale), text)));
    for (here, text) in names {
        let Some(text) = text.as_str() else { continue };
        if !NAME.is_match(text) || text.to_lowercase() != text {
            errors.add(&here, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
    }
}

fn description(thing: &Value, path: &[String], errors: &mut Errors) {
    match thing["description"].as_str() {
        None => errors.required(&at(path, "description")),
        Some(text) if text.is_empty() || text.chars().count() > 100 => errors.length(&at(path, "description"), 1, 100),
        Some(_) => {}
    }
}

fn options(list: &Value, depth: usize, path: &[String], errors: &mut Errors) {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let is_branch = |o: &Value| matches!(o["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    if list.iter().any(is_branch) && !list.iter().all(is_branch) {
        let message = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        errors.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    let (mut names, mut is_optional) = (HashSet::new(), false);
    for (i, option) in list.iter().enumerate() {
        let here = at(path, i);
        name(option, &here, errors);
        description(option, &here, errors);
        if !names.insert(option["name"].as_str()) {
            errors.add(&at(&here, "name"), "APPLICATION_COMMAND_OPTIONS_DUPLICATE_NAME", "Option names must be unique");
        }
        match option["type"].as_u64() {
            Some(kind @ (SUBCOMMAND | GROUP)) => {
                // Command, group, subcommand: a group stands at the top alone.
                if depth >= 2 || (kind == GROUP && depth > 0) {
                    let message = "Sub-commands cannot be nested deeper than one group";
                    errors.add(&at(&here, "type"), "APPLICATION_COMMAND_OPTIONS_NESTING_INVALID", message);
                }
                let inner = &option["options"];
                if kind == GROUP && !inner.as_array().is_some_and(|o| o.iter().all(|o| o["type"] == SUBCOMMAND)) {
                    let message = "A sub-command group holds sub-commands";
                    errors.add(&at(&here, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
                }
                options(inner, depth + 1, &at(&here, "options"), errors);
            }
            _ => {
                let is_required = option["required"] == true;
                if is_required && is_optional {
                    let message = "Required options must be placed before non-required options";
                    errors.add(&here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
                }
                is_optional |= !is_required;
                value_rules(option, &here, errors);
            }
        }
    }
}

fn value_rules(option: &Value, path: &[String], errors: &mut Errors) {
    let choices = option["choices"].as_array().map_or(&[][..], Vec::as_slice);
    if option["autocomplete"] == true && !choices.is_empty() {
        let message = "An option cannot have choices and autocomplete";
        errors.add(&at(path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message);
    }
    let mut names = HashSet::new();
    for (i, choice) in choices.iter().enumerate() {
        if !names.insert(choice["name"].as_str()) {
            let here = at(&at(&at(path, "choices"), i), "name");
            errors.add(&here, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED", "Choice names must be unique");
        }
        choice_value(choice, &at(&at(path, "choices"), i), errors);
    }
    for (min, max) in [("min_value", "max_value"), ("min_length", "max_length")] {
        if let (Some(low), Some(high)) = (option[min].as_f64(), option[max].as_f64())
            && low > high
        {
            let message = format!("{min} must be less than or equal to {max}");
            errors.add(&at(path, min), "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID", message);
        }
    }
}

/// The description lets a choice's text be as long as an option's.
pub fn choice_value(choice: &Value, path: &[String], errors: &mut Errors) {
    if choice["value"].as_str().is_some_and(|text| text.chars().count() > CHOICE) {
        errors.add(&at(path, "value"), "BASE_TYPE_MAX_LENGTH", format!("Must be {CHOICE} or fewer in length."));
    }
}

/// Of localized texts the longest counts.
fn longest(thing: &Value, field: &str) -> usize {
    let length = |text: &Value| text.as_str().map_or(0, |text| text.chars().count());
    let localized = thing[format!("{field}_localizations").as_str()].as_object().into_iter().flatten();
    localized.map(|(_, text)| length(text)).fold(length(&thing[field]), usize::max)
}

fn size(thing: &Value) -> usize {
    let inner = |field: &str| thing[field].as_array().into_iter().flatten().map(size).sum::<usize>();
    let value = thing["value"].as_str().map_or(0, |text| text.chars().count());
    longest(thing, "name") + longest(thing, "description") + value + inner("options") + inner("choices")
}
