//! Checks requests against Proxmox's own published API schema, which stays outside this repository.
//!
//! How a test uses it: give the client a file to record into (`Settings::record`), run whatever is to be checked, then
//!
//! ```ignore
//! let Some(schema) = Schema::load() else { return }; // says so in target/skipped.txt; panics under CI
//! let (endpoints, wrong) = schema.check_all(&std::fs::read_to_string(record)?);
//! assert!(wrong.is_empty(), "{wrong:#?}");
//! println!("{} endpoints: {endpoints:?}", endpoints.len());
//! ```
//!
//! [`Schema::load`] is 9.2, [`Schema::load_8_4`] the same with what 8.4 has otherwise. A line is `{"method", "path",
//! "params", "where"}`; the path is percent-encoded, below `/api2/json`; a value of `…` was a secret and is not checked.
//! Checked are: path and method, place and names of parameters, required ones, `requires`, types, enumerations, ranges,
//! lengths, patterns, property strings, and those named formats whose rule is known here; other names pass.

use crate::support::skipped;
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{LazyLock, Mutex},
};

type Object = Map<String, Value>;

/// Highest number of each family of parameters (`net[n]` is net0 to net31), where it is known: the schema does not say.
const FAMILIES: &[(&str, u32)] = &[
    ("net", 31),
    ("ipconfig", 31),
    ("ide", 3),
    ("sata", 5),
    ("scsi", 30),
    ("virtio", 15),
    ("unused", 255),
    ("hostpci", 15),
    ("usb", 13),
    ("serial", 3),
    ("parallel", 2),
    ("numa", 7),
    ("virtiofs", 9),
    ("mp", 255),
    ("dev", 255),
];

pub struct Schema {
    /// `GET /nodes/{node}` → its parameters by name.
    endpoints: BTreeMap<String, Object>,
    /// Named property strings.
    formats: Object,
    patterns: Mutex<HashMap<String, Regex>>,
}

impl Schema {
    /// Proxmox VE 9.2; `None` when the schema is not on this machine.
    pub fn load() -> Option<Self> {
        Some(Self::new(&read("api-schema.json")?))
    }

    /// Proxmox VE 8.4.
    pub fn load_8_4() -> Option<Self> {
        let mut schema = Self::load()?;
        schema.apply(&read("version-delta.json")?["8.4.5"]);
        Some(schema)
    }

    fn new(published: &Value) -> Self {
        let endpoints = object(&published["endpoints"])
            .iter()
            .map(|(key, endpoint)| (key.clone(), object(&endpoint["parameters"]).clone()))
            .collect();
        Self { endpoints, formats: object(&published["formats"]).clone(), patterns: Mutex::default() }
    }

    /// Takes away and adds what another version has otherwise. Parameters only there come without their types.
    fn apply(&mut self, delta: &Value) {
        for key in texts(&delta["endpoints_missing_vs_9.2.3"]) {
            self.endpoints.remove(key);
        }
        for (key, change) in object(&delta["parameters"]) {
            let Some(parameters) = self.endpoints.get_mut(key) else { continue };
            for name in texts(&change["missing_here"]) {
                parameters.remove(name);
            }
            for name in texts(&change["only_here"]) {
                parameters.insert(name.to_owned(), serde_json::json!({"optional": 1}));
            }
        }
        for (key, changes) in object(&delta["types"]) {
            let Some(parameters) = self.endpoints.get_mut(key) else { continue };
            for (name, fields) in object(changes) {
                let Some(rule) = parameters.get_mut(name).and_then(Value::as_object_mut) else { continue };
                for (field, versions) in object(fields) {
                    match &versions["here"] {
                        Value::Null => rule.remove(field),
                        here => rule.insert(field.clone(), here.clone()),
                    };
                }
            }
        }
    }

