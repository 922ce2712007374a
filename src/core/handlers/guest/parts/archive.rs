//! A backup by its volid: where it is, of what it is, and what is in it.

use crate::{handlers::Cx, lab::Cluster};
use direttore_clients::proxmox::{GuestConfig, Volume};
use direttore_domain::{
    GuestKind, NodeName, NodeStatus, Refusal, Storage, StorageName, Trouble, Vmid, nearest::nearest, policy,
};
use std::{collections::BTreeSet, sync::Arc};

pub(in crate::handlers) struct Archive {
    pub cluster: Arc<Cluster>,
    /// Those that are online and have it, by name.
    pub nodes: Vec<NodeName>,
    pub volume: Volume,
    pub kind: GuestKind,
    /// The guest that it was made from.
    pub of: Option<Vmid>,
}

/// What a backup is of, by its name: `vzdump-qemu-101-…` and `vzdump-lxc-…` in a folder, `vm/101/…` and `ct/…` on a
/// backup server.
fn told_by_name(volid: &str) -> Option<(GuestKind, Option<Vmid>)> {
    let (_, name) = volid.split_once(":backup/")?;
    let ways = [
        ("vzdump-qemu-", GuestKind::Vm),
        ("vm/", GuestKind::Vm),
        ("vzdump-lxc-", GuestKind::Container),
        ("ct/", GuestKind::Container),
    ];
    let (rest, kind) = ways.into_iter().find_map(|(start, kind)| Some((name.strip_prefix(start)?, kind)))?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    Some((kind, digits.parse().ok()))
}

/// A node that may have it, and whether every node that has its storage does.
struct Place {
    cluster: Arc<Cluster>,
    storage: Storage,
}

/// The backup that is meant, on the node that was said or on any.
pub(in crate::handlers) async fn find(cx: &Cx, volid: &str, node: Option<&NodeName>) -> Result<Archive, Trouble> {
    let wrong = || Refusal::BadValue {
        option: "backup".into(),
        given: volid.to_owned(),
        what: "backup of a VM or a container",
        right: "a volid like local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst".into(),
    };
    let (kind, of) = told_by_name(volid).ok_or_else(wrong)?;
    let name: StorageName = volid.split(':').next().unwrap_or_default().parse().map_err(|_| wrong())?;
    let places = places(cx, &name, node).await?;
    let looks = places.iter().map(|place| async {
        let listed = place.cluster.client.volumes(&place.storage.node, &name, Some("backup"), of).await;
        listed.map_err(|e| place.cluster.failure(&e))
    });
    let mut has = BTreeSet::new();
    let mut found: Option<Archive> = None;
    let (mut failure, mut is_seen) = (None, false);
    for (place, listed) in places.iter().zip(futures::future::join_all(looks).await) {
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                failure = failure.or(Some(error));
                continue;
            }
        };
        is_seen = true;
        has.extend(listed.iter().map(|v| v.volid.clone()));
        let Some(volume) = listed.into_iter().find(|v| v.volid == volid) else { continue };
        match &mut found {
            None => {
                let (cluster, nodes) = (Arc::clone(&place.cluster), vec![place.storage.node.clone()]);
                found = Some(Archive { cluster, nodes, volume, kind, of });
            }
            Some(found) if found.cluster.name == place.cluster.name => found.nodes.push(place.storage.node.clone()),
            Some(found) => {
                let right = format!(
                    "a node of {} or of {}: both have a backup of that name",
                    found.cluster.name, place.cluster.name
                );
                return Err(Refusal::MissingOption { option: "node".into(), right }.into());
            }
        }
    }
    match (found, failure) {
        (Some(found), _) => Ok(found),
        // What could not be seen may have it.
        (None, Some(failure)) if !is_seen => Err(failure.into()),
        (None, _) => {
            let has: Vec<String> = has.into_iter().collect();
            let nearest = nearest(volid, has.iter().map(String::as_str)).map(str::to_owned);
            Err(Refusal::NoSuch { what: "backup", given: volid.to_owned(), nearest, has }.into())
        }
    }
}

/// Where backups of that storage are to be seen: of all clusters, the nodes that are online.
async fn places(cx: &Cx, name: &StorageName, node: Option<&NodeName>) -> Result<Vec<Place>, Trouble> {
    if let Some(node) = node {
        cx.lab.node(node).await?;
    }
    let sight = cx.sight(None).await?;
    let (mut places, mut has) = (Vec::new(), BTreeSet::new());
    for view in &sight.views {
        let online = |n: &NodeName| view.nodes.iter().any(|o| o.name == *n && o.status == NodeStatus::Online);
        let holds = |s: &&Storage| s.is_available && s.content.iter().any(|c| c == "backup") && online(&s.node);
        for storage in view.storages.iter().filter(holds).filter(|s| node.is_none_or(|n| *n == s.node)) {
            has.insert(storage.name.to_string());
            if storage.name == *name {
                let cluster = Arc::clone(cx.lab.cluster(&storage.cluster)?);
                places.push(Place { cluster, storage: storage.clone() });
            }
        }
    }
    if places.is_empty() {
        let has: Vec<String> = has.into_iter().collect();
        let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        return Err(Refusal::NoSuch { what: "storage", given: name.to_string(), nearest, has }.into());
    }
    Ok(places)
}

impl Archive {
    /// Whoever may not touch a guest may not have a copy of it either.
    pub async fn check_grants(&self, cx: &Cx) -> Result<(), Trouble> {
        let view = self.cluster.view().await?;
        let Some(guest) = self.of.and_then(|vmid| view.guest(vmid)).filter(|g| g.kind == self.kind) else {
            return Ok(());
        };
        let what = format!("{} ({})", guest.label(), guest.vmid);
        let Cx { actor, command, channel, .. } = cx;
        Ok(policy::check_touch(actor, command.permission, &command.path, channel, &what, policy::touches(guest))?)
    }

    /// The configuration in it.
    pub async fn config(&self, node: &NodeName) -> Result<GuestConfig, Trouble> {
        let read = self.cluster.client.backup_config(node, &self.volume.volid).await;
        Ok(read.map_err(|e| self.cluster.failure(&e))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_tells() {
        let told = |volid: &str| told_by_name(volid).map(|(kind, of)| (kind, of.map(Vmid::get)));
        let file = "local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst";
        assert_eq!(told(file), Some((GuestKind::Vm, Some(101))));
        let file = "nas:backup/vzdump-lxc-201-2026_02_28-14_00_00.tar.zst";
        assert_eq!(told(file), Some((GuestKind::Container, Some(201))));
        assert_eq!(told("pbs:backup/vm/101/2026-02-28T14:00:00Z"), Some((GuestKind::Vm, Some(101))));
        assert_eq!(told("pbs:backup/ct/7/2026-02-28T14:00:00Z"), Some((GuestKind::Container, None)));
        assert_eq!(told("pbs:backup/host/web/2026-02-28T14:00:00Z"), None);
        assert_eq!(told("local:iso/vzdump-qemu-101.iso"), None);
    }
}
