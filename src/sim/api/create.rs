//! Creating guests, from nothing or from a backup.

use super::{Call, Handled, No, config, restore, space};
use crate::world::{Guest, Order, Work, disks, word};
use direttore_domain::GuestKind::{Container, Vm};
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
    let is_forced = archive.is_some() && call.args.flag("force");
    restore::check_right(call, vmid, pool.as_deref(), is_forced)?;
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
    check_features(call)?;
    check_free(call, vmid, is_forced)?;
    let mut config = match &archive {
        Some(archive) => restore::base(call, archive, vmid)?,
        None => defaults(call, vmid),
    };
    let gone = given.iter().find_map(|(key, value)| space::missing(call, key, value));
    config.extend(disks::allocate(call.world, vmid, call.kind, given));
    if call.kind == Container && !config.contains_key("rootfs") {
        let storage = call.args.text("storage").unwrap_or("local").to_owned();
        space::check(call, "rootfs", &format!("{storage}:4"))?;
        let rootfs = vec![("rootfs".to_owned(), format!("{storage}:4"))];
        config.extend(disks::allocate(call.world, vmid, call.kind, rootfs));
    }
    let doing = if archive.is_some() { "restore" } else { "create" };
    let why = gone.or_else(|| space::no_room(call, &node, &config));
    let why = why.map(|why| format!("unable to {doing} {} {vmid} - {why}", word(call.kind)));
    let tags_fail = config.contains_key("tags") && !call.may(&format!("/vms/{vmid}"), "VM.Config.Options");
    let tags_fail = tags_fail.then(|| format!("Permission check failed (/vms/{vmid}, VM.Config.Options)"));
    let mut guest = Guest::new(vmid, call.kind, &node, config);
    // What is restored over a guest stays in its pool.
    guest.pool = pool.or_else(|| call.world.guests.get(&vmid).and_then(|there| there.pool.clone()));
    guest.lock = Some("create".into());
    guest.is_blank = archive.is_none() && call.kind == Vm;
    guest.root_password = call.args.text("password").map(disks::hashed);
    if call.args.flag("ha-managed") {
        guest.ha = Some(if start { "started" } else { "stopped" }.into());
    }
    call.world.guests.insert(vmid, guest);
    let order = Order {
        node,
        task_type: format!("{}{doing}", call.kind.task_prefix()),
        id: vmid.to_string(),
        vmid: Some(vmid),
        user: call.who.full(),
        work: Work::Create { start },
    };
    super::data(call.world.start_failing(order, call.now, tags_fail.or(why)))
}

fn check_features(call: &Call<'_>) -> Result<(), No> {
    let is_plain = |features: &str| features.split(',').all(|f| f.starts_with("nesting="));
    match call.args.text("features") {
        Some(features) if !is_plain(features) && !call.who.is_root() => Err(No::new(
            403,
            "Permission check failed (changing feature flags (except nesting) is only allowed for root@pam)",
        )),
        _ => Ok(()),
    }
}

/// The VMID is free in the whole cluster, or may be overwritten.
fn check_free(call: &Call<'_>, vmid: u32, is_forced: bool) -> Result<(), No> {
    let Some(there) = call.world.guests.get(&vmid) else { return Ok(()) };
    let word = word(call.kind);
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

/// What Proxmox writes by itself.
fn defaults(call: &Call<'_>, vmid: u32) -> BTreeMap<String, String> {
    let own = match call.kind {
        Vm => vec![
            ("smbios1", format!("uuid={}", call.world.uuid(vmid, "smbios1"))),
            ("vmgenid", call.world.uuid(vmid, "vmgenid")),
        ],
        Container => {
            [("arch", "amd64"), ("memory", "512"), ("ostype", "debian"), ("swap", "512"), ("unprivileged", "1")]
                .map(|(key, value)| (key, value.to_owned()))
                .to_vec()
        }
    };
    own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
