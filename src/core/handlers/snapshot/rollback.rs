//! `/snapshot rollback`: back to a snapshot. What has changed since is lost, and a running guest is stopped hard.

use crate::{
    handlers::Cx,
    jobs::steps::{GuestId, RollbackSnapshot, Step},
    plan::{JobPlan, Outcome, Plan},
};
use direttore_domain::{GuestRef, GuestStatus, SnapshotName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    name: SnapshotName,
    #[serde(default)]
    start: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    super::unlocked(&found, "be rolled back")?;
    let snapshot = super::find(&found, &ask.name).await?;
    let guest = &found.guest;
    let running = found.now.status != GuestStatus::Stopped;
    let step = RollbackSnapshot {
        guest: GuestId::from(guest),
        name: ask.name.clone(),
        start: ask.start && !snapshot.with_memory,
    };
    let title = format!("roll {} ({}) back to {}", guest.label(), guest.vmid, ask.name);
    let job = JobPlan::new(title, found.subject(), vec![Step::RollbackSnapshot(step)]);
    let extra = json!({ "name": ask.name, "taken": snapshot.taken, "with_memory": snapshot.with_memory,
        "running": running, "start": ask.start, "reason": ask.reason });
    let question = super::question(cx, &found, "snapshot_rollback", extra).await?;
    Ok(Plan {
        state: json!([guest.vmid, guest.node, running, snapshot.taken]),
        jobs: vec![job],
        ..Plan::new(super::target(&found, &ask.name), question)
    }
    .into())
}
