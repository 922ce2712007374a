//! One node: its present state and its power.

use super::{Error, Proxmox, request::Request, wire};
use direttore_domain::{NodeName, text};
use serde::Deserialize;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub struct NodeNow {
    /// Share of its processors in use, 0.0 to 1.0.
    pub cpu: f64,
    /// Processors, threads counted.
    pub cores: u64,
    /// Bytes.
    pub memory: u64,
    pub memory_used: u64,
    /// Bytes of its root file system.
    pub disk: u64,
    pub disk_used: u64,
    /// Seconds.
    pub uptime: u64,
    /// Over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Release of the running kernel.
    pub kernel: String,
    /// `pve-manager/9.2.3/…`.
    pub pve_version: String,
    /// The processor's model.
    pub processor: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodePower {
    Shutdown,
    Reboot,
}

impl NodePower {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Reboot => "reboot",
        }
    }
}

impl fmt::Display for NodePower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "wire::float")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "wire::or_default")]
    cpuinfo: Processors,
    #[serde(default, deserialize_with = "wire::or_default")]
    memory: Space,
    #[serde(default, deserialize_with = "wire::or_default")]
    rootfs: Space,
    #[serde(default, deserialize_with = "wire::number")]
    uptime: Option<u64>,
    #[serde(default, deserialize_with = "wire::or_default")]
    loadavg: Vec<wire::Float>,
    #[serde(default, rename = "current-kernel", deserialize_with = "wire::or_default")]
    kernel: Kernel,
    #[serde(default, deserialize_with = "wire::string")]
    kversion: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    pveversion: Option<String>,
}

#[derive(Deserialize, Default)]
struct Processors {
    #[serde(default, deserialize_with = "wire::number")]
    cpus: Option<u64>,
    #[serde(default, deserialize_with = "wire::string")]
    model: Option<String>,
}

#[derive(Deserialize, Default)]
struct Space {
    #[serde(default, deserialize_with = "wire::number")]
    total: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    used: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Kernel {
    #[serde(default, deserialize_with = "wire::string")]
    release: Option<String>,
}

impl From<Row> for NodeNow {
    fn from(row: Row) -> Self {
        let load = |i: usize| row.loadavg.get(i).map_or(0.0, |v| v.0);
        let shown = |text: Option<String>| text.as_deref().map(text::visible).unwrap_or_default();
        Self {
            cpu: row.cpu.unwrap_or_default(),
            cores: row.cpuinfo.cpus.unwrap_or_default(),
            memory: row.memory.total.unwrap_or_default(),
            memory_used: row.memory.used.unwrap_or_default(),
            disk: row.rootfs.total.unwrap_or_default(),
            disk_used: row.rootfs.used.unwrap_or_default(),
            uptime: row.uptime.unwrap_or_default(),
            load: [load(0), load(1), load(2)],
            kernel: shown(row.kernel.release.or(row.kversion)),
            pve_version: shown(row.pveversion),
            processor: shown(row.cpuinfo.model),
        }
    }
}

impl Proxmox {
    /// # Errors
    /// [`Error::Unavailable`] (595) when the node is offline; [`Error::Denied`] without Sys.Audit on it.
    pub async fn node_status(&self, node: &NodeName) -> Result<NodeNow, Error> {
        self.call::<Row>(&Request::get(&["nodes", node.as_str(), "status"])).await.map(NodeNow::from)
    }

    /// Shuts a node down or reboots it. Proxmox gives no task for it.
    ///
    /// # Errors
    /// [`Error::Denied`] without Sys.PowerMgmt on the node.
    pub async fn node_power(&self, node: &NodeName, power: NodePower) -> Result<(), Error> {
        self.tell(&Request::post(&["nodes", node.as_str(), "status"]).with("command", power)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_as_text_too() {
        let body = br#"{"data":{"cpu":"0.25","cpuinfo":{"cpus":"16","model":"EPYC"},"memory":{"total":64,"used":"32"},
            "rootfs":{"total":10,"used":5},"uptime":77,"loadavg":["0.50",1,"2.25"],"pveversion":"pve-manager/9.2.3/x",
            "current-kernel":{"release":"6.17.2-1-pve"},"kversion":"Linux","swap":null}}"#;
        let now: NodeNow = wire::data::<Row>(body).expect("a row").into();
        assert_eq!((now.cpu, now.cores, now.memory, now.memory_used), (0.25, 16, 64, 32));
        assert_eq!(now.load, [0.5, 1.0, 2.25]);
        assert_eq!((now.kernel.as_str(), now.pve_version.as_str()), ("6.17.2-1-pve", "pve-manager/9.2.3/x"));
        let empty: NodeNow = wire::data::<Row>(br#"{"data":{}}"#).expect("all optional").into();
        assert_eq!((empty.cores, empty.load), (0, [0.0; 3]));
    }
}
