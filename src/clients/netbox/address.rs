//! IP addresses.

use super::{
    Error, Etag, NetBox, NewAddress, Ref, VrfIs,
    fields::{Fields, Row},
    request::{Body, Query, Request, tags},
};
use direttore_domain::HostAddress;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// Of an interface of a VM, as NetBox names its type.
pub(super) const VM_INTERFACE: &str = "virtualization.vminterface";

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Address {
    pub id: u64,
    pub address: HostAddress,
    /// `None` is the global table.
    pub vrf: Option<Ref>,
    pub status: String,
    /// `vip`, `anycast`, …
    pub role: Option<String>,
    pub dns_name: String,
    pub description: String,
    pub assigned: Option<Assigned>,
    /// Slugs.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
}

/// What has an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assigned {
    /// `virtualization.vminterface`, `dcim.interface`, `ipam.fhrpgroup`.
    pub object_type: String,
    pub object_id: u64,
    /// Of the interface.
    pub name: String,
    /// Its device or VM.
    pub parent: Option<Ref>,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressFilter {
    pub vrf_id: Option<VrfIs>,
    /// With any length, and in all VRFs unless one is said.
    pub address: Option<IpAddr>,
    /// It lies in this prefix.
    pub parent: Option<direttore_domain::Prefix>,
    /// Free text.
    pub q: Option<String>,
    pub description: Option<String>,
    /// Contains this, whatever the case of letters.
    pub description_ic: Option<String>,
    /// A custom field and its value.
    pub cf: Option<(String, String)>,
    /// Slug. An unknown one is [`Error::Refused`].
    pub tag: Option<String>,
    pub status: Option<String>,
    pub virtual_machine_id: Option<u64>,
    pub vminterface_id: Option<u64>,
    pub role: Option<String>,
    /// Whether an interface has it.
    pub assigned: Option<bool>,
}

impl AddressFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("vrf_id", self.vrf_id)
            .with_some("address", self.address)
            .with_some("parent", self.parent)
            .with_some("q", self.q.as_ref())
            .with_some("description", self.description.as_ref())
            .with_some("description__ic", self.description_ic.as_ref())
            .with_custom(self.cf.as_ref())
            .with_some("tag", self.tag.as_ref())
            .with_some("status", self.status.as_ref())
            .with_some("virtual_machine_id", self.virtual_machine_id)
            .with_some("vminterface_id", self.vminterface_id)
            .with_some("role", self.role.as_ref())
            .with_some("assigned_to_interface", self.assigned)
    }
}

/// What is to be another; what is `None` or empty stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AddressChange {
    pub status: Option<String>,
    pub dns_name: Option<String>,
    pub description: Option<String>,
    /// Type and id of what has it; `Some(None)` takes it away, which NetBox refuses for a primary address.
    pub assigned: Option<Option<(String, u64)>>,
    /// All of them.
    pub tags: Option<Vec<String>>,
    /// Those that are named.
    pub custom: Map<String, Value>,
    /// For the change log, where the release takes one (4.4).
    pub changelog_message: Option<String>,
}

impl AddressChange {
    fn body(&self) -> Body {
        let body = Body::default()
            .with_some("status", self.status.as_deref())
            .with_some("dns_name", self.dns_name.as_deref())
            .with_some("description", self.description.as_deref())
            .with_some("tags", self.tags.as_deref().map(tags))
            .with_custom(&self.custom)
            .with_some("changelog_message", self.changelog_message.as_deref());
        match &self.assigned {
            None => body,
            Some(None) => body.with("assigned_object_type", Value::Null).with("assigned_object_id", Value::Null),
            Some(to) => body.with_assigned(to.as_ref()),
        }
    }
}

impl Row for Address {
    const WHAT: &'static str = "IP address";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            address: row.need("address")?,
            vrf: row.related("vrf"),
            status: row.text("status"),
            role: row.some_text("role"),
            dns_name: row.text("dns_name"),
            description: row.lines("description"),
            assigned: assigned(row),
            tags: row.tags(),
            custom: row.custom(),
        })
    }
}

fn assigned(row: &Fields<'_>) -> Option<Assigned> {
    let object = row.object("assigned_object");
    Some(Assigned {
        object_type: row.some_text("assigned_object_type")?,
        object_id: row.number("assigned_object_id")?,
        name: object.and_then(|o| o.reference()).map(|o| o.name).unwrap_or_default(),
        parent: object.and_then(|o| o.related("virtual_machine").or_else(|| o.related("device"))),
    })
}

impl NetBox {
    pub async fn addresses(&self, filter: &AddressFilter) -> Result<Vec<Address>, Error> {
        self.list("ipam/ip-addresses", filter.query()).await
    }

    pub async fn address(&self, id: u64) -> Result<(Address, Option<Etag>), Error> {
        self.one_tagged(&Request::get(&format!("ipam/ip-addresses/{id}"), Query::default())).await
    }

    /// Creates this one address: never a list, in which NetBox would take the same one twice.
    ///
    /// # Errors
    /// [`Error::Duplicate`]: it exists already, in this VRF, with whatever length. Where a VRF does not enforce
    /// uniqueness NetBox takes it all the same.
    pub async fn create_address(
        &self,
        address: HostAddress,
        vrf: Option<u64>,
        new: &NewAddress,
    ) -> Result<Address, Error> {
        let body = new.body().with("address", address.to_string()).with_some("vrf", vrf);
        self.one(&Request::post("ipam/ip-addresses", body.into())).await
    }

    /// # Errors
    /// [`Error::Stale`] when the address is not the one any more whose tag is given.
    pub async fn change_address(
        &self,
        id: u64,
        change: &AddressChange,
        only_if: Option<&Etag>,
    ) -> Result<Address, Error> {
        let request = Request::patch(&format!("ipam/ip-addresses/{id}"), change.body().into());
        self.one(&request.only_if(only_if)).await
    }

    /// Gives addresses to interfaces of VMs: pairs of their ids, each address once. All or none, but for those that
    /// do not exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] names addresses that NetBox passed over; the others have been given.
    pub async fn assign_addresses(&self, to: &[(u64, u64)]) -> Result<Vec<Address>, Error> {
        if to.is_empty() {
            return Ok(Vec::new());
        }
        let entry = |(address, interface): &(u64, u64)| json!({"id": address, "assigned_object_type": VM_INTERFACE, "assigned_object_id": interface});
        let body = to.iter().map(entry).collect();
        let rows: Vec<Address> = self.many(&Request::patch("ipam/ip-addresses", body)).await?;
        let wanted: Vec<u64> = to.iter().map(|(address, _)| *address).collect();
        super::none_passed_over("IP addresses", &wanted, |id| rows.iter().any(|row| row.id == id))?;
        Ok(rows)
    }

    /// # Errors
    /// [`Error::Stale`] when the address is not the one any more whose tag is given.
    pub async fn delete_address(&self, id: u64, only_if: Option<&Etag>) -> Result<(), Error> {
        self.tell(&Request::delete(&format!("ipam/ip-addresses/{id}")).only_if(only_if)).await
    }
}
