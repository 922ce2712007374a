//! A backup in the place of a guest that is there. What the guest has is gone with the first moment, so there is no way
//! back, and a task that runs is never stopped half-way. Whose the guest is stays.

use super::{
    Apply,
    guest::{GuestId, Target},
    hold_guest::retry,
    making::{bears, marked},
    restore_guest::task_type,
};
use crate::{
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall, TaskEnd},
    },
    lab::{Cluster, mark},
};
use direttore_clients::proxmox::{Error, GuestConfig, RestoreWish};
use direttore_domain::{GuestStatus, NodeName, StorageName, Upid, Vmid};
use direttore_store::{account, owner};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverwriteGuest {
    pub guest: GuestId,
    /// What told the guest from another of its number when the plan was made.
    pub mark: String,
    /// Volume of the backup.
    pub archive: String,
    /// What the guest is called afterwards.
    pub name: String,
    /// Else each disk goes to the storage that it was on.
    pub storage: Option<StorageName>,
    /// The one in the backup.
    pub description: Option<String>,
}

struct Call<'s> {
    cx: &'s StepCx,
    target: Target<'s>,
    step: &'s OverwriteGuest,
}

impl Call<'_> {
    async fn config(&self) -> Result<GuestConfig, StepError> {
        let (at, _) = self.target.here().await?;
        let config = self.target.cluster.client.guest_config(&at).await;
        config.map_err(|e| StepError::of_read(&self.target.cluster, &e))
    }
}

impl TaskCall for Call<'_> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.step.guest.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec![task_type(self.step.guest.kind)]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let (at, now) = self.target.here().await?;
        let label = format!("{} ({})", self.step.guest.label, self.step.guest.vmid);
        // While it is made anew it bears no mark: the lock comes first.
        if let Some(lock) = &now.lock {
            return Err(StepError::Retry(format!("{label} is locked ({lock})")));
        }
        let config = self.config().await?;
        if bears(&config, self.cx.mark().as_str()) {
            return Ok(None);
        }
        // One without a mark is known by its name alone.
        let is_other =
            now.name.as_deref().is_some_and(|name| self.step.guest.is_named && name != self.step.guest.label);
        if mark(&config) != self.step.mark || is_other {
            return Err(StepError::Fail(format!("the VMID {} is another guest now", self.step.guest.vmid)));
        }
        if now.status != GuestStatus::Stopped {
            return Err(StepError::Fail(format!("{label} is {} now, and nothing was done to it", now.status)));
        }
        Ok(Some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let wish = RestoreWish {
            vmid: self.step.guest.vmid,
            archive: self.step.archive.clone(),
            storage: self.step.storage.clone(),
            overwrite: true,
            // It is the same guest again: its addresses stay.
            unique: false,
            pool: None,
            name: None,
            description: Some(marked(self.step.description.as_deref(), &self.cx.mark())),
        };
        self.target.cluster.client.restore(node, self.step.guest.kind, &wish).await
    }
}

impl OverwriteGuest {
    /// The record of whose it is goes by the guest's own mark, which may be another one now.
    async fn keep_owner(&self, cx: &StepCx, now: &str) -> Result<(), StepError> {
        if now == self.mark {
            return Ok(());
        }
        let (cluster, vmid) = (&self.guest.cluster, self.guest.vmid);
        let mut tx = cx.store.write().await.map_err(retry)?;
        let row = owner::get(&mut tx, cluster, vmid).await.map_err(retry)?;
        if let Some(row) = row.filter(|row| row.mark == self.mark)
            && let Some(account) = account::by_name(&mut tx, &row.account).await.map_err(retry)?
        {
            owner::set(&mut tx, cluster, vmid, now, account.id, cx.clock.now()).await.map_err(retry)?;
        }
        tx.commit().await.map_err(retry)
    }
}

impl Apply for OverwriteGuest {
    const NAME: &'static str = "overwrite-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let call = Call { cx, target: Target::new(cx, &self.guest)?, step: self };
        let end = task::run(cx, &call).await?;
        let config = call.config().await?;
        let is_ours = bears(&config, cx.mark().as_str());
        let why = match &end {
            TaskEnd::Unknown { upid, why } => Some(format!("task {upid} ended without a result ({why})")),
            _ if !is_ours => Some("Proxmox says that it is done".to_owned()),
            _ => None,
        };
        if let Some(why) = why {
            let GuestId { label, vmid, .. } = &self.guest;
            return Err(cx.broke(format!("{why}, but {label} ({vmid}) may not be whole")).await);
        }
        self.keep_owner(cx, &mark(&config)).await?;
        // It may have another name and size from now on.
        let _ = call.target.cluster.refresh().await;
        let mut done = call.target.tell("restored").await?;
        done["label"] = Value::from(self.name.clone());
        done["from"] = Value::from(self.archive.clone());
        end.tell(&mut done);
        Ok(done)
    }
}
