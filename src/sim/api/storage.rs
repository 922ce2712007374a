//! Storages and what lies on them.

use super::{Call, Handled, No, data};
use crate::table::format::split_list;
use crate::world::{Storage, disks};
use serde_json::{Value, json};

const READ: &[&str] = &["Datastore.Audit", "Datastore.AllocateSpace"];

pub fn all(call: &mut Call<'_>) -> Handled {
    let kind = call.args.text("type");
    let seen = call.world.storages.iter().filter(|(name, s)| {
        kind.is_none_or(|k| k == s.kind.as_str()) && call.may_any(&format!("/storage/{name}"), READ)
    });
    let rows = seen.map(|(name, storage)| {
        let mut row = json!({
            "storage": name, "type": storage.kind.as_str(), "content": storage.content.join(","),
            "digest": "0123456789abcdef0123456789abcdef01234567",
        });
        match storage.kind {
            crate::world::StorageKind::Dir => row["path"] = json!("/var/lib/vz"),
            crate::world::StorageKind::LvmThin => {
                row["vgname"] = json!("pve");
                row["thinpool"] = json!("data");
            }
        }
        row
    });
    data(rows.collect::<Vec<_>>())
}

fn state(call: &Call<'_>, name: &str, storage: &Storage) -> Value {
    let node = call.node();
    let used = call.world.storage_used(Some(&node)).get(&(node, name.to_owned())).copied().unwrap_or(0);
    json!({
        "type": storage.kind.as_str(), "content": storage.content.join(","), "active": 1, "enabled": 1, "shared": 0,
        "total": storage.size, "used": used, "avail": storage.size.saturating_sub(used),
        "used_fraction": used as f64 / storage.size as f64,
    })
}

pub fn on_node(call: &mut Call<'_>) -> Handled {
    let args = &call.args;
    let wanted = |storage: &Storage| args.text("content").is_none_or(|list| split_list(list).any(|c| storage.holds(c)));
    let seen = call.world.storages.iter().filter(|(name, s)| {
        args.text("storage").is_none_or(|n| n == *name) && wanted(s) && call.may_any(&format!("/storage/{name}"), READ)
    });
    let rows = seen.map(|(name, storage)| {
        let mut row = state(call, name, storage);
        row["storage"] = json!(name);
        row
    });
    data(rows.collect::<Vec<_>>())
}

fn find<'a>(call: &'a Call<'_>) -> Result<(&'a str, &'a Storage), No> {
    let name = call.args.must("storage");
    let storage = call.world.storages.get(name);
    Ok((name, storage.ok_or_else(|| No::business(format!("storage '{name}' does not exist")))?))
}

pub fn status(call: &mut Call<'_>) -> Handled {
    let (name, storage) = find(call)?;
    data(state(call, name, storage))
}

/// What is on a storage. Volumes of guests that the caller may not see are left out silently.
pub fn content(call: &mut Call<'_>) -> Handled {
    let (name, storage) = find(call)?;
    let node = call.node();
    let (wanted, vmid) = (call.args.text("content"), call.args.vmid("vmid"));
    if let Some(content) = wanted.filter(|content| !storage.holds(content)) {
        return Err(No::business(format!("storage '{name}' does not support content type '{content}'")));
    }
    let mut rows = Vec::new();
    let files = call.world.volumes.iter().filter(|v| v.node == node && v.storage == name);
    for volume in files.filter(|v| wanted.is_none_or(|w| w == v.content) && (vmid.is_none() || v.vmid == vmid)) {
        if let Some(of) = volume.vmid {
            let may = call.may(&format!("/storage/{name}"), "Datastore.AllocateSpace")
                && call.may(&format!("/vms/{of}"), "VM.Backup");
            if !may {
                continue;
            }
        }
        let format = volume.name.split('.').next_back().unwrap_or("raw");
        let mut row = json!({"volid": volume.volid(), "content": volume.content, "format": format,
            "size": volume.size, "ctime": volume.made});
        if let Some(of) = volume.vmid {
            row["vmid"] = json!(of);
            row["protected"] = json!(u8::from(volume.is_protected));
        }
        if let Some(notes) = &volume.notes {
            row["notes"] = json!(notes.lines().next());
        }
        rows.push(row);
    }
    if wanted.is_some_and(|w| w != "images" && w != "rootdir") {
        return data(rows);
    }
    for guest in call.world.guests.values().filter(|g| g.node == node && vmid.is_none_or(|v| v == g.vmid)) {
        let content = if guest.kind == direttore_domain::GuestKind::Vm { "images" } else { "rootdir" };
        if wanted.is_some_and(|w| w != content) || !call.may(&format!("/vms/{}", guest.vmid), "VM.Config.Disk") {
            continue;
        }
        for (_, value) in guest.disks().filter(|(_, value)| disks::disk_storage(value) == Some(name)) {
            rows.push(json!({
                "volid": value.split(',').next(), "content": content, "format": "raw", "vmid": guest.vmid,
                "size": disks::disk_bytes(value).unwrap_or(0), "ctime": 1_750_000_000,
            }));
        }
    }
    data(rows)
}
