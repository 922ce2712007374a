//! A guest: its configuration, power and snapshots.

use super::disks::{disk_bytes, is_data, is_disk, is_numbered, option};
use direttore_domain::GuestKind;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PowerState {
    Running,
    Stopped,
    Paused,
}

impl PowerState {
    /// `status` in answers, where a paused guest runs.
    pub fn status(self) -> &'static str {
        if self == Self::Stopped { "stopped" } else { "running" }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub description: String,
    /// Unix milliseconds.
    pub taken: u64,
    pub parent: Option<String>,
    pub has_memory: bool,
    pub config: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Guest {
    pub vmid: u32,
    pub kind: GuestKind,
    pub node: String,
    pub power: PowerState,
    /// Unix milliseconds of its last start.
    pub since: u64,
    pub lock: Option<String>,
    /// As in its file: everything is text.
    pub config: BTreeMap<String, String>,
    /// Waits for the next start: a new value, or `None` for a key to be removed.
    pub pending: BTreeMap<String, Option<String>>,
    pub snapshots: BTreeMap<String, Snapshot>,
    /// The snapshot that the present state comes from.
    pub parent: Option<String>,
    pub pool: Option<String>,
    /// What the HA manager was asked for (`started`, `stopped`), when it is in charge.
    pub ha: Option<String>,
    /// Nothing is installed on its disks, so no agent answers.
    #[serde(default)]
    pub is_blank: bool,
    /// Root's password in a container, as it was given when it was made: hashed, shown nowhere.
    #[serde(default)]
    pub root_password: Option<String>,
    /// Its agent does not answer, by the fault grammar.
    #[serde(default)]
    pub is_mute: bool,
    /// Addresses that it reports besides its configured ones, by the fault grammar.
    #[serde(default)]
    pub seen: Vec<IpAddr>,
}

impl Guest {
    pub fn new(vmid: u32, kind: GuestKind, node: &str, config: BTreeMap<String, String>) -> Self {
        Self {
            vmid,
            kind,
            node: node.to_owned(),
            power: PowerState::Stopped,
            since: 0,
            lock: None,
            config,
            pending: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            parent: None,
            pool: None,
            ha: None,
            is_blank: false,
            root_password: None,
            is_mute: false,
            seen: Vec::new(),
        }
    }

    /// `VM` or `CT`, as Proxmox's messages say it.
    pub fn word(&self) -> &'static str {
        word(self.kind)
    }

    /// The key of its name: `name` or `hostname`.
    pub fn name_key(&self) -> &'static str {
        name_key(self.kind)
    }

    pub fn name(&self) -> String {
        self.config.get(self.name_key()).cloned().unwrap_or_else(|| format!("{}{}", self.word(), self.vmid))
    }

    pub fn is_running(&self) -> bool {
        self.power != PowerState::Stopped
    }

    pub fn is_on(&self, key: &str) -> bool {
        self.config.get(key).is_some_and(|v| v == "1")
    }

    pub fn is_template(&self) -> bool {
        self.is_on("template")
    }

    pub fn is_protected(&self) -> bool {
        self.is_on("protection")
    }

    /// # Errors
    /// `VM is locked (backup)`.
    pub fn check_lock(&self) -> Result<(), String> {
        match &self.lock {
            Some(lock) => Err(format!("{} is locked ({lock})", self.word())),
            None => Ok(()),
        }
    }

    pub fn start(&mut self, now: u64) {
        self.apply_pending();
        self.power = PowerState::Running;
        self.since = now;
    }

    pub fn stop(&mut self) {
        self.power = PowerState::Stopped;
        self.apply_pending();
    }

    fn apply_pending(&mut self) {
        for (key, value) in std::mem::take(&mut self.pending) {
            match value {
                Some(value) => drop(self.config.insert(key, value)),
                None => drop(self.config.remove(&key)),
            }
        }
    }

    pub fn number(&self, key: &str, otherwise: f64) -> f64 {
        self.config.get(key).and_then(|v| v.parse().ok()).unwrap_or(otherwise)
    }

    /// Virtual processors.
    pub fn cores(&self) -> f64 {
        match self.kind {
            GuestKind::Vm => self.number("cores", 1.0) * self.number("sockets", 1.0),
            GuestKind::Container => self.number("cores", 0.0),
        }
    }

    /// Bytes.
    pub fn memory(&self) -> u64 {
        (self.number("memory", 512.0) * 1024.0 * 1024.0) as u64
    }

    /// Its disks: key, and value as in the configuration. CD drives and the cloud-init drive are not among them.
    pub fn disks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.config.iter().filter(|(key, value)| is_disk(key) && is_data(value)).map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Bytes of its first disk.
    pub fn disk_size(&self) -> u64 {
        let first = self.config.get("rootfs").map(String::as_str).or_else(|| self.disks().next().map(|(_, v)| v));
        first.and_then(disk_bytes).unwrap_or(0)
    }

    /// Names of its bridges with the tag of each NIC.
    pub fn bridges(&self) -> Vec<(String, Option<String>)> {
        let nics = self.config.iter().filter(|(key, _)| is_numbered(key, "net"));
        nics.filter_map(|(_, value)| {
            Some((option(value, "bridge")?.to_owned(), option(value, "tag").map(str::to_owned)))
        })
        .collect()
    }

    /// 40 hex digits that change with the configuration.
    pub fn digest(&self) -> String {
        digest(&self.config)
    }
}

pub fn word(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Vm => "VM",
        GuestKind::Container => "CT",
    }
}

pub fn name_key(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Vm => "name",
        GuestKind::Container => "hostname",
    }
}

pub fn digest(config: &BTreeMap<String, String>) -> String {
    use sha2::Digest as _;
    let mut sum = sha2::Sha256::new();
    for (key, value) in config {
        sum.update(key.as_bytes());
        sum.update([0]);
        sum.update(value.as_bytes());
        sum.update([0]);
    }
    sum.finalize().iter().take(20).map(|b| format!("{b:02x}")).collect()
}
