//! Create, clone, destroy, migrate, back up, resize, make a template.

use super::{Begun, Finished, Work, guest, unlock};
use crate::world::{
    Guest, Task, Volume, World,
    disks::{disk_storage, is_disk, option, plain_name, print_size, volume_on},
};
use direttore_domain::GuestKind;
use serde::{Deserialize, Serialize};

/// A backup of one or several guests, one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Backup {
    pub vmids: Vec<u32>,
    pub storage: String,
    pub mode: String,
    pub extension: String,
    pub notes: Option<String>,
    pub is_protected: bool,
}

pub fn begin(work: &Work, world: &mut World, task: &Task) -> Begun {
    match work {
        Work::Destroy { is_forced } => {
            let guest = guest(world, task)?;
            let (word, vmid) = (guest.word(), guest.vmid);
            guest.check_lock()?;
            if guest.is_running() && !is_forced {
                return Err(format!("{word} {vmid} is running - destroy failed"));
            }
            let disks = guest.disks().map(|(_, value)| value.split(',').next().unwrap_or_default().to_owned());
            Ok(disks.map(|volume| format!("removing volume '{volume}'")).collect())
        }
        Work::Create { .. } => Ok(vec!["allocating disks".into()]),
        Work::Clone { newid } => {
            let bytes = world.guests.get(newid).map_or(0, |g| g.disk_size());
            let part = |percent: u64| {
                format!("transferred {} of {} ({percent}.00%)", print_size(bytes / 100 * percent), print_size(bytes))
            };
            Ok([0, 25, 50, 75, 100].map(part).to_vec())
        }
        Work::Migrate { target, storage, with_disks, restarts } => {
            let guest = guest(world, task)?;
            guest.check_lock()?;
            let first = format!("starting migration of {} {} to node '{target}'", guest.word(), guest.vmid);
            let storages = guest.disks().map(|(_, value)| disk_storage(value).unwrap_or_default());
            let wanted: Vec<String> = storages.map(|there| storage.as_deref().unwrap_or(there).to_owned()).collect();
            let mut why = why_it_stays(guest, *with_disks, *restarts);
            if why.is_none() && wanted.iter().any(|s| world.full.contains(&(target.clone(), s.clone()))) {
                why = Some("ERROR: storage migration failed: No space left on device".to_owned());
            }
            if let Some(why) = why {
                return Err(format!("{first}\n{why}\nmigration aborted"));
            }
            self::guest(world, task)?.lock = Some("migrate".into());
            Ok(vec![first])
        }
        Work::Backup(backup) => {
            let mut lines = vec![format!("INFO: starting new backup job: vzdump {}", join(&backup.vmids))];
            // All or none: a lock that stays behind a refused job would never go away.
            for vmid in &backup.vmids {
                world.guests.get(vmid).ok_or_else(|| format!("unable to find VM '{vmid}'"))?.check_lock()?;
            }
            for guest in world.guests.values_mut().filter(|g| backup.vmids.contains(&g.vmid)) {
                guest.lock = Some("backup".into());
                lines.push(format!(
                    "INFO: Starting Backup of {} {} ({})",
                    guest.word(),
                    guest.vmid,
                    guest.kind.api_name()
                ));
                lines.push(format!("INFO: backup mode: {}", backup.mode));
            }
            Ok(lines)
        }
        Work::Resize { disk, .. } => {
            let guest = guest(world, task)?;
            guest.check_lock()?;
            Ok(vec![format!("resizing '{disk}'")])
        }
        Work::MakeTemplate => {
            guest(world, task)?.check_lock()?;
            Ok(Vec::new())
        }
        _ => Ok(Vec::new()),
    }
}

