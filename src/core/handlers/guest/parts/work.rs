//! What the commands that work on a guest look at before they ask: its disks, storages and their room, nodes, bridges.

use crate::{
    handlers::{Cx, cx::Found},
    lab::Cluster,
};
use direttore_clients::proxmox::{Bridge, GuestConfig};
use direttore_domain::{
    AccountName, BridgeName, Guest, GuestKind, GuestStatus, Node, NodeName, NodeStatus, PoolName, Refusal, Storage,
    StorageName, Trouble,
    disk::{Disk, Size},
    grant::Touches,
    nearest::nearest,
    nic::{ContainerNic, VmNic},
    policy, text,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// `web1 (101)`.
pub(in crate::handlers) fn called(guest: &Guest) -> String {
    format!("{} ({})", guest.label(), guest.vmid)
}

pub(in crate::handlers) fn cannot(guest: &Guest, verb: &str, why: impl Into<String>) -> Refusal {
    Refusal::WrongState { subject: called(guest), verb: verb.to_owned(), why: why.into() }
}

/// A guest that something else holds cannot be worked on now.
pub(in crate::handlers) fn unlocked(found: &Found, verb: &str) -> Result<(), Refusal> {
    match &found.now.lock {
        Some(lock) => Err(cannot(&found.guest, verb, format!("it is locked ({lock})"))),
        None => Ok(()),
    }
}

pub(in crate::handlers) async fn config(found: &Found) -> Result<GuestConfig, Trouble> {
    Ok(found.cluster.client.guest_config(&found.at()).await.map_err(|e| found.cluster.failure(&e))?)
}

/// What every question about a guest shows.
pub(in crate::handlers) fn about(cx: &Cx, found: &Found, owner: Option<&AccountName>, extra: Value) -> Value {
    let guest = &found.guest;
    let runs = found.now.status != GuestStatus::Stopped;
    let mut data = json!({
        "label": guest.label(),
        "vmid": guest.vmid,
        "kind": guest.kind.to_string(),
        "node": guest.node,
        "status": found.now.status.as_str(),
        "since": runs.then(|| cx.clock.now() - Duration::from_secs(found.now.uptime)),
        "owner": owner,
    });
    if let (Some(data), Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    data
}

/// The disks that hold data, by their keys: no media, and nothing of cloud-init's.
pub(in crate::handlers) fn disks(config: &GuestConfig) -> Vec<(String, Disk)> {
    let all = config.values.iter().filter(|(key, _)| is_disk(key));
    let read = all.filter_map(|(key, value)| Some((key.clone(), value.parse::<Disk>().ok()?)));
    read.filter(|(_, disk)| !disk.is_cdrom && !disk.volume.contains("cloudinit")).collect()
}

fn is_disk(key: &str) -> bool {
    let family = key.trim_end_matches(|c: char| c.is_ascii_digit());
    key == "rootfs"
        || (family.len() < key.len()
            && ["scsi", "virtio", "sata", "ide", "mp", "efidisk", "tpmstate"].contains(&family))
}

/// How large they are together, as far as the configuration says it.
pub(in crate::handlers) fn total<'d>(disks: impl IntoIterator<Item = &'d (String, Disk)>) -> Size {
    Size { mib: disks.into_iter().filter_map(|(_, disk)| disk.size).map(|size| size.mib).sum() }
}

/// What a storage must take to hold the guest's disks.
pub(in crate::handlers) fn content(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Vm => "images",
        GuestKind::Container => "rootdir",
    }
}

pub(in crate::handlers) async fn storages(cluster: &Cluster, node: &NodeName) -> Result<Vec<Storage>, Trouble> {
    Ok(cluster.client.storages_now(node).await.map_err(|e| cluster.failure(&e))?)
}

pub(in crate::handlers) fn free(storage: &Storage) -> u64 {
    storage.size.saturating_sub(storage.used)
}

