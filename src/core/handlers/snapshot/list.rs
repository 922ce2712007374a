//! `/snapshot list`: a guest's snapshots, oldest first.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{GuestRef, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let mut snapshots = super::all(&found).await?;
    snapshots.sort_by(|a, b| (a.taken, &a.name).cmp(&(b.taken, &b.name)));
    let rows: Vec<Value> = snapshots
        .iter()
        .map(|s| {
            json!({
                "name": s.name,
                "taken": s.taken,
                "memory": if s.with_memory { "yes" } else { "no" },
                "parent": s.parent,
                "current": if s.is_current_parent { "here" } else { "" },
                "description": s.description,
            })
        })
        .collect();
    let data =
        json!({ "label": found.guest.label(), "vmid": found.guest.vmid, "rows": rows, "total": snapshots.len() });
    Ok(Say::new("snapshot_list", data).into())
}
