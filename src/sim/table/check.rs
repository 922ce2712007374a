//! Is what was sent what the table says? With the words of Proxmox where it is not.

use super::{
    format,
    param::{Param, Type},
    pattern, property,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub const UNKNOWN: &str = "property is not defined in schema and the schema does not allow additional properties";
pub const MISSING: &str = "property is missing and it is not optional";

/// What was wrong, by parameter.
pub type Wrong = BTreeMap<String, String>;

/// What was sent under one name: once, or several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    One(String),
    Many(Vec<String>),
}

pub fn required_by(name: &str) -> String {
    format!("missing property - '{name}' requires this property")
}

/// Parameters that passed, with the types that the table states.
#[derive(Debug, Default, Clone)]
pub struct Args(BTreeMap<String, Value>);

impl Args {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
    /// A parameter that the table requires.
    pub fn must(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }
    pub fn flag(&self, name: &str) -> bool {
        self.given_flag(name).unwrap_or(false)
    }
    pub fn given_flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }
    pub fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }
    pub fn vmid(&self, name: &str) -> Option<u32> {
        self.int(name).and_then(|n| u32::try_from(n).ok())
    }
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
    /// Every value as a configuration file holds it.
    pub fn as_config(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, value)| {
            let text = match value {
                Value::Bool(b) => u8::from(*b).to_string(),
                Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            (name.as_str(), text)
        })
    }
}

/// Checks everything and reports everything, as Proxmox does.
///
/// # Errors
/// What is wrong, by parameter.
pub fn all(table: &[&'static [Param]], is_version_8: bool, sent: &BTreeMap<String, Raw>) -> Result<Args, Wrong> {
    let known = || table.iter().flat_map(|group| group.iter()).filter(|p| !(p.is_since_9 && is_version_8));
    let mut wrong = Wrong::new();
    let mut args = Args::default();
    for (name, raw) in sent {
        let Some(param) = known().find(|p| p.is_named(name)) else {
            wrong.insert(name.clone(), UNKNOWN.to_owned());
            continue;
        };
        match (param.kind, raw) {
            (Type::List, Raw::One(one)) => drop(args.0.insert(name.clone(), Value::from(vec![one.clone()]))),
            (Type::List, Raw::Many(many)) => drop(args.0.insert(name.clone(), Value::from(many.clone()))),
            (_, Raw::Many(_)) => drop(wrong.insert(name.clone(), type_failed(param.kind, "ARRAY"))),
            (_, Raw::One(one)) => match value(param, one) {
                Ok(value) => drop(args.0.insert(name.clone(), value)),
                Err(why) => drop(wrong.insert(name.clone(), why)),
            },
        }
        if let Some(other) = param.requires.filter(|other| !sent.contains_key(*other)) {
            wrong.insert(other.to_owned(), required_by(name));
        }
    }
    for param in known().filter(|p| !p.optional && !sent.contains_key(p.name)) {
        wrong.insert(param.name.to_owned(), MISSING.to_owned());
    }
    if wrong.is_empty() { Ok(args) } else { Err(wrong) }
}

/// One value of one parameter.
///
/// # Errors
/// Proxmox's words.
pub fn value(param: &Param, given: &str) -> Result<Value, String> {
    let failed = || type_failed(param.kind, given);
    let value = match param.kind {
        Type::Boolean => Value::from(boolean(given).ok_or_else(failed)?),
        Type::Integer => Value::from(integer(given).ok_or_else(failed)?),
        Type::Number => Value::from(number(given).ok_or_else(failed)?),
        _ => Value::from(given),
    };
    if let Some(n) = value.as_f64() {
        let shown = |limit: f64| if limit.fract() == 0.0 { format!("{limit:.0}") } else { limit.to_string() };
        if let Some(min) = param.min.filter(|min| n < *min) {
            return Err(format!("value must have a minimum value of {}", shown(min)));
        }
        if let Some(max) = param.max.filter(|max| n > *max) {
            return Err(format!("value must have a maximum value of {}", shown(max)));
        }
    }
    let length = given.chars().count();
    if let Some(max) = param.max_len.filter(|max| length > *max) {
        return Err(format!("value may only be {max} characters long"));
    }
    if let Some(min) = param.min_len.filter(|min| length < *min) {
        return Err(format!("value must be at least {min} characters long"));
    }
    if param.pattern.is_some_and(|perl| !pattern::fits(perl, given)) {
        return Err("value does not match the regex pattern".to_owned());
    }
    let values = param.values();
    if !values.is_empty() && !values.iter().any(|v| v == given) {
        return Err(format!("value '{given}' does not have a value in the enumeration '{}'", values.join(", ")));
    }
    let format = match (param.property, param.format) {
        (Some(keys), _) => property::check(keys, given).map(drop),
        (None, Some(name)) => format::check(name, given),
        (None, None) => Ok(()),
    };
    format.map_err(|why| format!("invalid format - {why}\n"))?;
    Ok(value)
}

fn type_failed(kind: Type, given: &str) -> String {
    let name = match kind {
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::List => "array",
        Type::Text | Type::Alias(_) | Type::Model => "string",
    };
    format!("type check ('{name}') failed - got '{given}'")
}

/// What Proxmox takes for yes and no.
pub fn boolean(given: &str) -> Option<bool> {
    match given.to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

fn integer(given: &str) -> Option<i64> {
    let digits = given.strip_prefix(['+', '-']).unwrap_or(given);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| given.parse().ok()).flatten()
}

fn number(given: &str) -> Option<f64> {
    given.parse::<f64>().ok().filter(|n| n.is_finite() && given.bytes().any(|b| b.is_ascii_digit()))
}
