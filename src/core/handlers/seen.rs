//! What is in the lab, for programs: what grants hide is left out, as in lists.

use super::Cx;
use crate::lab::Cluster;
use direttore_clients::proxmox::{Bridge, Error, Exit, TaskState, Volume};
use direttore_domain::{
    Guest, GuestKind, Node, NodeName, Refusal, Storage, Trouble, Upid, Vmid, grant::Touches, policy,
};
use std::sync::Arc;

/// A bridge of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeSeen {
    pub name: String,
    /// `bridge`, `OVSBridge` or `vnet`.
    pub kind: String,
    pub is_active: bool,
    pub comment: Option<String>,
}

/// An ISO image or a container template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    pub volid: String,
    /// `iso` or `vztmpl`.
    pub content: String,
    /// Bytes.
    pub size: u64,
}

/// A task of Proxmox'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSeen {
    pub upid: Upid,
    /// Proxmox' word for how it ended; none while it runs.
    pub exit: Option<String>,
}

/// # Errors
/// That no cluster can be seen; likewise below.
pub async fn nodes(cx: &Cx) -> Result<Vec<Node>, Trouble> {
    let sight = cx.sight(None).await?;
    let reached = sight.nodes().filter(|n| cx.reaches(Touches::of_node(&n.name)));
    Ok(reached.cloned().collect())
}

/// The guests of a node, templates among them.
///
/// # Errors
/// Also `no-such-node`; likewise below.
pub async fn guests(cx: &Cx, node: &str, kind: GuestKind) -> Result<Vec<Guest>, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    let view = cluster.view().await?;
    let of_node = view.guests.iter().map(|entry| entry.guest.as_ref()).filter(|g| g.node == node && g.kind == kind);
    Ok(of_node.filter(|g| cx.reaches(policy::touches(g))).cloned().collect())
}

/// # Errors
/// Also `no-such-guest`: there is none of that number and kind on that node.
pub async fn guest(cx: &Cx, node: &str, kind: GuestKind, vmid: Vmid) -> Result<Guest, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    let is_it = |g: &&Arc<Guest>| g.node == node && g.kind == kind && cx.reaches(policy::touches(g));
    if let Some(guest) = cluster.view().await?.guest(vmid).filter(is_it) {
        return Ok(guest.as_ref().clone());
    }
    // It may have been made a moment ago.
    let view = cluster.refresh().await?;
    let missing = || Refusal::NoSuch { what: "guest", given: format!("{vmid} on {node}"), nearest: None, has: vec![] };
    Ok(view.guest(vmid).filter(is_it).ok_or_else(missing)?.as_ref().clone())
}

/// All bridges of a node, asked live.
///
/// # Errors
/// Also the failure of the call; likewise below.
pub async fn bridges(cx: &Cx, node: &str) -> Result<Vec<BridgeSeen>, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    let all = cluster.client.bridges(&node).await.map_err(|e| cluster.failure(&e))?;
    let seen = |bridge: Bridge| BridgeSeen {
        name: bridge.name.to_string(),
        kind: bridge.kind,
        is_active: bridge.is_active,
        comment: bridge.comment,
    };
    Ok(all.into_iter().map(seen).collect())
}

pub async fn storages(cx: &Cx, node: &str) -> Result<Vec<Storage>, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    Ok(cluster.client.storages_now(&node).await.map_err(|e| cluster.failure(&e))?)
}

pub async fn media(cx: &Cx, node: &str) -> Result<Vec<Medium>, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    let medium =
        |volume: &Volume| Medium { volid: volume.volid.clone(), content: volume.content.clone(), size: volume.size };
    Ok(cluster.shelf(&node).await?.volumes.iter().map(medium).collect())
}

/// `None` for what is no task of that node.
pub async fn task(cx: &Cx, node: &str, upid: &str) -> Result<Option<TaskSeen>, Trouble> {
    let (cluster, node) = find(cx, node).await?;
    // Nothing else gets into the path of a call.
    let Some(upid) = upid.parse::<Upid>().ok().filter(|upid| upid.node == node) else { return Ok(None) };
    match cluster.client.task_state(&upid).await {
        Ok(TaskState::Running) => Ok(Some(TaskSeen { upid, exit: None })),
        Ok(TaskState::Ended(exit)) => {
            let exit = match exit {
                Exit::Ok => "OK".to_owned(),
                Exit::Warnings(count) => format!("WARNINGS: {count}"),
                Exit::Failed(why) => why,
            };
            Ok(Some(TaskSeen { upid, exit: Some(exit) }))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(cluster.failure(&error).into()),
    }
}

/// The node of that name, if grants reach it.
async fn find(cx: &Cx, given: &str) -> Result<(Arc<Cluster>, NodeName), Trouble> {
    let unknown = || Refusal::NoSuch { what: "node", given: given.to_owned(), nearest: None, has: vec![] };
    let name: NodeName = given.parse().map_err(|_| unknown())?;
    let (cluster, node) = cx.lab.node(&name).await?;
    if !cx.reaches(Touches::of_node(&node.name)) {
        return Err(unknown().into());
    }
    Ok((cluster, node.name))
}
