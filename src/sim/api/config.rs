//! A guest's configuration: read, changed, and what of it waits for the next start.

use super::{Call, Handled, No, data};
use crate::table::{check::boolean, config_of, format::split_list, param::Type};
use crate::world::{Guest, Work, digest, disks};
use direttore_domain::GuestKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A configuration as answers show it: numbers and flags as numbers, the rest as text.
pub fn shown(kind: GuestKind, config: &BTreeMap<String, String>) -> Value {
    let rows = config.iter().map(|(key, value)| {
        let param = config_of(kind).iter().find(|param| param.is_named(key));
        let number = || value.parse::<serde_json::Number>().ok().map(Value::from);
        let value = match param.map(|p| p.kind) {
            Some(Type::Integer | Type::Number) => number(),
            Some(Type::Boolean) => boolean(value).map(|on| json!(u8::from(on))),
            _ => None,
        };
        (key.clone(), value.unwrap_or_else(|| json!(config[key])))
    });
    Value::Object(rows.collect())
}

pub fn read(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let config = match call.args.text("snapshot") {
        Some(name) => {
            let snapshot = guest.snapshots.get(name).ok_or_else(|| super::snapshot::missing(name))?;
            snapshot.config.clone()
        }
        // Without `current` the waiting values are shown as if they were there.
        None if !call.args.flag("current") => with_pending(guest),
        None => guest.config.clone(),
    };
    let mut shown = shown(guest.kind, &config);
    shown["digest"] = json!(digest(&guest.config));
    if let Some(lock) = &guest.lock {
        shown["lock"] = json!(lock);
    }
    if let Some(parent) = &guest.parent {
        shown["parent"] = json!(parent);
    }
    if config.contains_key("cipassword") {
        shown["cipassword"] = json!("**********");
    }
    data(shown)
}

fn with_pending(guest: &Guest) -> BTreeMap<String, String> {
    let mut config = guest.config.clone();
    for (key, value) in &guest.pending {
        match value {
            Some(value) => drop(config.insert(key.clone(), value.clone())),
            None => drop(config.remove(key)),
        }
    }
    config
}

pub fn pending(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let Value::Object(now) = shown(guest.kind, &guest.config) else { return data(Value::Null) };
    let mut rows: Vec<Value> = now
        .into_iter()
        .map(|(key, value)| {
            let mut row = json!({"key": key, "value": value});
            match guest.pending.get(&key) {
                Some(Some(new)) => row["pending"] = json!(new),
                Some(None) => row["delete"] = json!(1),
                None => {}
            }
            row
        })
        .collect();
    let new = guest.pending.iter().filter(|(key, _)| !guest.config.contains_key(*key));
    rows.extend(new.filter_map(|(key, value)| value.as_ref().map(|value| json!({"key": key, "pending": value}))));
    data(rows)
}

pub fn update(call: &mut Call<'_>) -> Handled {
    change(call)?;
    data(Value::Null)
}

/// The change itself is made at once; only the slow part of a real one (allocating disks) is a task.
pub fn update_in_task(call: &mut Call<'_>) -> Handled {
    change(call)?;
    call.task("qmconfig", Work::Configure)
}

/// Parameters of the call that are no part of the configuration.
const NOT_CONFIG: &[&str] =
    &["node", "vmid", "delete", "revert", "digest", "skiplock", "force", "background_delay", "import-working-storage"];

fn change(call: &mut Call<'_>) -> Result<(), No> {
    call.check_skiplock()?;
    let vmid = call.vmid();
    let given: Vec<(String, String)> =
        call.args.as_config().filter(|(key, _)| !NOT_CONFIG.contains(key)).map(|(k, v)| (k.to_owned(), v)).collect();
    let keys = |name: &str| -> Vec<String> {
        call.args.text(name).map(|list| split_list(list).map(str::to_owned).collect()).unwrap_or_default()
    };
    let (deleted, reverted) = (keys("delete"), keys("revert"));
    let touched: Vec<&str> =
        given.iter().map(|(k, _)| k.as_str()).chain(deleted.iter().chain(&reverted).map(String::as_str)).collect();
    check_rights(call, vmid, None, &touched)?;
    check_disks_and_nics(call, &given)?;
    if touched.is_empty() {
        return Err(No::parameter("delete", "no options specified"));
    }
    if let Some((key, _)) = given.iter().find(|(key, _)| deleted.contains(key)) {
        return Err(No::parameter(key, "unable to modify and delete property at the same time"));
    }
    let known = config_of(call.kind);
    if let Some(key) = deleted.iter().chain(&reverted).find(|key| !known.iter().any(|param| param.is_named(key))) {
        return Err(No::parameter("delete", format!("unknown option '{key}'")));
    }
    let guest = call.guest()?;
    guest.check_lock()?;
    if call.args.text("digest").is_some_and(|digest| digest != guest.digest()) {
        return Err(No::business("detected modified configuration - file changed by other user? Try again."));
    }
    if guest.is_protected() && deleted.iter().any(|key| disks::is_disk(key)) {
        return Err(No::business(format!("can't remove disk of {} {vmid} - protection mode enabled", guest.word())));
    }
    let given = disks::allocate(call.world, vmid, call.kind, given);
    let guest = call.guest_mut()?;
    let waits = guest.is_running();
    for key in reverted {
        guest.pending.remove(&key);
    }
    for (key, value) in given {
        put(guest, key, Some(value), waits);
    }
    for key in deleted {
        put(guest, key, None, waits);
    }
    Ok(())
}

