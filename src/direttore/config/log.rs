//! `[log]`: what goes to stderr.

use super::{
    error::ConfigError,
    section::Section,
    tree::{Item, Value},
};

pub(super) const KEYS: &[&str] = &["level", "format"];

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A filter as tracing reads it: `info`, or `info,direttore_core=debug`.
    pub level: String,
    pub format: Format,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Log, ConfigError> {
    let level = match section.text("level")? {
        None => "info".to_owned(),
        Some((text, _)) if text.split(',').all(is_directive) => text,
        Some((text, place)) => {
            let right = "off, error, warn, info, debug or trace, also for one part: info,direttore_core=debug";
            return Err(section.wrong("level", &Item { value: Value::Text(text), place }, right));
        }
    };
    let formats = [("text", Format::Text), ("json", Format::Json)];
    Ok(Log { level, format: section.choice("format", &formats, Format::Text)? })
}

fn is_directive(text: &str) -> bool {
    let (target, level) = text.rsplit_once('=').map_or((None, text), |(target, level)| (Some(target), level));
    let target_fits = target
        .is_none_or(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')));
    target_fits && LEVELS.iter().any(|l| l.eq_ignore_ascii_case(level))
}
