//! What a response means that is no success: an error made from its status, its headers and its body.
//!
//! NetBox says what is wrong in many shapes: `{"detail": …}`, `{"error": …}`, lists of texts for each field, the same in
//! a list for each object sent, `__all__` for what concerns no single field. What stands before it answers with pages of
//! HTML, of which at most the title is for people. No authentication failure is 401: only the text tells it from a
//! missing permission.

use super::Error;
use crate::said::{Secrets, tidy, utf8};
use http::{HeaderMap, header};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// The longest time that we let somebody make us wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// How NetBox's texts begin when it does not accept the token, in all of its releases.
const NOT_ACCEPTED: [&str; 6] =
    ["Authentication credentials", "Invalid ", "Token ", "Source IP ", "User inactive", "No credentials"];

/// Parts of the texts that say that there is one already.
const ONE_ALREADY: [&str; 7] = [
    "Duplicate IP address found",
    "Duplicate prefix found",
    "must be unique",
    "must have a unique value",
    "must make a unique set",
    "already exists",
    "violates unique constraint",
];

/// The error that a response of status ≥ 300 stands for.
pub(super) fn error_of(status: u16, headers: &HeaderMap, body: &[u8], secrets: &Secrets<'_>) -> Error {
    let said = Said::read(status, headers, &secrets.hide(&utf8(body)));
    let Said { why, errors, is_json } = said;
    let retry_after = headers.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok());
    match status {
        300..=399 => Error::Refused { status, why: elsewhere(headers, secrets), errors: BTreeMap::new() },
        401 => Error::Credentials { why },
        403 if NOT_ACCEPTED.iter().any(|start| why.starts_with(start)) => Error::Credentials { why },
        403 => Error::Denied { why },
        // A page of HTML says that the address is wrong, which must never pass for "gone already".
        404 if is_json => Error::NotFound { why },
        409 if why.starts_with("Insufficient resources") => Error::Full,
        409 => Error::InUse { why },
        412 => Error::Stale,
        429 => Error::Busy { retry_after: retry_after.and_then(seconds) },
        503 if retry_after.is_some() => Error::Busy { retry_after: retry_after.and_then(seconds) },
        400 | 500 if is_duplicate(&why, &errors) => {
            // Of a single field the text alone is said: it names all that there is to name.
            let why = errors.into_values().next().unwrap_or(why);
            Error::Duplicate { why }
        }
        501 | 505 => Error::Unavailable { status, why, in_doubt: false },
        500..=599 => Error::Unavailable { status, why, in_doubt: true },
        _ => Error::Refused { status, why, errors },
    }
}

/// A whole number of seconds; the other form, a date, would need a clock.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(|s| Duration::from_secs(s).min(LONGEST_WAIT))
}

fn elsewhere(headers: &HeaderMap, secrets: &Secrets<'_>) -> String {
    match headers.get(header::LOCATION) {
        Some(location) => {
            let location = tidy(&secrets.hide(&utf8(location.as_bytes())));
            format!("it sends us to {location}; the address in the configuration must be the final one")
        }
        None => "it sends us elsewhere without saying where".to_owned(),
    }
}

/// Whether nothing else is wrong: with another fault beside it, another value would not go well either.
fn is_duplicate(why: &str, errors: &BTreeMap<String, String>) -> bool {
    let says_so = |text: &str| ONE_ALREADY.iter().any(|part| text.contains(part));
    if errors.is_empty() { says_so(why) } else { errors.values().all(|text| says_so(text)) }
}

/// What a body says.
struct Said {
    why: String,
    errors: BTreeMap<String, String>,
    is_json: bool,
}

impl Said {
    fn read(status: u16, headers: &HeaderMap, body: &str) -> Self {
        let standard = || {
            let status = reqwest::StatusCode::from_u16(status).ok();
            status.and_then(|s| s.canonical_reason()).unwrap_or("no reason given").to_owned()
        };
        let Ok(json) = serde_json::from_str::<Value>(body) else {
            let why = page(headers, body).unwrap_or_else(standard);
            return Self { why, errors: BTreeMap::new(), is_json: false };
        };
        let (mut general, mut errors) = (Vec::new(), BTreeMap::new());
        flatten(&json, "", &mut general, &mut errors);
        let why = match general.is_empty() {
            false => tidy(&general.join("; ")),
            true if errors.is_empty() => standard(),
            true => "values are not accepted".to_owned(),
        };
        Self { why, errors, is_json: matches!(json, Value::Object(_)) }
    }
}

/// What a body that is no JSON says to people: a title, or a short text.
fn page(headers: &HeaderMap, body: &str) -> Option<String> {
    let body = body.trim();
    if body.starts_with('<') {
        return title(body);
    }
    let is_text = headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/"));
    (is_text && !body.is_empty() && body.len() <= 2000).then(|| tidy(body))
}

/// The title of a page of HTML.
pub(super) fn title(page: &str) -> Option<String> {
    // Lower-casing ASCII alone keeps the positions.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let mut text = page[start..end].to_owned();
    for (entity, sign) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, sign);
    }
    Some(tidy(&text)).filter(|t| !t.is_empty())
}

/// Puts each text of an error's body with the path to its field, or among the general ones.
fn flatten(value: &Value, path: &str, general: &mut Vec<String>, errors: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            // Releases from 4.7 on number the objects of a list themselves.
            if let (Some(index), Some(inner)) = (fields.get("index").and_then(Value::as_u64), fields.get("errors")) {
                return flatten(inner, &format!("[{index}]"), general, errors);
            }
            for (name, inner) in fields {
                match name.as_str() {
                    "detail" | "error" | "__all__" | "non_field_errors" | "errors" => {
                        flatten(inner, path, general, errors);
                    }
                    // They go with the text of an exception, and are for its finder.
                    "exception" | "netbox_version" | "python_version" => {}
                    name if path.is_empty() => flatten(inner, name, general, errors),
                    name => flatten(inner, &format!("{path}.{name}"), general, errors),
                }
            }
        }
        Value::Array(inner) => {
            let several = inner.len() > 1;
            for (index, inner) in inner.iter().enumerate() {
                let is_entry = several && path.is_empty() && inner.is_object();
                let entry = if is_entry { format!("[{index}]") } else { path.to_owned() };
                flatten(inner, &entry, general, errors);
            }
        }
        Value::Null => {}
        Value::String(text) => put(text, path, general, errors),
        other => put(&other.to_string(), path, general, errors),
    }
}

fn put(text: &str, path: &str, general: &mut Vec<String>, errors: &mut BTreeMap<String, String>) {
    if path.is_empty() {
        general.push(text.to_owned());
        return;
    }
    let text = tidy(text);
    errors
        .entry(tidy(path))
        .and_modify(|had| {
            had.push(' ');
            had.push_str(&text);
        })
        .or_insert(text);
}

#[cfg(test)]
mod tests;
