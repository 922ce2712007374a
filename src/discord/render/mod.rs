//! A neutral reply as a message of Discord, within Discord's limits.
//!
//! Everything stands in one embed: the title with its tone in words (the colour says it again), text, fields, table and
//! questions as its description. What does not fit is cut, the longest part of it first, and comes whole as a file.

mod form;
mod markdown;
mod table;

#[cfg(test)]
mod tests;

use crate::{
    custom_id::CustomId,
    interaction::EPHEMERAL,
    message::{AttachmentRef, Button, Component, Embed, File, Footer, Image, Message, Row, Style},
};
use direttore_reply::{Progress, Reply, Tone};
pub use form::{FIND, find_modal, modal};

/// Characters of an embed's title and description; both together stay far below the 6,000 of a message's embeds.
const TITLE: usize = 256;
const DESCRIPTION: usize = 4000;
/// Of an attachment's description.
const ALT: usize = 1024;
/// Buttons in a row, and rows in a message.
const WIDE: usize = 5;
const ROWS: usize = 5;
/// Of a button; longer ones are cut by the client.
const LABEL: usize = 38;

/// The message of a reply. `is_private` makes it one that only the asker sees, where it is new.
pub fn message(reply: &Reply, is_private: bool) -> Message {
    let title = cut(&title(reply), TITLE);
    let (text, rest) = (markdown::text(&reply.text), beside(reply));
    let whole = joined(&[&text, &rest]);
    let mut message = Message { flags: is_private.then_some(EPHEMERAL), ..Message::default() };
    let mut embed = Embed { title, color: color(reply.tone), ..Embed::default() };
    if whole.chars().count() > DESCRIPTION {
        embed.description = cut_both(&text, &rest) + "\n… the whole is in the file.";
        attach(&mut message, "reply.txt".to_owned(), plain(reply).into_bytes(), "The whole reply as text".to_owned());
    } else {
        embed.description = whole;
    }
    if let Some(file) = reply.attachments.first().filter(|_| message.file.is_none()) {
        if file.media_type.starts_with("image/") {
            embed.image = Some(Image { url: format!("attachment://{}", file.name) });
        }
        attach(&mut message, file.name.clone(), file.bytes.clone(), cut(&file.alt, ALT));
    }
    if let Some(reference) = &reply.reference {
        embed.footer = Some(Footer { text: format!("reference {reference}") });
    }
    message.embeds = vec![embed];
    message.components = components(reply);
    message
}

fn attach(message: &mut Message, name: String, bytes: Vec<u8>, description: String) {
    message.attachments.push(AttachmentRef { id: 0, filename: name.clone(), description });
    message.file = Some(File { name, bytes });
}

fn color(tone: Tone) -> u32 {
    match tone {
        Tone::Info => 0x0058_65F2,
        Tone::Success => 0x0024_8046,
        Tone::Warning => 0x00F0_B232,
        Tone::Refused => 0x00E6_7E22,
        Tone::Failed => 0x00DA_373C,
    }
}

/// `refused: no guest is called web9 (no-such-guest)`
fn title(reply: &Reply) -> String {
    let word = match reply.tone {
        Tone::Info | Tone::Success => "",
        Tone::Warning => "warning: ",
        Tone::Refused => "refused: ",
        Tone::Failed => "failed: ",
    };
    let code = reply.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    // Titles show Markdown too.
    format!("{word}{}{}", markdown::escaped(&reply.title_plain()), markdown::escaped(&code))
}

/// All but the text.
fn beside(reply: &Reply) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let fields = reply.fields.iter().map(|f| {
        let value = markdown::text(&f.value).replace('\n', "\n\u{2003}");
        format!("**{}**  {value}", markdown::escaped(&f.name))
    });
    blocks.push(fields.collect::<Vec<_>>().join("\n"));
    blocks.extend(reply.table.as_ref().filter(|table| !table.rows.is_empty()).map(table::block));
    blocks.extend(reply.progress.map(bar));
    blocks.extend(reply.form.as_ref().map(form::questions));
    joined(&blocks.iter().map(String::as_str).collect::<Vec<_>>())
}

fn joined(blocks: &[&str]) -> String {
    let blocks: Vec<&str> = blocks.iter().copied().filter(|block| !block.is_empty()).collect();
    blocks.join("\n")
}

/// Text and what stands beside it, so that both are seen: what the one does not need the other may have.
fn cut_both(text: &str, rest: &str) -> String {
    // For the words that say so, and a block's end in each.
    let room = DESCRIPTION - 60;
    let rest = cut_lines(rest, (room / 2).max(room.saturating_sub(text.chars().count())));
    let text = cut_lines(text, room - rest.chars().count());
    joined(&[&text, &rest])
}

/// The reply without any markup, for a file. A message has one: what else is to be read comes behind it.
fn plain(reply: &Reply) -> String {
    let mut lines = vec![reply.title_plain(), reply.text_plain()];
    lines.extend(reply.fields.iter().map(|f| format!("{}: {}", f.name, f.value.plain(&reply.zone))));
    lines.extend(reply.table.as_ref().map(table::whole));
    for file in reply.attachments.iter().filter(|file| file.media_type == "text/plain") {
        lines.push(format!("\n===== {} =====\n{}", file.name, String::from_utf8_lossy(&file.bytes)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n") + "\n"
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

/// Selects for questions with choices, then the buttons.
fn components(reply: &Reply) -> Vec<Row> {
    if reply.id.is_empty() || (reply.actions.is_empty() && reply.form.is_none()) {
        return vec![];
    }
    let mut buttons: Vec<Component> = Vec::new();
    buttons.extend(reply.form.as_ref().map(|f| Component::Button(form::write_button(&reply.id, f))));
    buttons.extend(reply.actions.iter().map(|label| Component::Button(button(reply, label))));
    let rows_of_buttons = buttons.len().div_ceil(WIDE).min(ROWS);
    let mut rows: Vec<Row> = reply.form.as_ref().map(|f| form::selects(&reply.id, f)).unwrap_or_default();
    rows.truncate(ROWS - rows_of_buttons);
    rows.extend(buttons.chunks(WIDE).take(rows_of_buttons).map(|chunk| Row::new(chunk.to_vec())));
    rows
}

fn button(reply: &Reply, label: &str) -> Button {
    let style = match label {
        "Yes" => Style::Danger,
        "Create" => Style::Success,
        "Next" => Style::Primary,
        _ => Style::Secondary,
    };
    // The question itself, so that nobody presses the yes to something else.
    let asked = reply.title_plain();
    let long = format!("Yes, {}", asked.trim_end_matches('?'));
    let shown =
        if label == "Yes" && asked.ends_with('?') && long.chars().count() <= LABEL { long } else { label.to_owned() };
    Button::new(style, cut(&shown, LABEL), CustomId::Press { on: reply.id.clone(), label: label.to_owned() }.text())
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    // A lone backslash would take the sign of the cut for its own.
    kept.trim_end_matches('\\').to_owned() + "…"
}

/// Whole lines, at most so many characters; an open block of code is closed.
fn cut_lines(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for line in text.lines() {
        let length = line.chars().count() + 1;
        if count + length > most {
            break;
        }
        count += length;
        out.push_str(line);
        out.push('\n');
    }
    if out.matches("```").count() % 2 == 1 {
        out.push_str("```");
    }
    out.trim_end().to_owned()
}
