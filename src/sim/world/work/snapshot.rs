//! Snapshots: taken, deleted, gone back to.

use super::{Begun, Finished, Work, guest};
use crate::world::{
    Guest, Snapshot, Task, World,
    disks::{disk_storage, is_data, is_disk},
};

pub fn begin(work: &Work, world: &mut World, task: &Task) -> Begun {
    let storages = world.storages.clone();
    let guest = guest(world, task)?;
    guest.check_lock()?;
    let missing = |name: &str| format!("snapshot '{name}' does not exist");
    match work {
        Work::Snapshot { name, .. } => {
            if guest.is_template() {
                return Err("you can't take a snapshot if it's a template".into());
            }
            if guest.snapshots.contains_key(name) {
                return Err(format!("snapshot name '{name}' already used"));
            }
            let is_able =
                |value: &str| disk_storage(value).and_then(|s| storages.get(s)).is_some_and(|s| s.has_snapshots());
            if !guest.disks().all(|(_, value)| is_able(value)) {
                return Err("snapshot feature is not available".into());
            }
            guest.lock = Some("snapshot".into());
            Ok(disk_lines("snapshotting", guest))
        }
        Work::DeleteSnapshot { name, .. } => {
            if !guest.snapshots.contains_key(name) {
                return Err(missing(name));
            }
            guest.lock = Some("snapshot-delete".into());
            Ok(disk_lines("deleting the snapshot of", guest))
        }
        Work::Rollback { name, .. } => {
            if guest.is_template() {
                return Err("you can't rollback if it's a template".into());
            }
            if !guest.snapshots.contains_key(name) {
                return Err(missing(name));
            }
            // The real one pulls the plug before it touches the disks.
            guest.stop();
            guest.lock = Some("rollback".into());
            Ok(disk_lines("rolling back", guest))
        }
        _ => Ok(Vec::new()),
    }
}

fn disk_lines(doing: &str, guest: &Guest) -> Vec<String> {
    let disks = guest.config.iter().filter(|(key, value)| is_disk(key) && is_data(value));
    disks.map(|(key, value)| format!("{doing} '{key}' ({})", value.split(',').next().unwrap_or_default())).collect()
}

pub fn finish(work: &Work, world: &mut World, task: &Task, at: u64) -> Finished {
    let guest = guest(world, task)?;
    guest.lock = None;
    match work {
        Work::Snapshot { name, description, with_memory } => {
            let snapshot = Snapshot {
                description: description.clone(),
                taken: at,
                parent: guest.parent.replace(name.clone()),
                has_memory: *with_memory && guest.is_running(),
                config: guest.config.clone(),
            };
            guest.snapshots.insert(name.clone(), snapshot);
        }
        Work::DeleteSnapshot { name, .. } => {
            let Some(gone) = guest.snapshots.remove(name) else { return Ok(()) };
            let parents = guest.snapshots.values_mut().map(|s| &mut s.parent).chain([&mut guest.parent]);
            for parent in parents.filter(|p| p.as_ref() == Some(name)) {
                parent.clone_from(&gone.parent);
            }
        }
        Work::Rollback { name, start } => {
            let Some(snapshot) = guest.snapshots.get(name).cloned() else { return Ok(()) };
            guest.config = snapshot.config;
            guest.pending.clear();
            guest.parent = Some(name.clone());
            if *start || snapshot.has_memory {
                guest.start(at);
            }
        }
        _ => {}
    }
    Ok(())
}
