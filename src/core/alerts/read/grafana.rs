//! Grafana's webhook of its own alerting
//! (<https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/>):
//! what Alertmanager sends, and more.

use super::{
    Delivery, Wrong,
    alertmanager::{alert, delivery},
    fields::{Fields, body},
};
use crate::alerts::Report;
use std::fmt::Write;

/// A test of the contact point may have no alerts in it.
///
/// # Errors
/// The field that is wrong, and what would be right.
pub fn grafana(bytes: &[u8]) -> Result<Delivery, Wrong> {
    let whole = body(bytes)?;
    let whole = Fields::of(&whole, String::new(), "an object")?;
    let Some(alerts) = whole.list("alerts")? else {
        // Something of Grafana's must be there: a body of another sender is not taken for a test.
        let is_grafanas = ["state", "title", "status"].iter().any(|key| matches!(whole.text(key), Ok(Some(_))));
        return if is_grafanas { Ok(Delivery::default()) } else { Err(whole.wrong("alerts", "a list of alerts")) };
    };
    let left_out = whole.number("truncatedAlerts")?.unwrap_or(0);
    delivery(alerts, left_out, one)
}

fn one(fields: &Fields<'_>) -> Result<Report, Wrong> {
    let mut report = alert(fields)?;
    let links = ["panelURL", "dashboardURL"].into_iter().map(|key| fields.text(key)).collect::<Result<Vec<_>, _>>()?;
    if let Some(link) = links.into_iter().flatten().find(|link| !link.is_empty()) {
        report.link = Some(link.to_owned());
    }
    if let Some(values) = fields.text("valueString")?.filter(|text| !text.trim().is_empty()) {
        let gap = if report.description.is_empty() { "" } else { "\n" };
        let _ = write!(report.description, "{gap}values: {values}");
    }
    Ok(report)
}
