//! The state of the pretend cluster, and how time changes it.
//!
//! Everything here is a value with rules: no sockets, no clock (the time is an argument, Unix milliseconds), no HTTP.
//! A task is stored with the moments at which it begins and ends, so that it goes on by wall time when the process that
//! serves it was restarted. [`World::settle`] brings the world to a moment; every look and every change comes after it.
//! Start at [`World`], then `task.rs` for what runs and `work/` for what each kind of task does.

mod access;
pub mod disks;
mod guest;
mod later;
mod node;
mod rows;
mod seed;
mod task;
mod view;
mod work;

/// The hardware address of an interface in the world of that seed.
pub(crate) fn mac(seed: u64, vmid: u32, key: &str) -> String {
    let key = key.bytes().fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    let n = scatter(&[seed, u64::from(vmid), key]).to_be_bytes();
    format!("BC:24:11:{:02X}:{:02X}:{:02X}", n[0], n[1], n[2])
}

#[cfg(test)]
mod tests;

pub use access::{AclEntry, AclKind, Token, User, Users};
pub use guest::{Guest, PowerState, Snapshot, digest, word};
pub use later::{Later, LaterWhat};
pub use node::{Bridge, Node, NodePower, Storage, StorageKind, Volume};
pub use rows::{GuestRow, NodeRow, Published};
pub use seed::build;
pub use task::{Order, Task};
pub use view::TaskSeen;
pub use work::{Backup, Work};

use crate::PveVersion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A resource pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Pool {
    pub comment: String,
}

/// The whole cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    pub seed: u64,
    pub version: PveVersion,
    pub nodes: BTreeMap<String, Node>,
    pub guests: BTreeMap<u32, Guest>,
    pub pools: BTreeMap<String, Pool>,
    pub storages: BTreeMap<String, Storage>,
    pub volumes: Vec<Volume>,
    /// Node and storage of those that take nothing more.
    #[serde(default)]
    pub full: BTreeSet<(String, String)>,
    pub users: Users,
    /// Every task ever started, oldest first.
    pub tasks: Vec<Task>,
    /// What happens by itself later: the HA manager acts, a node comes back.
    pub later: Vec<Later>,
    /// Numbers things that were made, so that the same acts make the same things.
    pub counter: u64,
    /// Unix milliseconds.
    pub settled: u64,
    /// How long tasks take, milliseconds. A setting of the process, not of the world.
    #[serde(skip)]
    pub task_time: (u64, u64),
    #[serde(skip)]
    pub by_upid: HashMap<String, usize>,
    #[serde(skip)]
    pub active: Vec<usize>,
    /// Tasks that are to fail, from the fault grammar.
    #[serde(skip)]
    pub planned: Vec<PlannedFailure>,
    /// A node went or came: what is known about membership is known at once.
    #[serde(skip)]
    pub is_news: bool,
}

/// The next tasks on a node whose type contains a word end with an error.
#[derive(Debug, Clone)]
pub struct PlannedFailure {
    /// `None`: on any node.
    pub node: Option<String>,
    pub word: String,
    pub text: Option<String>,
    /// `None`: until cleared.
    pub times: Option<u32>,
}

/// A number that looks random and is the same each time: splitmix64 over the parts.
pub fn scatter(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state: u64, part| {
        let mut z = state.wrapping_add(*part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

impl World {
    /// After loading: the indexes, which are not stored.
    pub fn reindex(&mut self) {
        self.by_upid = self.tasks.iter().enumerate().map(|(i, task)| (task.upid.clone(), i)).collect();
        self.active = (0..self.tasks.len()).filter(|i| self.tasks[*i].exit.is_none()).collect();
    }

    pub fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// How long the next task takes, milliseconds.
    pub fn draw(&mut self) -> u64 {
        let number = self.next_number();
        let (short, long) = self.task_time;
        short + scatter(&[self.seed, number]) % (long.saturating_sub(short) + 1)
    }

    /// The guest's address on the wire: the same for the same guest and NIC in every run.
    pub fn mac(&self, vmid: u32, key: &str) -> String {
        mac(self.seed, vmid, key)
    }

    /// A machine's own identifier, the same in every run.
    pub fn uuid(&self, vmid: u32, what: &str) -> String {
        let what = what.bytes().fold(3u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
        let (a, b) = (scatter(&[self.seed, u64::from(vmid), what]), scatter(&[u64::from(vmid), what, self.seed]));
        let (time, version) = (a >> 32, a >> 16 & 0xffff);
        format!("{time:08x}-{version:04x}-4{:03x}-8{:03x}-{:012x}", a & 0xfff, b >> 48 & 0xfff, b & 0xffff_ffff_ffff)
    }

    /// Somebody else's guest, on the first node, as from nowhere.
    pub fn add_stranger(&mut self, vmid: u32) {
        let Some(node) = self.nodes.keys().next().cloned() else { return };
        let config = [("name", format!("stranger-{vmid}")), ("memory", "512".to_owned())];
        let config = config.map(|(key, value)| (key.to_owned(), value)).into();
        self.guests.entry(vmid).or_insert_with(|| Guest::new(vmid, direttore_domain::GuestKind::Vm, &node, config));
    }

    pub fn is_version_8(&self) -> bool {
        self.version == PveVersion::V8_4
    }

    pub fn is_online(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(Node::is_online)
    }
}