fn join(vmids: &[u32]) -> String {
    vmids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

pub fn finish(work: &Work, world: &mut World, task: &Task, at: u64) -> Finished {
    match work {
        Work::Destroy { .. } => {
            let vmid = guest(world, task)?.vmid;
            world.guests.remove(&vmid);
        }
        Work::Create { start } => {
            let plugged = task.vmid.and_then(|vmid| world.why_unplugged(vmid)).is_none();
            let guest = guest(world, task)?;
            guest.lock = None;
            // A start that does not come off is but a line in the log.
            if *start && plugged {
                guest.start(at);
            }
        }
        Work::Clone { newid } => {
            if let Some(new) = world.guests.get_mut(newid) {
                new.lock = None;
            }
        }
        Work::Migrate { target, storage, .. } => {
            let guest = guest(world, task)?;
            guest.lock = None;
            guest.node.clone_from(target);
            if guest.kind == GuestKind::Container && guest.is_running() {
                guest.start(at);
            }
            if let Some(storage) = storage {
                moved_to(guest, storage);
            }
        }
        Work::Backup(backup) => {
            for vmid in &backup.vmids {
                store_backup(world, task, backup, *vmid, at);
            }
        }
        Work::Resize { disk, bytes } => {
            let guest = guest(world, task)?;
            if let Some(value) = guest.config.get_mut(disk) {
                *value = with_size(value, *bytes);
            }
        }
        Work::MakeTemplate => {
            guest(world, task)?.config.insert("template".into(), "1".into());
        }
        _ => unlock(world, task),
    }
    Ok(())
}

/// What the first look at a guest's disks finds against its migration.
fn why_it_stays(guest: &Guest, with_disks: bool, restarts: bool) -> Option<String> {
    if guest.kind == GuestKind::Container {
        let is_live = guest.is_running() && !restarts;
        return is_live.then(|| "ERROR: lxc live migration is currently not implemented".to_owned());
    }
    let volume = |value: &str| value.split(',').next().unwrap_or_default().to_owned();
    let media = guest.config.iter().find(|(key, value)| is_disk(key) && value.contains(":iso/"));
    let problem = match (media, guest.disks().next()) {
        (Some((_, value)), _) => format!("can't migrate local disk '{}': local cdrom image", volume(value)),
        (None, Some((_, value))) if guest.is_running() && !with_disks => format!(
            "can't migrate local disk '{}': can't live migrate attached local disks without with-local-disks option",
            volume(value)
        ),
        _ => return None,
    };
    Some(format!("{problem}\nERROR: Problem found while scanning volumes - can't migrate VM - check log"))
}

/// Its disks on another storage, where volumes may be named differently.
fn moved_to(guest: &mut Guest, storage: &str) {
    let vmid = guest.vmid;
    for (_, value) in guest.config.iter_mut().filter(|(key, value)| is_disk(key) && !value.contains(":iso/")) {
        let (volume, rest) =
            value.split_once(',').map_or((value.as_str(), None), |(volume, rest)| (volume, Some(rest)));
        if volume.contains(':') && disk_storage(volume) != Some(storage) {
            let rest = rest.map(|rest| format!(",{rest}")).unwrap_or_default();
            *value = format!("{}{rest}", volume_on(storage, vmid, plain_name(volume)));
        }
    }
}

fn with_size(value: &str, bytes: u64) -> String {
    let size = format!("size={}", print_size(bytes));
    match option(value, "size") {
        Some(old) => value.replace(&format!("size={old}"), &size),
        None => format!("{value},{size}"),
    }
}

fn store_backup(world: &mut World, task: &Task, backup: &Backup, vmid: u32, at: u64) {
    let Some(guest) = world.guests.get_mut(&vmid) else { return };
    guest.lock = None;
    let (kind, ending) = match guest.kind {
        GuestKind::Vm => ("qemu", "vma"),
        GuestKind::Container => ("lxc", "tar"),
    };
    let volume = Volume {
        node: task.node.clone(),
        storage: backup.storage.clone(),
        content: "backup".into(),
        name: format!("backup/vzdump-{kind}-{vmid}-{}.{ending}{}", stamp(at / 1000), backup.extension),
        size: guest.disk_size() / 3,
        made: at / 1000,
        vmid: Some(vmid),
        notes: backup.notes.as_ref().map(|notes| notes_of(notes, guest)),
        is_protected: backup.is_protected,
        config: Some(guest.config.clone()),
    };
    world.volumes.push(volume);
}

fn notes_of(template: &str, guest: &Guest) -> String {
    let filled =
        [("{{guestname}}", guest.name()), ("{{node}}", guest.node.clone()), ("{{vmid}}", guest.vmid.to_string())]
            .into_iter()
            .fold(template.replace("{{cluster}}", "lab"), |text, (name, value)| text.replace(name, &value));
    let parts: Vec<String> = filled.split("\\\\").map(|part| part.replace("\\n", "\n")).collect();
    parts.join("\\")
}

/// `2026_01_31-23_59_59` in UTC.
fn stamp(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + carry;
    format!("{year:04}_{month:02}_{day:02}-{:02}_{:02}_{:02}", time / 3600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_backup_is_named_by_its_moment() {
        assert_eq!(super::stamp(0), "1970_01_01-00_00_00");
        assert_eq!(super::stamp(1_709_251_199), "2024_02_29-23_59_59");
    }
}
