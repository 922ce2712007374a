//! `/snapshot delete`.

use crate::{
    handlers::Cx,
    jobs::steps::{DeleteSnapshot, GuestId, Step},
    plan::{JobPlan, Outcome, Plan},
};
use direttore_domain::{GuestRef, SnapshotName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    name: SnapshotName,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    super::unlocked(&found, "lose a snapshot")?;
    let snapshot = super::find(&found, &ask.name).await?;
    let guest = &found.guest;
    let step = DeleteSnapshot { guest: GuestId::from(guest), name: ask.name.clone() };
    let title = format!("delete snapshot {} of {} ({})", ask.name, guest.label(), guest.vmid);
    let job = JobPlan::new(title, found.subject(), vec![Step::DeleteSnapshot(step)]);
    let extra = json!({ "name": ask.name, "taken": snapshot.taken, "reason": ask.reason });
    let question = super::question(cx, &found, "snapshot_delete", extra).await?;
    Ok(Plan {
        state: json!([guest.vmid, guest.node, snapshot.taken]),
        jobs: vec![job],
        ..Plan::new(super::target(&found, &ask.name), question)
    }
    .into())
}
