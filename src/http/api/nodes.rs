//! `/api/proxmox/nodes…`: the lab, in the rows that Proxmox itself gives.

use super::{Api, detail::Detail, enter::Who};
use axum::{
    Json,
    extract::{Path, State},
};
use direttore_core::dispatch::{BridgeSeen, Medium};
use direttore_domain::{Guest, GuestKind, Node, Storage};
use serde_json::{Value, json};

/// `GET /api/proxmox/nodes`.
pub async fn list(State(api): State<Api>, Who(caller): Who) -> Result<Json<Value>, Detail> {
    let nodes = api.dispatch.nodes_seen(&caller).await?;
    Ok(Json(nodes.iter().map(node).collect()))
}

fn node(node: &Node) -> Value {
    let number = |n: Option<u64>| n.unwrap_or(0);
    json!({
        "node": node.name,
        "status": node.status.to_string(),
        "cpu": node.cpu.unwrap_or(0.0),
        "maxcpu": whole(node.cores.unwrap_or(0.0)),
        "mem": number(node.memory_used),
        "maxmem": number(node.memory),
        "disk": number(node.disk_used),
        "maxdisk": number(node.disk),
        "uptime": number(node.uptime),
    })
}

/// Half a processor stays half a one.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 { json!(number as u64) } else { json!(number) }
}

/// `GET …/{node}/networks`: its bridges.
pub async fn networks(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
) -> Result<Json<Value>, Detail> {
    let row = |bridge: BridgeSeen| {
        json!({
            "iface": bridge.name,
            "type": bridge.kind,
            "active": u8::from(bridge.is_active),
            "comments": bridge.comment.unwrap_or_default(),
        })
    };
    Ok(Json(api.dispatch.bridges_seen(&caller, &node).await?.into_iter().map(row).collect()))
}

/// `GET …/{node}/storage`: where disks of guests can lie.
pub async fn storage(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
) -> Result<Json<Value>, Detail> {
    let row = |storage: &Storage| {
        json!({
            "storage": storage.name,
            "type": storage.plugin,
            "content": storage.content.join(","),
            "avail": storage.size.saturating_sub(storage.used),
            "total": storage.size,
            "enabled": u8::from(storage.is_available),
        })
    };
    let all = api.dispatch.storages_seen(&caller, &node).await?;
    let holds_disks = |storage: &&Storage| storage.content.iter().any(|c| matches!(c.as_str(), "images" | "rootdir"));
    Ok(Json(all.iter().filter(holds_disks).map(row).collect()))
}

/// `GET …/{node}/templates`: ISO images and container templates.
pub async fn templates(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
) -> Result<Json<Value>, Detail> {
    let row = |medium: Medium| json!({ "volid": medium.volid, "content": medium.content, "size": medium.size });
    Ok(Json(api.dispatch.media_seen(&caller, &node).await?.into_iter().map(row).collect()))
}

/// `GET …/{node}/vms`.
pub async fn vms(state: State<Api>, who: Who, path: Path<String>) -> Result<Json<Value>, Detail> {
    guests(state, who, path, GuestKind::Vm).await
}

/// `GET …/{node}/lxc`.
pub async fn containers(state: State<Api>, who: Who, path: Path<String>) -> Result<Json<Value>, Detail> {
    guests(state, who, path, GuestKind::Container).await
}

async fn guests(
    State(api): State<Api>,
    Who(caller): Who,
    Path(node): Path<String>,
    kind: GuestKind,
) -> Result<Json<Value>, Detail> {
    let row = |guest: &Guest| {
        json!({
            "vmid": guest.vmid,
            "name": guest.name.clone().unwrap_or_default(),
            "status": guest.status.as_str(),
            "cpus": whole(guest.cores),
            "maxmem": guest.memory,
            "uptime": guest.uptime,
            "type": guest.kind.api_name(),
        })
    };
    let mut all = api.dispatch.guests_seen(&caller, &node, kind).await?;
    all.sort_by_key(|guest| guest.vmid);
    Ok(Json(all.iter().map(row).collect()))
}

/// `GET /api/proxmox/tasks/{node}/{upid}`.
pub async fn task(
    State(api): State<Api>,
    Who(caller): Who,
    Path((node, upid)): Path<(String, String)>,
) -> Result<Json<Value>, Detail> {
    let seen = api.dispatch.task_seen(&caller, &node, &upid).await?.ok_or_else(|| Detail::not_found("Task"))?;
    let status = if seen.exit.is_some() { "stopped" } else { "running" };
    let mut task = json!({ "upid": seen.upid, "status": status, "node": seen.upid.node });
    // The order of the first direttore's answer.
    if let Some(exit) = seen.exit {
        task = json!({ "upid": seen.upid, "status": status, "exitstatus": exit, "node": seen.upid.node });
    }
    Ok(Json(task))
}
