//! Creating guests, from nothing or from a backup.

use super::{Call, Handled, No, config, space};
use crate::world::{Guest, Order, Work, disks};
use direttore_domain::GuestKind::{self, Container, Vm};
use std::collections::BTreeMap;

/// Parameters of a create call that are no part of the configuration.
const NOT_CONFIG: &[&str] = &[
    "node",
    "vmid",
    "pool",
    "start",
    "storage",
    "archive",
    "force",
    "unique",
    "bwlimit",
    "live-restore",
    "ha-managed",
    "import-working-storage",
    "ostemplate",
    "restore",
    "password",
    "ssh-public-keys",
    "ignore-unpack-errors",
];

pub fn vm(call: &mut Call<'_>) -> Handled {
    call.kind = Vm;
    let archive = call.args.text("archive").map(str::to_owned);
    make(call, archive)
}

pub fn container(call: &mut Call<'_>) -> Handled {
    call.kind = Container;
    let template = call.args.must("ostemplate").to_owned();
    if call.args.flag("restore") {
        return make(call, Some(template));
    }
    if call.args.given_flag("unprivileged") == Some(false) && !call.world.is_version_8() {
        call.check("/", &["Sys.Modify"])?;
    }
    let storage =
        disks::disk_storage(&template).ok_or_else(|| No::parameter("ostemplate", "unable to parse volume ID"))?;
    call.check_any(&format!("/storage/{storage}"), &["Datastore.Audit", "Datastore.AllocateSpace"])?;
    let node = call.node();
    if !call.world.volumes.iter().any(|v| v.node == node && v.content == "vztmpl" && v.volid() == template) {
        return Err(No::business(format!("volume '{template}' does not exist")));
    }
    make(call, None)
}

fn make(call: &mut Call<'_>, archive: Option<String>) -> Handled {
    let (vmid, node) = (call.vmid(), call.node());
    let pool = call.args.text("pool").map(str::to_owned);
    let is_restore = archive.is_some();
    let is_forced = is_restore && call.args.flag("force");
    call.check_vm_or_pool(vmid, pool.as_deref(), "VM.Allocate")?;
    if let Some(pool) = pool.as_ref().filter(|pool| !call.world.pools.contains_key(*pool)) {
        return Err(No::parameter("pool", format!("pool '{pool}' does not exist")));
    }
    let start = call.args.flag("start");
    if start {
        call.check_in_pool(vmid, pool.as_deref(), "VM.PowerMgmt")?;
    }
    let given: Vec<(String, String)> =
        call.args.as_config().filter(|(key, _)| !NOT_CONFIG.contains(key)).map(|(k, v)| (k.to_owned(), v)).collect();
    // The tags are looked at before the guest is in the pool, so the pool does not count for them.
    let keys: Vec<&str> = given.iter().map(|(key, _)| key.as_str()).filter(|key| *key != "tags").collect();
    config::check_rights(call, vmid, pool.as_deref(), &keys)?;
    if call.args.has("ha-managed") {
        config::check_rights(call, vmid, None, &["ha-managed"])?;
    }
    config::check_disks_and_nics(call, &given)?;
    if let Some(features) = call.args.text("features") {
        let is_plain = features.split(',').all(|f| f.starts_with("nesting="));
        if !is_plain && !call.who.is_root() {
            return Err(No::new(
                403,
                "Permission check failed (changing feature flags (except nesting) is only allowed for root@pam)",
            ));
        }
    }
    check_free(call, vmid, is_forced)?;
    let mut config = base(call, archive.as_deref())?;
    config.extend(disks::allocate(call.world, vmid, call.kind, given));
    if call.kind == Container && !config.contains_key("rootfs") {
        let storage = call.args.text("storage").unwrap_or("local").to_owned();
        space::check(call, "rootfs", &format!("{storage}:4"))?;
        let rootfs = vec![("rootfs".to_owned(), format!("{storage}:4"))];
        config.extend(disks::allocate(call.world, vmid, call.kind, rootfs));
    }
    let tags_fail = config.contains_key("tags") && !call.may(&format!("/vms/{vmid}"), "VM.Config.Options");
    let mut guest = Guest::new(vmid, call.kind, &node, config);
    guest.pool = pool;
    guest.lock = Some("create".into());
    if call.args.flag("ha-managed") {
        guest.ha = Some(if start { "started" } else { "stopped" }.into());
    }
    call.world.guests.insert(vmid, guest);
    let order = Order {
        node,
        task_type: format!("{}{}", call.kind.task_prefix(), if is_restore { "restore" } else { "create" }),
        id: vmid.to_string(),
        vmid: Some(vmid),
        user: call.who.full(),
        work: Work::Create { start },
    };
    let upid = call.world.start_task(order, call.now);
    if tags_fail && let Some(task) = call.world.tasks.last_mut() {
        task.is_to_fail = Some(format!("Permission check failed (/vms/{vmid}, VM.Config.Options)"));
    }
    super::data(upid)
}

/// The VMID is free in the whole cluster, or may be overwritten.
fn check_free(call: &Call<'_>, vmid: u32, is_forced: bool) -> Result<(), No> {
    let Some(there) = call.world.guests.get(&vmid) else { return Ok(()) };
    let word = if call.kind == Vm { "VM" } else { "CT" };
    if !is_forced || there.kind != call.kind || there.node != call.node() {
        let text =
            format!("unable to create {word} {vmid} - {} {vmid} already exists on node '{}'", there.word(), there.node);
        return Err(No::business(text));
    }
    if there.is_running() {
        return Err(No::business(format!("unable to restore {word} {vmid} - vm is running")));
    }
    if there.is_protected() {
        return Err(No::business(format!("unable to restore {word} {vmid} - protection mode enabled")));
    }
    Ok(there.check_lock()?)
}

/// What the configuration starts from: the backup's, or the defaults that Proxmox writes.
fn base(call: &Call<'_>, archive: Option<&str>) -> Result<BTreeMap<String, String>, No> {
    let Some(archive) = archive else {
        let defaults: &[(&str, &str)] = match call.kind {
            Vm => &[],
            GuestKind::Container => {
                &[("arch", "amd64"), ("memory", "512"), ("ostype", "debian"), ("swap", "512"), ("unprivileged", "1")]
            }
        };
        return Ok(defaults.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
    };
    let node = call.node();
    let volume = call.world.volumes.iter().find(|v| v.node == node && v.content == "backup" && v.volid() == archive);
    let volume = volume.ok_or_else(|| No::business(format!("volume '{archive}' does not exist")))?;
    let of_kind = volume.name.contains(if call.kind == Vm { "vzdump-qemu" } else { "vzdump-lxc" });
    if let Some(of) = volume.vmid {
        call.check(&format!("/vms/{of}"), &["VM.Backup"])?;
    }
    match volume.config.clone() {
        Some(config) if of_kind => Ok(config),
        _ => Err(No::business(format!("unable to parse archive '{archive}'"))),
    }
}
