//! Start, shutdown, reboot, stop, reset, suspend, resume.

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
use direttore_clients::proxmox::Error;
use direttore_domain::{GuestKind, GuestStatus, NodeName, Power, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerGuest {
    pub guest: GuestId,
    pub power: Power,
    /// Seconds that a guest has to shut down.
    pub timeout_s: Option<u64>,
    /// When a later step fails, a guest that this one stopped is started again.
    pub restart_on_undo: bool,
}

impl PowerGuest {
    pub fn new(guest: GuestId, power: Power) -> Self {
        Self { guest, power, timeout_s: None, restart_on_undo: false }
    }
}

struct Call<'s> {
    target: Target<'s>,
    power: Power,
    timeout: Option<Duration>,
}

impl TaskCall for Call<'_> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        let own = self.power.task_type(self.target.id.kind);
        match self.power {
            Power::Start => vec![own, "hastart"],
            Power::Stop | Power::Shutdown => vec![own, "hastop"],
            _ => vec![own],
        }
    }

    fn shows(&self) -> bool {
        self.power.shows_in_state(self.target.id.kind)
    }

    /// A guest that was only asked to shut down goes on when the asking stops.
    fn can_interrupt(&self) -> bool {
        self.power == Power::Shutdown
    }

    fn left_by_interrupt(&self) -> Option<String> {
        let id = self.target.id;
        Some(format!("{} ({}) has been asked to shut down and may still do so", id.label, id.vmid))
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let (at, now) = self.target.meant().await?;
        let label = format!("{} ({})", self.target.id.label, self.target.id.vmid);
        let suspended = now.lock.as_deref() == Some("suspended");
        match (self.power, now.status) {
            (_, GuestStatus::Unknown) => Err(StepError::Retry(format!("the state of {label} is not known now"))),
            (power, status) if self.shows() && Some(status) == power.leads_to(self.target.id.kind) => Ok(None),
            (Power::Resume, _) if self.target.id.kind == GuestKind::Container => Ok(Some(at.node)),
            (Power::Resume, GuestStatus::Stopped) if suspended => Ok(Some(at.node)),
            (Power::Start | Power::Stop, _) => Ok(Some(at.node)),
            (_, GuestStatus::Stopped) => Err(StepError::Fail(format!("{label} is stopped"))),
            _ => Ok(Some(at.node)),
        }
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        self.target.cluster.client.power(&self.target.at(node.clone()), self.power, self.timeout).await
    }
}

impl PowerGuest {
    /// Runs the power task alone.
    pub async fn request(&self, cx: &StepCx) -> Result<TaskEnd, StepError> {
        let timeout = self.timeout_s.map(Duration::from_secs);
        let call = Call { target: Target::new(cx, &self.guest)?, power: self.power, timeout };
        task::run(cx, &call).await
    }

    /// Runs one power task and waits until the guest itself is where it should be.
    async fn run(&self, cx: &StepCx, power: Power) -> Result<(Value, bool), StepError> {
        let timeout = self.timeout_s.map(Duration::from_secs);
        let call = Call { target: Target::new(cx, &self.guest)?, power, timeout };
        let end = task::run(cx, &call).await?;
        let target = &call.target;
        let wanted = power.leads_to(self.guest.kind);
        let looks = match &end {
            // The HA manager acts some time after it has taken the request.
            TaskEnd::Ended { upid, .. } if upid.task_type.starts_with("ha") => patience(cx),
            // Proxmox starts a rebooted guest after the task that shut it down.
            TaskEnd::Ended { .. } if power == Power::Reboot => patience(cx),
            _ => 3,
        };
        let label = format!("{} ({})", target.id.label, target.id.vmid);
        let seen = match wanted {
            Some(wanted) => Some(target.reaches(cx, wanted, looks).await?),
            None => None,
        };
        if let Some(seen) = seen.filter(|_| seen != wanted) {
            let why = match end {
                TaskEnd::Unknown { upid, why } => {
                    format!("task {upid} ended without a result ({why}), and {label} is {seen}")
                }
                TaskEnd::Ended { upid, .. } if upid.task_type.starts_with("ha") => {
                    format!("the HA manager has the request and may still act on it, but {label} is {seen}")
                }
                _ => format!("Proxmox says that it is done, but {label} is {seen}"),
            };
            return Err(cx.broke(why).await);
        }
        if let TaskEnd::Unknown { upid, why } = &end
            && !power.shows_in_state(self.guest.kind)
        {
            let why = format!("task {upid} ended without a result ({why}), and the state of {label} cannot tell");
            return Err(task::ask_about(cx, upid, why).await);
        }
        let already = end == TaskEnd::Already;
        let mut done = target.tell(if already { "already" } else { power.as_str() }).await?;
        end.tell(&mut done);
        Ok((done, already))
    }
}

/// Looks for as long as the HA manager may take.
pub(super) fn patience(cx: &StepCx) -> u32 {
    let poll = cx.settings.task_poll.as_millis().max(1);
    u32::try_from(cx.settings.ha_patience.as_millis() / poll).unwrap_or(u32::MAX)
}

impl Apply for PowerGuest {
    const NAME: &'static str = "power-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        self.run(cx, self.power).await.map(|(done, _)| done)
    }

    async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
        if !self.restart_on_undo {
            let GuestId { label, vmid, .. } = &self.guest;
            return Err(StepError::Stuck(format!("{} of {label} ({vmid}) cannot be taken back", self.power)));
        }
        if done["what"] == "already" {
            return Ok(());
        }
        self.run(cx, Power::Start).await.map(|_| ())
    }
}
