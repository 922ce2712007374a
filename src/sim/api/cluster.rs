//! The cluster: version, resources, status, the next VMID, recent tasks, pools.

use super::{Call, Handled, No, data, task};
use crate::PveVersion;
use crate::world::Task;
use serde_json::{Value, json};

pub fn version_text(version: PveVersion) -> &'static str {
    match version {
        PveVersion::V8_4 => "8.4.5",
        PveVersion::V9_2 => "9.2.3",
    }
}

pub fn version(call: &mut Call<'_>) -> Handled {
    let version = version_text(call.world.version);
    data(json!({"version": version, "release": &version[..3], "repoid": "0123456789abcdef"}))
}

pub fn next_id(call: &mut Call<'_>) -> Handled {
    let guests = &call.world.guests;
    if let Some(vmid) = call.args.vmid("vmid") {
        return match guests.contains_key(&vmid) {
            true => Err(No::parameter("vmid", format!("VM {vmid} already exists"))),
            false => data(vmid.to_string()),
        };
    }
    // The first gap in numbers that come in order.
    let free = guests.range(100..).zip(100..).find(|((vmid, _), free)| *vmid != free).map(|(_, free)| free);
    let free = free.unwrap_or_else(|| guests.last_key_value().map_or(100, |(vmid, _)| (vmid + 1).max(100)));
    if free > 999_999_999 { Err(No::business("unable to get any free VMID")) } else { data(free.to_string()) }
}

pub fn status(call: &mut Call<'_>) -> Handled {
    let nodes = &call.world.nodes;
    let online = nodes.values().filter(|n| n.is_online()).count();
    let mut rows = vec![json!({
        "type": "cluster", "id": "cluster", "name": "lab", "nodes": nodes.len(), "version": nodes.len(),
        "quorate": u8::from(online * 2 > nodes.len()),
    })];
    rows.extend(nodes.iter().enumerate().map(|(i, (name, node))| {
        json!({
            "type": "node", "id": format!("node/{name}"), "name": name, "nodeid": i + 1, "ip": node.address,
            "online": u8::from(node.is_online()), "local": u8::from(i == 0), "level": "",
        })
    }));
    data(rows)
}

/// Running tasks and at most 25 recent ones of each node. A token without `Sys.Audit` on `/` gets none at all, not even
/// its own: Proxmox compares the user without the token's name.
pub fn tasks(call: &mut Call<'_>) -> Handled {
    let (sees_all, who) = (call.may("/", "Sys.Audit"), call.who.full());
    let mut rows: Vec<Value> = Vec::new();
    for name in call.world.nodes.keys() {
        let is_seen = |task: &&Task| task.node == *name && (sees_all || task.split_user().0 == who);
        let (running, ended): (Vec<&Task>, Vec<&Task>) =
            call.world.tasks.iter().rev().filter(is_seen).partition(|task| task.exit.is_none());
        rows.extend(running.into_iter().chain(ended.into_iter().take(25)).map(task::list_row));
    }
    data(rows)
}

pub fn pools(call: &mut Call<'_>) -> Handled {
    let wanted = call.args.text("poolid");
    let mut rows = Vec::new();
    for (name, pool) in &call.world.pools {
        if wanted.is_some_and(|w| w != name) || !call.may(&format!("/pool/{name}"), "Pool.Audit") {
            continue;
        }
        let mut row = json!({"poolid": name, "comment": pool.comment});
        if wanted.is_some() {
            let kind = call.args.text("type");
            let members = call.world.guests.values().filter(|g| g.pool.as_ref() == Some(name));
            let members = members.filter(|g| kind.is_none_or(|k| k == g.kind.api_name()));
            row["members"] = members
                .map(|g| {
                    json!({
                        "id": format!("{}/{}", g.kind.api_name(), g.vmid), "vmid": g.vmid, "node": g.node,
                        "type": g.kind.api_name(), "name": g.name(), "status": g.power.status(),
                    })
                })
                .collect();
        }
        rows.push(row);
    }
    match wanted {
        Some(name) if rows.is_empty() => {
            call.check(&format!("/pool/{name}"), &["Pool.Audit"])?;
            Err(No::business(format!("pool '{name}' does not exist")))
        }
        _ => data(rows),
    }
}