    /// Checks a whole record: the endpoints that were used, and what was wrong.
    pub fn check_all(&self, record: &str) -> (BTreeSet<&str>, Vec<String>) {
        let (mut endpoints, mut wrong) = (BTreeSet::new(), Vec::new());
        // One file may have the requests to other systems too.
        let others = |l: &&str| l.trim().is_empty() || l.contains(r#""system":"netbox""#);
        for line in record.lines().filter(|l| !others(l)) {
            let checked = serde_json::from_str(line).map_err(|e| e.to_string()).and_then(|line| self.check(&line));
            match checked {
                Ok(endpoint) => drop(endpoints.insert(endpoint)),
                Err(why) => wrong.push(format!("{why}: {line}")),
            }
        }
        (endpoints, wrong)
    }

    /// Checks one request; its endpoint (`GET /nodes/{node}/tasks`) when all is right.
    pub fn check(&self, line: &Value) -> Result<&str, String> {
        let (method, path) = (text(&line["method"]), text(&line["path"]));
        let (endpoint, rules, mut values) =
            self.find(&method, &path).ok_or(format!("no such endpoint: {method} {path}"))?;
        let place = if matches!(method.as_str(), "GET" | "DELETE") { "query" } else { "body" };
        if line["where"] != place {
            return Err(format!("{endpoint}: parameters belong into the {place}"));
        }
        for (name, value) in object(&line["params"]) {
            if values.insert(name.clone(), value.clone()).is_some_and(|in_path| text(&in_path) != text(value)) {
                return Err(format!("{endpoint}: {name} differs from the one in the path"));
            }
        }
        for (name, value) in &values {
            let rule = rule_of(name, rules).ok_or(format!("{endpoint}: no parameter {name}"))?;
            self.value(rule, value).map_err(|why| format!("{endpoint}: {name}: {why}"))?;
            if let Some(other) = rule["requires"].as_str().filter(|other| !values.contains_key(*other)) {
                return Err(format!("{endpoint}: {name} needs {other}"));
            }
        }
        match rules.iter().find(|(name, rule)| !is_optional(rule) && !values.contains_key(*name)) {
            Some((name, _)) => Err(format!("{endpoint}: {name} is missing")),
            None => Ok(endpoint),
        }
    }

    /// The endpoint whose path fits with the most words of its own, and what stands in the places of the others.
    fn find(&self, method: &str, path: &str) -> Option<(&str, &Object, BTreeMap<String, Value>)> {
        let given: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let fitting = self.endpoints.iter().filter_map(|(key, rules)| {
            let (of, template) = key.split_once(' ')?;
            let parts: Vec<&str> = template.split('/').skip(1).collect();
            if of != method || parts.len() != given.len() {
                return None;
            }
            let (mut values, mut words) = (BTreeMap::new(), 0);
            for (part, given) in parts.into_iter().zip(&given) {
                match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                    Some(name) => drop(values.insert(name.to_owned(), Value::from(given.as_str()))),
                    None if part == given => words += 1,
                    None => return None,
                }
            }
            Some((words, (key.as_str(), rules, values)))
        });
        fitting.max_by_key(|(words, _)| *words).map(|(_, found)| found)
    }

    fn value(&self, rule: &Value, value: &Value) -> Result<(), String> {
        if let Value::Array(items) = value {
            return match rule["type"] == "array" {
                true => items.iter().try_for_each(|item| self.value(&rule["items"], item)),
                false => Err("it is no list".to_owned()),
            };
        }
        let given = text(value);
        if given == "…" {
            return Ok(());
        }
        let number: Result<f64, _> = given.parse();
        let wrong = |what: &str| Err(format!("{given:?} is {what}"));
        let flags = ["1", "on", "yes", "true", "0", "off", "no", "false"];
        match rule["type"].as_str() {
            Some("integer") if given.parse::<i64>().is_err() => return wrong("no whole number"),
            Some("number") if !number.as_ref().is_ok_and(|n| n.is_finite()) => return wrong("no number"),
            Some("boolean") if !flags.contains(&given.to_lowercase().as_str()) => return wrong("no boolean"),
            Some("array") if rule["items"].is_object() => return self.value(&rule["items"], value),
            _ => {}
        }
        if let (Some("integer" | "number"), Ok(n)) = (rule["type"].as_str(), number) {
            let below = bound(rule, "minimum").is_some_and(|min| n < min);
            if below || bound(rule, "maximum").is_some_and(|max| n > max) {
                return wrong("out of range");
            }
        }
        let length = given.chars().count() as f64;
        if bound(rule, "minLength").is_some_and(|min| length < min)
            || bound(rule, "maxLength").is_some_and(|max| length > max)
        {
            return wrong("too short or too long");
        }
        if rule["enum"].as_array().is_some_and(|words| !words.iter().any(|word| text(word) == given)) {
            return wrong("none of the words possible");
        }
        if rule["pattern"].as_str().is_some_and(|pattern| !self.matches(pattern, &given)) {
            return wrong("not of the right form");
        }
        match &rule["format"] {
            Value::Object(keys) => self.property_string(keys, &given),
            Value::String(name) => self.named(name, &given),
            _ => Ok(()),
        }
    }

    /// `virtio=BC:24:11:00:00:01,bridge=vmbr0`
    fn property_string(&self, keys: &Object, given: &str) -> Result<(), String> {
        let mut seen = BTreeMap::new();
        for part in given.split(',').filter(|p| !p.is_empty()) {
            let (mut key, value) = match part.split_once('=') {
                Some((key, value)) if keys.contains_key(key) => (key, value),
                _ => {
                    let default = keys.iter().find(|(_, rule)| bound(rule, "default_key") == Some(1.0));
                    let (key, _) = default.ok_or(format!("{part:?} has no known key"))?;
                    (key.as_str(), part)
                }
            };
            // `virtio=MAC` says model and address at once; a plain alias is another spelling.
            if let Some(named) = keys[key]["keyAlias"].as_str() {
                seen.insert(named, key);
            }
            key = keys[key]["alias"].as_str().unwrap_or(key);
            let rule = keys.get(key).ok_or(format!("no key {key}"))?;
            self.value(rule, &Value::from(value)).map_err(|why| format!("{key}: {why}"))?;
            if seen.insert(key, value).is_some() {
                return Err(format!("{key} is there twice"));
            }
        }
        match keys
            .iter()
            .find(|(key, rule)| rule["alias"].is_null() && !is_optional(rule) && !seen.contains_key(key.as_str()))
        {
            Some((key, _)) => Err(format!("{key} is missing in {given:?}")),
            None => Ok(()),
        }
    }

