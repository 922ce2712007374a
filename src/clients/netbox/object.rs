//! Objects that are written as somebody else made their bodies: what is planned as a whole, and carried out call by call.

use super::{
    Error, NetBox,
    fields::{self, Fields, Row},
    request::Request,
};
use serde_json::{Value, json};

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

/// What came back, of which only the number counts.
struct Made(u64);

impl Row for Made {
    const WHAT: &'static str = "object";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        row.id().map(Self)
    }
}

impl NetBox {
    /// Creates this one object and gives its id.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where NetBox wants it to be the only one.
    pub async fn create(&self, object: Object, body: Value) -> Result<u64, Error> {
        let answer = self.0.transport.send(&Request::post(object.path(), body)).await?;
        let row: Value = fields::json(&answer.body)?;
        row["id"].as_u64().ok_or_else(|| Error::Garbage { why: "what was created came back without an id".to_owned() })
    }

    /// Creates all of these or none, and gives their ids in their order. Not for addresses: of a list NetBox does not see
    /// that two are the same.
    ///
    /// # Errors
    /// As [`Self::create`], of any of them.
    pub async fn create_all(&self, object: Object, bodies: Vec<Value>) -> Result<Vec<u64>, Error> {
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let named = bodies.len();
        let rows: Vec<Made> = self.all_of(&Request::post(object.path(), Value::Array(bodies)), named).await?;
        Ok(rows.into_iter().map(|Made(id)| id).collect())
    }

    /// Changes the fields that the bodies have, of all of these or of none.
    ///
    /// # Errors
    /// [`Error::NotFound`] names those that NetBox passed over; the others have been changed.
    pub async fn change_all(&self, object: Object, bodies: Vec<(u64, Value)>) -> Result<(), Error> {
        if bodies.is_empty() {
            return Ok(());
        }
        let wanted: Vec<u64> = bodies.iter().map(|(id, _)| *id).collect();
        let named = |(id, mut body): (u64, Value)| {
            body["id"] = json!(id);
            body
        };
        let request = Request::patch(object.path(), bodies.into_iter().map(named).collect());
        let rows: Vec<Made> = self.many(&request).await?;
        super::none_passed_over("objects", &wanted, |id| rows.iter().any(|Made(row)| *row == id))
    }

    /// Changes the fields that the body has.
    pub async fn change(&self, object: Object, id: u64, body: Value) -> Result<(), Error> {
        self.tell(&Request::patch(&format!("{}/{id}", object.path()), body)).await
    }
}
