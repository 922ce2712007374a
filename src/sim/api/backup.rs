//! Backups on demand.

use super::{Call, Handled, No, data, space};
use crate::table::format::split_list;
use crate::world::{Backup, Order, Work};

pub fn start(call: &mut Call<'_>) -> Handled {
    for name in ["tmpdir", "dumpdir", "script", "job-id"] {
        if call.args.has(name) && !call.who.is_root() {
            return Err(No::parameter(name, "Only root may set this option."));
        }
    }
    if ["bwlimit", "performance", "ionice"].iter().any(|name| call.args.has(name)) {
        call.check("/", &["Sys.Modify"])?;
    }
    let storage = call.args.text("storage").unwrap_or("local").to_owned();
    if call.args.has("prune-backups") {
        call.check(&format!("/storage/{storage}"), &["Datastore.Allocate"])?;
    }
    let node = call.node();
    if node.is_empty() {
        return Err(No::parameter("node", "property is missing and it is not optional"));
    }
    let vmids = chosen(call, &node)?;
    for vmid in &vmids {
        call.check(&format!("/vms/{vmid}"), &["VM.Backup"])?;
    }
    call.check(&format!("/storage/{storage}"), &["Datastore.AllocateSpace"])?;
    space::holds(call, &storage, "backup")?;
    let extension = match call.args.text("compress") {
        Some("gzip") => ".gz",
        Some("lzo" | "1") => ".lzo",
        Some("zstd") => ".zst",
        _ => "",
    };
    let only = match vmids.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let backup = Backup {
        vmids,
        storage,
        mode: call.args.text("mode").unwrap_or("snapshot").to_owned(),
        extension: extension.to_owned(),
        notes: call.args.text("notes-template").map(str::to_owned),
        is_protected: call.args.flag("protected"),
    };
    let order = Order {
        node,
        task_type: "vzdump".into(),
        id: only.map(|vmid| vmid.to_string()).unwrap_or_default(),
        vmid: only,
        user: call.who.full(),
        work: Work::Backup(backup),
    };
    data(call.world.start_task(order, call.now))
}

/// Which guests: named, of a pool, or all of the node; those of other nodes are skipped, as the real one does.
fn chosen(call: &Call<'_>, node: &str) -> Result<Vec<u32>, No> {
    let list = |name: &str| -> Option<Vec<u32>> {
        call.args.text(name).map(|text| split_list(text).filter_map(|id| id.parse().ok()).collect())
    };
    let here = call.world.guests.values().filter(|g| g.node == node);
    let excluded = list("exclude").unwrap_or_default();
    if let Some(named) = list("vmid") {
        if let Some(vmid) = named.iter().find(|vmid| !call.world.guests.contains_key(vmid)) {
            return Err(No::business(format!("unable to find VM '{vmid}'")));
        }
        return Ok(here.map(|g| g.vmid).filter(|vmid| named.contains(vmid)).collect());
    }
    if let Some(pool) = call.args.text("pool") {
        let pool = Some(pool.to_owned());
        return Ok(here.filter(|g| g.pool == pool).map(|g| g.vmid).collect());
    }
    if call.args.flag("all") {
        return Ok(here.map(|g| g.vmid).filter(|vmid| !excluded.contains(vmid)).collect());
    }
    Err(No::parameter("vmid", "property is missing and it is not optional"))
}
