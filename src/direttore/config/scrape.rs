//! `[metrics]`: who may look at the numbers.

use super::{error::ConfigError, secret::Secret, section::Section};

pub(super) const KEYS: &[&str] = &["token", "token_file"];

/// It can be guessed at without end, and is never typed.
const MIN_TOKEN: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Absent: they are shown only where the server listens on loopback.
    pub token: Option<Secret>,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Metrics, ConfigError> {
    let token = match section.secret("token")? {
        Some((token, place)) if token.reveal().len() < MIN_TOKEN => {
            let why = format!("metrics.token is too short; right would be at least {MIN_TOKEN} random characters");
            return Err(ConfigError::new(place.shown, why));
        }
        Some((token, place)) if !token.reveal().bytes().all(|b| b.is_ascii_graphic()) => {
            let why = "metrics.token has characters that no header can carry; right would be letters and digits";
            return Err(ConfigError::new(place.shown, why));
        }
        token => token.map(|(token, _)| token),
    };
    Ok(Metrics { token })
}
