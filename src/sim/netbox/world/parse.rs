//! Single values of a body: what each must be, and what is said when it is not.

use super::{Fields, Object, World, rules};
use crate::netbox::{
    net::Net,
    table::{self, Field, Kind, Model},
};
use serde_json::{Value, json};

impl World {
    /// One field as it is stored; what is wrong otherwise.
    pub(super) fn parse(&self, model: &Model, field: &Field, value: &Value) -> Result<Value, Value> {
        let say = |words: String| Err(json!([words]));
        if value.is_null() {
            return match field.kind {
                Kind::Json if field.is_nullable => Ok(Value::Null),
                _ if field.is_nullable => Ok(Value::Null),
                _ => say("This field may not be null.".into()),
            };
        }
        match field.kind {
            Kind::Text(most) => read_text(field, most, value),
            Kind::Slug => match value.as_str() {
                Some("") => say("This field may not be blank.".into()),
                Some(s) if s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => Ok(value.clone()),
                Some(_) => say(
                    "Enter a valid \u{201c}slug\u{201d} consisting of letters, numbers, underscores or hyphens.".into(),
                ),
                None => say("Not a valid string.".into()),
            },
            Kind::Color => match value.as_str() {
                Some(s) if s.len() == 6 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) => {
                    Ok(value.clone())
                }
                _ => say("Enter a valid hexadecimal RGB color code.".into()),
            },
            Kind::Int(least, most, _) => match whole(value) {
                None => say("A valid integer is required.".into()),
                Some(n) if n < least => say(format!("Ensure this value is greater than or equal to {least}.")),
                Some(n) if n > most => say(format!("Ensure this value is less than or equal to {most}.")),
                Some(n) => Ok(json!(n)),
            },
            Kind::Float(least, most) => match value.as_f64().or_else(|| value.as_str()?.parse().ok()) {
                None => say("A valid number is required.".into()),
                Some(n) if n < least => say(format!("Ensure this value is greater than or equal to {least}.")),
                Some(n) if n > most => say(format!("Ensure this value is less than or equal to {most}.")),
                Some(n) => Ok(json!(n)),
            },
            Kind::Flag(_) => match value {
                Value::Bool(_) => Ok(value.clone()),
                Value::String(s) if ["true", "True", "1", "on", "yes"].contains(&s.as_str()) => Ok(json!(true)),
                Value::String(s) if ["false", "False", "0", "off", "no"].contains(&s.as_str()) => Ok(json!(false)),
                Value::Number(n) if n.as_u64() == Some(1) => Ok(json!(true)),
                Value::Number(n) if n.as_u64() == Some(0) => Ok(json!(false)),
                _ => say("Must be a valid boolean.".into()),
            },
            Kind::Choice(choices, _) => match value {
                Value::String(s) if s.is_empty() && field.is_nullable => Ok(Value::Null),
                Value::String(s) if s.is_empty() => say("This field may not be blank.".into()),
                Value::Object(_) | Value::Array(_) => {
                    say("Value must be passed directly (e.g. \"foo\": 123); do not use a dictionary or list.".into())
                }
                Value::String(s) if choices.iter().any(|(v, _)| v == s) => Ok(value.clone()),
                other => say(format!("{} is not a valid choice.", plain(other))),
            },
            Kind::One(kind, _) => self.related(kind, value).map(|id| json!(id)).map_err(|why| json!([why])),
            Kind::Many(kind) => match value {
                Value::Array(all) => {
                    let ids: Result<Vec<u64>, String> = all.iter().map(|v| self.related(kind, v)).collect();
                    ids.map(|ids| json!(ids)).map_err(|why| json!([why]))
                }
                other => say(format!("Expected a list of items but got type \"{}\".", python_type(other))),
            },
            Kind::Kinds => match value {
                Value::Array(all) => match all.iter().find(|k| !k.as_str().is_some_and(rules::is_kind)) {
                    None => Ok(table::sorted(all)),
                    Some(other) => say(format!("Invalid content type: {}", plain(other))),
                },
                other => say(format!("Expected a list of items but got type \"{}\".", python_type(other))),
            },
            Kind::TypeOf(kinds) => match value.as_str() {
                Some(kind) if if kinds.is_empty() { rules::is_kind(kind) } else { kinds.contains(&kind) } => {
                    Ok(value.clone())
                }
                _ => say(format!("Invalid content type: {}", plain(value))),
            },
            Kind::IdOf => match whole(value) {
                Some(n) if n >= 0 => Ok(json!(n)),
                Some(_) => say("Ensure this value is greater than or equal to 0.".into()),
                None => say("A valid integer is required.".into()),
            },
            Kind::Address => match value.as_str().and_then(Net::parse) {
                Some(net) => Ok(json!(net.to_string())),
                None if value == "" => say("This field may not be blank.".into()),
                None => say(format!("Invalid IP address format: {}", plain(value))),
            },
            Kind::Prefix => match value.as_str().and_then(Net::parse) {
                Some(net) if net.address != net.first() => {
                    say(format!("{net} is not a valid prefix. Did you mean {}?", net.network()))
                }
                Some(net) => Ok(json!(net.to_string())),
                None if value == "" => say("This field may not be blank.".into()),
                None => say(format!("Invalid IP prefix format: {}", plain(value))),
            },
            Kind::Mac => match value.as_str().and_then(mac) {
                Some(mac) => Ok(json!(mac)),
                None => say(format!("Invalid MAC address format: {}", plain(value))),
            },
            Kind::Dns => match value.as_str() {
                Some(name) if is_dns_name(name) => Ok(json!(name.to_lowercase())),
                Some(_) => say(
                    "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names"
                        .into(),
                ),
                None => say("Not a valid string.".into()),
            },
            Kind::Ranges => match value.as_array() {
                Some(all) if all.iter().all(|r| r.as_array().is_some_and(|r| r.len() == 2)) => Ok(value.clone()),
                _ => say("Ranges must be specified in the form (lower, upper).".into()),
            },
            _ if model.kind == "extras.eventrule" && field.name == "event_types" => rules::event_types(value),
            _ => Ok(value.clone()),
        }
    }

    /// The id of the object that a value means: a number, or attributes that name exactly one.
    pub fn related(&self, kind: &str, value: &Value) -> Result<u64, String> {
        if let Value::Object(wanted) = value {
            let mut found = self.all(kind).filter(|(id, o)| self.has(kind, *id, o, wanted)).map(|(id, _)| id);
            return match (found.next(), found.next()) {
                (Some(id), None) => Ok(id),
                (None, _) => Err(format!("Related object not found using the provided attributes: {}", python(value))),
                (Some(_), Some(_)) => Err(format!("Multiple objects match the provided attributes: {}", python(value))),
            };
        }
        let id = whole(value).and_then(|n| u64::try_from(n).ok()).ok_or_else(|| {
            format!(
                "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized \
                 value: {}",
                plain(value)
            )
        })?;
        if self.get(kind, id).is_some() {
            Ok(id)
        } else {
            Err(format!("Related object not found using the provided numeric ID: {id}"))
        }
    }

    fn has(&self, kind: &str, id: u64, object: &Object, wanted: &Fields) -> bool {
        wanted.iter().all(|(name, value)| {
            let field = table::model(kind).and_then(|m| m.field(name));
            match (field.map(|f| f.kind), value) {
                _ if name == "id" || name == "pk" => value.as_u64() == Some(id),
                (Some(Kind::One(related, _)), Value::Object(inner)) => object
                    .id(name)
                    .and_then(|id| Some((id, self.get(related, id)?)))
                    .is_some_and(|(id, o)| self.has(related, id, o, inner)),
                (Some(Kind::Address | Kind::Prefix), value) => {
                    value.as_str().and_then(Net::parse).is_some_and(|net| object.net == Some(net))
                }
                _ => object.get(name) == value,
            }
        })
    }
}

