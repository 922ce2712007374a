//! Custom fields: whether a value is right, and whether it is the only one.

use super::{Fields, Object, World};
use crate::netbox::{table::Model, time};
use serde_json::{Value, json};

impl World {
    /// The values that an object begins with.
    pub(super) fn custom_defaults(&self, model: &Model) -> Fields {
        let fields = self.custom_fields_of(model.kind);
        fields.into_iter().map(|(name, field)| (name.to_owned(), field.get("default").clone())).collect()
    }

    /// Takes the given values over the ones that are there. An error names the fields that do not exist.
    pub(super) fn take_custom(&self, model: &Model, into: &mut Fields, given: &Fields) -> Result<(), Value> {
        let known = self.custom_fields_of(model.kind);
        let mut errors = Fields::new();
        for (name, value) in given {
            match known.iter().find(|(n, _)| n == name) {
                None => {
                    let words = format!("Custom field '{name}' does not exist for this object type.");
                    errors.insert(name.clone(), json!(words));
                }
                Some((_, field)) => {
                    into.insert(name.clone(), self.as_stored(field, value));
                }
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Value::Object(errors)) }
    }

    /// Objects are written as ids or by their attributes, and kept as ids.
    fn as_stored(&self, field: &Object, value: &Value) -> Value {
        let related = field.text("related_object_type");
        let id = |value: &Value| match value {
            Value::Object(given) => match given.get("id").and_then(Value::as_u64) {
                Some(id) => json!(id),
                None => self.related(related, value).map_or_else(|_| value.clone(), |id| json!(id)),
            },
            other => other.clone(),
        };
        match (field.text("type"), value) {
            ("object", value) => id(value),
            ("multiobject", Value::Array(all)) => all.iter().map(id).collect(),
            _ => value.clone(),
        }
    }

    /// What is wrong with the values of an object, in words.
    pub(super) fn check_custom(&self, model: &Model, id: Option<u64>, object: &Object) -> Result<(), String> {
        for (name, field) in self.custom_fields_of(model.kind) {
            let value = object.get("custom_fields").get(name).unwrap_or(&Value::Null);
            let is_missing = value.is_null() || value == "";
            if is_missing && field.is("required") {
                return Err(format!("Invalid value for custom field '{name}': Required field cannot be empty."));
            }
            if is_missing {
                continue;
            }
            self.check_value(field, value).map_err(|why| format!("Invalid value for custom field '{name}': {why}"))?;
            let is_taken = |(other, o): (u64, &std::sync::Arc<Object>)| {
                Some(other) != id && o.get("custom_fields").get(name) == Some(value)
            };
            if field.is("unique") && self.all(model.kind).any(is_taken) {
                return Err(format!("Custom field '{name}' must have a unique value."));
            }
        }
        Ok(())
    }

    fn check_value(&self, field: &Object, value: &Value) -> Result<(), String> {
        let say = |words: &str| Err(words.to_owned());
        match field.text("type") {
            "text" | "longtext" | "url" => {
                let Some(text) = value.as_str() else { return say("Value must be a string.") };
                let pattern = field.text("validation_regex");
                if !pattern.is_empty() && !is_match(pattern, text) {
                    return Err(format!("Value must match regex '{pattern}'"));
                }
                Ok(())
            }
            "integer" if !value.is_i64() && !value.is_u64() => say("Value must be an integer."),
            "decimal" if value.as_f64().or_else(|| value.as_str()?.parse().ok()).is_none() => {
                say("Value must be a decimal.")
            }
            "integer" | "decimal" => {
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default();
                let bound = |name: &str| field.get(name).as_f64();
                if let Some(least) = bound("validation_minimum").filter(|least| number < *least) {
                    return Err(format!("Value must be at least {least:.4}"));
                }
                if let Some(most) = bound("validation_maximum").filter(|most| number > *most) {
                    return Err(format!("Value must not exceed {most:.4}"));
                }
                Ok(())
            }
            "boolean" if !value.is_boolean() => say("Value must be true or false."),
            "date"
                if value.as_str().is_none_or(|t| t.len() != 10 || time::parse(&format!("{t}T00:00:00Z")).is_none()) =>
            {
                say("Date values must be in ISO 8601 format (YYYY-MM-DD).")
            }
            "datetime" if value.as_str().is_none_or(|t| time::parse(t).is_none()) => {
                say("Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS).")
            }
            "select" if !self.is_choice(field, value) => {
                Err(format!("Invalid choice ({}) for choice set {}.", plain(value), self.set_name(field)))
            }
            "multiselect" => match value.as_array() {
                Some(all) if all.iter().all(|v| self.is_choice(field, v)) => Ok(()),
                _ => Err(format!("Invalid choice(s) ({}) for choice set {}.", plain(value), self.set_name(field))),
            },
            "object" if !value.is_u64() => {
                Err(format!("Value must be an object ID, not {}", if value.is_string() { "str" } else { "dict" }))
            }
            "multiobject" if !value.as_array().is_some_and(|ids| ids.iter().all(Value::is_u64)) => {
                say("Value must be a list of object IDs")
            }
            _ => Ok(()),
        }
    }

    fn choices(&self, field: &Object) -> Vec<(String, String)> {
        let set = field.id("choice_set").and_then(|id| self.get("extras.customfieldchoiceset", id));
        let pairs = set.and_then(|set| set.get("extra_choices").as_array());
        pairs.into_iter().flatten().map(|pair| (plain(&pair[0]), plain(&pair[1]))).collect()
    }

    fn is_choice(&self, field: &Object, value: &Value) -> bool {
        value.as_str().is_some_and(|value| self.choices(field).iter().any(|(v, _)| v == value))
    }

    pub(super) fn choice_label(&self, field: &Object, value: &Value) -> String {
        let value = plain(value);
        self.choices(field).into_iter().find(|(v, _)| *v == value).map_or(value, |(_, label)| label)
    }

    fn set_name(&self, field: &Object) -> String {
        field.id("choice_set").map(|id| self.display("extras.customfieldchoiceset", id)).unwrap_or_default()
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The patterns that a lab has. Every text is right for any other one: there is no engine for them here.
fn is_match(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[0-9]+$" => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
        "^[a-z0-9-]+$" => {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        }
        _ => true,
    }
}
