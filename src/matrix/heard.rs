//! What an event says, if it can be for the bot: whether it is addressed to it, by which of the ways, and the words without
//! the address. Pure: rooms, roles and open forms are for whoever asks.

use crate::wire::Event;
use direttore_catalog::{Catalog, Given};
use serde_json::Value;

/// What addresses the bot in every room.
const PREFIXES: [&str; 2] = ["!direttore", "!dt"];
/// Where clients pass it through; in most of them a leading `/` never leaves the client.
const ALIAS: &str = "/direttore";
/// A command that a client put together from its description.
pub(crate) const COMMAND: &str = "org.matrix.msc4391.command";
/// Said of a message that a program wrote (MSC3955), where it is no notice.
pub(crate) const AUTOMATED: &str = "org.matrix.msc1767.automated";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub text: String,
    /// Said to the bot by name. What is not may still be an answer, or stand in a room of two.
    pub is_addressed: bool,
    /// The root of the thread that it stands in.
    pub thread: Option<String>,
    /// The message that it replies to.
    pub replies_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub on: String,
    /// Without what only says how it is drawn.
    pub key: String,
}

/// What somebody wrote. Not what a bot says, not an edit: what was said first counts.
pub(crate) fn words(event: &Event, me: &str, catalog: &Catalog, is_bare_heard: bool) -> Option<Words> {
    let content = &event.content;
    let relation = &content["m.relates_to"];
    let is_text = event.kind == "m.room.message" && content["msgtype"] == "m.text";
    if !is_text || content[AUTOMATED] == true || event.sender == me || relation["rel_type"] == "m.replace" {
        return None;
    }
    let body = content["body"].as_str()?;
    let id = |value: &Value| value.as_str().map(str::to_owned);
    let replied = &relation["m.in_reply_to"]["event_id"];
    let is_thread = relation["rel_type"] == "m.thread";
    // In a thread it is there for clients that know no threads.
    let is_fallback = is_thread && relation["is_falling_back"] != Value::Bool(false);
    let body = if replied.is_string() { without_quotation(body) } else { body };
    let (text, is_addressed) = match structured(content, me, catalog) {
        Some(line) => (line, true),
        None => addressed(&normalised(body), content, me, catalog, is_bare_heard),
    };
    Some(Words {
        text,
        is_addressed,
        thread: id(&relation["event_id"]).filter(|_| is_thread),
        replies_to: id(replied).filter(|_| !is_fallback),
    })
}

pub(crate) fn reaction(event: &Event, me: &str) -> Option<Reaction> {
    let relation = &event.content["m.relates_to"];
    if event.kind != "m.reaction" || event.sender == me || relation["rel_type"] != "m.annotation" {
        return None;
    }
    let key = bare(relation["key"].as_str()?);
    Some(Reaction { on: relation["event_id"].as_str()?.to_owned(), key })
}

/// A key as it is compared: some clients say beside it that it is to be drawn in colour.
pub(crate) fn bare(key: &str) -> String {
    key.chars().filter(|c| *c != '\u{fe0f}').take(20).collect()
}

