//! What is known of a guest that is to be made: the input of the steps that make it.

use super::guest::GuestId;
use crate::{
    ipam::{Gateway, Pool},
    jobs::step::{StepCx, StepError},
};
use direttore_clients::proxmox::GuestAt;
use direttore_domain::{
    BridgeName, ClusterName, Family, GuestKind, HostAddress, Hostname, NicModel, NodeName, PoolName, StorageName, Tag,
    VlanId, Vmid, disk::Size, nic::Mac,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewGuest {
    pub cluster: ClusterName,
    pub node: NodeName,
    pub kind: GuestKind,
    pub name: Hostname,
    /// The number asked for; else the next free one is taken.
    pub vmid: Option<Vmid>,
    pub from: From,
    pub cores: u32,
    pub memory: Size,
    /// MiB of a container's swap; VMs have none.
    pub swap_mib: u64,
    pub disk: Size,
    pub storage: StorageName,
    pub pool: Option<PoolName>,
    pub nics: Vec<NewNic>,
    pub dns: Vec<IpAddr>,
    pub domain: Option<String>,
    /// The login that cloud-init makes.
    pub user: Option<String>,
    /// Public keys, one line each.
    pub keys: Vec<String>,
    /// Whether a password is set: the one derived from the job.
    pub password: bool,
    /// One that was given with the wish, hidden by [`crate::Derived`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_password: Option<String>,
    pub tags: Vec<Tag>,
    pub description: Option<String>,
    pub is_privileged: bool,
    pub nesting: bool,
    /// Whether it is started once it is made.
    pub starts: bool,
    /// Whether it is written down in NetBox, and where.
    pub netbox: Option<InNetBox>,
}

/// What it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// A template VM with cloud-init.
    Clone {
        vmid: Vmid,
        name: String,
        node: NodeName,
        full: bool,
        /// The disk that is made as large as asked for, and its size in the template.
        disk: String,
        size: Size,
    },
    /// A medium to install from.
    Iso { volid: String },
    /// Nothing: an empty disk, and the network to boot from.
    Empty,
    /// A container template.
    Template { volid: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewNic {
    pub bridge: BridgeName,
    pub vlan: Option<VlanId>,
    /// The VLAN's number in NetBox' own list, where it is known.
    pub vlan_id: Option<u64>,
    pub model: NicModel,
    /// Containers: `eth0`. VMs: `net0`, which is what Proxmox calls it.
    pub name: String,
    pub mac: Option<Mac>,
    pub ip: NewIp,
    pub ip6: NewIp,
}

impl NewNic {
    pub fn families(&self) -> [(Family, &NewIp); 2] {
        [(Family::V4, &self.ip), (Family::V6, &self.ip6)]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NewIp {
    None,
    Dhcp,
    Auto,
    Fixed {
        address: HostAddress,
        gateway: Option<IpAddr>,
    },
    /// The next free one.
    From {
        pool: Box<Pool>,
        gateway: Option<Gateway>,
    },
}

/// The numbers of NetBox' records that a new VM belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InNetBox {
    pub cluster: u64,
    pub site: Option<u64>,
    pub has_tag: bool,
    pub has_job_field: bool,
}

/// What holding it has settled (`hold-guest`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// One for each interface.
    pub macs: Vec<Mac>,
}

/// An address that the job took (`allocate-addresses`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// From 1.
    pub nic: usize,
    pub family: Family,
    /// NetBox' number of it.
    pub id: u64,
    pub address: HostAddress,
    pub gateway: Option<IpAddr>,
    /// Whether the gateway is a guess.
    pub is_assumed: bool,
}

/// What making it has settled (`create-guest`, `clone-guest`, `restore-guest`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Made {
    pub guest: GuestId,
    /// What tells it from a later guest of its number.
    pub mark: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upid: Option<String>,
    #[serde(default)]
    pub warnings: u32,
}

fn read<T: serde::de::DeserializeOwned>(cx: &StepCx, name: &str, key: Option<&str>) -> Result<T, StepError> {
    let missing = || StepError::Stuck(format!("what {name} gave cannot be read"));
    let value: &Value = cx.earlier(name).ok_or_else(missing)?;
    let value = key.map_or(value, |k| &value[k]);
    serde_json::from_value(value.clone()).map_err(|_| missing())
}

impl StepCx {
    pub(super) fn held(&self) -> Result<Held, StepError> {
        read(self, super::hold_guest::NAME, None)
    }

    /// The addresses of earlier steps; none where no step takes any.
    pub(super) fn taken(&self) -> Result<Vec<Taken>, StepError> {
        match self.earlier(super::allocate_addresses::NAME) {
            Some(_) => read(self, super::allocate_addresses::NAME, Some("addresses")),
            None => Ok(vec![]),
        }
    }

    pub(super) fn made(&self) -> Result<Made, StepError> {
        let ways = [super::create_guest::NAME, super::clone_guest::NAME, super::restore_guest::NAME];
        let way = ways.into_iter().find(|name| self.earlier(name).is_some());
        read(self, way.unwrap_or(super::create_guest::NAME), None)
    }
}

impl NewGuest {
    /// Where it is, once it has its number.
    pub fn at(&self, vmid: Vmid) -> GuestAt {
        GuestAt { node: self.node.clone(), kind: self.kind, vmid }
    }

    pub fn id(&self, vmid: Vmid) -> GuestId {
        GuestId {
            cluster: self.cluster.clone(),
            vmid,
            kind: self.kind,
            node: self.node.clone(),
            label: self.name.to_string(),
            is_named: true,
        }
    }

    /// The address that one family of an interface gets, when it gets a fixed one.
    pub(super) fn address(&self, nic: usize, family: Family, taken: &[Taken]) -> Option<(HostAddress, Option<IpAddr>)> {
        if let Some(found) = taken.iter().find(|t| t.nic == nic + 1 && t.family == family) {
            return Some((found.address, found.gateway));
        }
        match self.nics.get(nic)?.families().into_iter().find(|(f, _)| *f == family)?.1 {
            NewIp::Fixed { address, gateway } => Some((*address, *gateway)),
            _ => None,
        }
    }
}
