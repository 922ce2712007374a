//! What a request gives, read into values; everything that is wrong with it is told at once, in Pydantic's words, which
//! programs that were written for the first direttore know.

use super::{
    detail::{Detail, Wrong},
    whole::LARGEST,
};
use crate::body;
use axum::{body::Body, http::HeaderMap};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, time::Duration};

/// JSON in JSON in JSON is nobody's request; serde_json stops at 128 by itself.
const DEEPEST: usize = 16;

/// Where the fields come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Body,
    Query,
}

impl From {
    fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
        }
    }
}

/// The fields of an object, and what was wrong with those that were read.
pub struct Fields {
    from: From,
    /// Of an object within another: `nics`, `0`.
    under: Vec<Value>,
    fields: Map<String, Value>,
    pub wrong: Vec<Wrong>,
}

/// Reads a JSON object.
pub async fn object(headers: &HeaderMap, body: Body, time: Duration) -> Result<Fields, Detail> {
    let bytes = body::read(headers, body, LARGEST, time).await?;
    let at = |at: usize| vec![json!("body"), json!(at)];
    let wrong = |kind, at, said: &str, input, about| {
        let wrong = Wrong { kind, at, said: said.to_owned(), input, about };
        Detail::unprocessable(vec![wrong])
    };
    if bytes.is_empty() {
        return Err(wrong("missing", vec![json!("body")], "Field required", Value::Null, None));
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        let about = json!({ "error": error.to_string() });
        wrong("json_invalid", at(error.column()), "JSON decode error", json!({}), Some(about))
    })?;
    if depth(&value) > DEEPEST {
        return Err(wrong(
            "recursion_loop",
            vec![json!("body")],
            "Objects lie too deep in one another",
            Value::Null,
            None,
        ));
    }
    match value {
        Value::Object(fields) => Ok(Fields::new(From::Body, fields)),
        other => {
            let said = "Input should be a valid dictionary or object to extract fields from";
            Err(wrong("model_attributes_type", vec![json!("body")], said, other, None))
        }
    }
}

