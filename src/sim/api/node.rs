//! Nodes: list, status, power, load over time, network, certificates.

use super::{Call, Handled, data};
use crate::world::{Later, LaterWhat};
use serde_json::{Value, json};

pub fn list(call: &mut Call<'_>) -> Handled {
    let rows = call.published.nodes.clone();
    let rows: Vec<Value> = rows
        .iter()
        .map(|node| {
            let name = &node.name;
            let mut row = json!({
                "id": format!("node/{name}"), "node": name, "type": "node",
                "status": if node.is_online { "online" } else { "offline" },
            });
            if let Some(fingerprint) = call.fingerprint {
                row["ssl_fingerprint"] = json!(fingerprint);
            }
            if node.is_online && call.may(&format!("/nodes/{name}"), "Sys.Audit") {
                let numbers = json!({
                    "level": "", "uptime": call.published.at.saturating_sub(node.since) / 1000,
                    "cpu": node.load.cpu, "maxcpu": node.cores, "mem": node.load.memory, "maxmem": node.memory,
                    "disk": node.load.disk, "maxdisk": node.disk,
                });
                merge(&mut row, numbers);
            }
            row
        })
        .collect();
    data(rows)
}

pub fn merge(row: &mut Value, more: Value) {
    if let (Value::Object(row), Value::Object(more)) = (row, more) {
        row.extend(more);
    }
}

pub fn status(call: &mut Call<'_>) -> Handled {
    let name = call.node();
    let load = call.world.node_load(&name, call.now);
    let version = super::cluster::version_text(call.world.version);
    let node = &call.world.nodes[&name];
    let used = load.memory;
    let average = |share: f64| format!("{:.2}", load.cpu * f64::from(node.cores) * share);
    data(json!({
        "cpu": load.cpu,
        "wait": 0.001,
        "idle": 0,
        "uptime": call.now.saturating_sub(node.since) / 1000,
        "loadavg": [average(0.9), average(0.8), average(0.7)],
        "cpuinfo": {"cpus": node.cores, "cores": node.cores / 2, "sockets": 1, "model": "AMD EPYC 7313P 16-Core Processor",
            "mhz": "3000.000", "hvm": "1"},
        "memory": {"total": node.memory, "used": used, "free": node.memory - used, "available": node.memory - used},
        "swap": {"total": 8_589_934_592_u64, "used": 0, "free": 8_589_934_592_u64},
        "rootfs": {"total": node.disk, "used": load.disk, "free": node.disk - load.disk, "avail": node.disk - load.disk},
        "ksm": {"shared": 0},
        "pveversion": format!("pve-manager/{version}/0123456789abcdef"),
        "kversion": "Linux 6.14.8-2-pve #1 SMP",
        "current-kernel": {"sysname": "Linux", "release": "6.14.8-2-pve", "version": "#1 SMP", "machine": "x86_64"},
        "boot-info": {"mode": "efi", "secureboot": 0},
    }))
}

/// Shutdown or reboot. The call is answered at once; the node goes a little later.
pub fn command(call: &mut Call<'_>) -> Handled {
    let comes_back = call.args.text("command") == Some("reboot");
    let wait = call.world.draw();
    let what = LaterWhat::NodeStops { node: call.node(), comes_back };
    call.world.later.push(Later { at: call.now + wait, what });
    data(Value::Null)
}

/// Moments of a chart in Unix seconds, as that version has them.
pub fn moments(timeframe: &str, is_version_8: bool, now: u64) -> Vec<u64> {
    let (step, count) = match (timeframe, is_version_8) {
        ("hour", false) => (60, 60),
        ("day", false) => (60, 1440),
        ("week", false) => (1800, 336),
        ("month", false) => (1800, 1440),
        ("year", false) => (21_600, 1460),
        (_, false) => (604_800, 520),
        ("hour", true) => (60, 70),
        ("day", true) => (1800, 70),
        ("week", true) => (10_800, 70),
        ("month", true) => (43_200, 70),
        (_, true) => (604_800, 70),
    };
    let last = now / 1000 / step * step;
    (0..count).map(|n| last - (count - 1 - n) * step).collect()
}

pub fn rrddata(call: &mut Call<'_>) -> Handled {
    let name = call.node();
    let Some(node) = call.world.nodes.get(&name) else { return data(json!([])) };
    let times = moments(call.args.must("timeframe"), call.world.is_version_8(), call.now);
    let rows: Vec<Value> = times
        .into_iter()
        .map(|time| {
            let mut row = json!({"time": time});
            // Before its start there is nothing but the time.
            if time * 1000 >= node.since && node.is_online() {
                let load = call.world.node_load(&name, time * 1000);
                merge(
                    &mut row,
                    json!({
                        "cpu": load.cpu, "maxcpu": node.cores, "memused": load.memory, "memtotal": node.memory,
                        "rootused": load.disk, "roottotal": node.disk, "loadavg": load.cpu * f64::from(node.cores),
                    }),
                );
            }
            row
        })
        .collect();
    data(rows)
}

/// Bridges, where the caller may use them; the others are left out silently.
pub fn network(call: &mut Call<'_>) -> Handled {
    let name = call.node();
    let node = &call.world.nodes[&name];
    let kind = call.args.text("type");
    let mut rows = Vec::new();
    if kind.is_none_or(|k| ["bridge", "any_bridge", "any_local_bridge", "include_sdn"].contains(&k)) {
        for (bridge, kind) in &node.bridges {
            if call.may_any(&format!("/sdn/zones/localnetwork/{bridge}"), &["SDN.Use", "SDN.Audit"]) {
                let mut row = json!({
                    "iface": bridge, "type": "bridge", "active": 1, "autostart": 1, "bridge_ports": "",
                    "method": "manual", "method6": "manual", "families": ["inet"], "priority": 5, "comments": "inside\n",
                });
                if kind.is_vlan_aware {
                    let outside = json!({
                        "bridge_vlan_aware": 1, "bridge_ports": "enp1s0f0", "bridge_vids": "2-4094", "method": "static",
                        "cidr": format!("{}/24", node.address), "address": node.address, "netmask": "24", "priority": 4,
                        "comments": "outside\n",
                    });
                    merge(&mut row, outside);
                }
                rows.push(row);
            }
        }
    }
    if kind.is_none_or(|k| k == "eth" || k == "include_sdn") {
        rows.push(json!({"iface": "enp1s0f0", "type": "eth", "active": 1, "exists": 1, "method": "manual",
            "method6": "manual", "families": ["inet"], "priority": 3}));
    }
    data(rows)
}

pub fn certificates(call: &mut Call<'_>) -> Handled {
    let mut row = json!({"filename": "pve-ssl.pem", "subject": format!("/OU=PVE Cluster Node/CN={}", call.node()),
        "public-key-bits": 256, "public-key-type": "id-ecPublicKey"});
    if let Some(fingerprint) = call.fingerprint {
        row["fingerprint"] = json!(fingerprint);
    }
    data(vec![row])
}
