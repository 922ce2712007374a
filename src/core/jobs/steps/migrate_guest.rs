//! A guest on another node of its cluster.

use super::{
    Apply,
    guest::{GuestId, Target},
    power_guest::patience,
};
use crate::{
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall, TaskEnd},
    },
    lab::Cluster,
};
use direttore_clients::proxmox::{Error, GuestNow, MigrateWish};
use direttore_domain::{GuestKind, GuestStatus, NodeName, StorageName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrateGuest {
    pub guest: GuestId,
    pub to: NodeName,
    /// Where disks go that are copied; else to storages of the same names.
    pub storage: Option<StorageName>,
    /// Whether disks of a VM are copied.
    pub with_local_disks: bool,
    /// Whether a container may be stopped and started again for it.
    pub may_restart: bool,
}

struct Call<'s> {
    target: Target<'s>,
    step: &'s MigrateGuest,
}

impl Call<'_> {
    /// Its state on the node that it is to go to. The list may not have it there yet.
    async fn arrived(&self) -> Result<Option<GuestNow>, StepError> {
        let cluster = &self.target.cluster;
        match cluster.client.guest_now(&self.target.at(self.step.to.clone())).await {
            Ok(now) => Ok(Some(now)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StepError::of_read(cluster, &error)),
        }
    }

    fn label(&self) -> String {
        format!("{} ({})", self.target.id.label, self.target.id.vmid)
    }
}

impl TaskCall for Call<'_> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        let own = match self.target.id.kind {
            GuestKind::Vm => "qmigrate",
            GuestKind::Container => "vzmigrate",
        };
        vec![own, "hamigrate"]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let (at, now) = match self.target.meant().await {
            Ok(found) => found,
            // One that has just moved is on no node for as long as the list lags.
            Err(StepError::Retry(why)) => {
                return if self.arrived().await?.is_some() { Ok(None) } else { Err(StepError::Retry(why)) };
            }
            Err(error) => return Err(error),
        };
        if at.node == self.step.to {
            return Ok(None);
        }
        let runs = now.status != GuestStatus::Stopped;
        if runs && self.target.id.kind == GuestKind::Container && !self.step.may_restart {
            let why = "runs now, and would be stopped for the move, which was not asked";
            return Err(StepError::Fail(format!("{} {why}", self.label())));
        }
        Ok(Some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let (client, at) = (&self.target.cluster.client, self.target.at(node.clone()));
        let wish = MigrateWish {
            target: self.step.to.clone(),
            // A call for a running guest is another one than for one that is stopped.
            is_online: client.guest_now(&at).await?.status != GuestStatus::Stopped,
            with_local_disks: self.step.with_local_disks,
            target_storage: self.step.storage.clone(),
        };
        client.migrate(&at, &wish).await
    }
}

impl Apply for MigrateGuest {
    const NAME: &'static str = "migrate-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let call = Call { target: Target::new(cx, &self.guest)?, step: self };
        let end = task::run(cx, &call).await?;
        let is_ha = matches!(&end, TaskEnd::Ended { upid, .. } if upid.task_type.starts_with("ha"));
        // The HA manager acts some time after it has taken the request.
        let looks = if is_ha { patience(cx).max(1) } else { 3 };
        let mut there = None;
        for look in 0..looks {
            if look > 0 {
                cx.pause(cx.settings.task_poll).await;
            }
            if cx.is_lost() {
                return Err(StepError::Lost);
            }
            there = call.arrived().await?;
            if there.is_some() {
                break;
            }
        }
        let (id, to) = (&self.guest, &self.to);
        let Some(now) = there else {
            let why = match &end {
                TaskEnd::Unknown { upid, why } => format!("task {upid} ended without a result ({why})"),
                _ if is_ha => "the HA manager has the request and may still act on it".to_owned(),
                _ => "Proxmox says that it is done".to_owned(),
            };
            return Err(cx.broke(format!("{why}, but {} is not on {to}", call.label())).await);
        };
        call.target.cluster.observe_on(id.vmid, to, &now);
        let mut done = json!({
            "what": "migrated",
            "label": id.label,
            "vmid": id.vmid,
            "from": id.node,
            "node": to,
            "status": now.status.as_str(),
        });
        end.tell(&mut done);
        Ok(done)
    }
}
