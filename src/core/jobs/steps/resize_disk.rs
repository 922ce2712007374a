//! A larger disk. Proxmox never makes one smaller.

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
use direttore_domain::{
    Growth, NodeName, Upid, Vmid,
    disk::{Disk, Size},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResizeDisk {
    /// `None` is the guest that an earlier step of the job made.
    pub guest: Option<GuestId>,
    /// `scsi0`, `rootfs`, …
    pub disk: String,
    pub to: Size,
}

struct Call<'s> {
    target: Target<'s>,
    step: &'s ResizeDisk,
}

impl Call<'_> {
    async fn size(&self, at: &GuestAt) -> Result<Size, StepError> {
        let cluster = &self.target.cluster;
        let config = cluster.client.guest_config(at).await.map_err(|e| StepError::of_read(cluster, &e))?;
        let disk = config.values.get(&self.step.disk).and_then(|d| d.parse::<Disk>().ok()?.size);
        disk.ok_or_else(|| StepError::Fail(format!("{} has no disk {}", self.target.id.label, self.step.disk)))
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
        vec!["resize"]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let place = self.target.place().await;
        // Both are asked at once: a round trip saved.
        let (meant, size) = futures::join!(self.target.meant(), self.size(&place));
        let (at, _) = meant?;
        let size = if at == place { size? } else { self.size(&at).await? };
        Ok((size < self.step.to).then_some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let at = self.target.at(node.clone());
        self.target.cluster.client.resize_disk(&at, &self.step.disk, Growth::To(self.step.to)).await
    }
}

impl Apply for ResizeDisk {
    const NAME: &'static str = "resize-disk";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = if self.guest.is_none() { Some(cx.made()?.guest) } else { None };
        let id = self.guest.as_ref().or(made.as_ref()).expect("one of them is there");
        let call = Call { target: Target::new(cx, id)?, step: self };
        let end = task::run(cx, &call).await?;
        let size = call.size(&call.target.place().await).await?;
        if size < self.to {
            let why = match end {
                TaskEnd::Unknown { upid, why } => format!("task {upid} ended without a result ({why})"),
                _ => "Proxmox says that it is done".to_owned(),
            };
            return Err(cx.broke(format!("{why}, but {} has {size}", self.disk)).await);
        }
        if self.guest.is_none() {
            return Ok(json!({}));
        }
        let mut done = call.target.tell("resized").await?;
        done["name"] = json!(self.disk);
        done["size"] = json!(size);
        end.tell(&mut done);
        Ok(done)
    }

    /// A new guest's disk goes with it; another one stays as large as it is.
    async fn undo(&self, _: &StepCx, _: &Value) -> Result<(), StepError> {
        match &self.guest {
            None => Ok(()),
            Some(id) => Err(StepError::Stuck(format!("a disk of {} ({}) cannot be made smaller", id.label, id.vmid))),
        }
    }
}
