//! `[alerts]`: where alerts are told, and what our own rules look at. Calendar time, but for `poll_ms`.

use super::{
    error::{ConfigError, shown},
    section::Section,
    tree::Item,
};
use direttore_domain::Origin;
use std::{collections::BTreeMap, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "channel",
    "node_offline_ms",
    "storage_percent",
    "storage_back_percent",
    "backup_failed",
    "reservation_overrun_ms",
    "job_stuck",
    "drift",
    "repeat_ms",
    "poll_ms",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// Nowhere unless it is said.
    pub channel: Option<Origin>,
    /// Zero switches a rule off.
    pub node_offline: Duration,
    pub storage: u32,
    pub storage_back: u32,
    pub backup_failed: bool,
    pub overrun: Duration,
    pub job_stuck: bool,
    pub drift: bool,
    /// How soon one that nobody acknowledged is told again; zero is never.
    pub repeat: Duration,
    /// How often it is looked; elapsed time.
    pub poll: Duration,
}

/// `channels`: those of `[channels]`.
pub(super) fn read(
    item: Option<Item>,
    channels: &BTreeMap<String, Origin>,
    notes: &mut Vec<String>,
) -> Result<Alerts, ConfigError> {
    let mut section = Section::open("alerts", item, KEYS, notes)?;
    let channel = match section.text("channel")? {
        None => None,
        Some((name, place)) => Some(channels.get(&name).cloned().ok_or_else(|| {
            let known: Vec<&str> = channels.keys().map(String::as_str).collect();
            let right =
                if known.is_empty() { "a name of [channels], which has none".to_owned() } else { known.join(" or ") };
            let name = shown(&name);
            ConfigError::new(
                place.shown,
                format!("alerts.channel = {name} is no name of [channels]; right would be {right}"),
            )
        })?),
    };
    let percent = |value: u64| u32::try_from(value).expect("it is at most 100");
    let storage = percent(section.number("storage_percent", 90, 0..=100)?);
    let back = percent(section.number("storage_back_percent", u64::from(storage.saturating_sub(5)), 0..=100)?);
    if storage > 0 && back > storage {
        let why = format!("storage_back_percent = {back} is above storage_percent = {storage}; right would be less");
        return Err(section.error(why));
    }
    Ok(Alerts {
        channel,
        node_offline: section.millis("node_offline_ms", 60_000)?,
        storage,
        storage_back: back,
        backup_failed: section.flag("backup_failed", true)?,
        overrun: section.millis("reservation_overrun_ms", 900_000)?,
        job_stuck: section.flag("job_stuck", true)?,
        drift: section.flag("drift", true)?,
        repeat: section.millis("repeat_ms", 14_400_000)?,
        poll: section.millis("poll_ms", 5_000)?,
    })
}
