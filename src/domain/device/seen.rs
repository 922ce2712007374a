//! What SNMP sees of a device, in the field's words and without a trace of how it was asked.

use crate::{HostAddress, VlanId};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// All that was seen of one device in one reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub system: System,
    /// By their index.
    pub interfaces: Vec<SeenInterface>,
    pub vlans: Vec<SeenVlan>,
    pub vrfs: Vec<SeenVrf>,
    pub modules: Vec<Module>,
    pub neighbours: Vec<Neighbour>,
    /// What could not be read as it should: sentences for people.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    pub name: String,
    pub description: String,
    /// Of the maker's tree: `1.3.6.1.4.1.9.1.1`.
    pub object_id: String,
    pub location: String,
    /// Of the chassis.
    pub serial: String,
    pub model: String,
    pub manufacturer: String,
    pub software: String,
}

impl System {
    /// The maker's number in `1.3.6.1.4.1.<number>`.
    pub fn enterprise(&self) -> Option<u32> {
        self.object_id.strip_prefix("1.3.6.1.4.1.")?.split('.').next()?.parse().ok()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenInterface {
    pub index: u32,
    pub name: String,
    /// `ifDescr`: the long name on most platforms.
    pub long_name: String,
    /// `ifAlias`: what a person wrote.
    pub description: String,
    /// IANA's number of its type.
    pub kind: u32,
    pub mtu: Option<u32>,
    /// In kilobits a second.
    pub speed: Option<u64>,
    /// `00:00:5E:00:53:01`.
    pub mac: Option<String>,
    pub is_enabled: bool,
    pub is_up: bool,
    /// The interface that it is a part of.
    pub parent: Option<u32>,
    /// The aggregate that it is a member of.
    pub lag: Option<u32>,
    /// A VRF's name.
    pub vrf: Option<String>,
    pub untagged: Option<VlanId>,
    pub tagged: Vec<VlanId>,
    pub addresses: Vec<SeenAddress>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAddress {
    pub address: HostAddress,
    /// False where the length of its network was not told, and it stands alone.
    pub has_length: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenVlan {
    pub vid: VlanId,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenVrf {
    pub name: String,
    pub rd: Option<String>,
    pub description: String,
}

/// A part with a serial number: a line card, a power supply, optics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    pub name: String,
    pub description: String,
    pub model: String,
    pub serial: String,
    pub manufacturer: String,
}

/// Who says that it is at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The index of our interface, where it could be told.
    pub index: Option<u32>,
    /// The name of our interface as the neighbours' table has it.
    pub port: String,
    pub device: String,
    /// `00:00:5E:00:53:01`, where the other is known by an address.
    pub chassis: Option<String>,
    pub their_port: String,
    pub told_by: Protocol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Lldp,
    Cdp,
}

impl Seen {
    pub fn interface(&self, index: u32) -> Option<&SeenInterface> {
        self.interfaces.iter().find(|interface| interface.index == index)
    }

    /// The interface that has this address.
    pub fn with_address(&self, address: IpAddr) -> Option<(&SeenInterface, &SeenAddress)> {
        self.interfaces.iter().find_map(|interface| {
            interface.addresses.iter().find(|a| a.address.address() == address).map(|a| (interface, a))
        })
    }
}
