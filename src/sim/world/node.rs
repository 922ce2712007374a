//! Nodes, storages and what lies on them.

use super::World;
use serde::{Deserialize, Deserializer, Serialize};
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
    #[serde(deserialize_with = "bridges")]
    pub bridges: BTreeMap<String, Bridge>,
    pub address: String,
}

impl World {
    /// Why a guest cannot be connected on its node: a bridge is not there, or takes no tag and has no port to make one on.
    pub fn why_unplugged(&self, vmid: u32) -> Option<String> {
        let guest = self.guests.get(&vmid)?;
        let bridges = &self.nodes.get(&guest.node)?.bridges;
        guest.bridges().into_iter().find_map(|(name, tag)| match bridges.get(&name) {
            None => Some(format!("bridge '{name}' does not exist")),
            Some(bridge) if tag.is_some() && !bridge.is_vlan_aware => {
                Some(format!("no physical interface on bridge '{name}'"))
            }
            Some(_) => None,
        })
    }
}

impl Node {
    pub fn is_online(&self) -> bool {
        self.power == NodePower::Online
    }
}

/// A bridge that takes tags has a port to the outside; one that does not has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    pub is_vlan_aware: bool,
}

/// Worlds written before bridges differed have their names alone, and all took tags.
fn bridges<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Bridge>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Now(BTreeMap<String, Bridge>),
        Before(Vec<String>),
    }
    Ok(match Written::deserialize(from)? {
        Written::Now(bridges) => bridges,
        Written::Before(names) => names.into_iter().map(|name| (name, Bridge { is_vlan_aware: true })).collect(),
    })
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
