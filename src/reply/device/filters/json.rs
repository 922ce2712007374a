//! `to_json`, `to_nice_json`, `from_json`, with Python's blanks.

use super::{Given, text, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest, Serde},
};
use serde::Serialize;
use serde_json::{
    Value as Json,
    ser::{Formatter, PrettyFormatter, Serializer},
};
use std::io;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("to_json", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("to_json", &["indent", "sort_keys"], &args, &named)?;
        let json = read(&value)?;
        let json = if given.flag("sort_keys", false) { sorted(json) } else { json };
        match given.number("indent", 0)? {
            0 => written(&json, Spaced),
            indent => pretty(&json, indent),
        }
    });
    env.add_filter("to_nice_json", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("to_nice_json", &["indent", "sort_keys"], &args, &named)?;
        let json = read(&value)?;
        let json = if given.flag("sort_keys", true) { sorted(json) } else { json };
        pretty(&json, given.number("indent", 4)?)
    });
    env.add_filter("from_json", |value: Value| {
        let json: Json = serde_json::from_str(&text(&value)).map_err(|error| wrong(format!("from_json: {error}")))?;
        Ok::<_, Error>(Value::from(Serde(&json)))
    });
}

pub(super) fn read(value: &Value) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|error| wrong(format!("this cannot be written: {error}")))
}

/// Keys in order, at all depths.
pub(super) fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut pairs: Vec<_> = map.into_iter().collect();
            pairs.sort_by(|one, other| one.0.cmp(&other.0));
            Json::Object(pairs.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn pretty(json: &Json, indent: i64) -> Result<String, Error> {
    let blanks = " ".repeat(usize::try_from(indent.clamp(0, 16)).unwrap_or(4));
    written(json, PrettyFormatter::with_indent(blanks.as_bytes()))
}

fn written(json: &Json, formatter: impl Formatter) -> Result<String, Error> {
    let mut out = Vec::new();
    json.serialize(&mut Serializer::with_formatter(&mut out, formatter)).map_err(|error| wrong(error.to_string()))?;
    String::from_utf8(out).map_err(|error| wrong(error.to_string()))
}

/// `{"a": 1, "b": [1, 2]}`.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}
