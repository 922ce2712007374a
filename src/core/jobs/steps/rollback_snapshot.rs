//! Back to a snapshot. The guest's state cannot tell whether it happened, so a lost answer is never answered by a second try.

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

impl OnGuest for Call<'_> {
    const TYPES: [&'static str; 2] = ["qmrollback", "vzrollback"];
    const SHOWS: bool = false;

    fn target(&self) -> &Target<'_> {
        &self.target
    }

    async fn is_needed(&self, _: &GuestAt, _: &GuestNow) -> Result<bool, StepError> {
        match self.target.snapshot(&self.step.name).await? {
            Some(_) => Ok(true),
            None => Err(StepError::Fail(format!("{} has no snapshot {}", self.target.id.label, self.step.name))),
        }
    }

    async fn post(&self, at: &GuestAt) -> Result<Upid, Error> {
        self.target.cluster.client.snapshot_rollback(at, &self.step.name, self.step.start).await
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
