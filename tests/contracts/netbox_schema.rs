//! Checks requests against NetBox's own description of its API, which stays outside this repository.
//!
//! [`Schema::check`] takes a line of a client's record: `{"method", "path", "query": [[name, value]], "body"}`. Checked
//! are path and method, names of parameters (NetBox ignores a misspelt one and returns everything), names, types and
//! choices of a body's fields, and required ones.

use serde_json::Value;
use std::{io::Write as _, path::PathBuf};

/// The workspace. This file belongs to the tests of two packages, each two folders below it.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn folder() -> PathBuf {
    let beside = || root().join("../shared/contracts");
    std::env::var_os("DIRETTORE_CONTRACTS").map_or_else(beside, PathBuf::from).join("netbox")
}

/// Notes that a test lacks its data; under `CI` it must be there.
pub(crate) fn absent(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "the contract {what} is not there");
    let note = root().join("target/skipped.txt");
    let mut list = std::fs::OpenOptions::new().create(true).append(true).open(note).expect("a place for the note");
    writeln!(list, "NetBox was not compared, {what} is absent").expect("the note is written");
}

/// NetBox's own description of its API.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn load() -> Option<Self> {
        match std::fs::read(folder().join("openapi.json")) {
            Ok(bytes) => Some(Self(serde_json::from_slice(&bytes).expect("the contract is JSON"))),
            Err(_) => {
                absent("netbox/openapi.json");
                None
            }
        }
    }

    /// The path in the schema that this one is an instance of: `/api/ipam/prefixes/{id}/`.
    fn path(&self, path: &str) -> Option<&str> {
        let is_it = |template: &str| {
            let (ours, theirs): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
            let fits =
                |(ours, theirs): (&&str, &&str)| ours == theirs || (*theirs == "{id}" && ours.parse::<u64>().is_ok());
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(fits)
        };
        self.0["paths"].as_object()?.keys().map(String::as_str).find(|template| is_it(template))
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let template = self.path(path)?;
        self.0["paths"][template].get(method.to_lowercase()).map(|operation| (template, operation))
    }

    /// Follows a reference.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => &self.0["components"]["schemas"][name.rsplit('/').next().unwrap_or_default()],
            None => schema,
        }
    }

    /// The object that a body is, or is a list of.
    fn entry<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = self.resolved(schema);
        match (&schema["oneOf"][0], &schema["items"]) {
            (Value::Null, Value::Null) => schema,
            (Value::Null, items) => self.entry(items),
            (first, _) => self.entry(first),
        }
    }

    pub(crate) fn fields(&self, name: &str) -> &Value {
        &self.0["components"]["schemas"][name]["properties"]
    }

    /// What is wrong with a line of the record, or the operation that it is.
    pub(crate) fn check(&self, line: &Value) -> Result<String, String> {
        let (method, path) = (line["method"].as_str().unwrap_or_default(), line["path"].as_str().unwrap_or_default());
        let (template, operation) = self.operation(method, path).ok_or(format!("there is no {method} {path}"))?;
        for pair in line["query"].as_array().into_iter().flatten() {
            let name = pair[0].as_str().unwrap_or_default();
            // A custom field's filter depends on the field. The others work, as the recordings show, and were never in
            // the schema.
            let is_beside = name.starts_with("cf_")
                || (name == "exclude" && pair[1] == "config_context")
                || (name == "limit" && template.ends_with("/available-ips/"));
            let mut parameters = operation["parameters"].as_array().into_iter().flatten();
            if !is_beside && !parameters.any(|p| p["name"] == *name && p["in"] == "query") {
                return Err(format!("{method} {template} has no parameter {name}"));
            }
        }
        let schema = self.entry(&operation["requestBody"]["content"]["application/json"]["schema"]);
        // What is picked may be described like what is created: the server takes more there than its schema says.
        let wider = match template.rsplit('/').nth(1) {
            Some("available-ips") => self.fields("WritableIPAddressRequest"),
            Some("available-prefixes") => self.fields("WritablePrefixRequest"),
            _ => &Value::Null,
        };
        let entries = match &line["body"] {
            Value::Array(entries) => entries.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        for entry in &entries {
            for (name, value) in entry.as_object().ok_or("an entry of a body is no object")? {
                // Every write takes a text for the change log, and a deletion names what it means.
                let is_beside = name == "changelog_message" || (name == "id" && method == "DELETE");
                let field = schema["properties"].get(name).or_else(|| wider.get(name));
                match field {
                    None if !is_beside => return Err(format!("{method} {template} has no field {name}")),
                    Some(field) => self.check_value(field, value).map_err(|why| format!("{template} {name}: {why}"))?,
                    None => {}
                }
            }
            let required = schema["required"].as_array().into_iter().flatten();
            if let Some(missing) = required.filter_map(Value::as_str).find(|name| entry.get(name).is_none())
                && method == "POST"
                && wider.is_null()
            {
                return Err(format!("{method} {template} needs {missing}"));
            }
        }
        Ok(format!("{method} {template}"))
    }

    /// The type and the choices of a value.
    fn check_value(&self, field: &Value, value: &Value) -> Result<(), String> {
        let field = self.resolved(field);
        if value.is_null() && field["nullable"] == true {
            return Ok(());
        }
        if let Some(kinds) = field["oneOf"].as_array().or_else(|| field["allOf"].as_array()) {
            let fits = kinds.iter().any(|kind| self.check_value(kind, value).is_ok());
            return if fits { Ok(()) } else { Err(format!("{value} is nothing of what it may be")) };
        }
        let fits = match field["type"].as_str() {
            _ if value.is_null() => false,
            Some("string") => value.is_string(),
            Some("integer") => value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        let choices = field["enum"].as_array();
        if !fits || choices.is_some_and(|choices| !choices.contains(value)) {
            return Err(format!("{value} is not {}", field["type"]));
        }
        Ok(())
    }
}
