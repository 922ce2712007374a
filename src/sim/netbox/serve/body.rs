//! Bodies: JSON, and what is said when it is not.

use crate::netbox::api::No;
use http::{HeaderMap, header};
use serde_json::Value;

/// Null when there is none.
///
/// # Errors
/// It is of another type, or no JSON.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, No> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" {
        return Err(No::detail(415, format!("Unsupported media type \"{kind}\" in request.")));
    }
    serde_json::from_slice(body).map_err(|error| No::detail(400, words(&error, body)))
}

/// As Python's parser puts it.
fn words(error: &serde_json::Error, body: &[u8]) -> String {
    let before: usize = body.split(|b| *b == b'\n').take(error.line().saturating_sub(1)).map(|l| l.len() + 1).sum();
    let column = if error.is_eof() { error.column() + 1 } else { error.column().max(1) };
    let at = before + column - 1;
    format!("JSON parse error - Expecting value: line {} column {column} (char {at})", error.line().max(1))
}
