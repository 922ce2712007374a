//! Discord's own description of its HTTP API, and whether a value fits it.
//!
//! It is read from outside this repository. `anyOf` and `oneOf` are unions: the member is chosen by its `type`, so that a
//! refusal names the field that is wrong and not the whole. A request may give an integer as a string of digits and a
//! snowflake as a number (the description says otherwise, Discord takes both); our own answers may not.

use super::errors::{Errors, at};
use chrono::DateTime;
use serde_json::{Map, Value, json};
use std::{
    collections::HashSet,
    io::Write as _,
    path::PathBuf,
    sync::{Arc, LazyLock},
};

/// The largest length that the description uses where there is none.
const UNBOUNDED: u64 = 100_000;

#[derive(Debug)]
pub struct Schema(Value);

static LOADED: LazyLock<Option<Arc<Schema>>> = LazyLock::new(|| {
    let bytes = std::fs::read(folder().join("openapi.json")).ok()?;
    let parsed = serde_json::from_slice(&bytes).expect("the contract is JSON");
    Some(Arc::new(Schema(parsed)))
});

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder() -> PathBuf {
    let beside = || root().join("../shared/contracts");
    std::env::var_os("DIRETTORE_CONTRACTS").map_or_else(beside, PathBuf::from).join("discord")
}

/// Whose value is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Request,
    Answer,
}

impl Schema {
    /// `None` where the contract is not on this machine, which is then said in `target/skipped.txt`.
    ///
    /// # Panics
    /// Under `CI` the contract must be there.
    pub fn load() -> Option<Arc<Self>> {
        if LOADED.is_none() {
            assert!(std::env::var_os("CI").is_none(), "the contract discord/openapi.json is not there");
            let note = root().join("target/skipped.txt");
            let list = std::fs::create_dir_all(root().join("target"))
                .and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(note));
            let said =
                list.and_then(|mut list| writeln!(list, "Discord was not pretended, discord/openapi.json is absent"));
            said.expect("what was skipped can be noted");
        }
        LOADED.clone()
    }

    pub fn operation(&self, method: &str, template: &str) -> Option<&Value> {
        self.0["paths"].get(template)?.get(method.to_lowercase())
    }

    /// All path templates.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.0["paths"].as_object().into_iter().flatten().map(|(template, _)| template.as_str())
    }

    /// What is wrong with a value of that named schema.
    pub fn named(&self, name: &str, value: &Value, of: Of) -> Errors {
        self.check(&json!({"$ref": format!("#/components/schemas/{name}")}), value, of)
    }

    pub fn check(&self, schema: &Value, value: &Value, of: Of) -> Errors {
        let mut errors = Errors::default();
        Judge { schemas: &self.0["components"]["schemas"], of }.value(schema, value, &[], &mut errors);
        errors
    }
}

struct Judge<'s> {
    schemas: &'s Value,
    of: Of,
}

