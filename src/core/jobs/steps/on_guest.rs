//! A task on a guest that is there: what all such calls have in common.

use super::guest::Target;
use crate::{
    jobs::{step::StepError, task::TaskCall},
    lab::Cluster,
};
use direttore_clients::proxmox::{Error, GuestAt, GuestNow};
use direttore_domain::{GuestKind, NodeName, Upid, Vmid};
use std::{future::Future, sync::Arc};

pub(super) trait OnGuest: Sync {
    /// The task's type for a VM and for a container.
    const TYPES: [&'static str; 2];
    /// See [`TaskCall::SHOWS`].
    const SHOWS: bool = true;

    fn target(&self) -> &Target<'_>;
    /// Whether the guest, which is the one meant, still asks for it.
    fn is_needed(&self, at: &GuestAt, now: &GuestNow) -> impl Future<Output = Result<bool, StepError>> + Send;
    fn post(&self, at: &GuestAt) -> impl Future<Output = Result<Upid, Error>> + Send;
}

impl<T: OnGuest> TaskCall for T {
    const SHOWS: bool = <T as OnGuest>::SHOWS;

    fn cluster(&self) -> &Arc<Cluster> {
        &self.target().cluster
    }

    fn vmid(&self) -> Vmid {
        self.target().id.vmid
    }

    fn types(&self) -> Vec<&'static str> {
        let [vm, container] = T::TYPES;
        vec![match self.target().id.kind {
            GuestKind::Vm => vm,
            GuestKind::Container => container,
        }]
    }

    async fn likely_node(&self) -> NodeName {
        self.target().place().await.node
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let (at, now) = self.target().meant().await?;
        Ok(self.is_needed(&at, &now).await?.then_some(at.node))
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        OnGuest::post(self, &self.target().at(node.clone())).await
    }
}
