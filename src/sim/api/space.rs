//! Disks that a call asks for: may the caller have them, and is there such a storage?

use super::{Call, No};
use crate::world::disks;

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
    let content = if call.kind == direttore_domain::GuestKind::Vm { "images" } else { "rootdir" };
    holds(call, storage, content)
}

/// # Errors
/// The storage is not there or does not hold `content`.
pub fn holds(call: &Call<'_>, storage: &str, content: &str) -> Result<(), No> {
    match call.world.storages.get(storage) {
        Some(s) if s.holds(content) => Ok(()),
        Some(_) => Err(No::business(format!("storage '{storage}' does not support content-type '{content}'"))),
        None => Err(No::business(format!("storage '{storage}' does not exist"))),
    }
}
