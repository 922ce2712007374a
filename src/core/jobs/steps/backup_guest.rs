//! A backup of a guest. Its notes bear the job's mark, by which it is found again after a restart.

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
use direttore_clients::proxmox::{BackupMode, BackupWish, Error, Volume};
use direttore_domain::{NodeName, StorageName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupGuest {
    pub guest: GuestId,
    pub storage: StorageName,
    pub mode: BackupMode,
    pub notes: Option<String>,
    /// Kept until somebody takes the protection away.
    pub protect: bool,
}

struct Call<'s> {
    cx: &'s StepCx,
    target: Target<'s>,
    step: &'s BackupGuest,
}

/// As long as Proxmox itself lets a backup wait for another one.
const PATIENCE: Duration = Duration::from_secs(180 * 60);

impl Call<'_> {
    async fn backups(&self, node: &NodeName) -> Result<Vec<Volume>, StepError> {
        let cluster = &self.target.cluster;
        let all = cluster.client.volumes(node, &self.step.storage, Some("backup"), Some(self.step.guest.vmid)).await;
        all.map_err(|e| StepError::of_read(cluster, &e))
    }

    /// The one that bears the job's mark.
    fn ours<'v>(&self, all: &'v [Volume]) -> Option<&'v Volume> {
        let mark = self.cx.mark();
        all.iter().find(|v| v.notes.as_deref().is_some_and(|notes| mark.is_in(notes)))
    }

    /// Waits until nobody else backs the guest up: Proxmox would refuse a second one.
    async fn wait_for_others(&self) -> Result<(), StepError> {
        let since = Instant::now();
        loop {
            let (_, now) = self.target.meant().await?;
            if now.lock.as_deref() != Some("backup") {
                return Ok(());
            }
            let busy = format!("another backup of {} ({}) is running", self.step.guest.label, self.step.guest.vmid);
            if self.cx.is_lost() {
                return Err(StepError::Lost);
            }
            if self.cx.wants_cancel() {
                return Err(StepError::Cancelled(None));
            }
            if since.elapsed() >= PATIENCE {
                return Err(StepError::Retry(busy));
            }
            self.cx.progress(None, Some(busy.as_str()));
            self.cx.pause(self.cx.settings.task_poll).await;
        }
    }

    /// Proxmox lists the first line of the notes only, so that is where the mark stands.
    fn notes(&self) -> String {
        let mark = self.cx.mark().to_string();
        match self.step.notes.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
            None => mark,
            Some(notes) => match notes.split_once('\n') {
                None => format!("{notes} {mark}"),
                Some((first, rest)) => format!("{} {mark}\n{rest}", first.trim_end()),
            },
        }
    }
}

impl TaskCall for Call<'_> {
    /// Proxmox throws away what there is of a backup that is stopped.
    const CAN_INTERRUPT: bool = true;

    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.step.guest.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec!["vzdump"]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let (at, _) = self.target.meant().await?;
        let all = self.backups(&at.node).await?;
        Ok(self.ours(&all).is_none().then_some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let BackupGuest { guest, storage, mode, protect, .. } = self.step;
        let wish = BackupWish {
            vmid: guest.vmid,
            storage: storage.clone(),
            mode: *mode,
            notes: Some(self.notes()),
            is_protected: *protect,
        };
        self.target.cluster.client.backup(node, &wish).await
    }
}

impl Apply for BackupGuest {
    const NAME: &'static str = "backup-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let call = Call { cx, target: Target::new(cx, &self.guest)?, step: self };
        if cx.note().is_none() {
            call.wait_for_others().await?;
        }
        let end = task::run(cx, &call).await?;
        let (at, _) = call.target.here().await?;
        // The guest may have moved since; the backup lies where its task ran.
        let node = match &end {
            TaskEnd::Ended { upid, .. } | TaskEnd::Unknown { upid, .. } => upid.node.clone(),
            TaskEnd::Already => at.node,
        };
        let all = call.backups(&node).await?;
        // Where notes could not be written, it is the one made since the task began. Without a word of its end, only the
        // notes tell that it is whole: they are written last.
        let newest = match &end {
            TaskEnd::Ended { upid, .. } => {
                let since = all.iter().filter(|v| v.created.is_some_and(|at| at >= upid.started()));
                since.max_by_key(|v| v.created)
            }
            TaskEnd::Unknown { .. } | TaskEnd::Already => None,
        };
        let Some(volume) = call.ours(&all).or(newest) else {
            let why = match &end {
                TaskEnd::Unknown { upid, why } => format!("task {upid} ended without a result ({why})"),
                _ => "Proxmox says that it is done".to_owned(),
            };
            let (label, storage) = (&self.guest.label, &self.storage);
            return Err(cx.broke(format!("{why}, but there is no backup of {label} to be seen on {storage}")).await);
        };
        let mut done = call.target.tell("backup").await?;
        done["volid"] = json!(volume.volid);
        done["size"] = json!(volume.size);
        done["protected"] = json!(volume.is_protected);
        end.tell(&mut done);
        Ok(done)
    }
}
