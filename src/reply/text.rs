//! Text as spans: what is bold, code, a date or a person, without any surface's markup.

use crate::format;
use direttore_domain::Instant;
use serde::{Deserialize, Serialize};

/// Spans in reading order. Plain spans hold no line feed: [`Span::Line`] parts lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    Plain(String),
    Bold(String),
    /// Names and output to be shown as they are; may hold line feeds (a block).
    Code(String),
    /// A date, shown in the reader's zone.
    When(Instant),
    /// An account's name.
    Who(String),
    /// A line break.
    Line,
    /// An `http` or `https` address.
    Link(String),
}

impl Text {
    /// No markup, no colour, no symbols; dates in `zone` as `2026-02-28 14:05 CET`.
    pub fn plain(&self, zone: &str) -> String {
        let mut out = String::new();
        for span in &self.0 {
            match span {
                Span::Plain(text) | Span::Bold(text) | Span::Code(text) | Span::Who(text) | Span::Link(text) => {
                    out.push_str(text);
                }
                Span::When(at) => out.push_str(&format::when(*at, zone)),
                Span::Line => out.push('\n'),
            }
        }
        out
    }

    /// Nothing would be seen.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| match span {
            Span::Plain(text) | Span::Bold(text) | Span::Code(text) | Span::Who(text) | Span::Link(text) => {
                text.is_empty()
            }
            Span::Line => true,
            Span::When(_) => false,
        })
    }

    /// Adds to the end; neighbours of the same kind become one span.
    pub fn push(&mut self, span: Span) {
        match (self.0.last_mut(), span) {
            (Some(Span::Plain(last)), Span::Plain(more)) | (Some(Span::Bold(last)), Span::Bold(more)) => {
                last.push_str(&more);
            }
            (_, Span::Plain(text) | Span::Bold(text)) if text.is_empty() => {}
            (_, span) => self.0.push(span),
        }
    }
}

/// Words from the code, not from data: line feeds become line breaks.
impl From<&str> for Text {
    fn from(words: &str) -> Self {
        let mut text = Self::default();
        for (i, line) in words.split('\n').enumerate() {
            if i > 0 {
                text.push(Span::Line);
            }
            text.push(Span::Plain(line.to_owned()));
        }
        text
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

impl From<Span> for Text {
    fn from(span: Span) -> Self {
        Self(vec![span])
    }
}

impl FromIterator<Span> for Text {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut text = Self::default();
        spans.into_iter().for_each(|span| text.push(span));
        text
    }
}