/// A running guest takes some changes at once and keeps the others for its next start.
fn put(guest: &mut Guest, key: String, value: Option<String>, is_running: bool) {
    let at_once = [
        "name",
        "hostname",
        "description",
        "tags",
        "onboot",
        "protection",
        "startup",
        "ostype",
        "agent",
        "boot",
        "ciuser",
        "cipassword",
        "sshkeys",
        "nameserver",
        "searchdomain",
        "cpulimit",
        "cpuunits",
    ];
    let is_hot = at_once.contains(&key.as_str())
        || ["net", "ipconfig", "scsi", "virtio", "unused", "mp"].iter().any(|family| disks::is_numbered(&key, family))
        || (guest.kind == GuestKind::Container && ["cores", "memory", "swap"].contains(&key.as_str()));
    if is_running && !is_hot {
        guest.pending.insert(key, value);
        return;
    }
    guest.pending.remove(&key);
    match value {
        Some(value) => drop(guest.config.insert(key, value)),
        None => drop(guest.config.remove(&key)),
    }
}

/// The privilege that each key of a configuration asks for; `pool` counts too while a guest is made in it.
pub fn check_rights(call: &Call<'_>, vmid: u32, pool: Option<&str>, keys: &[&str]) -> Result<(), No> {
    for key in keys {
        if is_root_only(key) && !call.who.is_root() {
            return Err(No::business(format!("only root can set '{key}' config")));
        }
        match privilege(call.kind, key) {
            Privilege::On(privilege) => call.check_in_pool(vmid, pool, privilege)?,
            Privilege::Either(first, second) => {
                call.check_in_pool(vmid, pool, first)
                    .or_else(|no| call.check_in_pool(vmid, pool, second).map_err(|_| no))?;
            }
            Privilege::Everywhere(privilege) => call.check("/", &[privilege])?,
        }
    }
    Ok(())
}

enum Privilege {
    On(&'static str),
    Either(&'static str, &'static str),
    Everywhere(&'static str),
}

fn is_root_only(key: &str) -> bool {
    matches!(key, "args" | "lock" | "hookscript")
        || ["hostpci", "usb", "parallel", "dev"].iter().any(|family| disks::is_numbered(key, family))
}

fn privilege(kind: GuestKind, key: &str) -> Privilege {
    use Privilege::{Either, Everywhere, On};
    let of = |families: &[&str]| families.iter().any(|family| disks::is_numbered(key, family));
    match (kind, key) {
        (_, "startup") => Everywhere("Sys.Modify"),
        (_, "ha-managed") => Everywhere("Sys.Console"),
        (_, "cores" | "sockets" | "cpu" | "cpulimit" | "cpuunits" | "numa" | "vcpus" | "smp" | "affinity") => {
            On("VM.Config.CPU")
        }
        (_, "memory" | "balloon" | "shares" | "swap" | "hugepages" | "keephugepages") => On("VM.Config.Memory"),
        (
            GuestKind::Vm,
            "ciuser" | "cipassword" | "cicustom" | "citype" | "ciupgrade" | "sshkeys" | "nameserver" | "searchdomain",
        ) => Either("VM.Config.Cloudinit", "VM.Config.Network"),
        (GuestKind::Container, "hostname" | "nameserver" | "searchdomain") => On("VM.Config.Network"),
        (_, "cdrom") => On("VM.Config.CDROM"),
        (_, "boot" | "bootdisk" | "vmstatestorage" | "rootfs" | "efidisk0" | "tpmstate0") => On("VM.Config.Disk"),
        (
            GuestKind::Vm,
            "machine" | "scsihw" | "vga" | "rng0" | "smbios1" | "tablet" | "watchdog" | "audio0" | "keyboard" | "kvm"
            | "acpi",
        ) => On("VM.Config.HWType"),
        _ if of(&["ipconfig"]) => Either("VM.Config.Cloudinit", "VM.Config.Network"),
        _ if of(&["net"]) => On("VM.Config.Network"),
        _ if of(&["numa"]) => On("VM.Config.CPU"),
        _ if of(&["serial"]) => On("VM.Config.HWType"),
        _ if of(&["scsi", "virtio", "sata", "ide", "unused", "mp"]) => On("VM.Config.Disk"),
        _ => On("VM.Config.Options"),
    }
}

/// What the values of disks and NICs ask for besides: space on the storage, the use of the bridge.
pub fn check_disks_and_nics(call: &Call<'_>, given: &[(String, String)]) -> Result<(), No> {
    for (key, value) in given {
        if disks::is_disk(key) {
            super::space::check(call, key, value)?;
        }
        if disks::is_numbered(key, "net") {
            check_nic(call, key, value)?;
        }
    }
    Ok(())
}

fn check_nic(call: &Call<'_>, key: &str, value: &str) -> Result<(), No> {
    let Some(bridge) = disks::option(value, "bridge") else { return Ok(()) };
    let tag = disks::option(value, "tag").map(|tag| format!("/{tag}")).unwrap_or_default();
    call.check(&format!("/sdn/zones/localnetwork/{bridge}{tag}"), &["SDN.Use"])?;
    let node = &call.world.nodes[&call.node()];
    if node.bridges.contains_key(bridge) {
        Ok(())
    } else {
        Err(No::parameter(key, format!("bridge '{bridge}' does not exist")))
    }
}
