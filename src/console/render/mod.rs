//! A reply as lines of text, for eyes at a terminal and for pipes.

mod form;
mod paint;
mod table;
mod wrap;

#[cfg(test)]
mod tests;

use direttore_domain::text::visible;
use direttore_reply::{Progress, Reply, Tone};
use paint::{Ink, Paint};
use std::ffi::OsStr;

/// How lines may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns; tables are made to fit.
    pub width: usize,
    /// Colour and bold; never the only sign of anything.
    pub color: bool,
    /// Someone looks at it as it comes: progress is drawn as a bar.
    pub is_terminal: bool,
}

impl Style {
    /// For files and pipes.
    pub const PLAIN: Self = Self { width: 80, color: false, is_terminal: false };
}

/// Whether to use colour: on a terminal that knows it, unless `NO_COLOR` says otherwise.
pub fn wants_color(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_some_and(|term| term != "dumb")
}

/// The reply as text that ends with a line feed.
pub fn render(reply: &Reply, style: &Style) -> String {
    let paint = Paint { color: style.color };
    let mut lines = title(reply, paint);
    for line in paint.lines(&reply.text, &reply.zone) {
        if style.is_terminal { lines.extend(wrap::at_words(&line, style.width)) } else { lines.push(line) }
    }
    lines.extend(fields(reply, paint));
    if let Some(table) = &reply.table {
        lines.extend(table::lines(table, style.width, paint));
    }
    lines.extend(reply.progress.map(|progress| bar(progress, *style)));
    if let Some(form) = &reply.form {
        lines.extend(form::lines(form, paint));
    }
    if !reply.actions.is_empty() {
        let labels: Vec<String> =
            reply.actions.iter().map(|a| paint.ink(Ink::Bold, &format!("[{}]", visible(a)))).collect();
        lines.push(labels.join(" "));
    }
    for file in &reply.attachments {
        let size = direttore_reply::format::bytes(file.bytes.len() as f64);
        lines.push(format!("{} ({size}): {}", visible(&file.name), visible(&file.alt)));
    }
    if let Some(reference) = &reply.reference {
        lines.push(format!("reference: {}", visible(reference)));
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// `refused: no guest is called web9 (no-such-guest)`
fn title(reply: &Reply, paint: Paint) -> Vec<String> {
    let (word, ink) = match reply.tone {
        Tone::Info => (None, Ink::Bold),
        Tone::Success => (None, Ink::Green),
        Tone::Warning => (Some("warning"), Ink::Yellow),
        Tone::Refused => (Some("refused"), Ink::Red),
        Tone::Failed => (Some("failed"), Ink::Red),
    };
    let title = visible(&reply.title_plain());
    let mut line = word.map(|word| paint.ink(ink, &format!("{word}:"))).unwrap_or_default();
    if !title.is_empty() {
        if word.is_some() {
            line.push(' ');
        }
        line.push_str(&paint.ink(if word.is_some() { Ink::Bold } else { ink }, &title));
    }
    if let Some(code) = &reply.code {
        line.push_str(&paint.ink(Ink::Dim, &format!(" ({})", visible(code))));
    }
    if line.is_empty() { Vec::new() } else { vec![line] }
}

/// Names in one column, values in the next; a value's further lines stand under its first.
fn fields(reply: &Reply, paint: Paint) -> Vec<String> {
    /// Longer names do not push all values aside.
    const WIDEST: usize = 24;
    let names: Vec<String> = reply.fields.iter().map(|f| visible(&f.name)).collect();
    let widest = names.iter().map(|n| table::width(n)).filter(|w| *w <= WIDEST).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (name, field) in names.iter().zip(&reply.fields) {
        let pad = " ".repeat(widest.saturating_sub(table::width(name)));
        let mut values = paint.lines(&field.value, &reply.zone).into_iter();
        lines.push(format!("  {}{pad}  {}", paint.ink(Ink::Dim, name), values.next().unwrap_or_default()));
        lines.extend(values.map(|value| format!("  {}  {value}", " ".repeat(widest))));
    }
    lines
}

/// `[█████░░░░░] step 3 of 5, 60 %` on a terminal, the words alone in a pipe.
fn bar(progress: Progress, style: Style) -> String {
    const CELLS: u64 = 20;
    let percent = progress.percent.map(|p| p.min(100));
    let words = match percent {
        Some(percent) => format!("{} of {} steps done, {percent} % of the next", progress.done, progress.of),
        None => format!("{} of {} steps done", progress.done, progress.of),
    };
    if !style.is_terminal {
        return words;
    }
    let whole = u64::from(progress.of.max(1)) * 100;
    let done = (u64::from(progress.done) * 100 + u64::from(percent.unwrap_or(0))).min(whole);
    let full = usize::try_from(done * CELLS / whole).unwrap_or(0);
    format!("[{}{}] {words}", "█".repeat(full), "░".repeat(CELLS as usize - full))
}
