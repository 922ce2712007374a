//! Alertmanager's webhook, version 4 (<https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>).

use super::{
    Delivery, MOST, Wrong,
    fields::{Fields, body},
};
use crate::alerts::{Report, Said};
use direttore_domain::Severity;

/// # Errors
/// The field that is wrong, and what would be right.
pub fn alertmanager(bytes: &[u8]) -> Result<Delivery, Wrong> {
    let whole = body(bytes)?;
    let whole = Fields::of(&whole, String::new(), "an object")?;
    if whole.text("version")? != Some("4") {
        return Err(whole.wrong("version", "\"4\", Alertmanager's webhook"));
    }
    let alerts = whole.list("alerts")?.ok_or_else(|| whole.wrong("alerts", "a list of alerts"))?;
    let left_out = whole.number("truncatedAlerts")?.unwrap_or(0);
    delivery(alerts, left_out, alert)
}

/// All of them, as far as so many are read.
pub(super) fn delivery(
    alerts: Vec<Fields<'_>>,
    left_out: u64,
    read: impl Fn(&Fields<'_>) -> Result<Report, Wrong>,
) -> Result<Delivery, Wrong> {
    let more = u64::try_from(alerts.len().saturating_sub(MOST)).unwrap_or(0);
    let reports = alerts.iter().take(MOST).map(|one| read(one).map(Report::cut)).collect::<Result<_, _>>()?;
    Ok(Delivery { reports, left_out: left_out.saturating_add(more) })
}

/// What Alertmanager and Grafana say alike of an alert.
pub(super) fn alert(one: &Fields<'_>) -> Result<Report, Wrong> {
    let said = match one.text("status")? {
        Some("firing") => Said::Firing,
        Some("resolved") => Said::Resolved,
        _ => return Err(one.wrong("status", "firing or resolved")),
    };
    let (labels, annotations) = (one.texts("labels")?, one.texts("annotations")?);
    let note = |keys: &[&str]| keys.iter().find_map(|key| annotations.get(*key)).cloned().unwrap_or_default();
    let name = labels.get("alertname").filter(|name| !name.trim().is_empty());
    let name = name.cloned().ok_or_else(|| Wrong {
        field: one.called_within("labels", "alertname"),
        why: "is missing".to_owned(),
        right: "the alert's name",
    })?;
    Ok(Report {
        severity: labels.get("severity").map_or(Severity::Warning, |word| Severity::said(word)),
        summary: note(&["summary", "title", "message"]),
        description: note(&["description", "message"]),
        link: one.text("generatorURL")?.map(str::to_owned),
        starts: one.instant("startsAt")?,
        ends: one.instant("endsAt")?,
        labels,
        ..Report::new(one.text("fingerprint")?.unwrap_or_default(), &name, said)
    })
}