impl Judge<'_> {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => &self.schemas[name.rsplit('/').next().unwrap_or_default()],
            None => schema,
        }
    }

    fn value(&self, schema: &Value, value: &Value, path: &[String], errors: &mut Errors) {
        let is_snowflake = schema["$ref"].as_str().is_some_and(|name| name.ends_with("/SnowflakeType"));
        let schema = self.resolve(schema);
        if is_snowflake {
            return self.snowflake(value, path, errors);
        }
        for union in ["oneOf", "anyOf"] {
            if let Some(members) = schema[union].as_array() {
                return self.union(members, value, path, errors);
            }
        }
        if let Some(constant) = schema.get("const").filter(|c| *c != value) {
            return errors.add(path, "BASE_TYPE_CHOICES", format!("Value must be one of {{{constant}}}."));
        }
        let Some(value) = self.typed(schema, value, path, errors) else { return };
        if let Some(choices) = schema["enum"].as_array().filter(|c| !c.contains(&value)) {
            return choose(choices, path, errors);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            // The description repeats the choices of a type beside its narrower `enum`.
            if schema["enum"].is_null() {
                self.value(part, &value, path, errors);
            }
        }
        match &value {
            Value::String(text) => string(schema, text, path, errors),
            Value::Number(number) => bounds(schema, number.as_f64().unwrap_or_default(), path, errors),
            Value::Array(items) => self.array(schema, items, path, errors),
            Value::Object(fields) => self.object(schema, fields, path, errors),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// The value in the type that the schema wants; `None` after an error, or when it is null and may be.
    fn typed(&self, schema: &Value, value: &Value, path: &[String], errors: &mut Errors) -> Option<Value> {
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return Some(value.clone()),
        };
        if value.is_null() {
            if !kinds.contains(&"null") {
                errors.required(path);
            }
            return None;
        }
        let kind = kinds.iter().find(|k| **k != "null").copied().unwrap_or("null");
        let is_plain = schema["enum"].is_null();
        let converted = match (kind, value) {
            ("integer", Value::Number(n)) if n.is_i64() || n.is_u64() => Some(value.clone()),
            ("integer", Value::String(text)) if self.of == Of::Request && is_plain => {
                text.parse::<i64>().ok().map(Value::from)
            }
            ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) | ("string", Value::String(_)) => {
                Some(value.clone())
            }
            ("array", Value::Array(_)) | ("object", Value::Object(_)) => Some(value.clone()),
            _ => None,
        };
        if converted.is_none() {
            let (code, message) = match kind {
                "integer" => ("NUMBER_TYPE_COERCE", format!("Value \"{}\" is not int.", shown(value))),
                "number" => ("FLOAT_TYPE_COERCE", format!("Value \"{}\" is not float.", shown(value))),
                "boolean" => ("BOOLEAN_TYPE_CONVERT", "Must be either true or false.".to_owned()),
                "string" => ("STRING_TYPE_CONVERT", format!("Could not interpret \"{}\" as string.", shown(value))),
                "array" => ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType".to_owned()),
                "object" => ("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType".to_owned()),
                _ => ("BASE_TYPE_CHOICES", "Value must be one of {null}.".to_owned()),
            };
            errors.add(path, code, message);
        }
        converted
    }

    fn snowflake(&self, value: &Value, path: &[String], errors: &mut Errors) {
        let is_right = match value {
            Value::String(text) => text.parse::<u64>().is_ok_and(|id| id.to_string() == *text),
            Value::Number(number) => self.of == Of::Request && number.is_u64(),
            _ => false,
        };
        if !is_right {
            errors.add(path, "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not snowflake.", shown(value)));
        }
    }

    fn union(&self, members: &[Value], value: &Value, path: &[String], errors: &mut Errors) {
        let members: Vec<(&Value, &Value)> = members.iter().map(|m| (m, self.resolve(m))).collect();
        let is_null = |m: &Value| m["type"] == "null";
        if value.is_null() {
            // A null is taken by `null` itself or by a member that allows it; otherwise the field is missing.
            let fits = members.iter().any(|(m, r)| is_null(r) || self.fits(m, value));
            if !fits {
                errors.required(path);
            }
            return;
        }
        let real: Vec<(&Value, &Value)> = members.iter().filter(|(_, r)| !is_null(r)).copied().collect();
        if real.iter().all(|(_, r)| r.get("const").is_some()) {
            let choices: Vec<Value> = real.iter().map(|(_, r)| r["const"].clone()).collect();
            if !choices.contains(value) {
                choose(&choices, path, errors);
            }
            return;
        }
        if let [(only, _)] = real[..] {
            return self.value(only, value, path, errors);
        }
        let kinds = |r: &Value| r["properties"]["type"]["enum"].as_array().cloned().unwrap_or_default();
        let told_apart = real.iter().all(|(_, r)| !kinds(r).is_empty());
        if told_apart && value.is_object() {
            return match real.iter().find(|(_, r)| kinds(r).contains(&value["type"])) {
                Some((member, _)) => self.value(member, value, path, errors),
                None if value["type"].is_null() => errors.required(&at(path, "type")),
                None => {
                    let all: Vec<Value> = real.iter().flat_map(|(_, r)| kinds(r)).collect();
                    choose(&all, &at(path, "type"), errors);
                }
            };
        }
        if !real.iter().any(|(member, _)| self.fits(member, value)) {
            self.value(real[0].0, value, path, errors);
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut errors = Errors::default();
        self.value(schema, value, &[], &mut errors);
        errors.is_empty()
    }

    fn array(&self, schema: &Value, items: &[Value], path: &[String], errors: &mut Errors) {
        let (min, max) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        length(items.len() as u64, min, max, path, errors);
        let mut seen = HashSet::new();
        for (i, item) in items.iter().enumerate() {
            self.value(&schema["items"], item, &at(path, i), errors);
            if schema["uniqueItems"] == true && !seen.insert(item.to_string()) {
                let message = "The set already contains this value";
                errors.add(&at(path, i), "SET_TYPE_ALREADY_CONTAINS_VALUE", message);
            }
        }
    }

    fn object(&self, schema: &Value, fields: &Map<String, Value>, path: &[String], errors: &mut Errors) {
        length(fields.len() as u64, schema["minProperties"].as_u64(), schema["maxProperties"].as_u64(), path, errors);
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                errors.required(&at(path, name));
            }
        }
        for (name, field) in fields {
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(rule), _) => self.value(rule, field, &at(path, name), errors),
                (None, Value::Object(_)) => {
                    self.value(&schema["additionalProperties"], field, &at(path, name), errors);
                }
                (None, Value::Bool(false)) => {
                    errors.add(&at(path, name), "BASE_TYPE_UNKNOWN", "This field is not known");
                }
                (None, _) => {}
            }
        }
    }
}

