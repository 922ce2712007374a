//! Colour, bold and nothing else: the one place that writes terminal escapes into a reply's lines.

use direttore_domain::text::visible;
use direttore_reply::{Span, Text, format};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) color: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Ink {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
    Underlined,
}

impl Paint {
    /// `words` must have been made visible.
    pub(crate) fn ink(self, ink: Ink, words: &str) -> String {
        if !self.color || words.is_empty() {
            return words.to_owned();
        }
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Red => "1;31",
            Ink::Green => "1;32",
            Ink::Yellow => "1;33",
            Ink::Cyan => "36",
            Ink::Underlined => "4",
        };
        format!("\x1b[{code}m{words}\x1b[0m")
    }

    /// The text's lines, each visible and painted; none when the text is empty.
    pub(crate) fn lines(self, text: &Text, zone: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![String::new()];
        for span in &text.0 {
            let (ink, words) = match span {
                Span::Line => {
                    lines.push(String::new());
                    continue;
                }
                Span::Plain(words) => (None, words.clone()),
                Span::Bold(words) | Span::Who(words) => (Some(Ink::Bold), words.clone()),
                Span::Code(words) => (Some(Ink::Cyan), words.clone()),
                Span::Link(words) => (Some(Ink::Underlined), words.clone()),
                Span::When(at) => (None, format::when(*at, zone)),
            };
            for (i, line) in words.split('\n').enumerate() {
                if i > 0 {
                    lines.push(String::new());
                }
                let line = visible(&line.replace('\t', "    "));
                let last = lines.last_mut().expect("there is always one line");
                last.push_str(&ink.map_or_else(|| line.clone(), |ink| self.ink(ink, &line)));
            }
        }
        lines
    }
}
