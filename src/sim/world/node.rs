//! Nodes, storages and what lies on them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodePower {
    Online,
    /// Cut off: its guests keep their state, nobody can ask it.
    Unreachable,
    /// Switched off or starting up: its guests are stopped.
    Off,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Node {
    pub power: NodePower,
    /// Unix milliseconds of its last start.
    pub since: u64,
    pub cores: u32,
    /// Bytes.
    pub memory: u64,
    pub disk: u64,
    /// Bridges; all are VLAN-aware.
    pub bridges: Vec<String>,
    pub address: String,
}

impl Node {
    pub fn is_online(&self) -> bool {
        self.power == NodePower::Online
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    Dir,
    LvmThin,
}

impl StorageKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::LvmThin => "lvmthin",
        }
    }
}

/// A storage that every node has for itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Storage {
    pub kind: StorageKind,
    pub content: Vec<String>,
    /// Bytes on each node.
    pub size: u64,
}

impl Storage {
    pub fn holds(&self, content: &str) -> bool {
        self.content.iter().any(|c| c == content)
    }

    /// The disks on it can have snapshots.
    pub fn has_snapshots(&self) -> bool {
        self.kind == StorageKind::LvmThin
    }
}

/// An ISO, a container template or a backup. Guests' disks are found in their configurations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Volume {
    pub node: String,
    pub storage: String,
    /// `iso`, `vztmpl`, `backup`.
    pub content: String,
    /// `iso/debian-13.iso`; with the storage before it this is the volid.
    pub name: String,
    pub size: u64,
    /// Unix seconds.
    pub made: u64,
    pub vmid: Option<u32>,
    pub notes: Option<String>,
    pub is_protected: bool,
    /// Of a backup: what it would bring back.
    pub config: Option<BTreeMap<String, String>>,
}

impl Volume {
    pub fn volid(&self) -> String {
        format!("{}:{}", self.storage, self.name)
    }
}
