//! What the bot did: every request, and every breach of the protocol.

use crate::users::File;
use serde_json::{Value, json};
use std::{fmt, io::Write as _};

/// A request to the REST API.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// `/channels/{channel_id}/messages`; the path itself where no route fits.
    pub route: String,
    pub path: String,
    pub body: Value,
    pub files: Vec<File>,
    /// By the fake's clock.
    pub at_ms: u64,
    /// What it was answered with; 0 while it is not, or when the connection was dropped.
    pub status: u16,
    /// Discord's own code of a refusal.
    pub code: u64,
}

/// The bot, or the fake, did what the protocol forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `unknown route`, `body`, `early retry`, `own answer`, `endpoint`, `gateway`
    pub rule: &'static str,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// Which of the bodies that another program can judge this is.
fn kind(route: &str, method: &str, body: &Value) -> Option<&'static str> {
    let is_write = matches!(method, "POST" | "PATCH" | "PUT");
    match route {
        _ if !is_write => None,
        "/interactions/{interaction_id}/{interaction_token}/callback" => match body["type"].as_u64()? {
            4 | 7 => Some("message"),
            8 => Some("autocomplete"),
            9 => Some("modal"),
            _ => None,
        },
        route if route.ends_with("/commands") || route.ends_with("/commands/{command_id}") => Some("commands"),
        "/channels/{channel_id}/messages" | "/channels/{channel_id}/messages/{message_id}" => Some("message"),
        route if route.starts_with("/webhooks/{webhook_id}/{webhook_token}") => Some("message"),
        _ => None,
    }
}

/// Adds a body that the bot sent to the file that `DIRETTORE_RECORD_DISCORD` names.
pub(crate) fn keep(route: &str, method: &str, body: &Value) {
    let Some(kind) = kind(route, method, body) else { return };
    let Some(path) = std::env::var_os("DIRETTORE_RECORD_DISCORD") else { return };
    let mut line = json!({"route": route, "method": method, "kind": kind, "body": body}).to_string();
    line.push('\n');
    // One write: other processes add to the same file.
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let kept = file.and_then(|mut file| file.write_all(line.as_bytes()));
    kept.expect("DIRETTORE_RECORD_DISCORD names a file that can be written");
}
