//! What a platform's text needs before it is kept and compared.

use regex::{Regex, RegexBuilder};

/// The longest program that a pattern may become: patterns are also the users'.
const LARGEST: usize = 1 << 20;

/// A pattern that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern {pattern:?} is no regular expression: {why}")]
pub struct WrongPattern {
    pub pattern: String,
    pub why: String,
}

/// Patterns for lines of one platform. All are looked for anywhere in a line, so `^` means its begin.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    delete: Vec<Regex>,
    ignore: Vec<Regex>,
    secrets: Vec<Regex>,
    end: Option<Regex>,
    errors: Vec<Regex>,
}

impl Rules {
    /// Lines that are never kept: they change by themselves (`^! Time:`).
    pub fn delete<'a>(mut self, patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, WrongPattern> {
        add(&mut self.delete, patterns)?;
        Ok(self)
    }

    /// Lines that are kept and not compared.
    pub fn ignore<'a>(mut self, patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, WrongPattern> {
        add(&mut self.ignore, patterns)?;
        Ok(self)
    }

    /// Where secrets are: all groups of a pattern, or the whole match where it has none.
    pub fn secrets<'a>(mut self, patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, WrongPattern> {
        add(&mut self.secrets, patterns)?;
        Ok(self)
    }

    /// The last line of a whole configuration, after which only empty lines may come.
    pub fn end(mut self, pattern: &str) -> Result<Self, WrongPattern> {
        self.end = Some(compiled(pattern)?);
        Ok(self)
    }

    /// Lines that say that the command was not understood, beside those that any platform says.
    pub fn errors<'a>(mut self, patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, WrongPattern> {
        add(&mut self.errors, patterns)?;
        Ok(self)
    }

    /// The text as it is kept: without lines that change by themselves, carriage returns, blanks at ends of lines, and
    /// empty lines around it.
    pub fn stored(&self, raw: &str) -> String {
        lines(raw, |line| !any(&self.delete, line))
    }

    /// Of a text what counts when it is compared with another.
    pub fn compared(&self, text: &str) -> String {
        lines(text, |line| !any(&self.delete, line) && !any(&self.ignore, line))
    }

    /// Whether two texts are the same but for what changes by itself.
    pub fn same(&self, one: &str, other: &str) -> bool {
        self.compared(one) == self.compared(other)
    }

    pub(super) fn secret_patterns(&self) -> &[Regex] {
        &self.secrets
    }

    pub(super) fn end_pattern(&self) -> Option<&Regex> {
        self.end.as_ref()
    }

    pub(super) fn is_error(&self, line: &str) -> bool {
        any(&self.errors, line)
    }
}

fn add<'a>(to: &mut Vec<Regex>, patterns: impl IntoIterator<Item = &'a str>) -> Result<(), WrongPattern> {
    for pattern in patterns {
        to.push(compiled(pattern)?);
    }
    Ok(())
}

fn compiled(pattern: &str) -> Result<Regex, WrongPattern> {
    RegexBuilder::new(pattern)
        .size_limit(LARGEST)
        .build()
        .map_err(|error| WrongPattern { pattern: pattern.to_owned(), why: last_line(&error.to_string()) })
}

/// The crate draws the pattern first; what is wrong stands last.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(text).trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn any(patterns: &[Regex], line: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(line))
}

fn lines(text: &str, keep: impl Fn(&str) -> bool) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines().map(str::trim_end).filter(|line| keep(line)) {
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.extend(std::iter::repeat_n('\n', blank));
        }
        blank = 0;
        out.push_str(line);
        out.push('\n');
    }
    out
}
