//! Text with Discord's markup. Data never becomes markup or a mention.

use direttore_reply::{Span, Text};

/// As it is, wherever it stands in a line.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at_start = true;
    for (at, c) in text.char_indices() {
        let is_markup = matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '@' | '#' | '[' | ']' | '(' | ')');
        // A list begins with a dash or a number; `://` makes a link.
        let is_list = at_start && matches!(c, '-' | '+')
            || (c == '.'
                && text[..at].lines().last().is_some_and(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_digit())));
        if is_markup || is_list || text[at..].starts_with("://") {
            out.push('\\');
        }
        out.push(c);
        at_start = c == '\n' || (at_start && c == ' ');
    }
    out
}

pub(super) fn text(text: &Text) -> String {
    let mut out = String::new();
    for span in &text.0 {
        match span {
            Span::Plain(words) => out.push_str(&escaped(words)),
            Span::Bold(words) | Span::Who(words) => {
                if !words.is_empty() {
                    out.push_str(&format!("**{}**", escaped(words)));
                }
            }
            Span::Code(words) => out.push_str(&code(words)),
            Span::When(at) => out.push_str(&format!("<t:{}:f>", at.millis().div_euclid(1000))),
            Span::Line => out.push('\n'),
            Span::Link(address) => out.push_str(&format!("<{}>", address.replace(['<', '>', ' '], ""))),
        }
    }
    out.trim_matches('\n').to_owned()
}

fn code(words: &str) -> String {
    if words.is_empty() {
        return String::new();
    }
    if words.contains('\n') {
        return block(words);
    }
    match words.contains('`') {
        false => format!("`{words}`"),
        // Two quotes enclose one.
        true => format!("`` {} ``", parted(words)),
    }
}

/// No two quotes side by side, by something that takes no room between them.
fn parted(words: &str) -> String {
    if !words.contains('`') {
        return words.to_owned();
    }
    let once = |words: &str| words.replace("``", "`\u{200b}`");
    once(&once(words))
}

/// Lines as they are, in letters of one width.
pub(super) fn block(lines: &str) -> String {
    format!("```\n{}\n```", parted(lines))
}
