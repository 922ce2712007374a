//! `/device backup`: what runs on devices, kept in the history by a job.

use super::{Cx, name, parts::Chosen};
use crate::{
    jobs::steps::{BackUpDevices, Step},
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_domain::{Trouble, text};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    device: Vec<String>,
    site: Option<String>,
    role: Option<String>,
    tag: Option<String>,
}

/// By one job.
const MOST: usize = 5000;

/// As many names stand in a title.
const NAMES: usize = 3;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Input { device, site, role, tag } = ask;
    let chosen = Chosen { named: device, site, role, tag };
    let rows = chosen.find(cx, MOST).await?;
    if !chosen.named.is_empty() {
        // What one lacks is said at once, and not when the job comes to it.
        for row in &rows {
            cx.lab.need_devices()?.target(row).await?;
        }
    }
    let names: Vec<String> = rows.iter().map(|row| name(row).to_owned()).collect();
    let what = if names.len() > NAMES { format!("{} devices", names.len()) } else { text::list(&names) };
    let title = format!("back up {what}");
    let step = BackUpDevices {
        devices: rows.iter().map(|row| (row.id, name(row).to_owned())).collect(),
        why: format!("backup by {}", cx.actor.name()),
        is_scheduled: false,
    };
    let job = JobPlan::new(title.clone(), "devices/backup".to_owned(), vec![Step::BackUpDevices(step)]);
    let target = if chosen.is_all() { "all devices".to_owned() } else { names.join(", ") };
    let mut plan = Plan::new(text::shorten(&target, 200), Say::new("device_backup", json!({ "title": title })));
    plan.jobs = vec![job];
    Ok(plan.into())
}
