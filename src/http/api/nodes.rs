//! `/api/proxmox/nodes…`: the lab, in the rows that Proxmox itself gives.

use super::{
    Api,
    detail::Detail,
    enter::Who,
    given::Path,
    shapes::{GuestRow, NetworkRow, NodeRow, StorageRow, TaskRow, TemplateRow},
};
use axum::{Json, extract::State};
use direttore_core::dispatch::{BridgeSeen, Medium};
use direttore_domain::{Guest, GuestKind, Node, Storage};

type Rows<T> = Result<Json<Vec<T>>, Detail>;

/// The nodes.
#[utoipa::path(get, path = "/api/proxmox/nodes", tag = "lab", security(("bearer" = [])),
    responses((status = 200, description = "All nodes", body = [NodeRow])))]
pub async fn list(State(api): State<Api>, Who(caller): Who) -> Rows<NodeRow> {
    let nodes = api.dispatch.nodes_seen(&caller).await?;
    Ok(Json(nodes.into_iter().map(node).collect()))
}

fn node(node: Node) -> NodeRow {
    let number = |n: Option<u64>| n.unwrap_or(0);
    NodeRow {
        status: node.status.to_string(),
        cpu: node.cpu.unwrap_or(0.0),
        maxcpu: node.cores.unwrap_or(0.0),
        mem: number(node.memory_used),
        maxmem: number(node.memory),
        disk: number(node.disk_used),
        maxdisk: number(node.disk),
        uptime: number(node.uptime),
        node: node.name,
    }
}

/// The bridges of a node.
#[utoipa::path(get, path = "/api/proxmox/nodes/{node}/networks", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,)),
    responses((status = 200, description = "Its bridges", body = [NetworkRow])))]
pub async fn networks(State(api): State<Api>, Who(caller): Who, Path(node): Path<String>) -> Rows<NetworkRow> {
    let row = |bridge: BridgeSeen| NetworkRow {
        iface: bridge.name,
        kind: bridge.kind,
        active: u8::from(bridge.is_active),
        comments: bridge.comment.unwrap_or_default(),
    };
    Ok(Json(api.dispatch.bridges_seen(&caller, &node).await?.into_iter().map(row).collect()))
}

/// Where disks of guests can lie on a node.
#[utoipa::path(get, path = "/api/proxmox/nodes/{node}/storage", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,)),
    responses((status = 200, description = "Its storages", body = [StorageRow])))]
pub async fn storage(State(api): State<Api>, Who(caller): Who, Path(node): Path<String>) -> Rows<StorageRow> {
    let row = |storage: Storage| StorageRow {
        kind: storage.plugin,
        content: storage.content.join(","),
        avail: storage.size.saturating_sub(storage.used),
        total: storage.size,
        enabled: u8::from(storage.is_available),
        storage: storage.name,
    };
    let all = api.dispatch.storages_seen(&caller, &node).await?;
    let holds_disks = |storage: &Storage| storage.content.iter().any(|c| matches!(c.as_str(), "images" | "rootdir"));
    Ok(Json(all.into_iter().filter(holds_disks).map(row).collect()))
}

/// ISO images and container templates of a node.
#[utoipa::path(get, path = "/api/proxmox/nodes/{node}/templates", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,)),
    responses((status = 200, description = "Its media", body = [TemplateRow])))]
pub async fn templates(State(api): State<Api>, Who(caller): Who, Path(node): Path<String>) -> Rows<TemplateRow> {
    let row = |medium: Medium| TemplateRow { volid: medium.volid, content: medium.content, size: medium.size };
    Ok(Json(api.dispatch.media_seen(&caller, &node).await?.into_iter().map(row).collect()))
}

/// The VMs of a node.
#[utoipa::path(get, path = "/api/proxmox/nodes/{node}/vms", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,)),
    responses((status = 200, description = "Its VMs", body = [GuestRow])))]
pub async fn vms(state: State<Api>, who: Who, path: Path<String>) -> Rows<GuestRow> {
    guests(state, who, path, GuestKind::Vm).await
}

/// The containers of a node.
#[utoipa::path(get, path = "/api/proxmox/nodes/{node}/lxc", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,)),
    responses((status = 200, description = "Its containers", body = [GuestRow])))]
pub async fn containers(state: State<Api>, who: Who, path: Path<String>) -> Rows<GuestRow> {
    guests(state, who, path, GuestKind::Container).await
}

async fn guests(State(api): State<Api>, Who(caller): Who, Path(node): Path<String>, kind: GuestKind) -> Rows<GuestRow> {
    let row = |guest: Guest| GuestRow {
        vmid: guest.vmid,
        name: guest.name.unwrap_or_default(),
        status: guest.status.as_str(),
        cpus: guest.cores,
        maxmem: guest.memory,
        uptime: guest.uptime,
        kind: guest.kind.api_name(),
    };
    let mut all = api.dispatch.guests_seen(&caller, &node, kind).await?;
    all.sort_by_key(|guest| guest.vmid);
    Ok(Json(all.into_iter().map(row).collect()))
}

/// A task of Proxmox'.
#[utoipa::path(get, path = "/api/proxmox/tasks/{node}/{upid}", tag = "lab", security(("bearer" = [])),
    params(("node" = String, Path,), ("upid" = String, Path,)),
    responses((status = 200, description = "The task", body = TaskRow)))]
pub async fn task(
    State(api): State<Api>,
    Who(caller): Who,
    Path((node, upid)): Path<(String, String)>,
) -> Result<Json<TaskRow>, Detail> {
    let seen = api.dispatch.task_seen(&caller, &node, &upid).await?.ok_or_else(|| Detail::not_found("Task"))?;
    let status = if seen.exit.is_some() { "stopped" } else { "running" };
    Ok(Json(TaskRow { node: seen.upid.node.clone(), upid: seen.upid, status, exitstatus: seen.exit }))
}
