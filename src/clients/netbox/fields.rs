//! Reads the objects that NetBox sends, leniently: releases differ in what they leave out, add, or wrap.
//!
//! A choice is `{"value", "label"}` or bare, a related object is an object or only its id, a value that is not there
//! counts as none. What a row cannot be without (its id, its address) must be there and right. Texts become visible;
//! what programs read (configuration contexts) stays as it is.

use super::{AddressRef, Error, Ref, VlanRef};
use crate::said::tidy;
use direttore_domain::text;
use serde_json::{Map, Value};
use std::str::FromStr;

/// Something that NetBox keeps, made from one object of its answer.
pub(super) trait Row: Sized {
    /// In messages: "prefix".
    const WHAT: &'static str;

    fn read(row: &Fields<'_>) -> Result<Self, Error>;
}

/// One object of an answer.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    what: &'static str,
    fields: &'a Map<String, Value>,
}

pub(super) fn read<T: Row>(value: &Value) -> Result<T, Error> {
    match value {
        Value::Object(fields) => T::read(&Fields { what: T::WHAT, fields }),
        _ => Err(Error::Garbage { why: format!("the {} should be an object", T::WHAT) }),
    }
}

/// `value` of `{"value", "label"}`, or what is there itself.
fn bare(value: &Value) -> &Value {
    match value {
        Value::Object(fields) if fields.len() == 2 && fields.contains_key("label") => {
            fields.get("value").unwrap_or(value)
        }
        other => other,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match bare(value) {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|v| !v.is_null())
    }

    fn wrong(&self, name: &str) -> Error {
        let id = self.get("id").and_then(Value::as_u64).map(|id| format!(" {id}")).unwrap_or_default();
        Error::Garbage { why: format!("the {}{id} has no {name} that makes sense", self.what) }
    }

    pub(super) fn id(&self) -> Result<u64, Error> {
        self.get("id").and_then(Value::as_u64).ok_or_else(|| self.wrong("id"))
    }

    /// A text that must be there and have its form.
    pub(super) fn need<T: FromStr>(&self, name: &str) -> Result<T, Error> {
        let text = self.get(name).and_then(scalar);
        text.and_then(|t| t.parse().ok()).ok_or_else(|| self.wrong(name))
    }

    /// On one line; empty when there is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.some_text(name).unwrap_or_default()
    }

    /// None when empty.
    pub(super) fn some_text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(scalar).filter(|t| !t.is_empty()).map(|t| text::visible(&t))
    }

    /// With its line feeds.
    pub(super) fn lines(&self, name: &str) -> String {
        self.get(name).and_then(scalar).map(|t| text::visible_lines(&t)).unwrap_or_default()
    }

    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(scalar).and_then(|t| t.parse().ok())
    }

    /// False unless said otherwise.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number that may be written with a fraction of zero, or as text.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.parsed(name).or_else(|| self.parsed::<f64>(name).filter(|v| *v >= 0.0 && *v < 9e15).map(|v| v as u64))
    }

    pub(super) fn object(&self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Value::as_object).map(|fields| Fields { what: self.what, fields })
    }

    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The objects of a list.
    pub(super) fn objects(&self, name: &str) -> impl Iterator<Item = Fields<'a>> {
        let what = self.what;
        self.list(name).iter().filter_map(Value::as_object).map(move |fields| Fields { what, fields })
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(scalar).map(|t| text::visible(&t)).collect()
    }

    /// Another object, as it is told of in this one.
    pub(super) fn related(&self, name: &str) -> Option<Ref> {
        match self.get(name)? {
            Value::Object(fields) => Fields { what: self.what, fields }.reference(),
            Value::Number(id) => id.as_u64().map(|id| Ref { id, name: id.to_string(), slug: None }),
            _ => None,
        }
    }

    /// This object, as others tell of it.
    pub(super) fn reference(&self) -> Option<Ref> {
        let name = ["name", "model", "username", "display"].iter().find_map(|n| self.some_text(n));
        let id = self.id().ok()?;
        Some(Ref { id, name: name.unwrap_or_else(|| id.to_string()), slug: self.some_text("slug") })
    }

    pub(super) fn vlan(&self, name: &str) -> Option<VlanRef> {
        self.object(name)?.vlan_reference()
    }

    pub(super) fn vlan_reference(&self) -> Option<VlanRef> {
        Some(VlanRef { id: self.id().ok()?, vid: self.need("vid").ok()?, name: self.text("name") })
    }

    pub(super) fn address(&self, name: &str) -> Option<AddressRef> {
        let address = self.object(name)?;
        Some(AddressRef { id: address.id().ok()?, address: address.need("address").ok()? })
    }

    /// The site that it belongs to: a scope since 4.2, and a scope may be a region or a location too.
    pub(super) fn site(&self) -> Option<Ref> {
        match self.get("scope_type").and_then(Value::as_str) {
            Some("dcim.site") => self.related("scope"),
            Some(_) => None,
            None => self.related("site"),
        }
    }

    /// Slugs.
    pub(super) fn tags(&self) -> Vec<String> {
        let slug = |tag: &Value| match tag {
            Value::Object(fields) => fields.get("slug").and_then(scalar),
            other => scalar(other),
        };
        self.list("tags").iter().filter_map(slug).map(|t| text::visible(&t)).collect()
    }

    /// Custom fields by name; a choice is its value.
    pub(super) fn custom(&self) -> Map<String, Value> {
        let Some(fields) = self.object("custom_fields") else { return Map::new() };
        fields.fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
    }
}

/// A value of a custom field with choices as they were up to 4.6, and with its texts visible.
fn plain(value: &Value) -> Value {
    match bare(value) {
        Value::String(text) => text::visible_lines(text).into(),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), plain(v))).collect(),
        other => other.clone(),
    }
}

/// Reads a body as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|e| {
        let text = crate::said::utf8(body);
        let why = match e.classify() {
            _ if text.trim_start().starts_with('<') => match super::answer::title(&text) {
                Some(title) => format!("it is a web page titled {title:?}"),
                None => "it is a web page".to_owned(),
            },
            serde_json::error::Category::Eof => "it ends too early".to_owned(),
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is no JSON".to_owned(),
            serde_json::error::Category::Data => "it has not the expected form".to_owned(),
        };
        Error::Garbage { why: tidy(&why) }
    })
}

/// For serde: what prints itself, as text.
pub(super) fn as_text<T: std::fmt::Display, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// As [`as_text`], of what may not be there.
pub(super) fn as_some_text<T, S>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error>
where
    T: std::fmt::Display,
    S: serde::Serializer,
{
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests;
