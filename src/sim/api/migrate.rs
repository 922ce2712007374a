//! Moving a guest to another node.

use super::{Call, Handled, No, data, space};
use crate::world::{Work, disks};
use direttore_domain::GuestKind::{Container, Vm};
use serde_json::{Value, json};

/// What stands in the way, and where it could go. The two kinds spell their keys differently.
pub fn look(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let others = call.world.nodes.keys().filter(|name| **name != guest.node);
    let (online, offline): (Vec<&String>, Vec<&String>) = others.partition(|name| call.world.is_online(name));
    let blocked: serde_json::Map<String, Value> = offline.into_iter().map(|name| (name.clone(), json!({}))).collect();
    let running = u8::from(guest.is_running());
    if guest.kind == Container {
        return data(json!({"running": running, "allowed-nodes": online, "not-allowed-nodes": blocked}));
    }
    let drives = guest.config.iter().filter(|(key, value)| disks::is_disk(key) && disks::disk_storage(value).is_some());
    let local: Vec<Value> = drives
        .map(|(key, value)| {
            let volid = value.split(',').next().unwrap_or_default();
            json!({"volid": volid, "drivename": key, "size": disks::disk_bytes(value).unwrap_or(0),
            "cdrom": u8::from(!disks::is_data(value)), "is_unused": 0, "replicate": 1})
        })
        .collect();
    data(json!({
        "running": running, "allowed_nodes": online, "not_allowed_nodes": blocked, "local_disks": local,
        "local_resources": [], "mapped-resources": [], "mapped-resource-info": {}, "has-dbus-vmstate": 0,
    }))
}

pub fn start(call: &mut Call<'_>) -> Handled {
    let target = call.args.must("target").to_owned();
    let guest = call.guest()?;
    if target == guest.node {
        return Err(No::parameter("target", "target is local node."));
    }
    match call.world.nodes.get(&target) {
        None => return Err(No::business(format!("no such cluster node '{target}'"))),
        Some(node) if !node.is_online() => return Err(No::business(format!("node '{target}' is not online"))),
        Some(_) => {}
    }
    guest.check_lock()?;
    let (is_online, restarts) = (call.args.flag("online"), call.args.flag("restart"));
    match guest.kind {
        Vm if guest.is_running() && !is_online => {
            return Err(No::business("can't migrate running VM without --online"));
        }
        Container if guest.is_running() && !is_online && !restarts => {
            return Err(No::business("can't migrate running container without --online or --restart"));
        }
        _ => {}
    }
    let storage = call.args.text("targetstorage").or_else(|| call.args.text("target-storage"));
    let storage = storage.filter(|s| *s != "1").map(str::to_owned);
    if let Some(storage) = &storage {
        let key = if guest.kind == Vm { "scsi0" } else { "rootfs" };
        space::check(call, key, &format!("{storage}:1"))?;
    }
    if guest.ha.is_some() {
        return call.task("hamigrate", Work::AskHaToMigrate { target });
    }
    let with_disks = guest.kind == Container || call.args.flag("with-local-disks");
    let task_type = if call.kind == Vm { "qmigrate" } else { "vzmigrate" };
    call.task(task_type, Work::Migrate { target, storage, with_disks, restarts })
}
