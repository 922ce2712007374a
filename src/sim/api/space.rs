//! Disks that a call asks for: may the caller have them, and is there such a storage?

use super::{Call, No};
use crate::world::{Storage, StorageKind, disks};
use direttore_domain::GuestKind;
use std::collections::BTreeMap;

/// One disk of a configuration that is being written.
///
/// # Errors
/// A privilege is missing, or the storage is not there or cannot hold it.
pub fn check(call: &Call<'_>, key: &str, value: &str) -> Result<(), No> {
    if value.starts_with("none") || value.starts_with("cdrom") {
        return Ok(());
    }
    if value.starts_with('/') {
        return if call.who.is_root() {
            Ok(())
        } else {
            Err(No::parameter(key, "Only root can pass arbitrary filesystem paths."))
        };
    }
    let Some(storage) = disks::disk_storage(value) else { return Ok(()) };
    let path = format!("/storage/{storage}");
    if disks::option(value, "media") == Some("cdrom") && !value.contains(":cloudinit") {
        return call.check_any(&path, &["Datastore.Audit", "Datastore.AllocateSpace"]);
    }
    call.check(&path, &["Datastore.AllocateSpace"])?;
    let (content, what) = match call.kind {
        GuestKind::Vm => ("images", "vm images"),
        GuestKind::Container => ("rootdir", "container directories"),
    };
    if find(call, storage)?.holds(content) {
        Ok(())
    } else {
        Err(No::parameter("storage", format!("storage '{storage}' does not support {what}")))
    }
}

/// # Errors
/// The storage is not there.
pub fn find<'a>(call: &'a Call<'_>, storage: &str) -> Result<&'a Storage, No> {
    call.world.storages.get(storage).ok_or_else(|| No::business(format!("storage '{storage}' does not exist")))
}

/// Why an image in a CD drive cannot be used: it is not there.
pub fn missing(call: &Call<'_>, key: &str, value: &str) -> Option<String> {
    let volid = value.split(',').next().unwrap_or_default();
    let volid = volid.strip_prefix("file=").unwrap_or(volid);
    let is_image = disks::is_disk(key) && volid.contains(":iso/");
    let node = call.node();
    let is_there = call.world.volumes.iter().any(|v| v.node == node && v.volid() == volid);
    (is_image && !is_there).then(|| format!("volume '{volid}' does not exist"))
}

/// Why there is no place on the node for the disks of a configuration, in the words of the tool that makes them.
pub fn no_room(call: &Call<'_>, node: &str, config: &BTreeMap<String, String>) -> Option<String> {
    let on_disk = config.iter().filter(|(key, value)| disks::is_disk(key) && !value.contains("media=cdrom"));
    on_disk.map(|(_, value)| value).find_map(|value| {
        let (storage, volume) = value.split(',').next()?.split_once(':')?;
        let kind = call.world.storages.get(storage)?;
        let place = (node.to_owned(), storage.to_owned());
        let used = call.published.used.get(&place).copied().unwrap_or(0);
        (call.world.full.contains(&place) || used >= kind.size).then(|| full(kind.kind, volume))
    })
}

/// What the tool says that makes a volume on a full storage.
pub fn full(kind: StorageKind, volume: &str) -> String {
    match kind {
        StorageKind::LvmThin => {
            let volume = volume.rsplit('/').next().unwrap_or(volume);
            format!(
                "lvcreate 'pve/{volume}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold."
            )
        }
        StorageKind::Dir => format!("unable to create image: '/var/lib/vz/images/{volume}': No space left on device"),
    }
}
