//! Fields of a JSON object, each with the path that it is called by when it is wrong.

use super::Wrong;
use chrono::DateTime;
use direttore_domain::{Instant, text};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

/// The whole body as JSON, which must be an object.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Wrong> {
    let wrong = |why: String| Wrong { field: "the body".to_owned(), why, right: "one JSON object" };
    let value: Value = serde_json::from_slice(bytes).map_err(|e| wrong(format!("is no JSON ({e})")))?;
    if value.is_object() { Ok(value) } else { Err(wrong(format!("is {}", kind(&value)))) }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => text::shorten(&text::visible(&other.to_string()), 60),
    }
}

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value, path: String, right: &'static str) -> Result<Self, Wrong> {
        match value.as_object() {
            Some(map) => Ok(Self { path, map }),
            None => Err(Wrong { field: path, why: format!("is {}", kind(value)), right }),
        }
    }

    fn called(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// How a field of an object within is called.
    pub fn called_within(&self, outer: &str, key: &str) -> String {
        format!("{}.{key}", self.called(outer))
    }

    /// What is there; null is nothing.
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub fn wrong(&self, key: &str, right: &'static str) -> Wrong {
        let why = self.map.get(key).map_or_else(|| "is missing".to_owned(), |value| format!("is {}", kind(value)));
        Wrong { field: self.called(key), why, right }
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Wrong> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(self.wrong(key, "a text")),
        }
    }

    pub fn texts(&self, key: &str) -> Result<BTreeMap<String, String>, Wrong> {
        let Some(value) = self.get(key) else { return Ok(BTreeMap::new()) };
        let inner = Self::of(value, self.called(key), "an object of texts")?;
        let one = |name: &String| Ok((name.clone(), inner.text(name)?.unwrap_or_default().to_owned()));
        inner.map.keys().map(one).collect()
    }

    pub fn number(&self, key: &str) -> Result<Option<u64>, Wrong> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| self.wrong(key, "a number from 0")),
        }
    }

    /// An instant as RFC 3339 writes it.
    pub fn instant(&self, key: &str) -> Result<Option<Instant>, Wrong> {
        let wrong = || self.wrong(key, "an instant like 2026-12-01T09:00:00Z");
        match self.text(key).map_err(|_| wrong())?.filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                DateTime::parse_from_rfc3339(text).map(|at| Some(Instant(at.timestamp_millis()))).map_err(|_| wrong())
            }
        }
    }

    /// An object within.
    pub fn within(&self, key: &str) -> Result<Option<Self>, Wrong> {
        self.get(key).map(|value| Self::of(value, self.called(key), "an object")).transpose()
    }

    /// The objects of a list.
    pub fn list(&self, key: &str) -> Result<Option<Vec<Self>>, Wrong> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let items = value.as_array().ok_or_else(|| self.wrong(key, "a list of alerts"))?;
        let one = |(at, item)| Self::of(item, format!("{}[{at}]", self.called(key)), "an object");
        items.iter().enumerate().map(one).collect::<Result<_, _>>().map(Some)
    }
}
