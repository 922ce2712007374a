//! Moving a guest to another node.

use super::{Call, Handled, No, data};
use crate::world::{Work, disks};
use direttore_domain::GuestKind::{Container, Vm};
use serde_json::{Value, json};

/// What stands in the way, and where it could go.
pub fn look(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let others = call.world.nodes.keys().filter(|name| **name != guest.node);
    let (online, offline): (Vec<&String>, Vec<&String>) = others.partition(|name| call.world.is_online(name));
    let disks: Vec<Value> = guest
        .disks()
        .map(|(key, value)| {
            let volid = value.split(',').next().unwrap_or_default();
            json!({"volid": volid, "drivename": key, "size": disks::disk_bytes(value).unwrap_or(0), "cdrom": 0,
            "is_unused": 0, "replicate": 1})
        })
        .collect();
    let blocked: serde_json::Map<String, Value> = offline.into_iter().map(|name| (name.clone(), json!({}))).collect();
    let mut answer = json!({
        "running": u8::from(guest.is_running()), "allowed_nodes": online, "not_allowed_nodes": blocked,
    });
    if guest.kind == Vm {
        answer["local_disks"] = json!(disks);
        answer["local_resources"] = json!([]);
        answer["mapped-resources"] = json!([]);
    }
    data(answer)
}

pub fn start(call: &mut Call<'_>) -> Handled {
    let target = call.args.must("target").to_owned();
    let guest = call.guest()?;
    if target == guest.node {
        return Err(No::parameter("target", "target is local node."));
    }
    match call.world.nodes.get(&target) {
        None => return Err(No::parameter("target", format!("target node '{target}' does not exist"))),
        Some(node) if !node.is_online() => return Err(No::business(format!("node '{target}' is not online"))),
        Some(_) => {}
    }
    guest.check_lock()?;
    let is_running = guest.is_running();
    match guest.kind {
        Vm if is_running && !call.args.flag("online") => {
            return Err(No::parameter("online", "VM is running, online migration required"));
        }
        Container if is_running && !call.args.flag("online") && !call.args.flag("restart") => {
            return Err(No::parameter("restart", "CT is running, restart mode is required"));
        }
        _ => {}
    }
    if guest.kind == Vm && is_running && !call.args.flag("with-local-disks") && guest.disks().next().is_some() {
        return Err(No::business("can't migrate running VM with local disks, use with-local-disks"));
    }
    if guest.ha.is_some() {
        return Err(No::business(format!(
            "{} {} is managed by HA and has local disks, cannot migrate",
            guest.word(),
            guest.vmid
        )));
    }
    let task_type = if call.kind == Vm { "qmigrate" } else { "vzmigrate" };
    call.task(task_type, Work::Migrate { target })
}
