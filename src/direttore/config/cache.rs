//! `[cache]`: the view of the clusters that lists and completions are answered from.

use super::{error::ConfigError, section::Section};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &["refresh_ms", "overlay_ms"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// How often each cluster is asked for its resources.
    pub refresh: Duration,
    /// How long what a job saw last outweighs a list that lags behind it.
    pub overlay: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Cache, ConfigError> {
    Ok(Cache { refresh: section.millis("refresh_ms", 10_000)?, overlay: section.millis("overlay_ms", 30_000)? })
}
