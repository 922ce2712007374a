//! Clones, and guests made into templates.

use super::{Call, Handled, No, data, space};
use crate::world::{Guest, Work, World, disks};
use direttore_domain::GuestKind::{Container, Vm};
use std::collections::BTreeMap;

pub fn clone(call: &mut Call<'_>) -> Handled {
    let (vmid, newid) = (call.vmid(), call.args.vmid("newid").unwrap_or_default());
    let pool = call.args.text("pool").map(str::to_owned);
    call.check(&format!("/vms/{vmid}"), &["VM.Clone"])?;
    call.check_vm_or_pool(newid, pool.as_deref(), "VM.Allocate")?;
    let guest = call.guest()?.clone();
    guest.check_lock()?;
    if let Some(pool) = pool.as_ref().filter(|pool| !call.world.pools.contains_key(*pool)) {
        return Err(No::parameter("pool", format!("pool '{pool}' does not exist")));
    }
    let source = match call.args.text("snapname") {
        Some(name) => guest.snapshots.get(name).ok_or_else(|| super::snapshot::missing(name))?.config.clone(),
        None => guest.config.clone(),
    };
    let is_full = call.args.given_flag("full").unwrap_or(!guest.is_template());
    if !is_full && !guest.is_template() {
        return Err(No::parameter("full", "linked clone feature is not available for a guest that is no template"));
    }
    if let Some(name) = ["storage", "format"].into_iter().find(|name| !is_full && call.args.has(name)) {
        return Err(No::parameter(name, format!("parameter '{name}' not allowed for linked clones")));
    }
    if guest.kind == Container && is_full && guest.is_running() && !call.args.has("snapname") {
        return Err(No::business(format!("Cannot do full clones on a running container without snapshots: CT {vmid}")));
    }
    if let Some(target) = call.args.text("target").filter(|target| *target != guest.node) {
        if !call.world.nodes.contains_key(target) {
            return Err(No::business(format!("no such cluster node '{target}'")));
        }
        // Every storage of this world belongs to one node.
        let word = guest.word();
        return Err(No::business(format!("can't clone {word} to node '{target}' ({word} uses local storage)")));
    }
    for (bridge, tag) in guest.bridges() {
        let tag = tag.map(|tag| format!("/{tag}")).unwrap_or_default();
        call.check(&format!("/sdn/zones/localnetwork/{bridge}{tag}"), &["SDN.Use"])?;
    }
    let storage = call.args.text("storage").map(str::to_owned);
    for (key, value) in guest.disks() {
        let target = storage.as_deref().or_else(|| disks::disk_storage(value)).unwrap_or_default();
        space::check(call, key, &format!("{target}:1"))?;
    }
    if call.world.guests.contains_key(&newid) {
        let word = guest.word();
        return Err(No::business(format!("unable to create {word} {newid}: config file already exists")));
    }
    let config = config_of_clone(call, &guest, &source, newid, storage.as_deref(), is_full);
    let why = space::no_room(call, &guest.node, &config).map(|why| format!("clone failed: {why}"));
    let mut new = Guest::new(newid, guest.kind, &guest.node, config);
    new.pool = pool;
    new.is_blank = guest.is_blank;
    new.lock = Some(if guest.kind == Vm { "clone" } else { "create" }.into());
    call.world.guests.insert(newid, new);
    call.failing_task(&format!("{}clone", guest.kind.task_prefix()), Work::Clone { newid }, why)
}

fn config_of_clone(
    call: &Call<'_>,
    guest: &Guest,
    source: &BTreeMap<String, String>,
    newid: u32,
    storage: Option<&str>,
    is_full: bool,
) -> BTreeMap<String, String> {
    let mut config = source.clone();
    for key in ["template", "protection", "parent"] {
        config.remove(key);
    }
    for (_, value) in config.iter_mut().filter(|(key, _)| disks::is_disk(key)) {
        *value = renamed(value, guest.vmid, newid, storage, is_full);
    }
    with_own_addresses(call.world, newid, &mut config);
    if guest.kind == Vm {
        config.insert("smbios1".into(), format!("uuid={}", call.world.uuid(newid, "smbios1")));
        config.insert("vmgenid".into(), call.world.uuid(newid, "vmgenid"));
    }
    let name_key = guest.name_key();
    let name = call.args.text(name_key).map(str::to_owned);
    config.insert(name_key.to_owned(), name.unwrap_or_else(|| format!("Copy-of-{}-{}", guest.word(), guest.name())));
    if let Some(description) = call.args.text("description") {
        config.insert("description".into(), description.to_owned());
    }
    config
}

/// New MAC addresses for all NICs.
pub fn with_own_addresses(world: &World, vmid: u32, config: &mut BTreeMap<String, String>) {
    for (key, value) in config.iter_mut().filter(|(key, _)| disks::is_numbered(key, "net")) {
        *value = replace_address(value, &world.mac(vmid, key));
    }
}

fn replace_address(nic: &str, mac: &str) -> String {
    let parts = nic.split(',').map(|part| match part.split_once('=') {
        Some((key, value)) if value.matches(':').count() == 5 => format!("{key}={mac}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}

/// The volume of a clone: its own name; a linked one also names what it stands on.
pub fn renamed(value: &str, vmid: u32, newid: u32, storage: Option<&str>, is_full: bool) -> String {
    let (volume, rest) = value.split_once(',').map_or((value, String::new()), |(v, rest)| (v, format!(",{rest}")));
    let Some((old_storage, name)) = volume.split_once(':') else { return value.to_owned() };
    if name.starts_with("iso/") {
        return value.to_owned();
    }
    let new_name = disks::plain_name(name)
        .replace(&format!("base-{vmid}-"), &format!("vm-{newid}-"))
        .replace(&format!("vm-{vmid}-"), &format!("vm-{newid}-"));
    if is_full || !disks::is_data(value) {
        format!("{}{rest}", disks::volume_on(storage.unwrap_or(old_storage), newid, &new_name))
    } else {
        format!("{old_storage}:{name}/{new_name}{rest}")
    }
}

pub fn make_template(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    guest.check_lock()?;
    let (word, vmid) = (if guest.kind == Vm { "VM" } else { "CT" }, guest.vmid);
    if !guest.snapshots.is_empty() {
        return Err(No::business(format!("unable to create template, because {word} contains snapshots")));
    }
    if guest.is_template() && !call.args.has("disk") {
        return Err(No::business(format!("you can't convert a template to a template: {word} {vmid}")));
    }
    if guest.is_running() {
        return Err(No::business(format!("you can't convert a {word} to template if {word} is running")));
    }
    match call.kind {
        Vm => call.guest_task("template", Work::MakeTemplate),
        Container => {
            call.guest_mut()?.config.insert("template".into(), "1".into());
            data(serde_json::Value::Null)
        }
    }
}