fn addressed(body: &str, content: &Value, me: &str, catalog: &Catalog, is_bare_heard: bool) -> (String, bool) {
    let body = body.trim();
    let (first, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let is_prefix = PREFIXES.iter().chain([&ALIAS]).any(|prefix| first.eq_ignore_ascii_case(prefix));
    if is_prefix {
        return (or_help(rest), true);
    }
    if let Some(rest) = mentions(content, me).then(|| without_pill(body, content, me)).flatten() {
        // Who is mentioned may be told a command in either way.
        let rest = rest.strip_prefix('!').unwrap_or(&rest).to_owned();
        return (or_help(&rest), true);
    }
    match first.strip_prefix('!') {
        Some(word) if is_bare_heard && is_first_word(catalog, word) => (body[1..].to_owned(), true),
        _ => (body.to_owned(), false),
    }
}

fn or_help(line: &str) -> String {
    let line = line.trim();
    if line.is_empty() { "help".to_owned() } else { line.to_owned() }
}

/// Whether a command begins with it.
pub(crate) fn is_first_word(catalog: &Catalog, word: &str) -> bool {
    let word = word.to_lowercase();
    let names = catalog.commands().iter().flat_map(|c| std::iter::once(&c.path).chain(&c.also));
    names.filter_map(|name| name.split(' ').next()).any(|first| first == word)
}

fn mentions(content: &Value, me: &str) -> bool {
    let named = content["m.mentions"]["user_ids"].as_array();
    named.is_some_and(|ids| ids.iter().any(|id| id == me))
}

/// What follows the pill that a message begins with. Nothing when it begins otherwise: a reply mentions whom it replies to.
fn without_pill(body: &str, content: &Value, me: &str) -> Option<String> {
    let local = me.trim_start_matches('@').split(':').next().unwrap_or_default();
    let pill = pill(content["formatted_body"].as_str().unwrap_or_default(), me);
    let names = [Some(me.to_owned()), pill, Some(local.to_owned())];
    let bare = body.strip_prefix('@').unwrap_or(body);
    for name in names.into_iter().flatten() {
        let name = name.trim_start_matches('@');
        let begins = bare.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        if name.is_empty() || !begins {
            continue;
        }
        let rest = &bare[name.len()..];
        if rest.is_empty() || rest.starts_with([':', ',']) || rest.starts_with(char::is_whitespace) {
            return Some(rest.trim_start_matches([':', ',']).trim_start().to_owned());
        }
    }
    None
}

/// What the pill of `me` shows.
fn pill(html: &str, me: &str) -> Option<String> {
    let encoded = me.replace('@', "%40").replace(':', "%3A");
    let link = [me, &encoded].map(|id| format!("matrix.to/#/{id}\""));
    let at = link.iter().find_map(|link| html.find(link).map(|at| at + link.len()))?;
    let shown = html[at..].split_once('>')?.1.split_once("</a>")?.0;
    // A name with markup or escapes in it is compared by the others.
    (!shown.contains(['<', '&']) && shown.chars().count() < 200).then(|| shown.to_owned())
}

/// Old clients put what they reply to before it.
fn without_quotation(body: &str) -> &str {
    let mut rest = body;
    while rest.starts_with("> ") || rest.starts_with(">\n") {
        match rest.split_once('\n') {
            Some((_, after)) => rest = after,
            None => return "",
        }
    }
    if rest.len() == body.len() { body } else { rest.strip_prefix('\n').unwrap_or(rest) }
}

/// As it was typed: phones put other marks in the place of those that mean something.
pub(crate) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '“' | '”' | '„' | '«' | '»' => out.push('"'),
            '‘' | '’' | '‚' => out.push('\''),
            '—' => out.push_str("--"),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The line of a command that came with its values by name.
fn structured(content: &Value, me: &str, catalog: &Catalog) -> Option<String> {
    let asked = content[COMMAND].as_object().filter(|_| mentions(content, me))?;
    let path = asked.get("command")?.as_str()?;
    let Some(command) = catalog.get(path) else { return Some(path.to_owned()) };
    let mut given = Given::new();
    for (name, value) in asked.get("arguments").and_then(Value::as_object).into_iter().flatten() {
        let is_list = command.option(name).is_some_and(|option| option.many);
        let values: Vec<String> = match value {
            Value::Array(all) => all.iter().map(said).collect(),
            Value::String(text) if is_list => {
                text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Value::Null => continue,
            other => vec![said(other)],
        };
        // Left out is what a client fills in for a flag that was not ticked.
        if value != &Value::Bool(false) && values.iter().any(|value| !value.is_empty()) {
            given.insert(name.clone(), values);
        }
    }
    Some(command.line(&given))
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
