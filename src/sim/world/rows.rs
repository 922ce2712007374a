//! What the cluster's nodes tell each other at intervals: the rows of `/cluster/resources` and the numbers of `/nodes`.
//! They are a picture of the last interval, not of now.

use super::{
    NodePower, World,
    disks::{disk_bytes, disk_storage},
    scatter,
};
use direttore_domain::GuestKind;
use std::{collections::HashMap, sync::Arc};

/// Load of a guest or node; it wanders a little from interval to interval.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load {
    /// Share of its processors, 0.0 to 1.0.
    pub cpu: f64,
    /// Bytes.
    pub memory: u64,
    pub disk: u64,
}

#[derive(Debug, Clone)]
pub struct GuestRow {
    pub vmid: u32,
    pub kind: GuestKind,
    pub node: String,
    /// `None` while its node is not heard.
    pub name: Option<String>,
    pub status: &'static str,
    pub is_template: bool,
    /// Unix milliseconds of its start, 0 when stopped.
    pub since: u64,
    pub cores: f64,
    pub memory: u64,
    pub disk: u64,
    pub load: Load,
    pub pool: Option<String>,
    pub tags: Option<String>,
    pub lock: Option<String>,
    pub ha: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NodeRow {
    pub name: String,
    pub is_online: bool,
    pub since: u64,
    pub cores: u32,
    pub memory: u64,
    pub disk: u64,
    pub load: Load,
}

/// One interval's picture.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// Unix milliseconds.
    pub at: u64,
    pub guests: Arc<Vec<GuestRow>>,
    pub nodes: Arc<Vec<NodeRow>>,
    /// Bytes that guests' disks and files take, by node and storage.
    pub used: Arc<HashMap<(String, String), u64>>,
}

impl World {
    /// The picture at the moment to which the world is settled.
    pub fn publish(&self, at: u64) -> Published {
        let guests = self.guests.values().map(|guest| {
            let is_heard = self.is_online(&guest.node);
            let status = if is_heard { guest.power.status() } else { "unknown" };
            GuestRow {
                vmid: guest.vmid,
                kind: guest.kind,
                node: guest.node.clone(),
                name: is_heard.then(|| guest.name()),
                status,
                is_template: guest.is_template(),
                since: if guest.is_running() && is_heard { guest.since } else { 0 },
                cores: guest.cores(),
                memory: guest.memory(),
                disk: guest.disk_size(),
                load: if is_heard { self.guest_load(guest, at) } else { Load::default() },
                pool: guest.pool.clone(),
                tags: guest.config.get("tags").cloned(),
                lock: guest.lock.clone(),
                ha: guest.ha.clone(),
            }
        });
        let nodes = self.nodes.iter().map(|(name, node)| NodeRow {
            name: name.clone(),
            is_online: node.is_online(),
            since: node.since,
            cores: node.cores,
            memory: node.memory,
            disk: node.disk,
            load: self.node_load(name, at),
        });
        Published {
            at,
            guests: Arc::new(guests.collect()),
            nodes: Arc::new(nodes.collect()),
            used: Arc::new(self.storage_used(None)),
        }
    }

    /// Bytes in use by node and storage, on one node or on all.
    pub fn storage_used(&self, node: Option<&str>) -> HashMap<(String, String), u64> {
        let mut used = HashMap::new();
        let is_asked = |name: &str| node.is_none_or(|n| n == name);
        for guest in self.guests.values().filter(|g| is_asked(&g.node)) {
            for (_, value) in guest.disks() {
                let Some(storage) = disk_storage(value) else { continue };
                // Thin disks are never full.
                let bytes = disk_bytes(value).unwrap_or(0) / 5 * 2;
                *used.entry((guest.node.clone(), storage.to_owned())).or_default() += bytes;
            }
        }
        for volume in self.volumes.iter().filter(|v| is_asked(&v.node)) {
            *used.entry((volume.node.clone(), volume.storage.clone())).or_default() += volume.size;
        }
        for place in self.full.iter().filter(|(node, _)| is_asked(node)) {
            let size = self.storages.get(&place.1).map_or(0, |s| s.size);
            used.insert(place.clone(), size);
        }
        used
    }

    pub fn guest_load(&self, guest: &super::Guest, at: u64) -> Load {
        if !guest.is_running() {
            return Load::default();
        }
        let share = |salt: u64, lowest: f64, highest: f64| {
            wander(&[self.seed, u64::from(guest.vmid), salt], at, lowest, highest)
        };
        let disk = match guest.kind {
            GuestKind::Vm => 0,
            GuestKind::Container => (guest.disk_size() as f64 * share(3, 0.1, 0.6)) as u64,
        };
        Load { cpu: share(1, 0.005, 0.35), memory: (guest.memory() as f64 * share(2, 0.25, 0.85)) as u64, disk }
    }

    pub fn node_load(&self, name: &str, at: u64) -> Load {
        let Some(node) = self.nodes.get(name).filter(|n| n.power == NodePower::Online) else { return Load::default() };
        let salt = name.bytes().fold(7u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
        let share = |n: u64, lowest: f64, highest: f64| wander(&[self.seed, salt, n], at, lowest, highest);
        Load {
            cpu: share(1, 0.05, 0.4),
            memory: (node.memory as f64 * share(2, 0.3, 0.6)) as u64,
            disk: (node.disk as f64 * share(3, 0.15, 0.3)) as u64,
        }
    }
}

/// A share between two bounds: mostly of the thing itself, a tenth of it by the minute.
fn wander(of: &[u64], at: u64, lowest: f64, highest: f64) -> f64 {
    let unit = |n: u64| (n % 10_000) as f64 / 10_000.0;
    let fixed = unit(scatter(of));
    let moving = unit(scatter(&[scatter(of), at / 60_000]));
    let share = lowest + (highest - lowest) * (0.9 * fixed + 0.1 * moving);
    (share * 10_000.0).round() / 10_000.0
}
