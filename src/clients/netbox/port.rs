//! A device's parts as far as a discovery compares them: interfaces with all that can be told of them, inventory items,
//! and the kinds that devices are of.

use super::{
    Address, Error, NetBox, Object, Ref, VlanRef,
    fields::{Fields, Row},
    request::Query,
};
use serde_json::Value;
use std::net::IpAddr;

/// A device's interface. [`super::Interface`] is what people are shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub id: u64,
    pub name: String,
    /// `1000base-t`, `virtual`, …
    pub kind: String,
    pub is_enabled: bool,
    pub description: String,
    pub mtu: Option<u32>,
    /// In kilobits a second.
    pub speed: Option<u64>,
    /// The primary one.
    pub mac: Option<String>,
    /// All of them, with their ids.
    pub macs: Vec<(u64, String)>,
    pub mode: Option<String>,
    pub untagged_vlan: Option<VlanRef>,
    pub tagged_vlans: Vec<VlanRef>,
    pub vrf: Option<Ref>,
    pub lag: Option<Ref>,
    pub parent: Option<Ref>,
    pub has_cable: bool,
    /// Ids of the interfaces at the other end of the cable.
    pub peers: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: u64,
    pub name: String,
    pub part: String,
    pub serial: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceType {
    pub id: u64,
    pub model: String,
    pub manufacturer: Option<Ref>,
}

impl Row for Port {
    const WHAT: &'static str = "interface";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let macs = row.objects("mac_addresses").filter_map(|mac| Some((mac.id().ok()?, mac.some_text("mac_address")?)));
        Ok(Self {
            id: row.id()?,
            name: row.text("name"),
            kind: row.text("type"),
            is_enabled: row.flag("enabled"),
            description: row.text("description"),
            mtu: row.parsed("mtu"),
            speed: row.number("speed"),
            mac: row.some_text("mac_address"),
            macs: macs.collect(),
            mode: row.some_text("mode"),
            untagged_vlan: row.vlan("untagged_vlan"),
            tagged_vlans: row.objects("tagged_vlans").filter_map(|vlan| vlan.vlan_reference()).collect(),
            vrf: row.related("vrf"),
            lag: row.related("lag"),
            parent: row.related("parent"),
            has_cable: row.get("cable").is_some(),
            peers: row.list("link_peers").iter().filter_map(|peer| peer.get("id").and_then(Value::as_u64)).collect(),
        })
    }
}

impl Row for Item {
    const WHAT: &'static str = "inventory item";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, name: row.text("name"), part: row.text("part_id"), serial: row.text("serial") })
    }
}

impl Row for DeviceType {
    const WHAT: &'static str = "device type";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, model: row.text("model"), manufacturer: row.related("manufacturer") })
    }
}

/// Addresses that one request asks for: its line must stay short enough for whatever stands before NetBox.
const AT_ONCE: usize = 50;

impl NetBox {
    pub async fn ports(&self, device_id: u64) -> Result<Vec<Port>, Error> {
        self.list(Object::Interface.path(), Query::default().with("device_id", device_id)).await
    }

    pub async fn inventory_items(&self, device_id: u64) -> Result<Vec<Item>, Error> {
        self.list(Object::InventoryItem.path(), Query::default().with("device_id", device_id)).await
    }

    pub async fn device_types(&self) -> Result<Vec<DeviceType>, Error> {
        self.list(Object::DeviceType.path(), Query::default()).await
    }

    /// Names and slugs of all manufacturers, platforms, roles or sites.
    pub async fn named_all(&self, of: Object) -> Result<Vec<Ref>, Error> {
        self.list(of.path(), Query::default().with("brief", true)).await
    }

    /// Addresses of a device's interfaces.
    pub async fn addresses_on(&self, device_id: u64) -> Result<Vec<Address>, Error> {
        self.list(Object::Address.path(), Query::default().with("device_id", device_id)).await
    }

    /// All of these, with whatever length, in whatever VRF.
    pub async fn addresses_among(&self, wanted: &[IpAddr]) -> Result<Vec<Address>, Error> {
        let mut all = Vec::new();
        for some in wanted.chunks(AT_ONCE) {
            let query = some.iter().fold(Query::default(), |query, address| query.with("address", address));
            let mut rows: Vec<Address> = self.list(Object::Address.path(), query).await?;
            all.append(&mut rows);
        }
        Ok(all)
    }
}
