//! A larger disk. Proxmox never makes one smaller.

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
use direttore_domain::{
    Growth, Upid,
    disk::{Disk, Size},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

impl OnGuest for Call<'_> {
    const TYPES: [&'static str; 2] = ["resize", "resize"];

    fn target(&self) -> &Target<'_> {
        &self.target
    }

    async fn is_needed(&self, at: &GuestAt, _: &GuestNow) -> Result<bool, StepError> {
        Ok(self.size(at).await? < self.step.to)
    }

    async fn post(&self, at: &GuestAt) -> Result<Upid, Error> {
        self.target.cluster.client.resize_disk(at, &self.step.disk, Growth::To(self.step.to)).await
    }
}

impl Apply for ResizeDisk {
    const NAME: &'static str = "resize-disk";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = if self.guest.is_none() { Some(cx.made()?.guest) } else { None };
        let id = self.guest.as_ref().or(made.as_ref()).expect("one of them is there");
        let call = Call { target: Target::new(cx, id)?, step: self };
        let end = task::run(cx, &call).await?;
        let (at, _) = call.target.here().await?;
        let size = call.size(&at).await?;
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
