//! Back to a snapshot. The guest's state cannot tell whether it happened, so a lost answer is never answered by a second try.

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
pub struct RollbackSnapshot {
    pub guest: GuestId,
    pub name: SnapshotName,
    /// Start it afterwards. A snapshot with memory resumes by itself.
    pub start: bool,
}

struct Call<'s> {
    target: Target<'s>,
    step: &'s RollbackSnapshot,
}

impl TaskCall for Call<'_> {
    const STEP: &'static str = RollbackSnapshot::NAME;
    const SHOWS: bool = false;

    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec![match self.target.id.kind {
            GuestKind::Vm => "qmrollback",
            GuestKind::Container => "vzrollback",
        }]
    }

    async fn node(&self) -> Result<NodeName, StepError> {
        Ok(self.target.here().await?.0.node)
    }

    async fn is_needed(&self) -> Result<bool, StepError> {
        self.target.meant().await?;
        match self.target.snapshot(&self.step.name).await? {
            Some(_) => Ok(true),
            None => Err(StepError::Fail(format!("{} has no snapshot {}", self.target.id.label, self.step.name))),
        }
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let at = GuestAt { node: node.clone(), kind: self.target.id.kind, vmid: self.target.id.vmid };
        self.target.cluster.client.snapshot_rollback(&at, &self.step.name, self.step.start).await
    }
}

impl Apply for RollbackSnapshot {
    const NAME: &'static str = "rollback-snapshot";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let call = Call { target: Target::new(cx, &self.guest)?, step: self };
        match task::run(cx, &call).await? {
            TaskEnd::Unknown { upid, why } => {
                let why = format!("task {upid} ended without a result ({why}); look at {}", self.guest.label);
                Err(task::ask_about(cx, &upid, why).await)
            }
            end @ (TaskEnd::Ended { .. } | TaskEnd::Already) => {
                let mut done = call.target.tell("rollback").await?;
                done["name"] = json!(self.name);
                end.tell(&mut done);
                Ok(done)
            }
        }
    }
}
