//! The end of a guest, with its disks, backup jobs and replication (`purge`).

use super::{
    Apply,
    guest::{GuestId, Target},
};
use crate::{
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall},
    },
    lab::{Cluster, mark},
};
use direttore_clients::proxmox::Error;
use direttore_domain::{GuestKind, GuestStatus, NodeName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteGuest {
    pub guest: GuestId,
    /// The guest's own mark when it was decided: a new guest of the same VMID has another one.
    pub mark: String,
}

struct Call<'s> {
    target: Target<'s>,
    mark: &'s str,
}

impl TaskCall for Call<'_> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec![match self.target.id.kind {
            GuestKind::Vm => "qmdestroy",
            GuestKind::Container => "vzdestroy",
        }]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let id = self.target.id;
        let Some((at, now)) = self.target.now().await? else {
            if self.target.is_listed().await {
                return Err(StepError::Retry(format!("{} ({}) is on no node, and still listed", id.label, id.vmid)));
            }
            return Ok(None);
        };
        let config = self.target.cluster.client.guest_config(&at).await;
        let config = config.map_err(|e| StepError::of_read(&self.target.cluster, &e))?;
        if mark(&config) != self.mark || (self.mark.is_empty() && id.is_named && now.name.as_deref() != Some(&id.label))
        {
            return Err(StepError::Fail(format!("another guest has the VMID {} now", id.vmid)));
        }
        if now.status != GuestStatus::Stopped {
            return Err(StepError::Fail(format!("{} ({}) is {} again", id.label, id.vmid, now.status)));
        }
        Ok(Some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        self.target.cluster.client.guest_delete(&self.target.at(node.clone()), true).await
    }
}

impl Apply for DeleteGuest {
    const NAME: &'static str = "delete-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let call = Call { target: Target::new(cx, &self.guest)?, mark: &self.mark };
        let end = task::run(cx, &call).await?;
        if call.target.now().await?.is_some() && call.needed().await?.is_some() {
            let GuestId { label, vmid, .. } = &self.guest;
            return Err(cx.broke(format!("Proxmox says that it is done, but {label} ({vmid}) is still there")).await);
        }
        let mut done = call.target.tell("deleted").await?;
        end.tell(&mut done);
        Ok(done)
    }
}
