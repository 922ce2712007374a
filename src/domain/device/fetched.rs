//! Whether what a device gave is its configuration. What is not is a failed fetch, never a change.

use super::Rules;
use crate::text;

/// What every platform's command line says of a command that it does not take; a line begins with it.
const ERRORS: &[&str] = &[
    "% invalid",
    "% incomplete",
    "% ambiguous",
    "% unknown",
    "% authorization failed",
    "% permission denied",
    "%error",
    "syntax error",
    "unknown command",
    "invalid command",
    "command not found",
    "error:",
    "failure:",
    "bad command name",
    "commit failed",
];

/// Why a fetched text is not taken for a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoConfig {
    #[error("the device gave nothing")]
    Empty,
    #[error("the device gave {is} bytes, less than half of the {was} bytes before")]
    Halved { was: usize, is: usize },
    #[error("the end is missing: the last line is {last:?}")]
    Cut { last: String },
    #[error("the device said {line:?} in line {number}")]
    Said { number: usize, line: String },
    #[error("line {number} is no text")]
    Binary { number: usize },
}

/// Judges `raw`; `last` is the text that was kept last, if any.
pub fn fetched(raw: &str, last: Option<&str>, rules: &Rules) -> Result<(), NoConfig> {
    let shown = |line: &str| text::visible(&text::shorten(line.trim(), 80));
    for (number, line) in (1..).zip(raw.lines()) {
        if line.contains('\0') || is_binary(line) {
            return Err(NoConfig::Binary { number });
        }
        if is_error(line) || rules.is_error(line) {
            return Err(NoConfig::Said { number, line: shown(line) });
        }
    }
    let stored = rules.stored(raw);
    if stored.is_empty() {
        return Err(NoConfig::Empty);
    }
    if let Some(end) = rules.end_pattern() {
        let last = stored.lines().next_back().unwrap_or_default();
        if !end.is_match(last) {
            return Err(NoConfig::Cut { last: shown(last) });
        }
    }
    let was = last.map_or(0, str::len);
    if stored.len() < was / 2 {
        return Err(NoConfig::Halved { was, is: stored.len() });
    }
    Ok(())
}

/// Some letters of another encoding are still text.
fn is_binary(line: &str) -> bool {
    line.contains('\u{fffd}') && line.matches('\u{fffd}').count() * 4 > line.chars().count()
}

/// A configuration may hold such words too (in a description), but not at a line's begin.
fn is_error(line: &str) -> bool {
    ERRORS.iter().any(|error| line.get(..error.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(error)))
}
