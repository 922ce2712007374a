//! `[audit]`: how the log of everything said is written and sealed.

use super::{error::ConfigError, secret::Secret, section::Section};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &["signing_key", "signing_key_file", "gather_ms", "seal_ms"];

/// What only reads is at most a second behind in the log.
const MAX_GATHER_MS: u64 = 1_000;
const MIN_KEY: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Absent: made once and kept in the data folder.
    pub signing_key: Option<Secret>,
    /// How long rows of commands that only read are gathered before they are written.
    pub gather: Duration,
    /// How often written rows are sealed.
    pub seal: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Audit, ConfigError> {
    let signing_key = match section.secret("signing_key")? {
        Some((key, place)) if key.reveal().len() < MIN_KEY => {
            let why = format!("audit.signing_key is too short; right would be at least {MIN_KEY} random characters");
            return Err(ConfigError::new(place.shown, why));
        }
        key => key.map(|(key, _)| key),
    };
    Ok(Audit {
        signing_key,
        gather: Duration::from_millis(section.number("gather_ms", 500, 1..=MAX_GATHER_MS)?),
        seal: section.millis("seal_ms", 2_000)?,
    })
}