fn choose(choices: &[Value], path: &[String], errors: &mut Errors) {
    let all: Vec<String> = choices.iter().map(shown).collect();
    errors.add(path, "BASE_TYPE_CHOICES", format!("Value must be one of {{{}}}.", all.join(", ")));
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn length(given: u64, min: Option<u64>, max: Option<u64>, path: &[String], errors: &mut Errors) {
    let is_short = min.is_some_and(|min| given < min);
    if !is_short && max.is_none_or(|max| given <= max) {
        return;
    }
    match (min, max.filter(|max| *max < UNBOUNDED)) {
        (Some(min), Some(max)) => errors.length(path, min as usize, max as usize),
        (None, Some(max)) => {
            errors.add(path, "BASE_TYPE_MAX_LENGTH", format!("Must be {max} or fewer in length."));
        }
        (min, None) => {
            let min = min.unwrap_or_default();
            errors.add(path, "BASE_TYPE_MIN_LENGTH", format!("Must be {min} or more in length."));
        }
    }
}

fn string(schema: &Value, text: &str, path: &[String], errors: &mut Errors) {
    length(text.chars().count() as u64, schema["minLength"].as_u64(), schema["maxLength"].as_u64(), path, errors);
    match schema["format"].as_str() {
        Some("uri") if !is_uri(text) => errors.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
        Some("date-time") if DateTime::parse_from_rfc3339(text).is_err() => {
            errors.add(path, "DATE_TIME_TYPE_PARSE", format!("Could not parse {text}. Should be ISO8601."));
        }
        _ => {}
    }
}

/// A scheme and something behind it, without spaces.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
        && !rest.trim_start_matches('/').is_empty()
        && !text.contains(char::is_whitespace)
}

fn bounds(schema: &Value, number: f64, path: &[String], errors: &mut Errors) {
    if let Some(min) = schema["minimum"].as_f64().filter(|min| number < *min) {
        errors.add(path, "NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {min}."));
    }
    if let Some(max) = schema["maximum"].as_f64().filter(|max| number > *max) {
        errors.add(path, "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
    }
}
