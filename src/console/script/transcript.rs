//! The transcript: for eyes or, with `--json`, for programs; each line flushed when it is out.

use crate::render::{Style, render};
use direttore_domain::text::{visible, visible_lines};
use direttore_reply::Reply;
use serde_json::{Value, json};
use std::io;
use tokio::io::{AsyncWrite, AsyncWriteExt};

pub(super) struct Transcript<W> {
    out: W,
    is_json: bool,
}

impl<W: AsyncWrite + Unpin> Transcript<W> {
    pub(super) fn new(out: W, is_json: bool) -> Self {
        Self { out, is_json }
    }

    /// What other programs need to use the same lab.
    pub(super) async fn ready(&mut self, ready: &Value) -> io::Result<()> {
        if self.is_json {
            return self.object(ready).await;
        }
        let mut text = String::new();
        for (key, value) in ready.as_object().into_iter().flatten().filter(|(key, _)| *key != "ready") {
            describe(&mut text, 0, key, value);
        }
        self.text(&text).await
    }

    /// Echoes the line, so that a transcript can be read alone.
    pub(super) async fn said(&mut self, line: &str) -> io::Result<()> {
        if self.is_json { Ok(()) } else { self.text(&format!("> {}\n", visible(line))).await }
    }

    pub(super) async fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        if self.is_json { self.object(&reply.to_json()).await } else { self.text(&render(reply, &Style::PLAIN)).await }
    }

    /// All replies to line `number` are out.
    pub(super) async fn line_done(&mut self, number: usize) -> io::Result<()> {
        if self.is_json { self.object(&json!({ "line": number })).await } else { Ok(()) }
    }

    async fn object(&mut self, value: &Value) -> io::Result<()> {
        self.text(&format!("{value}\n")).await
    }

    async fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes()).await?;
        self.out.flush().await
    }
}

/// `proxmox` and, indented under it, `url  https://…`.
fn describe(out: &mut String, depth: usize, key: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(inner) => {
            out.push_str(&format!("{indent}{}\n", visible(key)));
            inner.iter().for_each(|(key, value)| describe(out, depth + 1, key, value));
        }
        // Each by its name.
        Value::Array(all) if all.iter().all(|one| one["name"].is_string()) => {
            out.push_str(&format!("{indent}{}\n", visible(key)));
            for one in all {
                let rest = one.as_object().into_iter().flatten().filter(|(key, _)| *key != "name");
                let rest = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
                describe(out, depth + 1, one["name"].as_str().unwrap_or_default(), &Value::Object(rest));
            }
        }
        Value::String(text) => out.push_str(&format!("{indent}{}  {}\n", visible(key), visible_lines(text))),
        value => out.push_str(&format!("{indent}{}  {value}\n", visible(key))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_names_stands_under_them() {
        let mut out = String::new();
        let switches = json!([{ "name": "sw1", "ssh": "127.0.0.2:22" }, { "name": "sw2", "ssh": "127.0.0.3:22" }]);
        describe(&mut out, 0, "switches", &switches);
        assert_eq!(out, "switches\n  sw1\n    ssh  127.0.0.2:22\n  sw2\n    ssh  127.0.0.3:22\n");
    }
}
