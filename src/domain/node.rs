//! Nodes and their storages, as the cached view knows them.

use crate::{ClusterName, NodeName, StorageName};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeStatus {
    Online,
    Offline,
    Unknown,
}

impl fmt::Display for NodeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        })
    }
}

/// A node of a cluster (a row of `/cluster/resources`). Numbers are `None` without `Sys.Audit` on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub cluster: ClusterName,
    pub name: NodeName,
    pub status: NodeStatus,
    /// Processors.
    pub cores: Option<f64>,
    /// Share of its processors in use, 0.0 to 1.0.
    pub cpu: Option<f64>,
    /// Bytes.
    pub memory: Option<u64>,
    pub memory_used: Option<u64>,
    /// Bytes of its root file system.
    pub disk: Option<u64>,
    pub disk_used: Option<u64>,
    /// Seconds.
    pub uptime: Option<u64>,
}

/// A storage as one node sees it; a shared one has a row for each node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    pub cluster: ClusterName,
    pub node: NodeName,
    pub name: StorageName,
    /// `dir`, `lvmthin`, `zfspool`, …
    pub plugin: String,
    pub is_available: bool,
    pub is_shared: bool,
    /// `images`, `iso`, `vztmpl`, …
    pub content: Vec<String>,
    /// Bytes.
    pub size: u64,
    pub used: u64,
}
