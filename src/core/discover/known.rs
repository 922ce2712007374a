//! What NetBox has of the device, as far as the plan needs it.

use direttore_domain::{HostAddress, VlanId};

#[derive(Debug, Clone, Default)]
pub struct Known {
    pub device: KnownDevice,
    pub interfaces: Vec<KnownInterface>,
    /// Of the device's site, and of groups of the site: a number alone says nothing.
    pub vlans: Vec<KnownVlan>,
    pub vrfs: Vec<KnownVrf>,
    /// On this device's interfaces, and others that equal what was seen.
    pub addresses: Vec<KnownAddress>,
}

#[derive(Debug, Clone, Default)]
pub struct KnownDevice {
    pub id: u64,
    pub name: String,
    pub site: Option<u64>,
    pub serial: String,
    pub has_primary4: bool,
    pub has_primary6: bool,
}

#[derive(Debug, Clone, Default)]
pub struct KnownInterface {
    pub id: u64,
    pub name: String,
    /// `1000base-t`, …
    pub kind: String,
    pub description: String,
    pub mtu: Option<u32>,
    pub speed: Option<u64>,
    pub is_enabled: bool,
    pub mac: Option<String>,
    pub mode: Option<String>,
    pub untagged: Option<VlanId>,
    pub tagged: Vec<VlanId>,
    pub vrf: Option<u64>,
    pub lag: Option<u64>,
    pub parent: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct KnownVlan {
    pub id: u64,
    pub vid: VlanId,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct KnownVrf {
    pub id: u64,
    pub name: String,
    pub rd: Option<String>,
}

#[derive(Debug, Clone)]
pub struct KnownAddress {
    pub id: u64,
    pub address: HostAddress,
    pub vrf: Option<u64>,
    /// The interface of this device that has it.
    pub interface: Option<u64>,
    /// In words, where something else has it: "db1 eth0".
    pub elsewhere: Option<String>,
}