/// The storage of that name, if it takes such content now.
pub(in crate::handlers) fn storage<'s>(
    all: &'s [Storage],
    node: &NodeName,
    name: &StorageName,
    content: &str,
) -> Result<&'s Storage, Refusal> {
    let takes = |s: &&Storage| s.is_available && s.content.iter().any(|c| c == content);
    let found = all.iter().find(|s| s.name == *name).ok_or_else(|| {
        let has: Vec<String> = all.iter().filter(takes).map(|s| s.name.to_string()).collect();
        let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        Refusal::NoSuch { what: "storage", given: format!("{name} on {node}"), nearest, has }
    })?;
    let cannot =
        |why: String| Refusal::WrongState { subject: format!("storage {name} of {node}"), verb: "take it".into(), why };
    if !found.is_available {
        return Err(cannot("it is not available now".to_owned()));
    }
    if !takes(&found) {
        return Err(cannot(format!("it takes {}, and this needs {content}", text::list(&found.content))));
    }
    Ok(found)
}

/// Disks that come to storages of a node: each storage takes them and has room. Gives what is left of each.
pub(in crate::handlers) fn fit(
    all: &[Storage],
    node: &NodeName,
    content: &str,
    more: &BTreeMap<StorageName, Size>,
) -> Result<Vec<Value>, Refusal> {
    let mut left = Vec::new();
    for (name, size) in more {
        let found = storage(all, node, name, content)?;
        let free = free(found);
        if free >> 20 < size.mib {
            let free = Size { mib: free >> 20 };
            return Err(Refusal::WrongState {
                subject: format!("storage {name} of {node}"),
                verb: "take it".into(),
                why: format!("{size} more are needed, and {free} are free"),
            });
        }
        left.push(json!({ "storage": name, "left": free - (size.mib << 20) }));
    }
    Ok(left)
}

/// Another node of the guest's cluster, online, and within the asker's grants.
pub(in crate::handlers) async fn node(
    cx: &Cx,
    cluster: &Cluster,
    name: &NodeName,
    pool: Option<&PoolName>,
) -> Result<Node, Trouble> {
    let view = cluster.view().await?;
    let cannot = |why: String| Refusal::WrongState { subject: format!("node {name}"), verb: "take it".into(), why };
    let Some(node) = view.nodes.iter().find(|n| n.name == *name) else {
        // It is nowhere, or elsewhere.
        let (other, _) = cx.lab.node(name).await?;
        let why = format!("it belongs to the cluster {}, and this is about {}", other.name, cluster.name);
        return Err(cannot(why).into());
    };
    let touched = Touches { pool, ..Touches::of_node(name) };
    policy::check_touch(&cx.actor, cx.command.permission, &cx.command.path, &cx.channel, name.as_str(), touched)?;
    if node.status != NodeStatus::Online {
        let others = view.nodes.iter().filter(|n| n.status == NodeStatus::Online).map(|n| n.name.to_string());
        let others: Vec<String> = others.collect();
        return Err(cannot(format!("it is {}; online are {}", node.status, text::list(&others))).into());
    }
    Ok(node.clone())
}

/// The bridges that the guest's interfaces are on, with a VLAN where they have one.
fn wanted(kind: GuestKind, config: &GuestConfig) -> Vec<(String, BridgeName, Option<u16>)> {
    let nics = config.values.iter().filter(|(key, _)| {
        key.strip_prefix("net").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    });
    let read = nics.filter_map(|(key, value)| {
        let (bridge, vlan) = match kind {
            GuestKind::Vm => value.parse::<VmNic>().ok().map(|nic| (nic.bridge, nic.vlan))?,
            GuestKind::Container => value.parse::<ContainerNic>().ok().map(|nic| (nic.bridge, nic.vlan))?,
        };
        Some((key.clone(), bridge?, vlan))
    });
    read.collect()
}

/// Whether the guest's interfaces find their bridges there.
pub(in crate::handlers) async fn bridges(
    cluster: &Cluster,
    node: &NodeName,
    kind: GuestKind,
    config: &GuestConfig,
) -> Result<(), Trouble> {
    let wanted = wanted(kind, config);
    if wanted.is_empty() {
        return Ok(());
    }
    let there = cluster.client.bridges(node).await.map_err(|e| cluster.failure(&e))?;
    Ok(all_there(&there, node, &wanted)?)
}