    fn named(&self, name: &str, given: &str) -> Result<(), String> {
        if let Some(keys) = self.formats.get(name).and_then(Value::as_object) {
            return self.property_string(keys, given);
        }
        if let Some(of) = name.strip_suffix("-list") {
            let mut items = given.split([',', ';', ' ', '\0']).filter(|item| !item.is_empty());
            return items.try_for_each(|item| self.named(of, item));
        }
        let pattern = match name {
            "pve-vmid" => "[1-9][0-9]{2,8}",
            "pve-node" => "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?",
            "pve-configid" => "[a-zA-Z][a-zA-Z0-9_-]+",
            "pve-storage-id" => "[a-zA-Z][a-zA-Z0-9_.-]*[a-zA-Z0-9]",
            "pve-poolid" => "[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}",
            "pve-realm" => "[A-Za-z][A-Za-z0-9._-]+",
            "pve-userid" => r"[^\s:/]+@[A-Za-z][A-Za-z0-9._-]+",
            "pve-bridge-id" => "[-_.a-zA-Z0-9]{1,15}",
            "mac-addr" => "[a-fA-F0-9][02468aceACE](:[a-fA-F0-9]{2}){5}",
            "disk-size" => r"\d+(\.\d+)?[KMGT]?",
            _ => return Ok(()),
        };
        if self.matches(pattern, given) { Ok(()) } else { Err(format!("{given:?} is no {name}")) }
    }

    /// As Perl would, all of it.
    fn matches(&self, pattern: &str, given: &str) -> bool {
        let mut patterns = self.patterns.lock().expect("no panic while it is held");
        patterns.entry(pattern.to_owned()).or_insert_with(|| compiled(pattern)).is_match(given)
    }
}

fn compiled(pattern: &str) -> Regex {
    let ours = pattern.replace("(?^", "(?").replace("{,", "{0,").replace(r"\0", r"\x00");
    // `\w` repeated 256 times is large, for it is all letters of all scripts.
    let built = RegexBuilder::new(&format!("^(?:{ours})$")).size_limit(1 << 26).build();
    built.unwrap_or_else(|e| panic!("the pattern {pattern} is not understood: {e}"))
}

fn rule_of<'s>(name: &str, rules: &'s Object) -> Option<&'s Value> {
    let family = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &name[family.len()..];
    rules.get(name).filter(|_| !name.ends_with(']')).or_else(|| {
        let max = FAMILIES.iter().find(|(of, _)| *of == family).map_or(u32::MAX, |(_, max)| *max);
        let is_plain = number == "0" || !number.starts_with('0');
        number.parse::<u32>().ok().filter(|n| *n <= max && is_plain)?;
        rules.get(&format!("{family}[n]"))
    })
}

fn is_optional(rule: &Value) -> bool {
    matches!(text(&rule["optional"]).as_str(), "1" | "true")
}

/// Limits are numbers, or numbers in text.
fn bound(rule: &Value, name: &str) -> Option<f64> {
    text(rule.get(name)?).parse().ok()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn object(value: &Value) -> &Object {
    static EMPTY: LazyLock<Object> = LazyLock::new(Object::new);
    value.as_object().unwrap_or(&EMPTY)
}

fn decoded(segment: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), segment.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let hex =
            behind.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        (rest, _) = match hex.filter(|_| *first == b'%') {
            Some(byte) => (&behind[2..], out.push(byte)),
            None => (behind, out.push(*first)),
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A file of the contracts. Where they are not, the test counts as skipped, but in CI it fails.
fn read(file: &str) -> Option<Value> {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let folder = std::env::var_os("DIRETTORE_CONTRACTS")
        .map_or_else(|| PathBuf::from(workspace).join("../shared/contracts"), PathBuf::from);
    let path = folder.join("pve").join(file);
    match std::fs::read(&path) {
        Ok(body) => Some(serde_json::from_slice(&body).expect("the contract is JSON")),
        Err(error) => {
            skipped(&format!("contracts::pve_schema: {file} is not there ({error}); set DIRETTORE_CONTRACTS"));
            None
        }
    }
}

#[cfg(test)]
#[path = "pve_schema_tests.rs"]
mod tests;
