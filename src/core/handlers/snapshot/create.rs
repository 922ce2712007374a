//! `/snapshot create`.

use crate::{
    handlers::Cx,
    jobs::steps::{CreateSnapshot, GuestId, Step},
    plan::{JobPlan, Outcome, Plan},
};
use direttore_domain::{GuestKind, GuestRef, GuestStatus, Refusal, SnapshotName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    name: SnapshotName,
    description: Option<String>,
    #[serde(default)]
    memory: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    super::unlocked(&found, "be snapshot")?;
    let guest = &found.guest;
    if super::all(&found).await?.iter().any(|s| s.name == ask.name) {
        return Err(Refusal::Exists { what: "snapshot", given: ask.name.to_string() }.into());
    }
    if ask.memory && (guest.kind == GuestKind::Container || found.now.status == GuestStatus::Stopped) {
        let why = if guest.kind == GuestKind::Container {
            "memory is kept for VMs only"
        } else {
            "it is stopped, so there is no memory to keep"
        };
        let subject = format!("{} ({})", guest.label(), guest.vmid);
        return Err(Refusal::WrongState { subject, verb: "be snapshot with memory".into(), why: why.into() }.into());
    }
    let step = CreateSnapshot {
        guest: GuestId::from(guest),
        name: ask.name.clone(),
        description: ask.description.unwrap_or_default(),
        with_memory: ask.memory,
    };
    let title = format!("snapshot {} of {} ({})", ask.name, guest.label(), guest.vmid);
    let job = JobPlan::new(title, found.subject(), vec![Step::CreateSnapshot(step)]);
    let question =
        super::question(cx, &found, "snapshot_create", json!({ "name": ask.name, "reason": ask.reason })).await?;
    Ok(Plan {
        state: json!([guest.vmid, guest.node]),
        jobs: vec![job],
        ..Plan::new(super::target(&found, &ask.name), question)
    }
    .into())
}
