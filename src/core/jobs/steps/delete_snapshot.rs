//! The end of a snapshot.

use super::{
    Apply,
    guest::{GuestId, Target},
    on_guest::OnGuest,
};
use crate::jobs::{
    step::{StepCx, StepError},
    task::{self, TaskEnd},
};
use direttore_clients::proxmox::{Error, GuestAt, GuestNow};
use direttore_domain::{SnapshotName, Upid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteSnapshot {
    pub guest: GuestId,
    pub name: SnapshotName,
}

struct Call<'s> {
    target: Target<'s>,
    name: &'s SnapshotName,
}

impl OnGuest for Call<'_> {
    const TYPES: [&'static str; 2] = ["qmdelsnapshot", "vzdelsnapshot"];

    fn target(&self) -> &Target<'_> {
        &self.target
    }

    async fn is_needed(&self, _: &GuestAt, _: &GuestNow) -> Result<bool, StepError> {
        Ok(self.target.snapshot(self.name).await?.is_some())
    }

    async fn post(&self, at: &GuestAt) -> Result<Upid, Error> {
        self.target.cluster.client.snapshot_delete(at, self.name).await
    }
}

/// Deletes it if it is there, and sees that it is gone.
pub(super) async fn delete(cx: &StepCx, guest: &GuestId, name: &SnapshotName) -> Result<Value, StepError> {
    let call = Call { target: Target::new(cx, guest)?, name };
    let end = task::run(cx, &call).await?;
    if call.target.snapshot(name).await?.is_some() {
        let why = match &end {
            TaskEnd::Unknown { why, .. } => format!("the task ended without a result ({why})"),
            _ => "Proxmox says that it is done".to_owned(),
        };
        return Err(cx.broke(format!("{why}, but the snapshot {name} is still there")).await);
    }
    let mut done = call.target.tell("snapshot-deleted").await?;
    done["name"] = json!(name);
    end.tell(&mut done);
    Ok(done)
}

impl Apply for DeleteSnapshot {
    const NAME: &'static str = "delete-snapshot";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        delete(cx, &self.guest, &self.name).await
    }
}
