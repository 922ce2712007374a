//! One Proxmox VE cluster (8.4 and 9) over its HTTPS API, by token or by password.
//!
//! [`Proxmox`] is the handle; each file beside this one adds the calls of one group to it: `resources` (the whole
//! cluster in one answer), `guest`, `rrd`, `address`, `snapshot`, `node`, `network`, `storage`, `create`, `change`,
//! `migrate`, `backup`, `task`, `access`. Below them: `request` (one call as a value), `transport` (hosts, failover, time-outs),
//! `answer` (what a response means), `auth`, `wire` (lenient scalars).
//! Start at [`Proxmox::new`] and at [`Error`].
//!
//! What this client never does:
//! - send a POST, PUT or DELETE a second time once it may have left (only a refusal of the ticket, which comes before
//!   anything is done, is answered by a new login and one more try);
//! - wait for a task, look for one, or retry a lock: it answers what Proxmox answered;
//! - decide by a cached state, log a secret, or hand out text that was not made visible;
//! - follow a redirect, or go through a proxy of the environment.

mod access;
mod address;
mod answer;
mod auth;
mod backup;
mod change;
mod create;
mod error;
mod guest;
mod migrate;
mod network;
mod node;
mod record;
mod request;
mod resources;
mod rrd;
mod settings;
mod snapshot;
mod storage;
mod task;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

pub use crate::tls::fingerprint_of;
pub use access::{Permissions, Version};
pub use address::GuestAddress;
pub use backup::{BackupMode, BackupWish, RestoreWish};
pub use change::{Change, VmSettings, ssh_keys, tag_list, vm_change};
pub use create::{CloneWish, NewContainer, NewVm};
pub use error::{Error, Missing};
pub use guest::{GuestAt, GuestConfig, GuestNow};
pub use migrate::{MigrateCheck, MigrateWish};
pub use network::Bridge;
pub use node::{NodeNow, NodePower};
pub use resources::{Resources, Row, parse_resources, parse_rows};
pub use rrd::{Sample, Timeframe};
pub use settings::{Auth, Host, Settings, Timeouts};
pub use snapshot::Snapshot;
pub use storage::Volume;
pub use task::{Exit, Source, Task, TaskFilter, TaskState};
pub use wire::Text;

use auth::Session;
use direttore_domain::{ClusterName, Upid};
use request::Request;
use serde::de::DeserializeOwned;
use std::{fmt, sync::Arc};
use transport::Transport;

/// A connection to one cluster. Cloning is cheap; all clones share connections, ticket and knowledge of good hosts.
#[derive(Clone)]
pub struct Proxmox(Arc<Inner>);

struct Inner {
    cluster: ClusterName,
    transport: Transport,
    session: Session,
}

impl Proxmox {
    /// Prepares a connection; nothing is sent yet. Needs a Tokio runtime only when called upon.
    ///
    /// # Errors
    /// [`Error::Settings`]: no host, an address or fingerprint of the wrong form, credentials that no header can carry.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let session = Session::new(settings.auth)?;
        let transport = Transport::new(&settings.hosts, settings.verify_tls, settings.timeouts, settings.record)?;
        Ok(Self(Arc::new(Inner { cluster: settings.cluster, transport, session })))
    }

    pub fn cluster(&self) -> &ClusterName {
        &self.0.cluster
    }

    /// Who we are, as it stands in UPIDs: `user@realm!token` or `user@realm`.
    pub fn user(&self) -> String {
        self.0.session.user().to_owned()
    }

    /// Sends a request with valid credentials; with a password, a refused ticket leads to one new login.
    async fn send(&self, request: &Request) -> Result<bytes::Bytes, Error> {
        let Inner { transport, session, .. } = &*self.0;
        let pass = session.pass(transport).await?;
        match transport.send(request, Some(&pass)).await {
            Err(Error::Credentials { why }) => match session.pass_instead_of(&pass, transport).await? {
                Some(pass) => transport.send(request, Some(&pass)).await,
                None => Err(Error::Credentials { why }),
            },
            other => other,
        }
    }

    /// Sends a request and reads `data` of the answer.
    async fn call<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        wire::data(&self.send(request).await?)
    }

    /// Sends a request that starts a task.
    async fn start_task(&self, request: &Request) -> Result<Upid, Error> {
        let wire::Owned(text) = self.call(request).await?;
        text.parse().map_err(|_| Error::Garbage { why: format!("it should be a UPID: {}", error::tidy(&text)) })
    }

    /// Sends a request whose answer says nothing but that it was done.
    async fn tell(&self, request: &Request) -> Result<(), Error> {
        self.call::<serde::de::IgnoredAny>(request).await.map(drop)
    }
}

impl fmt::Debug for Proxmox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxmox").field("cluster", &self.0.cluster).field("user", &self.user()).finish_non_exhaustive()
    }
}
