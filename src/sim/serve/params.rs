//! Parameters as they come: from a query, a form or JSON.

use crate::{api::No, table::Raw};
use std::collections::BTreeMap;

/// The parameters of a form: a key that comes again makes a list.
pub fn pairs(form: &[u8]) -> BTreeMap<String, Raw> {
    let mut found: BTreeMap<String, Raw> = BTreeMap::new();
    for part in form.split(|b| *b == b'&').filter(|part| !part.is_empty()) {
        let text = |bytes: &[u8]| {
            let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
            percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned()
        };
        let at = part.iter().position(|b| *b == b'=').unwrap_or(part.len());
        let (name, value) = (text(&part[..at]), text(part.get(at + 1..).unwrap_or_default()));
        let all = match found.remove(&name) {
            None => Raw::One(value),
            Some(Raw::One(first)) => Raw::Many(vec![first, value]),
            Some(Raw::Many(mut all)) => {
                all.push(value);
                Raw::Many(all)
            }
        };
        found.insert(name, all);
    }
    found
}

/// What stands in a body, which is a form or JSON.
///
/// # Errors
/// It is not the JSON that it claims to be.
pub fn body(body: &[u8], is_json: bool) -> Result<BTreeMap<String, Raw>, No> {
    if !is_json || body.is_empty() {
        return Ok(pairs(body));
    }
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(s) => s.clone(),
        serde_json::Value::Bool(b) => u8::from(*b).to_string(),
        other => other.to_string(),
    };
    match serde_json::from_slice(body) {
        Ok(serde_json::Value::Object(map)) => {
            let given = map.into_iter().filter(|(_, value)| !value.is_null());
            Ok(given
                .map(|(name, value)| match &value {
                    serde_json::Value::Array(all) => (name, Raw::Many(all.iter().map(text).collect())),
                    one => (name, Raw::One(text(one))),
                })
                .collect())
        }
        _ => Err(No::new(400, "malformed JSON in the body")),
    }
}