fn all_there(there: &[Bridge], node: &NodeName, wanted: &[(String, BridgeName, Option<u16>)]) -> Result<(), Refusal> {
    for (key, bridge, vlan) in wanted {
        let cannot = |why: String| Refusal::WrongState { subject: format!("node {node}"), verb: "take it".into(), why };
        let found = there.iter().find(|b| b.name == *bridge && b.is_active);
        let found = found.ok_or_else(|| {
            cannot(format!("{key} is on the bridge {bridge}, which is not up there, or which the bot may not use"))
        })?;
        if let Some(vlan) = vlan.filter(|_| !found.is_vlan_aware) {
            return Err(cannot(format!("{key} is on VLAN {vlan}, and the bridge {bridge} there is not VLAN-aware")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(values: &[(&str, &str)]) -> GuestConfig {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        GuestConfig { digest: String::new(), values }
    }

    #[test]
    fn which_disks_hold_data() {
        let all = disks(&config(&[
            ("scsi0", "local-lvm:vm-101-disk-0,size=32G"),
            ("efidisk0", "local-lvm:vm-101-disk-1,efitype=4m,size=4M"),
            ("ide2", "local:iso/debian.iso,media=cdrom"),
            ("ide0", "local-lvm:vm-101-cloudinit,media=cdrom"),
            ("unused0", "local-lvm:vm-101-disk-9"),
            ("scsihw", "virtio-scsi-single"),
            ("mp0", "/srv/data,mp=/data"),
        ]));
        assert_eq!(all.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["efidisk0", "scsi0"]);
        assert_eq!(total(&all), Size { mib: 32 * 1024 + 4 });
    }

    fn thin(free_gib: u64) -> Storage {
        Storage {
            cluster: "lab".parse().expect("a name"),
            node: "pve1".parse().expect("a name"),
            name: "local-lvm".parse().expect("a name"),
            plugin: "lvmthin".into(),
            is_available: true,
            is_shared: false,
            content: vec!["images".into()],
            size: free_gib << 31,
            used: free_gib << 30,
        }
    }

    #[test]
    fn what_fits_on_a_storage() {
        let (node, name): (NodeName, StorageName) = ("pve1".parse().expect("a name"), thin(1).name);
        let more = |gib: u64| [(name.clone(), Size { mib: gib << 10 })].into();
        let fits = |storage: Storage, gib: u64| {
            fit(&[storage], &node, "images", &more(gib)).map_err(|refusal| refusal.to_string())
        };
        assert_eq!(fits(thin(40), 32), Ok(vec![json!({ "storage": "local-lvm", "left": 8_u64 << 30 })]));
        let full = "storage local-lvm of pve1 cannot take it: 32G more are needed, and 20G are free";
        assert_eq!(fits(thin(20), 32), Err(full.to_owned()));
        let wrong = "storage local-lvm of pve1 cannot take it: it takes iso, and this needs images";
        assert_eq!(fits(Storage { content: vec!["iso".into()], ..thin(40) }, 1), Err(wrong.to_owned()));
        let away = "storage local-lvm of pve1 cannot take it: it is not available now";
        assert_eq!(fits(Storage { is_available: false, ..thin(40) }, 1), Err(away.to_owned()));
        let other = Storage { name: "ceph".parse().expect("a name"), ..thin(40) };
        assert_eq!(fits(other, 1), Err("there is no storage \"local-lvm on pve1\"".to_owned()));
    }

    #[test]
    fn interfaces_need_their_bridges() {
        let node: NodeName = "pve2".parse().expect("a name");
        let bridge = |is_active: bool, is_vlan_aware: bool| Bridge {
            name: "vmbr0".parse().expect("a name"),
            is_active,
            is_vlan_aware,
            kind: "bridge".into(),
            comment: None,
        };
        let vm = config(&[("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=100"), ("netmask", "x")]);
        let wanted = wanted(GuestKind::Vm, &vm);
        assert_eq!(wanted.len(), 1);
        assert!(all_there(&[bridge(true, true)], &node, &wanted).is_ok());
        for (there, why) in [(bridge(false, true), "is not up there"), (bridge(true, false), "is not VLAN-aware")] {
            let refusal = all_there(&[there], &node, &wanted).expect_err("it does not fit").to_string();
            assert!(refusal.contains(why), "{refusal}");
        }
        let container = config(&[("net0", "name=eth0,bridge=vmbr0,ip=dhcp")]);
        assert_eq!(super::wanted(GuestKind::Container, &container).len(), 1);
    }
}
