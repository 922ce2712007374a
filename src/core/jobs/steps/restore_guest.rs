//! A new guest from a backup, with hardware addresses of its own. It stays stopped.
//!
//! What a restore is told of the configuration stands in place of what the backup says. So the description bears the
//! job's mark from the first moment that there is one, and the guest is known as ours like any other that a job makes.

use super::{
    Apply,
    guest::GuestId,
    making::{self, Recipe, make, unmake},
};
use crate::{
    jobs::step::{StepCx, StepError},
    lab::Cluster,
};
use direttore_clients::proxmox::{Error, RestoreWish};
use direttore_domain::{ClusterName, GuestKind, Hostname, NodeName, PoolName, StorageName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestoreGuest {
    pub cluster: ClusterName,
    pub node: NodeName,
    pub kind: GuestKind,
    /// Volume of the backup.
    pub archive: String,
    pub name: Hostname,
    /// The number asked for; else the next free one is taken.
    pub vmid: Option<Vmid>,
    /// Else each disk goes to the storage that it was on.
    pub storage: Option<StorageName>,
    pub pool: Option<PoolName>,
    /// The one in the backup.
    pub description: Option<String>,
}

pub(super) const NAME: &str = "restore-guest";

/// The type of a restore's task.
pub(super) fn task_type(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Vm => "qmrestore",
        GuestKind::Container => "vzrestore",
    }
}

impl Recipe for RestoreGuest {
    fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    fn id(&self, vmid: Vmid) -> GuestId {
        GuestId {
            cluster: self.cluster.clone(),
            vmid,
            kind: self.kind,
            node: self.node.clone(),
            label: self.name.to_string(),
            is_named: true,
        }
    }

    fn asked(&self) -> Option<Vmid> {
        self.vmid
    }

    fn pool(&self) -> Option<&PoolName> {
        self.pool.as_ref()
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn task_type(&self) -> &'static str {
        task_type(self.kind)
    }

    async fn post(
        &self,
        _: &StepCx,
        cluster: &Cluster,
        node: &NodeName,
        vmid: Vmid,
        description: String,
    ) -> Result<Upid, Error> {
        let wish = RestoreWish {
            vmid,
            archive: self.archive.clone(),
            storage: self.storage.clone(),
            overwrite: false,
            unique: true,
            pool: self.pool.clone(),
            name: Some(self.name.clone()),
            description: Some(description),
        };
        cluster.client.restore(node, self.kind, &wish).await
    }
}

impl Apply for RestoreGuest {
    const NAME: &'static str = NAME;
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = make(cx, self).await?;
        let mut done = making::tell(cx, &made, "restored").await?;
        done["from"] = Value::from(self.archive.clone());
        Ok(done)
    }

    async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
        unmake(cx, self, done).await
    }
}
