//! A copy of a guest. It stays stopped.

use super::{
    Apply,
    guest::{GuestId, Target},
    making::{self, Recipe, make, unmake},
};
use crate::{
    jobs::step::{StepCx, StepError},
    lab::Cluster,
};
use direttore_clients::proxmox::{CloneWish, Error, GuestAt};
use direttore_domain::{
    ClusterName, GuestKind, GuestStatus, Hostname, NodeName, PoolName, SnapshotName, StorageName, Upid, Vmid,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloneGuest {
    pub source: GuestId,
    pub name: Hostname,
    /// The number asked for; else the next free one is taken.
    pub vmid: Option<Vmid>,
    /// Where it is to be.
    pub node: NodeName,
    /// Of a full copy; else each disk stays on the storage of the one it is copied from.
    pub storage: Option<StorageName>,
    pub pool: Option<PoolName>,
    pub snapshot: Option<SnapshotName>,
    pub full: bool,
    /// The source's own.
    pub description: Option<String>,
}

pub(super) const NAME: &str = "clone-guest";

impl Recipe for CloneGuest {
    fn cluster(&self) -> &ClusterName {
        &self.source.cluster
    }

    fn id(&self, vmid: Vmid) -> GuestId {
        GuestId {
            cluster: self.source.cluster.clone(),
            vmid,
            kind: self.source.kind,
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
        match self.source.kind {
            GuestKind::Vm => "qmclone",
            GuestKind::Container => "vzclone",
        }
    }

    fn source(&self) -> Option<(Vmid, &NodeName)> {
        Some((self.source.vmid, &self.source.node))
    }

    async fn ready(&self, cx: &StepCx) -> Result<(), StepError> {
        let (_, now) = Target::new(cx, &self.source)?.meant().await?;
        let runs = now.status != GuestStatus::Stopped;
        if runs && self.full && self.snapshot.is_none() && self.source.kind == GuestKind::Container {
            let GuestId { label, vmid, .. } = &self.source;
            let why = "a running container can be copied from a snapshot only";
            return Err(StepError::Fail(format!("{label} ({vmid}) runs now, and {why}")));
        }
        Ok(())
    }

    async fn post(
        &self,
        _: &StepCx,
        cluster: &Cluster,
        node: &NodeName,
        vmid: Vmid,
        description: String,
    ) -> Result<Upid, Error> {
        let wish = CloneWish {
            newid: vmid,
            name: self.name.clone(),
            description,
            pool: self.pool.clone(),
            target: (*node != self.node).then(|| self.node.clone()),
            full: self.full,
            storage: self.storage.clone(),
            snapshot: self.snapshot.clone(),
        };
        let from = GuestAt { node: node.clone(), kind: self.source.kind, vmid: self.source.vmid };
        cluster.client.clone_guest(&from, &wish).await
    }
}

impl Apply for CloneGuest {
    const NAME: &'static str = NAME;
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = make(cx, self).await?;
        let mut done = making::tell(cx, &made, "cloned").await?;
        done["from"] = Value::from(format!("{} ({})", self.source.label, self.source.vmid));
        Ok(done)
    }

    async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
        unmake(cx, self, done).await
    }
}
