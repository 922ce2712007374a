//! What is wrong in the configuration, where, and what would be right.

use direttore_domain::text;

/// One line: place, then what is wrong. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ConfigError {
    /// `direttore.toml:12`, or the name of an environment variable.
    pub place: String,
    pub why: String,
}

impl ConfigError {
    pub(super) fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: place.into(), why: why.into() }
    }
}

/// What was given, as an error may show it.
pub(super) fn shown(given: &str) -> String {
    text::shorten(&text::visible(&text::shorten(given, 100)), 60)
}
