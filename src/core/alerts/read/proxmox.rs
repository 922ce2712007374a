//! Proxmox VE's notifications. Their body is whatever the administrator's template makes of them; ours, which
//! `docs/alerts.md` gives, has `title`, `message`, `severity`, `timestamp` and `fields`.

use super::{
    Delivery, Wrong,
    fields::{Fields, body},
};
use crate::alerts::{Report, Said};
use direttore_domain::{Instant, Severity};
use std::time::Duration;

/// Proxmox does not say when such a thing is over.
const LASTS: Duration = Duration::from_secs(24 * 3600);

/// # Errors
/// The field that is wrong, and what would be right.
pub fn proxmox(bytes: &[u8]) -> Result<Delivery, Wrong> {
    let whole = body(bytes)?;
    let whole = Fields::of(&whole, String::new(), "an object")?;
    let title = whole.text("title")?.filter(|title| !title.trim().is_empty());
    let title = title.ok_or_else(|| whole.wrong("title", "{{ escape title }}"))?;
    let severity = whole.text("severity")?.unwrap_or("unknown");
    let is_bad = match severity {
        "error" => Some(Severity::Critical),
        "warning" => Some(Severity::Warning),
        "info" | "notice" | "unknown" => None,
        _ => return Err(whole.wrong("severity", "info, notice, warning, error or unknown")),
    };
    let seconds = whole.number("timestamp").map_err(|_| whole.wrong("timestamp", "{{ timestamp }}, without quotes"))?;
    let starts = seconds.and_then(|s| i64::try_from(s).ok()).map(Instant::from_seconds);
    let mut labels = match whole.within("fields")? {
        Some(_) => whole.texts("fields")?,
        None => std::collections::BTreeMap::new(),
    };
    let label = |key: &str| labels.get(key).cloned().unwrap_or_default();
    let (kind, host, job) = (label("type"), label("hostname"), label("job-id"));
    let name = if kind.is_empty() { "notification".to_owned() } else { kind.clone() };
    let backs_up = kind == "vzdump";
    labels.insert("severity".to_owned(), severity.to_owned());
    // What comes once is told apart by its words too: another mail is another matter.
    let what = if backs_up || kind == "replication" || kind == "fencing" { "" } else { title };
    let said = match is_bad {
        // A backup that went well is the end of those that failed.
        None if backs_up => Said::Resolved,
        _ => Said::Firing,
    };
    let report = Report {
        severity: is_bad.unwrap_or(Severity::Info),
        summary: title.to_owned(),
        description: whole.text("message")?.unwrap_or_default().to_owned(),
        labels,
        starts: starts.filter(|_| said == Said::Firing),
        ends: starts.filter(|_| said == Said::Resolved),
        lasts: (!backs_up).then_some(LASTS),
        ..Report::new(&fingerprint(&[&kind, &host, &job, what]), &name, said)
    };
    Ok(Delivery { reports: vec![report.cut()], left_out: 0 })
}

fn fingerprint(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    direttore_domain::text::shorten(&parts.join("/"), 120)
}