fn read_text(field: &Field, most: usize, value: &Value) -> Result<Value, Value> {
    let text = match value {
        // A template ends as it was written.
        Value::String(s) if field.name == "template_code" => s.clone(),
        Value::String(s) => s.trim().to_owned(),
        Value::Number(n) => n.to_string(),
        _ => return Err(json!(["Not a valid string."])),
    };
    if text.is_empty() && field.is_required {
        return Err(json!(["This field may not be blank."]));
    }
    if most > 0 && text.chars().count() > most {
        return Err(json!([format!("Ensure this field has no more than {most} characters.")]));
    }
    // What must be the only one of its kind is null when it is empty.
    if text.is_empty() && field.is_nullable {
        return Ok(Value::Null);
    }
    Ok(json!(text))
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64)),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

/// Upper hex with colons, of any common form.
pub fn mac(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.to_ascii_uppercase();
    Some((0..6).map(|i| &digits[2 * i..2 * i + 2]).collect::<Vec<_>>().join(":"))
}

fn is_dns_name(name: &str) -> bool {
    let label =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut parts = name.split('.');
    name.is_empty() || parts.next().is_some_and(|first| first == "*" || label(first)) && parts.all(label)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| python(value), str::to_owned)
}

pub fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// As Python prints it.
pub fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(n) => n.to_string(),
        Value::String(s) if s.contains('\'') => format!("\"{s}\""),
        Value::String(s) => format!("'{s}'"),
        Value::Array(all) => format!("[{}]", all.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(k, v)| format!("'{k}': {}", python(v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}
