//! What a response means: its body when it went well, else an error made from status, reason phrase and body.
//!
//! Proxmox puts the message of an error into the reason phrase; newer versions repeat it in the body, others leave the
//! body empty, and errors raised before the API layer have plain text there. So a body is never required.

use super::{
    Error, Missing,
    error::{is_taken, tidy},
    wire,
};
pub(super) use crate::said::Secrets;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Body of an error, as far as there is one.
#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default, deserialize_with = "wire::string")]
    message: Option<String>,
    #[serde(default)]
    errors: Option<BTreeMap<String, wire::Owned>>,
}

/// The error that a response of status ≥ 300 stands for.
pub(super) fn error_of(status: u16, phrase: Option<&[u8]>, body: &[u8], secrets: &Secrets<'_>) -> Error {
    let body = wire::utf8(body);
    let json: Option<ErrorBody> = serde_json::from_str(&body).ok();
    let plain = (json.is_none() && body.len() <= 2000 && !body.trim_start().starts_with('<')).then_some(&*body);
    let ErrorBody { message, errors } = json.unwrap_or_default();
    let phrase = phrase.map(wire::utf8);
    let texts = [message.as_deref(), phrase.as_deref(), plain];
    let text = texts.into_iter().flatten().map(str::trim).find(|t| !t.is_empty()).map(|t| secrets.hide(t));
    let errors: BTreeMap<String, String> = errors
        .unwrap_or_default()
        .into_iter()
        .map(|(name, what)| (tidy(&name), tidy(&secrets.hide(&what.0))))
        .collect();
    classify(status, text, errors)
}

fn classify(status: u16, text: Option<String>, errors: BTreeMap<String, String>) -> Error {
    let standard =
        reqwest::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("no reason given");
    let said = text.filter(|t| !t.eq_ignore_ascii_case(standard));
    let why = tidy(said.as_deref().unwrap_or(standard));
    match (status, said) {
        (401, _) => Error::Credentials { why },
        (403, _) => denied(why),
        (400, _) if errors.get("upid").is_some_and(|e| e.contains("no such task")) => {
            Error::NotFound { what: Missing::Task, why: "no such task".to_owned() }
        }
        (400, _) if let Some(taken) = ["vmid", "newid"].iter().find_map(|p| errors.get(*p).filter(|e| is_taken(e))) => {
            Error::Exists { why: taken.clone() }
        }
        // Connection refused, no route to host: what Proxmox wanted to forward never left.
        (595, _) => Error::Unavailable { status, why, in_doubt: false },
        (596..=599 | 502..=504, _) => Error::Unavailable { status, why, in_doubt: true },
        (500, Some(text)) => Error::of_business_text(status, &text, errors),
        (500, None) => Error::Unavailable { status, why, in_doubt: true },
        _ => Error::Refused { status, why, errors },
    }
}

/// From `Permission check failed (/vms/100, VM.PowerMgmt)`; other forms name no path.
fn denied(why: String) -> Error {
    let bracket = why.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let named = bracket.and_then(|b| b.rsplit_once(',')).map(|(path, privilege)| (path.trim(), privilege.trim()));
    match named {
        Some((path, privilege)) if path.starts_with('/') && !privilege.is_empty() => {
            Error::Denied { privilege: Some(privilege.to_owned()), path: Some(path.to_owned()), why: why.clone() }
        }
        _ => Error::Denied { privilege: None, path: None, why },
    }
}

#[cfg(test)]
mod tests;
