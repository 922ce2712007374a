//! What a handler may look at.

use crate::{
    Clock,
    lab::{Cluster, Lab, Sight, at},
    reserve::Things,
    rules::Rules,
};
use direttore_catalog::Command;
use direttore_clients::proxmox::{GuestAt, GuestNow};
use direttore_domain::{
    Actor, ClusterName, Failure, Guest, GuestRef, NodeStatus, Origin, Trouble, grant::Touches, policy,
};
use direttore_store::Store;
use std::sync::Arc;

/// The asker, the command, and everything that can be read. `lab` and `store` are for reading here.
pub struct Cx {
    pub actor: Arc<Actor>,
    /// Where it was asked, and where what comes later is told.
    pub origin: Origin,
    /// As grants name it.
    pub channel: String,
    pub command: &'static Command,
    pub lab: Lab,
    pub store: Store,
    pub clock: Clock,
    pub rules: Arc<Rules>,
    /// What things demand of who books them, as it was a moment ago.
    pub things: Arc<Things>,
    /// The plan is made for a yes: what only decorates the question need not be asked for again.
    pub is_confirmed: bool,
    /// The asker can see pictures: what only they need is worth a call.
    pub shows_pictures: bool,
}

/// A guest as it is now, with its cluster.
pub struct Found {
    pub cluster: Arc<Cluster>,
    pub guest: Guest,
    pub now: GuestNow,
}

impl Found {
    pub fn at(&self) -> GuestAt {
        at(&self.guest)
    }

    /// `lab/101`: what its jobs are lined up by.
    pub fn subject(&self) -> String {
        subject(&self.guest)
    }
}

pub fn subject(guest: &Guest) -> String {
    format!("{}/{}", guest.cluster, guest.vmid)
}

impl Cx {
    /// What is in the lab.
    ///
    /// # Errors
    /// An unknown cluster, or that no cluster could be seen.
    pub async fn sight(&self, only: Option<&ClusterName>) -> Result<Sight, Trouble> {
        self.lab.sight(only).await
    }

    /// Whether grants let this command reach it.
    pub fn reaches(&self, touched: Touches<'_>) -> bool {
        policy::may_touch(&self.actor, self.command.permission, &self.command.path, &self.channel, touched)
    }

    /// Whether no grant keeps this command from anything.
    pub fn reaches_all(&self) -> bool {
        !policy::is_narrowed(&self.actor, self.command.permission)
    }

    /// The one guest meant, as the view has it.
    ///
    /// # Errors
    /// `no-such-guest`, `which-guest`, or `not-granted` when grants do not reach it.
    pub async fn guest(&self, meant: &GuestRef) -> Result<(Arc<Cluster>, Guest), Trouble> {
        let sight = self.sight(None).await?;
        let guest = sight.find(meant)?.clone();
        let what = format!("{} ({})", guest.label(), guest.vmid);
        let Self { actor, command, channel, .. } = self;
        policy::check_touch(actor, command.permission, &command.path, channel, &what, policy::touches(&guest))?;
        Ok((Arc::clone(self.lab.cluster(&guest.cluster)?), guest))
    }

    /// As [`Cx::guest`], for one that Proxmox is asked about next.
    ///
    /// # Errors
    /// Also that its node is offline: asking would only wait for the other nodes to give up on it.
    pub async fn guest_to_ask(&self, meant: &GuestRef) -> Result<(Arc<Cluster>, Guest), Trouble> {
        let (cluster, guest) = self.guest(meant).await?;
        let view = cluster.view().await?;
        if view.nodes.iter().any(|n| n.name == guest.node && n.status == NodeStatus::Offline) {
            return Err(Failure::NodeOffline { node: guest.node.to_string() }.into());
        }
        Ok((cluster, guest))
    }

    /// The one guest meant, with its state as Proxmox tells it now. When it has moved since the view was made, it is
    /// looked up once more.
    ///
    /// # Errors
    /// As [`Cx::guest`], and the failure of the call.
    pub async fn guest_now(&self, meant: &GuestRef) -> Result<Found, Trouble> {
        let (cluster, mut guest) = self.guest_to_ask(meant).await?;
        let mut seen = cluster.client.guest_now(&at(&guest)).await;
        if let Err(direttore_clients::proxmox::Error::NotFound { .. }) = &seen {
            cluster.refresh().await?;
            // The whole way again: where it is now may be outside the asker's grants.
            guest = self.guest_to_ask(meant).await?.1;
            seen = cluster.client.guest_now(&at(&guest)).await;
        }
        let now = seen.map_err(|e| match e {
            direttore_clients::proxmox::Error::NotFound { .. } => {
                Failure::Elsewhere { subject: format!("{} ({})", guest.label(), guest.vmid) }
            }
            other => cluster.failure(&other),
        })?;
        guest.lock.clone_from(&now.lock);
        guest.status = now.status;
        Ok(Found { cluster, guest, now })
    }
}
