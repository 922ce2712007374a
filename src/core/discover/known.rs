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
    pub items: Vec<KnownItem>,
    pub types: Vec<KnownType>,
    pub manufacturers: Vec<KnownNamed>,
    /// With the slugs that we call them by.
    pub platforms: Vec<KnownNamed>,
    pub sites: Vec<KnownNamed>,
    pub roles: Vec<KnownNamed>,
    /// Devices that neighbours are.
    pub peers: Vec<KnownPeer>,
}

#[derive(Debug, Clone, Default)]
pub struct KnownDevice {
    /// Nothing where NetBox has it not yet.
    pub id: Option<u64>,
    pub name: String,
    pub site: Option<u64>,
    pub serial: String,
    /// The model of its type.
    pub model: Option<String>,
    pub has_platform: bool,
    pub has_primary4: bool,
    pub has_primary6: bool,
    /// Where NetBox keeps what it runs, and what it says there.
    pub software: Option<(String, String)>,
    /// What a new one is to be: names or slugs.
    pub new: Option<NewDevice>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDevice {
    pub site: String,
    pub role: String,
    /// Where it is not said the device tells it.
    pub kind: Option<String>,
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
    /// The primary one.
    pub mac: Option<String>,
    /// All of them.
    pub macs: Vec<(u64, String)>,
    pub mode: Option<String>,
    pub untagged: Option<VlanId>,
    pub tagged: Vec<VlanId>,
    pub vrf: Option<u64>,
    pub lag: Option<u64>,
    pub parent: Option<u64>,
    pub has_cable: bool,
    /// What is at the other end of the cable.
    pub peers: Vec<u64>,
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

#[derive(Debug, Clone)]
pub struct KnownItem {
    pub id: u64,
    pub name: String,
    pub part: String,
    pub serial: String,
}

#[derive(Debug, Clone)]
pub struct KnownType {
    pub id: u64,
    pub model: String,
    pub manufacturer: Option<String>,
}

#[derive(Debug, Clone)]
pub struct KnownNamed {
    pub id: u64,
    pub name: String,
    pub slug: String,
}

impl KnownNamed {
    /// By name or slug, whatever the case of letters.
    pub fn find<'a>(all: &'a [Self], meant: &str) -> Option<&'a Self> {
        let is = |text: &str| text.eq_ignore_ascii_case(meant.trim());
        all.iter().find(|one| is(&one.name)).or_else(|| all.iter().find(|one| is(&one.slug)))
    }
}

/// A device at the other end.
#[derive(Debug, Clone)]
pub struct KnownPeer {
    pub name: String,
    pub interfaces: Vec<KnownInterface>,
}
