//! `/guest migrate`: a guest to another node of its cluster. A running VM moves while it runs; a running container is
//! stopped, moved and started again.

use super::parts::work::{about, bridges, called, cannot, config, content, disks, fit, node, storages, unlocked};
use crate::{
    handlers::{Cx, cx::Found},
    jobs::steps::{GuestId, MigrateGuest, Step},
    lab::mark,
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_clients::proxmox::{Error, MigrateCheck};
use direttore_domain::{
    GuestKind, GuestRef, GuestStatus, Node, NodeName, Refusal, Storage, StorageName, Trouble,
    disk::{Disk, Size},
    text,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    node: NodeName,
    storage: Option<StorageName>,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let (cluster, guest) = (&found.cluster, &found.guest);
    let to = node(cx, cluster, &ask.node, guest.pool.as_ref()).await?;
    if to.name == guest.node {
        let data = json!({ "label": guest.label(), "vmid": guest.vmid, "what": format!("is on {}", to.name) });
        return Ok(Say::new("guest_already", data).into());
    }
    unlocked(&found, "be moved")?;
    let config = config(&found).await?;
    let at = found.at();
    let check = async { cluster.client.migrate_check(&at, Some(&to.name)).await.map_err(|e| cluster.failure(&e)) };
    let looks = (storages(cluster, &guest.node), storages(cluster, &to.name));
    let (check, here, there) = futures::join!(check, looks.0, looks.1);
    let (check, here, there) = (check?, here?, there?);
    allowed(&found, &check, &to.name)?;
    bridges(cluster, &to.name, guest.kind, &config).await?;
    let all = disks(&config);
    let copied = copied(&all, &here);
    if let Some(storage) = ask.storage.as_ref().filter(|_| found.now.is_ha_managed) {
        let why = "the HA manager moves it, and that takes no storage; leave it out";
        return Err(cannot(guest, &format!("be moved to {storage}"), why).into());
    }
    snapshots(&found, &copied, &here).await?;
    let mut more: BTreeMap<StorageName, Size> = BTreeMap::new();
    for (_, disk) in &copied {
        let on = ask.storage.as_ref().unwrap_or(&disk.storage).clone();
        more.entry(on).or_insert(Size { mib: 0 }).mib += disk.size.map_or(0, |size| size.mib);
    }
    let left = fit(&there, &to.name, content(guest.kind), &more)?;
    let runs = found.now.status != GuestStatus::Stopped;
    let rows: Vec<Value> = copied
        .iter()
        .map(|(key, disk)| {
            let on = ask.storage.as_ref().unwrap_or(&disk.storage);
            json!({ "key": key, "size": disk.size, "from": disk.storage, "to": on })
        })
        .collect();
    let own = mark(&config);
    let owner = super::owner::of(cx, guest, &own).await?;
    let step = MigrateGuest {
        guest: GuestId::from(guest),
        to: to.name.clone(),
        storage: ask.storage.clone().filter(|_| !copied.is_empty()),
        // Also what Proxmox counts and we do not: the drive of cloud-init, disks that are not in use.
        with_local_disks: !copied.is_empty() || !check.local_disks.is_empty(),
        may_restart: runs && guest.kind == GuestKind::Container,
    };
    let extra = json!({
        "to": to.name, "disks": rows, "left": left, "runs": runs,
        "restarts": step.may_restart, "ha": found.now.is_ha_managed, "is_tight": runs && is_tight(&to, guest.memory),
        "unused_storage": ask.storage.as_ref().filter(|_| copied.is_empty()), "reason": ask.reason,
    });
    let question = Say::new("guest_migrate", about(cx, &found, owner.as_ref(), extra));
    let title = format!("move {} to {}", called(guest), to.name);
    let job = JobPlan::new(title, found.subject(), vec![Step::MigrateGuest(step)]).placed_on(&guest.cluster, &to.name);
    Ok(Plan {
        state: json!([guest.vmid, guest.node, own, runs, rows]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}", found.subject()), question)
    }
    .into())
}

/// What Proxmox itself says against it.
fn allowed(found: &Found, check: &MigrateCheck, to: &NodeName) -> Result<(), Refusal> {
    let refuse = |why: String| Err(cannot(&found.guest, &format!("be moved to {to}"), why));
    if let Some((_, why)) = check.blocked.iter().find(|(node, _)| node == to) {
        return refuse(why.clone());
    }
    if !check.local_media.is_empty() {
        let media = text::list(&check.local_media);
        return refuse(format!(
            "{media} is in a drive of it, and lies on {} alone; take it out first",
            found.guest.node
        ));
    }
    if !check.local_resources.is_empty() {
        return refuse(format!("it has {} of {}", text::list(&check.local_resources), found.guest.node));
    }
    if !check.allowed.is_empty() && !check.allowed.contains(to) {
        let others: Vec<&str> = check.allowed.iter().map(NodeName::as_str).collect();
        return refuse(format!("Proxmox would let it go to {} only", text::list(&others)));
    }
    Ok(())
}

/// The disks that the other node does not see: they are copied.
fn copied(disks: &[(String, Disk)], here: &[Storage]) -> Vec<(String, Disk)> {
    let is_shared = |name: &StorageName| here.iter().any(|s| s.name == *name && s.is_shared);
    disks.iter().filter(|(_, disk)| !is_shared(&disk.storage)).cloned().collect()
}

/// Snapshots of disks that are copied: only some storages can take them along, and none while the guest runs.
async fn snapshots(found: &Found, copied: &[(String, Disk)], here: &[Storage]) -> Result<(), Trouble> {
    if copied.is_empty() {
        return Ok(());
    }
    let guest = &found.guest;
    let all = match found.cluster.client.snapshots(&found.at()).await {
        Ok(all) => all,
        Err(Error::NotFound { .. }) => vec![],
        Err(error) => return Err(found.cluster.failure(&error).into()),
    };
    if all.is_empty() {
        return Ok(());
    }
    let runs = guest.kind == GuestKind::Vm && found.now.status != GuestStatus::Stopped;
    let names: Vec<&str> = all.iter().map(|s| s.name.as_str()).collect();
    let Some((key, disk)) = copied.iter().find(|(_, disk)| runs || !carries_snapshots(guest.kind, disk, here)) else {
        return Ok(());
    };
    let why = match runs {
        true => {
            format!("it runs, and {key} on {} would be copied with snapshots ({})", disk.storage, text::list(&names))
        }
        false => format!("{key} on {} cannot be copied with its snapshots ({})", disk.storage, text::list(&names)),
    };
    Err(cannot(guest, "be moved", format!("{why}; /snapshot delete takes them away")).into())
}

/// Whether snapshots of a stopped guest's disk go with it.
fn carries_snapshots(kind: GuestKind, disk: &Disk, here: &[Storage]) -> bool {
    let plugin = here.iter().find(|s| s.name == disk.storage).map_or("", |s| s.plugin.as_str());
    matches!(plugin, "zfspool" | "btrfs") || (kind == GuestKind::Vm && disk.volume.ends_with(".qcow2"))
}

/// Whether the node has less memory free than the guest may take.
fn is_tight(node: &Node, memory: u64) -> bool {
    node.memory.zip(node.memory_used).is_some_and(|(all, used)| all.saturating_sub(used) < memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_that_are_copied_and_their_snapshots() {
        let storage = |name: &str, plugin: &str, is_shared: bool| Storage {
            cluster: "lab".parse().expect("a name"),
            node: "pve1".parse().expect("a name"),
            name: name.parse().expect("a name"),
            plugin: plugin.into(),
            is_available: true,
            is_shared,
            content: vec![],
            size: 0,
            used: 0,
        };
        let here = [storage("thin", "lvmthin", false), storage("zfs", "zfspool", false), storage("ceph", "rbd", true)];
        let disk = |key: &str, text: &str| (key.to_owned(), text.parse::<Disk>().expect("a disk"));
        let all = [
            disk("scsi0", "thin:vm-1-disk-0"),
            disk("scsi1", "zfs:vm-1-disk-1"),
            disk("scsi2", "ceph:vm-1-disk-2"),
            disk("scsi3", "dir:1/vm-1-disk-3.qcow2"),
        ];
        let copied = copied(&all, &here);
        let told: Vec<(&str, bool, bool)> = copied
            .iter()
            .map(|(key, disk)| {
                let carries = |kind| carries_snapshots(kind, disk, &here);
                (key.as_str(), carries(GuestKind::Vm), carries(GuestKind::Container))
            })
            .collect();
        assert_eq!(told, [("scsi0", false, false), ("scsi1", true, true), ("scsi3", true, false)]);
    }
}
