//! A snapshot, with or without a VM's memory.

use super::{
    Apply,
    delete_snapshot::delete,
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
pub struct CreateSnapshot {
    pub guest: GuestId,
    pub name: SnapshotName,
    pub description: String,
    pub with_memory: bool,
}

struct Call<'s> {
    target: Target<'s>,
    step: &'s CreateSnapshot,
}

impl OnGuest for Call<'_> {
    const TYPES: [&'static str; 2] = ["qmsnapshot", "vzsnapshot"];

    fn target(&self) -> &Target<'_> {
        &self.target
    }

    async fn is_needed(&self, _: &GuestAt, _: &GuestNow) -> Result<bool, StepError> {
        Ok(self.target.snapshot(&self.step.name).await?.is_none())
    }

    async fn post(&self, at: &GuestAt) -> Result<Upid, Error> {
        let CreateSnapshot { name, description, with_memory, .. } = self.step;
        self.target.cluster.client.snapshot_create(at, name, description, *with_memory).await
    }
}

impl Apply for CreateSnapshot {
    const NAME: &'static str = "create-snapshot";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let target = Target::new(cx, &self.guest)?;
        // Without a note of ours, one of that name is somebody else's: it must not be taken for this job's, nor undone.
        if cx.note().is_none() && target.snapshot(&self.name).await?.is_some() {
            return Err(StepError::Fail(format!("{} has a snapshot {} already", self.guest.label, self.name)));
        }
        let call = Call { target, step: self };
        let end = task::run(cx, &call).await?;
        if call.target.snapshot(&self.name).await?.is_none() {
            let why = match &end {
                TaskEnd::Unknown { why, .. } => format!("the task ended without a result ({why})"),
                _ => "Proxmox says that it is done".to_owned(),
            };
            return Err(cx.broke(format!("{why}, but there is no snapshot {}", self.name)).await);
        }
        if let TaskEnd::Unknown { upid, why } = &end {
            // Proxmox lists a snapshot that was being made when its worker died.
            let why =
                format!("task {upid} ended without a result ({why}); the snapshot {} may not be whole", self.name);
            return Err(task::ask_about(cx, upid, why).await);
        }
        let mut done = call.target.tell("snapshot").await?;
        done["name"] = json!(self.name);
        end.tell(&mut done);
        Ok(done)
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        delete(cx, &self.guest, &self.name).await.map(|_| ())
    }
}
