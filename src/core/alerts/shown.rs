//! What the channel's message says of the alerts of one source and name.

use direttore_domain::{Instant, Matchers, Severity};
use direttore_store::{alert::Alert, silence::Silence};
use serde_json::{Value, json};

/// Alerts that a message lists.
const LISTED: usize = 10;

/// How an alert stands with those who are to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It fires, and nobody has said anything about it.
    Firing,
    /// It fires, and waits for the end of a backup.
    Held,
    Acknowledged,
    Silenced,
    Resolved,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Held => "held",
            Self::Acknowledged => "acknowledged",
            Self::Silenced => "silenced",
            Self::Resolved => "resolved",
        }
    }
}

/// `is_held`: a backup of what it is about goes on.
pub fn standing(alert: &Alert, silences: &[Silence], is_held: bool, now: Instant) -> Standing {
    if !alert.is_firing {
        Standing::Resolved
    } else if silenced_by(alert, silences, now).is_some() {
        Standing::Silenced
    } else if alert.acknowledged.is_some() {
        Standing::Acknowledged
    } else if is_held {
        Standing::Held
    } else {
        Standing::Firing
    }
}

/// The silence that lasts longest of those that keep it quiet.
pub fn silenced_by<'s>(alert: &Alert, silences: &'s [Silence], now: Instant) -> Option<&'s Silence> {
    let lasts = silences.iter().filter(|s| s.ended.is_none() && s.until > now && fits(&s.matchers, alert));
    lasts.max_by_key(|s| s.until)
}

/// Whether a silence's pairs fit an alert: by what it is, else by its labels.
pub fn fits(matchers: &Matchers, alert: &Alert) -> bool {
    let id = alert.id.to_string();
    matchers.fits(|key| match key {
        "alert" => Some(id.as_str()),
        "source" => Some(alert.source.as_str()),
        "name" => Some(alert.name.as_str()),
        "severity" => Some(alert.severity.as_str()),
        label => alert.labels.get(label).map(String::as_str),
    })
}

/// What it is about, in a few words: the sender's, else its labels.
pub fn words(alert: &Alert) -> String {
    let first = [&alert.summary, &alert.description].into_iter().find(|text| !text.is_empty());
    if let Some(text) = first {
        return text.lines().next().unwrap_or_default().to_owned();
    }
    let told = alert.labels.iter().filter(|(key, _)| !matches!(key.as_str(), "alertname" | "severity"));
    told.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

/// The message's data, the worst and newest first.
pub fn message(source: &str, name: &str, rows: &[(&Alert, Standing)], left_out: i64) -> Value {
    let mut rows: Vec<&(&Alert, Standing)> = rows.iter().collect();
    rows.sort_by_key(|(alert, standing)| (*standing, alert.severity, std::cmp::Reverse(alert.since), alert.id));
    let count = |of: Standing| rows.iter().filter(|(_, standing)| *standing == of).count();
    let firing = rows.len() - count(Standing::Resolved);
    let worst = rows.iter().filter(|(alert, _)| alert.is_firing).map(|(alert, _)| alert.severity).min();
    let listed: Vec<Value> = rows
        .iter()
        .take(LISTED)
        .map(|(alert, standing)| {
            json!({
                "id": alert.id,
                "severity": alert.severity,
                "state": standing.as_str(),
                "what": words(alert),
                "since": alert.since,
                "ended": alert.ended,
                "by": alert.acknowledged.as_ref().map(|acked| &acked.by),
            })
        })
        .collect();
    json!({
        "source": source,
        "name": name,
        "firing": firing,
        "loud": count(Standing::Firing),
        "worst": worst.map(Severity::as_str),
        "is_calm": worst == Some(Severity::Info),
        "rows": listed,
        "more": rows.len().saturating_sub(LISTED),
        "left_out": left_out,
        "again": false,
    })
}

/// The last word of a message, where a newer one tells what it told.
pub fn again(source: &str, name: &str) -> Value {
    let mut data = message(source, name, &[], 0);
    data["again"] = json!(true);
    data
}
