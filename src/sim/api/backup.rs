//! Backups on demand.

use super::{Call, Handled, No, data, space};
use crate::table::format::split_list;
use crate::world::{Backup, Order, Work};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

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
    if !space::find(call, &storage)?.holds("backup") {
        return Err(No::business(format!(
            "could not get storage information for '{storage}': can't use storage '{storage}' for backups - wrong content type"
        )));
    }
    if let Some(notes) = call.args.text("notes-template") {
        check_notes(notes).map_err(|why| No::parameter("notes-template", why))?;
    }
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
    let storage_name = storage.clone();
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
    let is_full = call.world.full.contains(&(order.node.clone(), storage_name));
    let why = is_full.then(|| "job errors: vma_co_write_header failed: No space left on device".to_owned());
    data(call.world.start_failing(order, call.now, why))
}

/// The configuration in a backup, as it lies in a file: `key: value`, the description above as comments.
pub fn config(call: &mut Call<'_>) -> Handled {
    let (node, archive) = (call.node(), call.args.must("volume").to_owned());
    let found = call.world.volumes.iter().find(|v| v.node == node && v.content == "backup" && v.volid() == archive);
    let volume = found.ok_or_else(|| No::business(format!("volume '{archive}' does not exist")))?;
    call.check(&format!("/storage/{}", volume.storage), &["Datastore.AllocateSpace"])?;
    if let Some(vmid) = volume.vmid {
        call.check(&format!("/vms/{vmid}"), &["VM.Backup"])?;
    }
    let Some(config) = &volume.config else {
        return Err(No::business(format!("unable to parse archive '{archive}'")));
    };
    let description = config.get("description").into_iter().flat_map(|d| d.lines());
    let mut file: String = description.map(|line| format!("#{}\n", utf8_percent_encode(line, UNSAFE))).collect();
    for (key, value) in config.iter().filter(|(key, _)| *key != "description") {
        file += &format!("{key}: {value}\n");
    }
    data(file)
}

/// What a comment in a file has percent-encoded.
const UNSAFE: &AsciiSet = &CONTROLS.add(b':').add(b'%');

/// One line, with `\n` and `\\` as the only escapes, and placeholders that are known.
fn check_notes(notes: &str) -> Result<(), String> {
    if notes.contains('\n') {
        return Err("contains a line feed".into());
    }
    let mut rest = notes;
    while let Some((_, after)) = rest.split_once('\\') {
        let escaped = after.chars().next();
        if !matches!(escaped, Some('n' | '\\')) {
            return Err(format!("found unknown: escape sequence '\\{}'", escaped.unwrap_or_default()));
        }
        rest = &after[1..];
    }
    let names = notes.split("{{").skip(1).filter_map(|part| part.split_once("}}").map(|(name, _)| name));
    let plain = |name: &&str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '{' || c == '}');
    match names.filter(plain).find(|name| !["cluster", "guestname", "node", "vmid"].contains(name)) {
        Some(unknown) => Err(format!("found unknown: variable '{unknown}'")),
        None => Ok(()),
    }
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
