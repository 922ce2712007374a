//! `[policy]`: questions and passwords.

use super::{error::ConfigError, section::Section};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &["question_ms", "password_buffer_ms"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a question waits for its Yes.
    pub question: Duration,
    /// How long the memory for hashing passwords is kept after its last use.
    pub password_buffer: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Policy, ConfigError> {
    Ok(Policy {
        question: section.millis("question_ms", 60_000)?,
        password_buffer: section.millis("password_buffer_ms", 30_000)?,
    })
}
