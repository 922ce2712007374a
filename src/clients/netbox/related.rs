//! Objects as others tell of them.

use super::{
    Error,
    fields::{Fields, Row},
};
use direttore_domain::{HostAddress, VlanId};
use serde::{Deserialize, Serialize};

/// Another object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Ref {
    pub id: u64,
    /// Of a device type its model; what NetBox displays where there is no name, the id where there is nothing.
    pub name: String,
    pub slug: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct VlanRef {
    pub id: u64,
    pub vid: VlanId,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct AddressRef {
    pub id: u64,
    pub address: HostAddress,
}

/// Tells one state of an object from the next: a change can be made to depend on it. Releases before 4.6 have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Etag(pub String);

impl Row for Ref {
    const WHAT: &'static str = "object";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let id = row.id()?;
        row.reference().ok_or_else(|| Error::Garbage { why: format!("the object {id} has no name") })
    }
}
