//! A guest: lists, its state now, its load, its end.

use super::{Call, Handled, No, addresses::has_agent, data, node::merge};
use crate::world::{Guest, PowerState, Work};
use direttore_domain::GuestKind::{Container, Vm};
use serde_json::{Value, json};

/// The fields that lists and the state of one guest share.
fn row(call: &Call<'_>, guest: &Guest) -> Value {
    let load = call.world.guest_load(guest, call.now);
    let uptime = if guest.is_running() { call.now.saturating_sub(guest.since) / 1000 } else { 0 };
    let mut row = json!({
        "vmid": guest.vmid, "name": guest.name(), "status": guest.power.status(), "uptime": uptime,
        "cpu": load.cpu, "cpus": guest.cores(), "mem": load.memory, "maxmem": guest.memory(),
        "disk": load.disk, "maxdisk": guest.disk_size(), "netin": uptime * 1500, "netout": uptime * 900,
        "diskread": uptime * 4000, "diskwrite": uptime * 7000,
    });
    if let Some(lock) = &guest.lock {
        row["lock"] = json!(lock);
    }
    if let Some(tags) = guest.config.get("tags") {
        row["tags"] = json!(tags);
    }
    if guest.is_template() {
        row["template"] = json!(1);
    }
    if guest.is_running() {
        row["pid"] = json!(2000 + guest.vmid);
    }
    if guest.kind == Container {
        row["type"] = json!("lxc");
        row["swap"] = json!(0);
        row["maxswap"] = json!((guest.number("swap", 512.0) * 1_048_576.0) as u64);
    }
    row
}

pub fn list(call: &mut Call<'_>) -> Handled {
    let node = call.node();
    let here = call.world.guests.values().filter(|g| g.kind == call.kind && g.node == node);
    let seen = here.filter(|g| call.may(&format!("/vms/{}", g.vmid), "VM.Audit"));
    data(seen.map(|guest| row(call, guest)).collect::<Vec<_>>())
}

pub fn index(call: &mut Call<'_>) -> Handled {
    call.guest()?;
    let parts = ["config", "pending", "status", "snapshot", "clone", "migrate", "resize", "rrddata", "template"];
    data(parts.map(|part| json!({"subdir": part})).to_vec())
}

pub fn current(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let mut row = row(call, guest);
    row["ha"] = match &guest.ha {
        Some(state) => json!({"managed": 1, "state": state}),
        None => json!({"managed": 0}),
    };
    if guest.kind == Vm {
        let qmpstatus = match guest.power {
            PowerState::Running => "running",
            PowerState::Stopped => "stopped",
            PowerState::Paused => "paused",
        };
        row["qmpstatus"] = json!(qmpstatus);
        row["memhost"] = row["mem"].clone();
        if has_agent(guest) {
            row["agent"] = json!(1);
        }
        if guest.is_running() {
            row["running-machine"] = json!("pc-i440fx-10.0+pve0");
            row["running-qemu"] = json!("10.0.2");
        }
    }
    data(row)
}

pub fn rrddata(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let times = super::node::moments(call.args.must("timeframe"), call.world.is_version_8(), call.now);
    let rows: Vec<Value> = times
        .into_iter()
        .map(|time| {
            let mut row = json!({"time": time});
            if guest.is_running() && time * 1000 >= guest.since {
                let load = call.world.guest_load(guest, time * 1000);
                merge(
                    &mut row,
                    json!({
                        "cpu": load.cpu, "maxcpu": guest.cores(), "mem": load.memory, "maxmem": guest.memory(),
                        "disk": load.disk, "maxdisk": guest.disk_size(), "netin": 1500, "netout": 900,
                    }),
                );
            }
            row
        })
        .collect();
    data(rows)
}

pub fn destroy(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    let guest = call.guest()?;
    let (word, vmid) = (guest.word(), guest.vmid);
    if guest.is_protected() {
        return Err(No::business(format!("can't remove {word} {vmid} - protection mode enabled")));
    }
    if guest.ha.is_some() && !call.args.flag("purge") {
        return Err(No::business(format!(
            "unable to remove {word} {vmid} - used in HA resources and purge parameter not set."
        )));
    }
    if guest.is_template() {
        let bases: Vec<&str> = guest.disks().filter_map(|(_, value)| value.split(',').next()).collect();
        let children = |base: &str| {
            let marker = format!("{base}/");
            call.world.guests.values().any(|g| g.disks().any(|(_, value)| value.contains(&marker)))
        };
        if let Some(base) = bases.into_iter().find(|base| children(base)) {
            return Err(No::business(format!("base volume '{base}' is still in use by linked clones")));
        }
    }
    let is_forced = call.args.flag("force");
    if guest.kind == Container {
        guest.check_lock()?;
        if guest.is_running() && !is_forced {
            return Err(No::business(format!("CT {vmid} is running - destroy failed")));
        }
    }
    call.guest_task("destroy", Work::Destroy { is_forced })
}