/// As [`object`], where a request may come without any.
pub async fn object_or_none(headers: &HeaderMap, body: Body, time: Duration) -> Result<Fields, Detail> {
    let bytes = body::read(headers, body, LARGEST, time).await?;
    if bytes.is_empty() {
        return Ok(Fields::new(From::Body, Map::new()));
    }
    object(headers, Body::from(bytes), time).await
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(of) => 1 + of.iter().map(depth).max().unwrap_or(0),
        Value::Object(of) => 1 + of.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

impl Fields {
    pub fn new(from: From, fields: Map<String, Value>) -> Self {
        Self { from, under: vec![], fields, wrong: vec![] }
    }

    pub fn of_query(query: HashMap<String, String>) -> Self {
        Self::new(From::Query, query.into_iter().map(|(key, value)| (key, Value::String(value))).collect())
    }

    fn at(&self, key: &str) -> Vec<Value> {
        let mut at = vec![json!(self.from.as_str())];
        at.extend(self.under.iter().cloned());
        at.push(json!(key));
        at
    }

    /// Says what is wrong with a field.
    pub fn refuse(&mut self, key: &str, kind: &'static str, said: impl Into<String>, about: Option<Value>) {
        let input = shown(key, self.fields.get(key).unwrap_or(&Value::Null));
        let at = self.at(key);
        self.wrong.push(Wrong { kind, at, said: said.into(), input, about });
    }

    /// As Pydantic tells what a check of one's own found.
    pub fn refuse_value(&mut self, key: &str, said: &str) {
        self.refuse(key, "value_error", format!("Value error, {said}"), Some(json!({ "error": {} })));
    }

    fn missing(&mut self, key: &str) {
        let at = self.at(key);
        let fields = self.fields.iter().map(|(key, value)| (key.clone(), shown(key, value)));
        let input = Value::Object(fields.collect());
        self.wrong.push(Wrong { kind: "missing", at, said: "Field required".to_owned(), input, about: None });
    }

    /// Whether a field is there, and nothing was wrong with it so far.
    pub fn is_right(&self, key: &str) -> bool {
        self.has(key) && !self.wrong.iter().any(|wrong| wrong.at.last().is_some_and(|at| at == key))
    }

    pub fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    /// Whether a field is there, be it null.
    pub fn says(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// A field that must be there; what is given in its place is thrown away with the request.
    pub fn need<T: Default>(&mut self, key: &str, read: impl Fn(&mut Self, &str) -> Option<T>) -> T {
        if !self.fields.contains_key(key) {
            self.missing(key);
            return T::default();
        }
        let before = self.wrong.len();
        match read(self, key) {
            Some(value) => value,
            None => {
                if self.wrong.len() == before {
                    self.refuse(key, "none_required", "Input should not be null", None);
                }
                T::default()
            }
        }
    }

    /// Text without control characters but line breaks and tabs.
    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.raw(key)?.clone() {
            Value::String(text) if text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) => {
                self.refuse_value(key, "control characters are not taken");
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.refuse(key, "string_type", "Input should be a valid string", None);
                None
            }
        }
    }

    /// Text without any control characters.
    pub fn plain(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        if text.chars().any(char::is_control) {
            self.refuse_value(key, "control characters are not taken");
            return None;
        }
        Some(text)
    }

    /// Text of one line, of so many characters at most.
    pub fn line(&mut self, key: &str, longest: usize) -> Option<String> {
        let text = self.plain(key)?;
        if text.chars().count() > longest {
            let said = format!("String should have at most {longest} characters");
            self.refuse(key, "string_too_long", said, Some(json!({ "max_length": longest })));
            return None;
        }
        Some(text)
    }

    /// A number, also one that is written as text, within limits.
    pub fn number(&mut self, key: &str, limits: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let number = match self.raw(key)? {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Some(number),
                // 4.0 is 4.
                (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => Some(float as i64),
                (None, Some(float)) if float.fract() != 0.0 => {
                    let said = "Input should be a valid integer, got a number with a fractional part";
                    self.refuse(key, "int_from_float", said, None);
                    return None;
                }
                _ => None,
            },
            Value::String(text) => match text.trim().parse() {
                Ok(number) => Some(number),
                Err(_) => {
                    let said = "Input should be a valid integer, unable to parse string as an integer";
                    self.refuse(key, "int_parsing", said, None);
                    return None;
                }
            },
            _ => {
                self.refuse(key, "int_type", "Input should be a valid integer", None);
                return None;
            }
        };
        let (least, most) = (*limits.start(), *limits.end());
        match number {
            Some(number) if number < least => {
                let said = format!("Input should be greater than or equal to {least}");
                self.refuse(key, "greater_than_equal", said, Some(json!({ "ge": least })));
                None
            }
            Some(number) if number <= most => Some(number),
            _ => {
                let said = format!("Input should be less than or equal to {most}");
                self.refuse(key, "less_than_equal", said, Some(json!({ "le": most })));
                None
            }
        }
    }

    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let flag = match self.raw(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) if number.as_i64() == Some(0) => Some(false),
            Value::Number(number) if number.as_i64() == Some(1) => Some(true),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
                "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.refuse(key, "bool_parsing", "Input should be a valid boolean, unable to interpret input", None);
        }
        flag
    }

    /// One of several words.
    pub fn word(&mut self, key: &str, words: &[&'static str]) -> Option<&'static str> {
        let found = match self.raw(key)? {
            Value::String(text) => words.iter().find(|word| *word == text).copied(),
            _ => None,
        };
        if found.is_none() {
            let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            let told = match quoted.as_slice() {
                [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
                _ => quoted.concat(),
            };
            self.refuse(key, "enum", format!("Input should be {told}"), Some(json!({ "expected": told })));
        }
        found
    }

    /// A list of objects.
    pub fn objects(&mut self, key: &str, most: usize) -> Option<Vec<Fields>> {
        let Value::Array(list) = self.raw(key)?.clone() else {
            self.refuse(key, "list_type", "Input should be a valid list", None);
            return None;
        };
        if list.len() > most {
            let said = format!("List should have at most {most} items after validation, not {}", list.len());
            let about = json!({ "field_type": "List", "max_length": most, "actual_length": list.len() });
            self.refuse(key, "too_long", said, Some(about));
            return None;
        }
        let mut all = Vec::new();
        for (nth, one) in list.into_iter().enumerate() {
            let mut under = self.under.clone();
            under.extend([json!(key), json!(nth)]);
            match one {
                Value::Object(fields) => all.push(Fields { from: self.from, under, fields, wrong: vec![] }),
                other => {
                    let mut at = vec![json!(self.from.as_str())];
                    at.extend(under);
                    let said = "Input should be a valid dictionary or object to extract fields from".to_owned();
                    self.wrong.push(Wrong { kind: "model_attributes_type", at, said, input: other, about: None });
                }
            }
        }
        Some(all)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub fn done(self) -> Result<(), Detail> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Detail::unprocessable(self.wrong)) }
    }
}

