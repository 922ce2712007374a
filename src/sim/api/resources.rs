//! `/cluster/resources`: every guest, node, storage and pool that the caller may see, as they were at the last interval.

use super::{Answer, Call, Handled, No};
use crate::world::{GuestRow, NodeRow, Storage};
use bytes::Bytes;
use direttore_domain::GuestKind;
use serde::Serialize;
use std::collections::HashMap;

/// One row; what does not belong to its type is absent.
#[derive(Default, Serialize)]
#[serde(rename_all = "lowercase")]
struct Row<'a> {
    id: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vmid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxcpu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mem: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memhost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxmem: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maxdisk: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netin: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diskread: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diskwrite: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hastate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugintype: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a str>,
    #[serde(rename = "network-type", skip_serializing_if = "Option::is_none")]
    network_type: Option<&'a str>,
    #[serde(rename = "zone-type", skip_serializing_if = "Option::is_none")]
    zone_type: Option<&'a str>,
}

pub fn resources(call: &mut Call<'_>) -> Handled {
    let kind = call.args.text("type").unwrap_or_default().to_owned();
    let key = (call.who.clone(), kind.clone());
    if let Some(body) = call.made.get(&key) {
        return Ok(Answer::Body(body.clone()));
    }
    let published = call.published;
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(published.guests.len() + 4 * published.nodes.len());
    let wants = |part: &str| kind.is_empty() || kind == part;
    if kind.is_empty() {
        let pools = call.world.pools.keys().filter(|name| call.may(&format!("/pool/{name}"), "Pool.Audit"));
        rows.extend(pools.map(|name| Row {
            id: format!("pool/{name}"),
            r#type: "pool",
            pool: Some(name),
            ..Row::default()
        }));
    }
    if wants("vm") {
        let seen = published.guests.iter().filter(|guest| call.may(&format!("/vms/{}", guest.vmid), "VM.Audit"));
        rows.extend(seen.map(|guest| of_guest(call, guest)));
    }
    if wants("node") {
        rows.extend(published.nodes.iter().map(|node| of_node(call, node)));
    }
    if wants("storage") {
        let storages = call.world.storages.iter();
        for (name, storage) in storages.filter(|(name, _)| call.may(&format!("/storage/{name}"), "Datastore.Audit")) {
            rows.extend(published.nodes.iter().map(|node| of_storage(&published.used, node, name, storage)));
        }
    }
    if wants("sdn") && call.may_any("/sdn/zones/localnetwork", &["SDN.Audit", "SDN.Use"]) {
        let is_version_8 = call.world.is_version_8();
        rows.extend(published.nodes.iter().map(|node| of_network(is_version_8, node)));
    }
    // Like the hash order of the real one: never by name or number.
    rows.sort_by_cached_key(|row| {
        row.id.bytes().fold(11u64, |sum, b| sum.wrapping_mul(0x9e37_79b1).wrapping_add(u64::from(b)) ^ (sum >> 29))
    });
    let body = serde_json::to_vec(&Body { data: rows }).map_err(|e| No::business(e.to_string()))?;
    let body = Bytes::from(body);
    call.made.insert(key, body.clone());
    Ok(Answer::Body(body))
}

#[derive(Serialize)]
struct Body<'a> {
    data: Vec<Row<'a>>,
}

fn of_guest<'a>(call: &Call<'_>, guest: &'a GuestRow) -> Row<'a> {
    let is_started = guest.since > 0;
    let seconds = if is_started { call.published.at.saturating_sub(guest.since) / 1000 } else { 0 };
    let pool = guest.pool.as_deref();
    Row {
        id: format!("{}/{}", guest.kind.api_name(), guest.vmid),
        r#type: guest.kind.api_name(),
        vmid: Some(guest.vmid),
        node: Some(&guest.node),
        name: guest.name.as_deref(),
        status: Some(guest.status),
        template: Some(u8::from(guest.is_template)),
        uptime: Some(seconds),
        cpu: Some(guest.load.cpu),
        maxcpu: Some(guest.cores),
        mem: Some(guest.load.memory),
        memhost: (guest.kind == GuestKind::Vm).then_some(guest.load.memory),
        maxmem: Some(guest.memory),
        disk: Some(guest.load.disk),
        maxdisk: Some(guest.disk),
        netin: Some(seconds * 1500),
        netout: Some(seconds * 900),
        diskread: Some(seconds * 4000),
        diskwrite: Some(seconds * 7000),
        pool: pool.filter(|pool| call.may(&format!("/pool/{pool}"), "Pool.Audit")),
        lock: guest.lock.as_deref(),
        tags: guest.tags.as_deref(),
        hastate: guest.ha.as_deref(),
        ..Row::default()
    }
}

fn of_node<'a>(call: &Call<'_>, node: &'a NodeRow) -> Row<'a> {
    let sees = node.is_online && call.may(&format!("/nodes/{}", node.name), "Sys.Audit");
    Row {
        id: format!("node/{}", node.name),
        r#type: "node",
        node: Some(&node.name),
        status: Some(if node.is_online { "online" } else { "offline" }),
        level: sees.then_some(""),
        uptime: sees.then(|| call.published.at.saturating_sub(node.since) / 1000),
        cpu: sees.then_some(node.load.cpu),
        maxcpu: sees.then_some(f64::from(node.cores)),
        mem: sees.then_some(node.load.memory),
        maxmem: sees.then_some(node.memory),
        disk: sees.then_some(node.load.disk),
        maxdisk: sees.then_some(node.disk),
        ..Row::default()
    }
}

fn of_storage<'a>(
    used: &HashMap<(String, String), u64>,
    node: &'a NodeRow,
    name: &'a str,
    storage: &Storage,
) -> Row<'a> {
    let used = used.get(&(node.name.clone(), name.to_owned())).copied().unwrap_or(0);
    Row {
        id: format!("storage/{}/{name}", node.name),
        r#type: "storage",
        storage: Some(name),
        node: Some(&node.name),
        plugintype: Some(storage.kind.as_str()),
        status: Some(if node.is_online { "available" } else { "unknown" }),
        shared: Some(0),
        content: Some(storage.content.join(",")),
        maxdisk: Some(if node.is_online { storage.size } else { 0 }),
        disk: Some(if node.is_online { used } else { 0 }),
        ..Row::default()
    }
}

/// The zone of the plain bridges.
fn of_network(is_version_8: bool, node: &NodeRow) -> Row<'_> {
    let id = match is_version_8 {
        true => format!("sdn/{}/localnetwork", node.name),
        false => format!("network/{}/zone/localnetwork", node.name),
    };
    Row {
        id,
        r#type: if is_version_8 { "sdn" } else { "network" },
        node: Some(&node.name),
        status: Some(if node.is_online { "available" } else { "unknown" }),
        network: (!is_version_8).then_some("localnetwork"),
        network_type: (!is_version_8).then_some("zone"),
        zone_type: (!is_version_8).then_some("localnetwork"),
        ..Row::default()
    }
}
