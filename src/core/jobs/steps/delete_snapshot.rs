//! The end of a snapshot.

use super::{
    Apply,
    guest::{GuestId, Target},
};
use crate::{
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall, TaskEnd},
    },
    lab::Cluster,
};
use direttore_clients::proxmox::{Error, GuestAt};
use direttore_domain::{GuestKind, NodeName, SnapshotName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteSnapshot {
    pub guest: GuestId,
    pub name: SnapshotName,
}

struct Call<'s> {
    target: Target<'s>,
    name: &'s SnapshotName,
}

impl TaskCall for Call<'_> {
    const STEP: &'static str = DeleteSnapshot::NAME;

    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec![match self.target.id.kind {
            GuestKind::Vm => "qmdelsnapshot",
            GuestKind::Container => "vzdelsnapshot",
        }]
    }

    async fn node(&self) -> Result<NodeName, StepError> {
        Ok(self.target.here().await?.0.node)
    }

    async fn is_needed(&self) -> Result<bool, StepError> {
        self.target.meant().await?;
        Ok(self.target.snapshot(self.name).await?.is_some())
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let at = GuestAt { node: node.clone(), kind: self.target.id.kind, vmid: self.target.id.vmid };
        self.target.cluster.client.snapshot_delete(&at, self.name).await
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
