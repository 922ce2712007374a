//! The guest that a step acts on, looked up anew each time: it may have moved since the plan was made.

use crate::{
    jobs::step::{StepCx, StepError},
    lab::Cluster,
};
use direttore_clients::proxmox::{Error, GuestAt, GuestNow, Snapshot};
use direttore_domain::{ClusterName, Guest, GuestKind, GuestStatus, NodeName, SnapshotName, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuestId {
    pub cluster: ClusterName,
    pub vmid: Vmid,
    pub kind: GuestKind,
    /// Where it was when the plan was made.
    pub node: NodeName,
    /// What people call it.
    pub label: String,
    /// Whether that is its own name, and not words of ours for one whose name is not known.
    pub is_named: bool,
}

impl From<&Guest> for GuestId {
    fn from(guest: &Guest) -> Self {
        Self {
            cluster: guest.cluster.clone(),
            vmid: guest.vmid,
            kind: guest.kind,
            node: guest.node.clone(),
            label: guest.label(),
            is_named: guest.name.is_some(),
        }
    }
}

/// A guest of a step with its cluster.
pub(super) struct Target<'s> {
    pub id: &'s GuestId,
    pub cluster: Arc<Cluster>,
}

impl<'s> Target<'s> {
    pub fn new(cx: &StepCx, id: &'s GuestId) -> Result<Self, StepError> {
        Ok(Self { id, cluster: Arc::clone(cx.cluster(&id.cluster)?) })
    }

    pub fn at(&self, node: NodeName) -> GuestAt {
        GuestAt { node, kind: self.id.kind, vmid: self.id.vmid }
    }

    /// Where it is, as far as the view knows.
    pub async fn place(&self) -> GuestAt {
        let seen = self.cluster.view().await.ok().and_then(|v| v.guest(self.id.vmid).map(|g| g.node.clone()));
        self.at(seen.unwrap_or_else(|| self.id.node.clone()))
    }

    /// Its state by Proxmox's own word, where it is now; `None` when it is on no node.
    pub async fn now(&self) -> Result<Option<(GuestAt, GuestNow)>, StepError> {
        let mut at = self.place().await;
        for again in [true, false] {
            match self.cluster.client.guest_now(&at).await {
                Ok(now) => return Ok(Some((at, now))),
                Err(Error::NotFound { .. }) if again => {
                    let view = self.cluster.refresh().await.map_err(|f| StepError::Retry(f.to_string()))?;
                    let node = view.guest(self.id.vmid).map(|g| g.node.clone());
                    match node {
                        Some(node) if node != at.node => at = self.at(node),
                        _ => return Ok(None),
                    }
                }
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(StepError::of_read(&self.cluster, &error)),
            }
        }
        Ok(None)
    }

    /// As [`Target::now`], where it must be somewhere. One that has just moved is on no node for as long as the list
    /// lags, so its absence is a reason to look again.
    pub async fn here(&self) -> Result<(GuestAt, GuestNow), StepError> {
        let gone = || StepError::Retry(format!("{} ({}) is on no node", self.id.label, self.id.vmid));
        self.now().await?.ok_or_else(gone)
    }

    /// As [`Target::here`], for one that is about to be acted on: it must be the guest that was meant. A VMID is given
    /// to the next guest when one is deleted.
    pub async fn meant(&self) -> Result<(GuestAt, GuestNow), StepError> {
        let (at, now) = self.here().await?;
        match &now.name {
            Some(name) if *name != self.id.label && self.id.is_named => {
                Err(StepError::Fail(format!("the VMID {} is {name} now, not {}", self.id.vmid, self.id.label)))
            }
            _ => Ok((at, now)),
        }
    }

    /// Whether the list still has it although no node does.
    pub async fn is_listed(&self) -> bool {
        self.cluster.view().await.is_ok_and(|view| view.guest(self.id.vmid).is_some())
    }

    /// The snapshot of that name, if it is there.
    pub async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>, StepError> {
        let (at, _) = self.here().await?;
        let all = self.cluster.client.snapshots(&at).await.map_err(|e| StepError::of_read(&self.cluster, &e))?;
        Ok(all.into_iter().find(|s| &s.name == name))
    }

    /// Looks at the guest once more, lays what is seen over the view, and gives the words for the job's end.
    pub async fn tell(&self, what: &str) -> Result<Value, StepError> {
        let now = self.now().await?;
        self.cluster.observe(self.id.vmid, now.as_ref().map(|(_, now)| now));
        Ok(json!({
            "what": what,
            "label": self.id.label,
            "vmid": self.id.vmid,
            "node": now.as_ref().map(|(at, _)| at.node.as_str()),
            "status": now.as_ref().map(|(_, now)| now.status.as_str()),
        }))
    }

    /// Waits until the guest is in a state, looking `looks` times.
    pub async fn reaches(&self, cx: &StepCx, wanted: GuestStatus, looks: u32) -> Result<GuestStatus, StepError> {
        let mut seen = GuestStatus::Unknown;
        for look in 0..looks.max(1) {
            if look > 0 {
                cx.pause(cx.settings.task_poll).await;
            }
            if cx.is_lost() {
                return Err(StepError::Lost);
            }
            let (_, now) = self.here().await?;
            self.cluster.observe(self.id.vmid, Some(&now));
            seen = now.status;
            if seen == wanted {
                break;
            }
        }
        Ok(seen)
    }
}
