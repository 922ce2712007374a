//! What is in the lab, as programs ask for it.

use super::Caller;
use crate::{
    dispatch::Dispatch,
    handlers::{Cx, seen},
};
use direttore_catalog::Given;
use direttore_domain::{Guest, GuestKind, Node, Storage, Trouble, Vmid};

pub use crate::handlers::seen::{BridgeSeen, Medium, TaskSeen};

impl Dispatch {
    /// # Errors
    /// `not-allowed`, and as [`seen::nodes`]; likewise below.
    pub async fn nodes_seen(&self, who: &Caller) -> Result<Vec<Node>, Trouble> {
        seen::nodes(&self.looks(who, "node list", Given::new())?).await
    }

    pub async fn guests_seen(&self, who: &Caller, node: &str, kind: GuestKind) -> Result<Vec<Guest>, Trouble> {
        seen::guests(&self.look_at(who, "guest list", node)?, node, kind).await
    }

    /// The guest that a command is about to be given for.
    pub async fn guest_seen(
        &self,
        who: &Caller,
        command: &'static str,
        (node, kind, vmid): (&str, GuestKind, Vmid),
    ) -> Result<Guest, Trouble> {
        self.may(who, command)?;
        seen::guest(&self.look_at(who, "guest list", node)?, node, kind, vmid).await
    }

    pub async fn bridges_seen(&self, who: &Caller, node: &str) -> Result<Vec<BridgeSeen>, Trouble> {
        seen::bridges(&self.look_at(who, "node show", node)?, node).await
    }

    pub async fn storages_seen(&self, who: &Caller, node: &str) -> Result<Vec<Storage>, Trouble> {
        seen::storages(&self.look_at(who, "node show", node)?, node).await
    }

    pub async fn media_seen(&self, who: &Caller, node: &str) -> Result<Vec<Medium>, Trouble> {
        seen::media(&self.look_at(who, "node show", node)?, node).await
    }

    pub async fn task_seen(&self, who: &Caller, node: &str, upid: &str) -> Result<Option<TaskSeen>, Trouble> {
        seen::task(&self.look_at(who, "node show", node)?, node, upid).await
    }

    fn look_at(&self, who: &Caller, command: &'static str, node: &str) -> Result<Cx, Trouble> {
        self.looks(who, command, Given::from([("node".to_owned(), vec![node.to_owned()])]))
    }
}
