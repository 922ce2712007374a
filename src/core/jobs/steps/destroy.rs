//! The way back of whatever made a guest: it is stopped and destroyed, if it is the one that the job made.

use super::{
    guest::{GuestId, Target},
    making::bears,
};
use crate::{
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall},
    },
    lab::Cluster,
};
use direttore_clients::proxmox::Error;
use direttore_domain::{GuestKind, GuestStatus, NodeName, Power, Upid, Vmid};
use std::sync::Arc;

struct Call<'s> {
    target: Target<'s>,
    mark: &'s str,
    /// `true` turns it off, `false` destroys it.
    stop: bool,
}

impl TaskCall for Call<'_> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.target.cluster
    }

    fn vmid(&self) -> Vmid {
        self.target.id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        vec![match (self.stop, self.target.id.kind) {
            (true, GuestKind::Vm) => "qmstop",
            (true, GuestKind::Container) => "vzstop",
            (false, GuestKind::Vm) => "qmdestroy",
            (false, GuestKind::Container) => "vzdestroy",
        }]
    }

    async fn likely_node(&self) -> NodeName {
        self.target.place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let Target { id, cluster } = &self.target;
        // Where it is now: it may have moved since it was made.
        let Some((at, now)) = self.target.now().await.map_err(lasting)? else {
            let view = cluster.view().await.map_err(|f| StepError::Retry(f.to_string()))?;
            // A guest of the other kind that has the number is somebody else's.
            if view.guest(id.vmid).is_some_and(|g| g.kind == id.kind) {
                return Err(StepError::Retry(format!("{} ({}) is on no node, and still listed", id.label, id.vmid)));
            }
            return Ok(None);
        };
        let config = match cluster.client.guest_config(&at).await {
            Ok(config) => config,
            Err(Error::NotFound { why, .. }) => return Err(StepError::Retry(why)),
            Err(error) => return Err(lasting(StepError::of_read(cluster, &error))),
        };
        match (&now.lock, bears(&config, self.mark)) {
            // Somebody else's guest has the number.
            (None, false) => Ok(None),
            (Some(lock), false) if lock != "create" && lock != "clone" => Ok(None),
            (Some(lock), _) => Err(StepError::Retry(format!("{} ({}) is locked ({lock})", id.label, id.vmid))),
            (None, true) if self.stop => Ok((now.status != GuestStatus::Stopped).then_some(at.node)),
            (None, true) => Ok(Some(at.node)),
        }
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let (client, at) = (&self.target.cluster.client, self.target.at(node.clone()));
        if self.stop { client.power(&at, Power::Stop, None).await } else { client.guest_delete(&at, true).await }
    }
}

/// Taking back goes on: what cannot be done now is tried again, whatever the reason.
fn lasting(error: StepError) -> StepError {
    match error {
        StepError::Fail(why) | StepError::Taken(why) | StepError::Broke(why) => StepError::Retry(why),
        other => other,
    }
}

/// Turns the guest off, if its description bears the mark. May run twice.
pub(super) async fn stop_ours(cx: &StepCx, guest: &GuestId, mark: &str) -> Result<(), StepError> {
    let stop = Call { target: Target::new(cx, guest)?, mark, stop: true };
    if stop.needed().await?.is_some() {
        task::run(cx, &stop).await.map_err(lasting)?;
        cx.save_note(None).await?;
    }
    Ok(())
}

/// Stops and destroys the guest, if its description bears the mark. May run twice.
pub(super) async fn destroy_ours(cx: &StepCx, guest: &GuestId, mark: &str) -> Result<(), StepError> {
    stop_ours(cx, guest, mark).await?;
    let call = Call { target: Target::new(cx, guest)?, mark, stop: false };
    task::run(cx, &call).await.map_err(lasting)?;
    if call.target.now().await.map_err(lasting)?.is_some() && call.needed().await?.is_some() {
        cx.save_note(None).await?;
        return Err(StepError::Retry(format!("{} ({}) is still there", guest.label, guest.vmid)));
    }
    call.target.cluster.observe(guest.vmid, None);
    Ok(())
}
