//! What a guest starts from that is made of a backup.

use super::{Call, No, clone, space};
use crate::world::disks;
use direttore_domain::GuestKind::{Container, Vm};
use std::collections::BTreeMap;

/// For a restore over a guest the right to back it up is enough; else it is as for a new one.
pub fn check_right(call: &Call<'_>, vmid: u32, pool: Option<&str>, is_forced: bool) -> Result<(), No> {
    let is_there = call.world.guests.contains_key(&vmid);
    if is_forced && is_there && call.may(&format!("/vms/{vmid}"), "VM.Backup") {
        return Ok(());
    }
    call.check_vm_or_pool(vmid, pool, "VM.Allocate")
}

/// The configuration in a backup, with disks of this guest's own.
pub fn base(call: &Call<'_>, archive: &str, vmid: u32) -> Result<BTreeMap<String, String>, No> {
    let node = call.node();
    let volume = call.world.volumes.iter().find(|v| v.node == node && v.content == "backup" && v.volid() == archive);
    let volume = volume.ok_or_else(|| No::business(format!("volume '{archive}' does not exist")))?;
    let is_of_kind = volume.name.contains(if call.kind == Vm { "vzdump-qemu" } else { "vzdump-lxc" });
    if let Some(of) = volume.vmid {
        call.check(&format!("/vms/{of}"), &["VM.Backup"])?;
    }
    let Some(mut config) = volume.config.clone().filter(|_| is_of_kind) else {
        return Err(No::business(format!("unable to parse archive '{archive}'")));
    };
    let of = volume.vmid.unwrap_or(vmid);
    // A container without a storage goes to `local`, wherever it was.
    let storage = call.args.text("storage").or((call.kind == Container).then_some("local"));
    for key in ["template", "parent", "lock"] {
        config.remove(key);
    }
    for (key, value) in &mut config {
        if disks::is_disk(key) {
            if disks::is_data(value) {
                let onto = storage.or_else(|| disks::disk_storage(value)).unwrap_or_default();
                space::check(call, key, &format!("{onto}:1"))?;
            }
            *value = clone::renamed(value, of, vmid, storage, true);
        }
    }
    if call.args.flag("unique") {
        clone::with_own_addresses(call.world, vmid, &mut config);
        if config.contains_key("smbios1") {
            config.insert("smbios1".into(), format!("uuid={}", call.world.uuid(vmid, "restored-smbios1")));
        }
    }
    if call.kind == Vm {
        config.insert("vmgenid".into(), call.world.uuid(vmid, "restored"));
    }
    Ok(config)
}
