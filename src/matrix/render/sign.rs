//! Buttons as signs to react with, and lines of the catalogue as they are said here.

use crate::heard::is_first_word;
use direttore_catalog::catalog;
use direttore_domain::text::visible;
use direttore_reply::{Span, Text};
use serde::{Deserialize, Serialize};

/// A label, and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Button {
    pub label: String,
    /// None where there are more than signs.
    pub sign: Option<String>,
    /// What can be said for it besides the label.
    pub number: Option<usize>,
}

/// One to ten. They say nothing by themselves: reactions are readable by everybody's homeserver.
const NUMBERS: [&str; 10] = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟"];

/// Those that mean the same everywhere have a sign of their own; the others are counted.
pub(crate) fn buttons(labels: &[String]) -> Vec<Button> {
    let mut others = 0;
    let button = |label: &String| {
        let sign = match label.as_str() {
            "Yes" | "Create" => "✅",
            "No" | "Cancel" => "❌",
            "Back" => "◀️",
            "Next" => "▶️",
            _ => {
                others += 1;
                let sign = NUMBERS.get(others - 1).map(|sign| (*sign).to_owned());
                return Button { label: label.clone(), sign, number: Some(others) };
            }
        };
        Button { label: label.clone(), sign: Some(sign.to_owned()), number: None }
    };
    labels.iter().map(button).collect()
}

/// `✅ Yes   ❌ No   (react, or say it in this thread)`
pub(super) fn plain(buttons: &[Button]) -> String {
    if buttons.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> = Vec::new();
    for Button { label, sign, number } in buttons {
        let sign = sign.clone().or_else(|| number.map(|n| format!("{n}."))).unwrap_or_default();
        parts.push(format!("{sign} {}", visible(label)));
    }
    parts.push("(react, or say it in this thread)".to_owned());
    parts.join("   ")
}

/// A text with `/guest list` in it, as that is said here: `!guest list`.
pub(super) fn spoken(text: &str, lead: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == '/' && (before.is_whitespace() || matches!(before, '(' | '"' | '`')) && begins_command(&text[at + 1..])
        {
            out.push_str(lead);
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

/// The same of all that is no output of something else: a device's configuration may say `/user`.
pub(super) fn spoken_text(text: &Text, zone: &str, lead: &str) -> String {
    let (mut out, mut words) = (String::new(), Text::default());
    for span in &text.0 {
        match span {
            Span::Code(lines) if lines.contains('\n') => {
                out.push_str(&spoken(&std::mem::take(&mut words).plain(zone), lead));
                out.push_str(lines);
            }
            span => words.0.push(span.clone()),
        }
    }
    out.push_str(&spoken(&words.plain(zone), lead));
    out
}

fn begins_command(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(text.len());
    !text[end..].starts_with('/') && is_first_word(catalog(), &text[..end])
}
