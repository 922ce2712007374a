//! A message of Matrix as any reader has it before them, so that it can be compared with the console's.

use super::rooms::Kept;
use crate::scenarios::{
    discord::same::{one_space, who},
    evened::evened_out,
};
use direttore_reply::{Attachment, Field, Form, Reply, Tone};
use regex::Regex;
use std::sync::LazyLock;

const REACT: &str = "(react, or say it in this thread)";

pub fn body(message: &Kept) -> &str {
    message.content["body"].as_str().unwrap_or_default()
}

pub fn is_edit(message: &Kept) -> bool {
    message.content["m.relates_to"]["rel_type"] == "m.replace"
}

/// No file, and no picture.
pub fn is_words(message: &Kept) -> bool {
    matches!(message.content["msgtype"].as_str(), Some("m.notice" | "m.text"))
}

/// A text that came as a file.
pub fn file_of(message: &Kept) -> Option<Attachment> {
    let text = |key: &str| message.content[key].as_str().map(str::to_owned);
    let media_type = message.content["info"]["mimetype"].as_str().unwrap_or_default().to_owned();
    Some(Attachment { name: text("filename")?, media_type, bytes: text("text")?.into_bytes(), alt: text("body")? })
}

/// Labels, each after its sign.
pub fn labels(message: &Kept) -> Vec<(String, String)> {
    let Some(line) = body(message).lines().find(|line| line.contains(REACT)) else { return vec![] };
    let parts = line.split("   ").filter(|part| !part.contains(REACT));
    parts.filter_map(|part| part.split_once(' ')).map(|(sign, label)| (sign.to_owned(), label.to_owned())).collect()
}

/// Its lines, without what only Matrix says: how to answer.
pub fn of_matrix(message: &Kept) -> Vec<String> {
    static SAID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(^|[\s("`])!([a-z])"#).expect("a pattern"));
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^ +\d+\. ([^:]+: )").expect("a pattern"));
    let mut lines = Vec::new();
    for line in evened_out(body(message)).lines() {
        if line.contains(REACT) {
            lines.push(labels(message).iter().map(|(_, label)| format!("[{label}]")).collect::<Vec<_>>().join(" "));
            continue;
        }
        let line = NUMBERED.replace(line, "$1").replace(" (needed): ", " (required): ");
        let line = who(&one_space(&SAID.replace_all(&line, "$1/$2")));
        let is_ours = ["answer in this thread: ", "one of ", "like ", "In one line it is said like this: ", "took "];
        if !line.is_empty() && !is_ours.iter().any(|lead| line.starts_with(lead)) {
            lines.push(line);
        }
    }
    lines
}

/// A message as far as the stories look at replies.
pub fn reply_of(message: &Kept) -> Reply {
    let lines = of_matrix(message);
    let title = lines.first().cloned().unwrap_or_default();
    let (tone, title) = [("warning: ", Tone::Warning), ("refused: ", Tone::Refused), ("failed: ", Tone::Failed)]
        .into_iter()
        .find_map(|(word, tone)| Some((tone, title.strip_prefix(word)?.to_owned())))
        .unwrap_or((Tone::Info, title.clone()));
    let code = title.strip_suffix(')').and_then(|t| t.rsplit_once('(')).map(|(_, code)| code.to_owned());
    let form = body(message).contains("answer in this thread: ").then(Form::default);
    let fields = body(message).lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let fields = fields.map(|(name, value)| Field { name: name.to_owned(), value: value.trim().into() }).collect();
    let actions = labels(message).into_iter().map(|(_, label)| label).collect();
    let text = body(message).lines().skip(1).collect::<Vec<_>>().join("\n").as_str().into();
    Reply { id: message.id.clone(), code, actions, form, fields, text, ..Reply::new(tone, title) }
}
