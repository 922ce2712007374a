//! The options of a file, each by itself and all beside each other.

use super::is_word;
use crate::{Kind, Opt, value};
use direttore_domain::nic_wish::NIC_KEYS;
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;
use toml::Spanned;

/// A form's page for each; more would be no form.
const MOST_REPETITIONS: u32 = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileOption {
    pub(super) name: Spanned<String>,
    kind: Kind,
    help: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    many: bool,
    positional: Option<bool>,
    #[serde(default)]
    rest: bool,
    #[serde(default)]
    new: bool,
    default: Option<toml::Value>,
    limits: Option<(i64, i64)>,
    #[serde(default)]
    choices: Vec<String>,
    at_most: Option<u32>,
    of: Option<String>,
}

/// All of a file, in its order; what is `of` another one becomes a part of it.
///
/// # Errors
/// Where, and what is wrong.
pub(super) fn options(given: Vec<FileOption>) -> Result<Vec<Opt>, (Range<usize>, String)> {
    let mut options: Vec<Opt> = Vec::new();
    for given in given {
        let span = given.name.span();
        add(&mut options, given).map_err(|why| (span, why))?;
    }
    Ok(options)
}

fn add(options: &mut Vec<Opt>, given: FileOption) -> Result<(), String> {
    let whole = given.of.clone();
    let option = option(given)?;
    if let Some(whole) = whole {
        return add_part(options, &whole, option);
    }
    // What is said as `nic1` must not be the name of another.
    let is_taken = |o: &Opt| o.name == option.name || o.keys().iter().any(|k| option.keys().contains(k));
    if options.iter().any(is_taken) {
        return Err(format!("the option {} is there twice", option.name));
    }
    if let Some(last) = options.last().filter(|o| option.positional && (o.many || o.rest) && o.positional) {
        return Err(format!("{} takes all values, so {} gets none", last.name, option.name));
    }
    options.push(option);
    Ok(())
}

fn add_part(options: &mut [Opt], whole: &str, part: Opt) -> Result<(), String> {
    let name = &part.name;
    let is_whole = |o: &&mut Opt| o.name == whole && o.at_most.is_some() && o.kind == Kind::Nic;
    let Some(whole) = options.iter_mut().find(is_whole) else {
        return Err(format!("{name}: of = {whole:?} names no repeated network interface above it"));
    };
    if !NIC_KEYS.contains(&name.as_str()) {
        return Err(format!("{name}: a network interface has {}", NIC_KEYS.join(", ")));
    }
    let is_plain = !part.many && !part.positional && part.default.is_none() && part.at_most.is_none();
    if !is_plain || part.kind == Kind::Flag {
        return Err(format!("{name}: a part has a name, a kind, help, limits and choices, and nothing else"));
    }
    if whole.parts.iter().any(|p| p.name == *name) {
        return Err(format!("the part {name} of {} is there twice", whole.name));
    }
    whole.parts.push(part);
    Ok(())
}

/// One option by itself.
fn option(given: FileOption) -> Result<Opt, String> {
    let positional = given.positional.unwrap_or(given.required);
    let mut option = Opt {
        name: given.name.into_inner(),
        kind: given.kind,
        help: given.help,
        required: given.required,
        unless: given.unless,
        many: given.many,
        positional: positional || given.rest,
        rest: given.rest,
        new: given.new,
        default: None,
        limits: given.limits,
        choices: given.choices,
        at_most: given.at_most,
        parts: Vec::new(),
    };
    let name = &option.name;
    if !is_word(name) {
        return Err(format!("{name:?} cannot be an option: lower-case letters and hyphens only"));
    }
    if (option.kind == Kind::Choice) == option.choices.is_empty() {
        return Err(format!("{name}: a choice has choices, and nothing else has"));
    }
    if option.limits.is_some_and(|(least, most)| least > most) {
        return Err(format!("{name}: the first of limits is the least"));
    }
    if option.limits.is_some() && !matches!(option.kind, Kind::Integer | Kind::Seconds | Kind::Text | Kind::Size) {
        return Err(format!("{name}: a {} has no limits", option.kind));
    }
    if option.kind == Kind::Flag && (option.required || option.many || option.positional) {
        return Err(format!("{name}: a flag is said by its name, so it is neither required, many nor positional"));
    }
    if option.many && option.rest {
        return Err(format!("{name}: either many values or the rest of the line"));
    }
    if !option.unless.is_empty() && !option.required {
        return Err(format!("{name}: unless needs required = true"));
    }
    if let Some(most) = option.at_most {
        if option.many || option.positional || option.kind == Kind::Flag {
            return Err(format!("{name}: what is there several times is said as {name}1=…, so neither many nor bare"));
        }
        if !(2..=MOST_REPETITIONS).contains(&most) || name.ends_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("{name}: at_most is 2 to {MOST_REPETITIONS}, and the name does not end with a digit"));
        }
    }
    if let Some(default) = given.default {
        if option.required || option.many || option.at_most.is_some() {
            return Err(format!("{name}: what is required, many or repeated has no default"));
        }
        option.default = Some(typed_default(&option, &default)?);
    }
    Ok(option)
}

fn typed_default(option: &Opt, default: &toml::Value) -> Result<Value, String> {
    let text = match default {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        other => return Err(format!("{}: {other} cannot be a default", option.name)),
    };
    value::typed(option, &option.name, &text).map_err(|refusal| format!("{}: default: {refusal}", option.name))
}
