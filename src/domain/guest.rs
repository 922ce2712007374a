//! Guests: VMs and containers, how they are named by people, and which one is meant.

use crate::{ClusterName, NodeName, PoolName, Refusal, Tag, Vmid, nearest::nearest, text};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GuestKind {
    #[serde(rename = "vm")]
    Vm,
    #[serde(rename = "container")]
    Container,
}

impl GuestKind {
    /// Proxmox's word in paths and rows: `qemu` or `lxc`.
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Vm => "qemu",
            Self::Container => "lxc",
        }
    }

    /// Proxmox's prefix of task types: `qmstart`, `vzstart`.
    pub fn task_prefix(self) -> &'static str {
        match self {
            Self::Vm => "qm",
            Self::Container => "vz",
        }
    }
}

impl fmt::Display for GuestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vm => "VM",
            Self::Container => "container",
        })
    }
}

/// Proxmox's own word for a guest's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestStatus {
    Running,
    Stopped,
    /// A VM whose processors are halted (`qmpstatus: paused`); `/cluster/resources` shows it as running.
    Paused,
    /// Its node is gone, or has just joined.
    Unknown,
}

impl GuestStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for GuestStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A guest as the cached view of its cluster knows it (a row of `/cluster/resources`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    pub cluster: ClusterName,
    pub vmid: Vmid,
    pub kind: GuestKind,
    pub node: NodeName,
    /// Absent while its node is unknown. Made visible ([`text::visible`]), never raw.
    pub name: Option<String>,
    pub status: GuestStatus,
    pub is_template: bool,
    /// Processors given to it.
    pub cores: f64,
    /// Share of its processors in use, 0.0 to 1.0.
    pub cpu: f64,
    /// Bytes given and in use.
    pub memory: u64,
    pub memory_used: u64,
    /// Bytes given and in use (use is 0 for VMs: Proxmox does not know it).
    pub disk: u64,
    pub disk_used: u64,
    /// Seconds since its start; 0 when stopped.
    pub uptime: u64,
    pub pool: Option<PoolName>,
    pub tags: Vec<Tag>,
    /// The running operation that holds its configuration: `backup`, `snapshot`, `suspended`, …
    pub lock: Option<String>,
    /// State under high availability; `Some` means that the HA manager acts on it.
    pub ha: Option<String>,
}

impl Guest {
    /// Its name, or `VM 101` while the name is not known.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{} {}", self.kind, self.vmid),
        }
    }

    /// What a list offers and a person may type back: `web1 (101)`.
    pub fn offer(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.vmid),
            None => self.vmid.to_string(),
        }
    }
}

/// How a person names a guest: `101`, `pve1/101`, `pve1/web01`, `lab/101`, `web01`, or the label `web01 (101)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestRef {
    given: String,
    /// A node's or a cluster's name before the `/`.
    place: Option<String>,
    name: Option<String>,
    vmid: Option<Vmid>,
}

impl FromStr for GuestRef {
    type Err = crate::WrongForm;
    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let trimmed = given.trim();
        if trimmed.is_empty() || trimmed.chars().count() > 200 {
            return Err(crate::WrongForm::new("guest", given, "a guest's name or VMID, like web1, 101 or pve1/101"));
        }
        let (place, rest) = match trimmed.split_once('/') {
            Some((place, rest)) if !place.is_empty() && !rest.is_empty() => (Some(place.to_owned()), rest),
            _ => (None, trimmed),
        };
        let labelled = rest.strip_suffix(')').and_then(|r| r.rsplit_once(" ("));
        let (name, vmid) = match labelled.and_then(|(name, vmid)| Some((name, vmid.parse::<Vmid>().ok()?))) {
            Some((name, vmid)) => (Some(name.to_owned()), Some(vmid)),
            None => match rest.parse::<Vmid>() {
                Ok(vmid) => (None, Some(vmid)),
                Err(_) => (Some(rest.to_owned()), None),
            },
        };
        Ok(Self { given: trimmed.to_owned(), place, name, vmid })
    }
}

impl TryFrom<String> for GuestRef {
    type Error = crate::WrongForm;
    fn try_from(given: String) -> Result<Self, Self::Error> {
        given.parse()
    }
}

impl From<GuestRef> for String {
    fn from(r: GuestRef) -> String {
        r.given
    }
}

impl fmt::Display for GuestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::shorten(&text::visible(&self.given), 60))
    }
}

impl GuestRef {
    /// The name in it, in any case; with [`GuestRef::vmid`] what an index is asked for before [`GuestRef::find`].
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn vmid(&self) -> Option<Vmid> {
        self.vmid
    }

    fn fits(&self, guest: &Guest) -> bool {
        let place = self.place.as_deref().is_none_or(|p| p == guest.node.as_str() || p == guest.cluster.as_str());
        let name = match (&self.name, &guest.name) {
            (None, _) => true,
            (Some(wanted), Some(name)) => name.eq_ignore_ascii_case(wanted),
            (Some(_), None) => false,
        };
        // Text that looks like a number may still be a name ("101" as a VM's name is allowed by Proxmox).
        let vmid = self.vmid.is_none_or(|v| v == guest.vmid);
        place && name && vmid
    }

    /// The one guest meant, among those the asker may see.
    ///
    /// # Errors
    /// `no-such-guest` with the nearest name, or `which-guest` when several have that name.
    pub fn find<'a>(&self, guests: impl Iterator<Item = &'a Guest> + Clone) -> Result<&'a Guest, Refusal> {
        let fitting: Vec<&Guest> = guests.clone().filter(|g| self.fits(g)).take(6).collect();
        match fitting.as_slice() {
            [one] => Ok(one),
            [] => {
                let wanted = self.name.as_deref().unwrap_or(&self.given);
                let nearest = nearest(wanted, guests.filter_map(|g| g.name.as_deref())).map(str::to_owned);
                Err(Refusal::NoSuchGuest { given: self.to_string(), nearest })
            }
            several => Err(Refusal::WhichGuest {
                given: self.to_string(),
                several: {
                    let first = &several[0].cluster;
                    let one_cluster = several.iter().all(|g| &g.cluster == first);
                    let place = |g: &&Guest| if one_cluster { g.node.to_string() } else { g.cluster.to_string() };
                    several.iter().map(|g| format!("{}/{}", place(g), g.vmid)).collect()
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests;
