//! `[sign_in]`: passwords and the tokens that they give, over HTTP.

use super::{error::ConfigError, secret::Secret, section::Section};
use direttore_core::{password::Cost, signed::Terms};
use std::{ops::RangeInclusive, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "key",
    "key_file",
    "issuer",
    "audience",
    "access_minutes",
    "refresh_days",
    "argon2_memory_kib",
    "argon2_passes",
    "argon2_lanes",
];

const MIN_KEY: usize = 32;
const YEAR: u64 = 366;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Absent: made from the audit log's signing key.
    pub key: Option<Secret>,
    pub terms: Terms,
    pub cost: Cost,
}

pub(super) fn read(mut section: Section<'_>) -> Result<SignIn, ConfigError> {
    let key = match section.secret("key")? {
        Some((key, place)) if key.reveal().len() < MIN_KEY => {
            let why = format!("sign_in.key is too short; right would be at least {MIN_KEY} random characters");
            return Err(ConfigError::new(place.shown, why));
        }
        // The first direttore's example.
        Some((key, place)) if key.reveal().starts_with("CHANGE_ME") => {
            let why = "sign_in.key is an example that everybody knows; right would be random characters";
            return Err(ConfigError::new(place.shown, why));
        }
        key => key.map(|(key, _)| key),
    };
    let default = Terms::default();
    let terms = Terms {
        issuer: section.text("issuer")?.map_or(default.issuer, |(text, _)| text),
        audience: section.text("audience")?.map_or(default.audience, |(text, _)| text),
        access: Duration::from_secs(60 * section.number("access_minutes", 60, 1..=24 * 60)?),
        refresh: Duration::from_secs(24 * 3600 * section.number("refresh_days", 7, 1..=YEAR)?),
    };
    let cost = Cost::default();
    let mut number = |key, default: u32, limits: RangeInclusive<u32>| {
        let limits = u64::from(*limits.start())..=u64::from(*limits.end());
        Ok::<_, ConfigError>(u32::try_from(section.number(key, u64::from(default), limits)?).unwrap_or(default))
    };
    let cost = Cost {
        memory_kib: number("argon2_memory_kib", cost.memory_kib, Cost::MEMORY_KIB)?,
        passes: number("argon2_passes", cost.passes, Cost::PASSES)?,
        lanes: number("argon2_lanes", cost.lanes, Cost::LANES)?,
    };
    Ok(SignIn { key, terms, cost })
}
