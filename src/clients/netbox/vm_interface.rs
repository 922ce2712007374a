//! Interfaces of VMs, and MAC addresses, which are objects of their own since 4.2.

use super::{
    Error, NetBox, Ref, VlanRef,
    address::VM_INTERFACE,
    fields::{self, Fields, Row},
    request::{Body, Query, Request},
};
use direttore_domain::nic::Mac;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VmInterface {
    pub id: u64,
    pub vm: Ref,
    pub name: String,
    pub is_enabled: bool,
    /// The primary one.
    #[serde(serialize_with = "fields::as_some_text")]
    pub mac: Option<Mac>,
    pub description: String,
    pub untagged_vlan: Option<VlanRef>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVmInterface {
    /// Id.
    pub vm: u64,
    /// Unique in its VM.
    pub name: String,
    pub description: String,
    /// `access`, `tagged`, `tagged-all`. NetBox wants one with a VLAN.
    pub mode: Option<String>,
    /// Id.
    pub untagged_vlan: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MacAddress {
    pub id: u64,
    #[serde(serialize_with = "fields::as_text")]
    pub mac: Mac,
    /// Id of the VM's interface that has it; of a device's interface nothing is said.
    pub interface: Option<u64>,
    pub description: String,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MacFilter {
    pub mac: Option<Mac>,
    pub vminterface_id: Option<u64>,
}

impl MacFilter {
    pub(super) fn query(&self) -> Query {
        Query::default().with_some("mac_address", self.mac).with_some("vminterface_id", self.vminterface_id)
    }
}

impl Row for VmInterface {
    const WHAT: &'static str = "VM interface";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let id = row.id()?;
        let vm = row.related("virtual_machine");
        Ok(Self {
            id,
            vm: vm.ok_or_else(|| Error::Garbage { why: format!("the VM interface {id} belongs to no VM") })?,
            name: row.text("name"),
            is_enabled: row.flag("enabled"),
            mac: row.parsed("mac_address"),
            description: row.lines("description"),
            untagged_vlan: row.vlan("untagged_vlan"),
        })
    }
}

impl Row for MacAddress {
    const WHAT: &'static str = "MAC address";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let is_of_vm = row.some_text("assigned_object_type").is_some_and(|kind| kind == VM_INTERFACE);
        Ok(Self {
            id: row.id()?,
            mac: row.need("mac_address")?,
            interface: row.number("assigned_object_id").filter(|_| is_of_vm),
            description: row.lines("description"),
        })
    }
}

impl NetBox {
    pub async fn vm_interfaces(&self, vm_id: u64) -> Result<Vec<VmInterface>, Error> {
        self.list("virtualization/interfaces", Query::default().with("virtual_machine_id", vm_id)).await
    }

    pub async fn macs(&self, filter: &MacFilter) -> Result<Vec<MacAddress>, Error> {
        let rows = self.pages("dcim/mac-addresses", filter.query()).await?;
        // NetBox takes group addresses too, which no interface of ours can have.
        let is_group = |row: &&Value| row["mac_address"].as_str().is_some_and(|mac| mac.parse::<Mac>().is_err());
        rows.iter().filter(|row| !is_group(row)).map(fields::read).collect()
    }

    /// All or none.
    ///
    /// # Errors
    /// [`Error::Duplicate`]: a VM has one of these names already.
    pub async fn create_vm_interfaces(&self, new: &[NewVmInterface]) -> Result<Vec<VmInterface>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let entry = |new: &NewVmInterface| {
            let body = Body::default()
                .with("virtual_machine", new.vm)
                .with("name", new.name.as_str())
                .with_text("description", &new.description)
                .with_some("mode", new.mode.as_deref())
                .with_some("untagged_vlan", new.untagged_vlan);
            Value::from(body)
        };
        let body = new.iter().map(entry).collect();
        self.all_of(&Request::post("virtualization/interfaces", body), new.len()).await
    }

    /// Each with the id of the VM's interface that has it and a description; all or none. NetBox takes one that exists.
    pub async fn create_macs(&self, new: &[(Mac, u64, String)]) -> Result<Vec<MacAddress>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let entry = |(mac, interface, description): &(Mac, u64, String)| {
            let body = Body::default()
                .with("mac_address", mac.to_string())
                .with_assigned(Some(&(VM_INTERFACE.to_owned(), *interface)))
                .with_text("description", description);
            Value::from(body)
        };
        let body = new.iter().map(entry).collect();
        self.all_of(&Request::post("dcim/mac-addresses", body), new.len()).await
    }

    /// Makes addresses the primary ones of their interfaces: pairs of the interface's and the MAC address's id.
    ///
    /// # Errors
    /// [`Error::NotFound`] names interfaces that NetBox passed over; the others have been changed.
    pub async fn set_primary_macs(&self, of: &[(u64, u64)]) -> Result<Vec<VmInterface>, Error> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let body =
            of.iter().map(|(interface, mac)| json!({"id": interface, "primary_mac_address": mac})).collect::<Value>();
        let rows: Vec<VmInterface> = self.many(&Request::patch("virtualization/interfaces", body)).await?;
        let wanted: Vec<u64> = of.iter().map(|(interface, _)| *interface).collect();
        super::none_passed_over("VM interfaces", &wanted, |id| rows.iter().any(|row| row.id == id))?;
        Ok(rows)
    }

    /// Deletes it with **the addresses on it**.
    pub async fn delete_vm_interface(&self, id: u64) -> Result<(), Error> {
        self.tell(&Request::delete(&format!("virtualization/interfaces/{id}"))).await
    }

    /// All that exist of these; the others are gone already, which is no error.
    pub async fn delete_macs(&self, ids: &[u64]) -> Result<(), Error> {
        match ids {
            [] => Ok(()),
            ids => self.tell(&Request::delete_all("dcim/mac-addresses", ids)).await,
        }
    }
}
