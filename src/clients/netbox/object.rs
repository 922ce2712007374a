//! Objects that are written as somebody else made their bodies: what is planned as a whole, and carried out call by call.

use super::{Error, NetBox, fields::json, request::Request};
use serde_json::Value;

/// What can be written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Object {
    Address,
    Cable,
    Device,
    DeviceType,
    Interface,
    InventoryItem,
    MacAddress,
    Manufacturer,
    Platform,
    Role,
    Site,
    Vlan,
    Vrf,
}

impl Object {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Address => "ipam/ip-addresses",
            Self::Cable => "dcim/cables",
            Self::Device => "dcim/devices",
            Self::DeviceType => "dcim/device-types",
            Self::Interface => "dcim/interfaces",
            Self::InventoryItem => "dcim/inventory-items",
            Self::MacAddress => "dcim/mac-addresses",
            Self::Manufacturer => "dcim/manufacturers",
            Self::Platform => "dcim/platforms",
            Self::Role => "dcim/device-roles",
            Self::Site => "dcim/sites",
            Self::Vlan => "ipam/vlans",
            Self::Vrf => "ipam/vrfs",
        }
    }
}

impl NetBox {
    /// Creates this one object and gives its id.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where NetBox wants it to be the only one.
    pub async fn create(&self, object: Object, body: Value) -> Result<u64, Error> {
        let answer = self.0.transport.send(&Request::post(object.path(), body)).await?;
        let row: Value = json(&answer.body)?;
        row["id"].as_u64().ok_or_else(|| Error::Garbage { why: "what was created came back without an id".to_owned() })
    }

    /// Changes the fields that the body has.
    pub async fn change(&self, object: Object, id: u64, body: Value) -> Result<(), Error> {
        self.tell(&Request::patch(&format!("{}/{id}", object.path()), body)).await
    }
}
