//! A neutral reply as a notice of Matrix: a plain body that is aligned by itself, and the same in HTML for clients that
//! draw it.
//!
//! Whatever comes from data is escaped, and nobody is called but whom the caller names. What does not fit is cut, the
//! longest part of it first, and comes whole as a file. Buttons are signs to react with, each with its word beside it.

mod form;
mod html;
mod sign;
mod table;

#[cfg(test)]
mod tests;

use crate::{heard::AUTOMATED, wire::File};
use direttore_domain::text::{visible, visible_lines};
use direttore_reply::{Progress, Reply, Tone};
use html::escaped;
use serde_json::{Value, json};
pub(crate) use sign::{Button, buttons};

/// Bytes of body and HTML together. An edit has them twice, and an event has room for 65,536.
const MOST: usize = 20_000;
/// Of the body of what was cut; its HTML says the same, and each byte may take six there.
const CUT: usize = 2_500;

/// How lines that can be said are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// What stands before a command.
    pub lead: &'static str,
}

impl Manner {
    pub fn new(is_bare_heard: bool) -> Self {
        Self { lead: if is_bare_heard { "!" } else { "!dt " } }
    }
}

/// A reply as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub body: String,
    pub html: String,
    pub files: Vec<File>,
    pub buttons: Vec<Button>,
    /// The questions of its form: their keys, and whether they are answered.
    pub asks: Option<Vec<(String, bool)>>,
}

impl Shown {
    /// The content of a message. It calls those people, or nobody: then it is a notice, for which nobody's client rings.
    pub fn content(&self, calls: &[String]) -> Value {
        let mut content = json!({
            "msgtype": "m.notice",
            "body": self.body,
            "format": "org.matrix.custom.html",
            "formatted_body": self.html,
            "m.mentions": {},
        });
        if !calls.is_empty() {
            content["msgtype"] = json!("m.text");
            content["m.mentions"] = json!({ "user_ids": calls });
            // What a notice says by its kind: no program is meant.
            content[AUTOMATED] = json!(true);
        }
        content
    }

    /// The content of an edit of our own message.
    pub fn edit(&self, of: &str) -> Value {
        let new = self.content(&[]);
        let mut content = new.clone();
        content["body"] = json!(format!("* {}", self.body));
        content["formatted_body"] = json!(format!("* {}", self.html));
        content["m.new_content"] = new;
        content["m.relates_to"] = json!({ "rel_type": "m.replace", "event_id": of });
        content
    }

    pub fn is_within_limits(&self) -> bool {
        self.body.len() + self.html.len() <= MOST
    }
}

/// Words of our own, as a notice.
pub(crate) fn words(text: &str) -> Shown {
    Shown { body: text.to_owned(), html: escaped(text), files: vec![], buttons: vec![], asks: None }
}

pub(crate) fn shown(reply: &Reply, manner: Manner) -> Shown {
    let buttons = buttons(&reply.actions);
    let asks = reply.form.as_ref().map(|form| {
        form.ask.iter().map(|ask| (ask.key.clone(), ask.value.as_ref().is_some_and(|v| !v.is_empty()))).collect()
    });
    let files = reply.attachments.iter().map(|file| File {
        name: file.name.clone(),
        media: file.media_type.clone(),
        bytes: file.bytes.clone(),
        alt: file.alt.clone(),
        size: dots(&file.bytes),
    });
    let (text, rest, tail) = (plain_text(reply, manner), plain_beside(reply, manner), plain_tail(reply, &buttons));
    let whole = join(&[&text, &rest, &tail]);
    let html = [html_head(reply, manner), html_tail(reply, &buttons)].concat();
    let mut shown = Shown { body: whole.clone(), html, files: files.collect(), buttons, asks };
    if !shown.is_within_limits() {
        let whole = File {
            name: "reply.txt".to_owned(),
            media: "text/plain".to_owned(),
            bytes: (whole + "\n").into_bytes(),
            alt: "The whole reply as text".to_owned(),
            size: None,
        };
        shown.files.insert(0, whole);
        // So that both are seen: what the one does not need the other may have.
        let rest = cut_lines(&rest, (CUT / 2).max(CUT.saturating_sub(text.len())));
        let head = join(&[&cut_lines(&text, CUT - rest.len()), &rest]);
        let tail = cut_lines(&tail, CUT);
        let note = "… the whole is in the file.";
        shown.body = join(&[&head, note, &tail]);
        shown.html = format!("<pre><code>{}</code></pre>{}", escaped(&head), escaped(&join(&[note, &tail])));
        shown.html = shown.html.replace('\n', "<br>");
    }
    shown
}

fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// `refused: no guest is called web9 (no-such-guest)`
fn title(reply: &Reply, manner: Manner) -> String {
    let word = match reply.tone {
        Tone::Info | Tone::Success => "",
        Tone::Warning => "warning: ",
        Tone::Refused => "refused: ",
        Tone::Failed => "failed: ",
    };
    let code = reply.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    visible(&format!("{word}{}{code}", sign::spoken(&reply.title_plain(), manner.lead)))
}

fn plain_text(reply: &Reply, manner: Manner) -> String {
    let text = sign::spoken_text(&reply.text, &reply.zone, manner.lead);
    join(&[&title(reply, manner), &visible_lines(text.trim_matches('\n'))])
}

/// What stands beside it.
fn plain_beside(reply: &Reply, manner: Manner) -> String {
    let mut lines = fields(reply, manner);
    lines.extend(reply.table.as_ref().filter(|table| !table.rows.is_empty()).map(table::plain));
    lines.extend(reply.progress.map(bar));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn plain_tail(reply: &Reply, buttons: &[Button]) -> String {
    let mut lines = Vec::new();
    lines.extend(reply.form.as_ref().map(form::plain));
    lines.push(sign::plain(buttons));
    lines.extend(reply.reference.as_ref().map(|reference| format!("reference {}", visible(reference))));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Names in one column, values in the next.
fn fields(reply: &Reply, manner: Manner) -> Vec<String> {
    let names: Vec<String> = reply.fields.iter().map(|field| visible(&field.name)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, field): (&String, &direttore_reply::Field)| {
        let value = visible_lines(&sign::spoken(&field.value.plain(&reply.zone), manner.lead));
        let pad = " ".repeat(widest - name.chars().count());
        format!("  {name}{pad}  {}", value.replace('\n', &format!("\n  {}", " ".repeat(widest + 2))))
    };
    names.iter().zip(&reply.fields).map(line).collect()
}

fn html_head(reply: &Reply, manner: Manner) -> String {
    let mut out = format!("<strong>{}</strong>", escaped(&title(reply, manner)));
    let text = html::text(&reply.text, &reply.zone, manner);
    if !text.is_empty() {
        out += &*format!("<br>{text}");
    }
    if !reply.fields.is_empty() {
        out += "<ul>";
        for field in &reply.fields {
            let value = html::text(&field.value, &reply.zone, manner);
            out += &*format!("<li><b>{}</b> {value}</li>", escaped(&field.name));
        }
        out += "</ul>";
    }
    if let Some(table) = reply.table.as_ref().filter(|table| !table.rows.is_empty()) {
        out += &*table::html(table);
    }
    if let Some(progress) = reply.progress {
        out += &*format!("<p>{}</p>", escaped(&bar(progress)));
    }
    out
}

fn html_tail(reply: &Reply, buttons: &[Button]) -> String {
    let mut out = reply.form.as_ref().map(form::html).unwrap_or_default();
    let signs = sign::plain(buttons);
    if !signs.is_empty() {
        out += &*format!("<p>{}</p>", escaped(&signs));
    }
    if let Some(reference) = &reply.reference {
        out += &*format!("<p><sub>reference {}</sub></p>", escaped(reference));
    }
    out
}

/// `█████░░░░░ 3 of 6 steps done, 60 % of the next`
fn bar(progress: Progress) -> String {
    const CELLS: u64 = 12;
    let percent = progress.percent.map(|p| p.min(100));
    let words = match percent {
        Some(percent) => format!("{} of {} steps done, {percent} % of the next", progress.done, progress.of),
        None => format!("{} of {} steps done", progress.done, progress.of),
    };
    let whole = u64::from(progress.of.max(1)) * 100;
    let done = (u64::from(progress.done) * 100 + u64::from(percent.unwrap_or(0))).min(whole);
    let full = usize::try_from(done * CELLS / whole).unwrap_or(0);
    format!("{}{} {words}", "█".repeat(full), "░".repeat(CELLS as usize - full))
}

/// Whole lines of at most so many bytes; of the first as much as fits.
fn cut_lines(text: &str, most: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if out.len() + line.len() + 1 > most {
            break;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out += line;
    }
    if out.is_empty() {
        let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text[..end].clone_into(&mut out);
    }
    out
}

/// Width and height of a PNG: its header begins with them.
fn dots(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then(|| Some((number(16)?, number(20)?))).flatten()
}
