//! The markup between a template and its spans: written by templates and filters, read back at once, never shown.
//!
//! `**bold**`, `` `code` ``, `<when:1772283900000>`, `<who:alice>`, `<link:https://…>`; a line feed is a line break.
//! A backslash makes the next character plain; `\n` is a line feed inside code, `\s` a space that is not trimmed.

use crate::{Span, Text};
use direttore_domain::Instant;

/// Data as markup that reads back as exactly `text`: every ASCII punctuation mark is made plain, also those that mean
/// something in the front matter (`:` `,` `-`), and spaces at the ends are kept from trimming.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let inner = text.trim_matches(' ');
    let head = if inner.is_empty() { text.len() } else { text.len() - text.trim_start_matches(' ').len() };
    (0..head).for_each(|_| out.push_str("\\s"));
    for c in inner.chars() {
        if c == '\n' {
            out.push_str("\\n");
            continue;
        }
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    (head + inner.len()..text.len()).for_each(|_| out.push_str("\\s"));
    out
}

/// Undoes [`escape`].
pub(crate) fn unescape(markup: &str) -> String {
    let mut chars = markup.chars();
    let mut out = String::with_capacity(markup.len());
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().map_or('\\', unescaped) } else { c });
    }
    out
}

fn unescaped(c: char) -> char {
    match c {
        'n' => '\n',
        's' => ' ',
        c => c,
    }
}

/// Where the first `mark` is that no backslash precedes.
pub(crate) fn find_plain(markup: &str, mark: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in markup.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == mark {
            return Some(at);
        }
    }
    None
}

/// Parts at each `mark` that no backslash precedes; each part is trimmed and still escaped.
pub(crate) fn split_plain(markup: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = markup;
    while let Some(at) = find_plain(rest, mark) {
        parts.push(trim(&rest[..at]));
        rest = &rest[at + mark.len_utf8()..];
    }
    parts.push(trim(rest));
    parts
}

/// Without the template's own blanks and line feeds; wider spaces (as U+00A0) belong to data and stay.
pub(crate) fn trim(markup: &str) -> &str {
    markup.trim_matches([' ', '\t', '\n'])
}

/// Markup as spans; the error says what a template did wrong.
pub(crate) fn parse(markup: &str) -> Result<Text, &'static str> {
    let mut reader = Reader { text: Text::default(), words: String::new(), is_bold: false };
    let mut rest = markup;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => {
                let next = after.chars().next();
                reader.words.push(next.map_or('\\', unescaped));
                &after[next.map_or(0, char::len_utf8)..]
            }
            '\n' => {
                reader.add(Span::Line);
                after
            }
            '*' if after.starts_with('*') => {
                reader.flush();
                reader.is_bold = !reader.is_bold;
                &after[1..]
            }
            '`' => {
                let end = find_plain(after, '`').ok_or("a back-tick that is not closed")?;
                reader.add(Span::Code(unescape(&after[..end])));
                &after[end + 1..]
            }
            '<' => match tag(after)? {
                Some((span, end)) => {
                    reader.add(span);
                    &after[end..]
                }
                None => {
                    reader.words.push('<');
                    after
                }
            },
            c => {
                reader.words.push(c);
                after
            }
        };
    }
    if reader.is_bold {
        return Err("bold that is not closed");
    }
    reader.flush();
    Ok(reader.text)
}

/// What `<` opens, when it opens something, and where the rest begins.
fn tag(after: &str) -> Result<Option<(Span, usize)>, &'static str> {
    let Some((kind, value)) =
        ["when:", "who:", "link:"].into_iter().find_map(|kind| Some((kind, after.strip_prefix(kind)?)))
    else {
        return Ok(None);
    };
    let end = find_plain(value, '>').ok_or("a < that is not closed")?;
    let value = unescape(&value[..end]);
    let span = match kind {
        "when:" => Span::When(Instant(value.parse().map_err(|_| "a date that is no number")?)),
        "who:" => Span::Who(value),
        _ => Span::Link(value),
    };
    Ok(Some((span, kind.len() + end + 1)))
}

struct Reader {
    text: Text,
    words: String,
    is_bold: bool,
}

impl Reader {
    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        self.text.push(if self.is_bold { Span::Bold(words) } else { Span::Plain(words) });
    }

    fn add(&mut self, span: Span) {
        self.flush();
        self.text.push(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_spans() {
        let text = parse("**web\\*1** on `pve\\`1` since <when:5>\nby <who:al\\>ice> <3").expect("markup");
        assert_eq!(
            text.0,
            [
                Span::Bold("web*1".into()),
                Span::Plain(" on ".into()),
                Span::Code("pve`1".into()),
                Span::Plain(" since ".into()),
                Span::When(Instant(5)),
                Span::Line,
                Span::Plain("by ".into()),
                Span::Who("al>ice".into()),
                Span::Plain(" <3".into()),
            ]
        );
    }

    #[test]
    fn a_template_with_open_markup_is_wrong() {
        assert!(
            parse("**a").is_err() && parse("`a").is_err() && parse("<who:a").is_err() && parse("<when:x>").is_err()
        );
    }

    #[test]
    fn spaces_at_the_ends_are_kept() {
        assert_eq!(escape("  a b "), "\\s\\sa b\\s");
        assert_eq!(escape("  "), "\\s\\s");
        assert_eq!(unescape(&escape("  a: b, c\n ")), "  a: b, c\n ");
        assert_eq!(split_plain("a, b\\, c ,d", ','), ["a", "b\\, c", "d"]);
    }
}