/// What was given, but for what nobody should read twice.
fn shown(key: &str, value: &Value) -> Value {
    let is_secret = key.contains("password") || key.contains("token");
    if is_secret && value.is_string() { json!("(left out)") } else { value.clone() }
}

/// A number in a path.
///
/// # Errors
/// It is none, or larger than any of ours.
pub fn path_number(name: &str, given: &str) -> Result<i64, Detail> {
    let digits = given.strip_prefix(['-', '+']).unwrap_or(given);
    if let Ok(number) = given.parse() {
        return Ok(number);
    }
    let (kind, said) = if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        ("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
    } else {
        ("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
    };
    let wrong =
        Wrong { kind, at: vec![json!("path"), json!(name)], said: said.to_owned(), input: json!(given), about: None };
    Err(Detail::unprocessable(vec![wrong]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Fields {
        let Value::Object(fields) = value else { panic!("an object") };
        Fields::new(From::Body, fields)
    }

    fn told(fields: Fields) -> Vec<(String, String)> {
        fields.wrong.iter().map(|w| (w.kind.to_owned(), w.said.clone())).collect()
    }

    #[test]
    fn numbers_are_read_as_pydantic_reads_them() {
        let mut read = fields(json!({ "a": 4, "b": "4", "c": 4.0, "d": 4.5, "e": "x", "f": true, "g": 9, "h": -1 }));
        for key in ["a", "b", "c"] {
            assert_eq!(read.number(key, 0..=8), Some(4), "{key}");
        }
        for key in ["d", "e", "f", "g", "h", "none"] {
            assert_eq!(read.number(key, 0..=8), None, "{key}");
        }
        let kinds: Vec<&str> = read.wrong.iter().map(|w| w.kind).collect();
        assert_eq!(kinds, ["int_from_float", "int_parsing", "int_type", "less_than_equal", "greater_than_equal"]);
    }

    #[test]
    fn words_and_flags() {
        let mut read = fields(json!({ "role": "king", "on": "maybe", "ok": "yes", "off": 0 }));
        assert_eq!(read.word("role", &["admin", "operator", "viewer"]), None);
        assert_eq!((read.flag("on"), read.flag("ok"), read.flag("off")), (None, Some(true), Some(false)));
        let told = told(read);
        assert_eq!(told[0], ("enum".to_owned(), "Input should be 'admin', 'operator' or 'viewer'".to_owned()));
        assert_eq!(told[1].0, "bool_parsing");
    }

    #[test]
    fn what_is_missing_is_named_with_what_was_given() {
        let mut read = fields(json!({ "title": "x", "end": null }));
        let start: String = read.need("start", Fields::text);
        let end: String = read.need("end", Fields::text);
        assert_eq!((start.as_str(), end.as_str()), ("", ""));
        assert_eq!(read.wrong[0].kind, "missing");
        assert_eq!(read.wrong[0].input, json!({ "title": "x", "end": null }));
        assert_eq!(read.wrong[0].at, [json!("body"), json!("start")]);
        assert_eq!(read.wrong[1].kind, "none_required");
    }

    #[test]
    fn objects_in_a_list_say_where_they_are() {
        let mut read = fields(json!({ "nics": [{ "vlan": 4095 }, 7] }));
        let mut nics = read.objects("nics", 8).expect("a list");
        assert_eq!(nics[0].number("vlan", 1..=4094), None);
        assert_eq!(nics[0].wrong[0].at, [json!("body"), json!("nics"), json!(0), json!("vlan")]);
        assert_eq!(read.wrong[0].at, [json!("body"), json!("nics"), json!(1)]);
        assert_eq!(read.objects("nics", 1).map(|_| ()), None);
    }

    #[test]
    fn a_number_in_a_path() {
        assert_eq!(path_number("id", "42").ok(), Some(42));
        for (given, kind) in [("abc", "int_parsing"), ("99999999999999999999", "int_parsing_size"), ("", "int_parsing")]
        {
            let detail = path_number("id", given).expect_err("no number");
            assert!(format!("{detail:?}").contains(&format!("{kind:?}")), "{given}: {detail:?}");
        }
    }
}
