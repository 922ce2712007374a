//! Devices, their interfaces, and what is rendered for them.

use super::{
    AddressRef, Error, NetBox, Ref, VlanRef,
    fields::{Fields, Row},
    request::{Body, Query, Request},
};
use crate::said::utf8;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Device {
    pub id: u64,
    /// Unique in its site and tenant only.
    pub name: Option<String>,
    /// What NetBox shows, which may be more than the name: "r1 (A-1)".
    pub display: String,
    /// Its type; the name is the model.
    pub kind: Option<Ref>,
    pub manufacturer: Option<Ref>,
    pub role: Option<Ref>,
    pub site: Option<Ref>,
    pub rack: Option<Ref>,
    pub tenant: Option<Ref>,
    pub platform: Option<Ref>,
    pub status: String,
    pub serial: String,
    pub asset_tag: Option<String>,
    pub primary_ip4: Option<AddressRef>,
    pub primary_ip6: Option<AddressRef>,
    pub description: String,
    /// Markdown, as it was written.
    pub comments: String,
    /// Slugs.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// Merged from all that apply, as NetBox has it; `None` in lists.
    pub config_context: Option<Value>,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Free text.
    pub q: Option<String>,
    /// Exactly, whatever the case of letters.
    pub name: Option<String>,
    /// Slugs, from here on. An unknown one is [`Error::Refused`].
    pub site: Option<String>,
    pub role: Option<String>,
    pub tag: Option<String>,
    pub platform: Option<String>,
    pub status: Option<String>,
}

impl DeviceFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("q", self.q.as_ref())
            .with_some("name", self.name.as_ref())
            .with_some("site", self.site.as_ref())
            .with_some("role", self.role.as_ref())
            .with_some("tag", self.tag.as_ref())
            .with_some("platform", self.platform.as_ref())
            .with_some("status", self.status.as_ref())
    }
}

/// Without the merged context, which costs NetBox more than all the rest. `exclude` is the word up to 4.6, `omit` the
/// one from 4.6 on; each release ignores the word that it does not know.
pub(super) fn without_context(query: Query) -> Query {
    query.with("exclude", "config_context").with("omit", "config_context")
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interface {
    pub id: u64,
    pub name: String,
    /// `1000base-t`, `virtual`, …
    pub kind: Option<String>,
    pub is_enabled: bool,
    pub mac: Option<String>,
    pub mtu: Option<u32>,
    /// `access`, `tagged`, `tagged-all`, `q-in-q`.
    pub mode: Option<String>,
    pub untagged_vlan: Option<VlanRef>,
    pub tagged_vlans: Vec<VlanRef>,
    pub description: String,
    /// What is at the other end of the cable: "sw1 Ethernet1".
    pub peers: Vec<String>,
}

impl Row for Device {
    const WHAT: &'static str = "device";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.some_text("name"),
            display: row.text("display"),
            kind: row.related("device_type"),
            manufacturer: row.object("device_type").and_then(|kind| kind.related("manufacturer")),
            role: row.related("role"),
            site: row.related("site"),
            rack: row.related("rack"),
            tenant: row.related("tenant"),
            platform: row.related("platform"),
            status: row.text("status"),
            serial: row.text("serial"),
            asset_tag: row.some_text("asset_tag"),
            primary_ip4: row.address("primary_ip4"),
            primary_ip6: row.address("primary_ip6"),
            description: row.lines("description"),
            comments: row.lines("comments"),
            tags: row.tags(),
            custom: row.custom(),
            config_context: row.get("config_context").cloned(),
        })
    }
}

impl Row for Interface {
    const WHAT: &'static str = "interface";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name"),
            kind: row.some_text("type"),
            is_enabled: row.flag("enabled"),
            mac: row.some_text("mac_address"),
            mtu: row.parsed("mtu"),
            mode: row.some_text("mode"),
            untagged_vlan: row.vlan("untagged_vlan"),
            tagged_vlans: row.objects("tagged_vlans").filter_map(|vlan| vlan.vlan_reference()).collect(),
            description: row.lines("description"),
            peers: row.objects("link_peers").filter_map(|peer| name_of_peer(&peer)).collect(),
        })
    }
}

/// A cable may end at what belongs to no device, such as a provider's network.
fn name_of_peer(peer: &Fields<'_>) -> Option<String> {
    let name = peer.reference()?.name;
    Some(peer.related("device").map_or(name.clone(), |device| format!("{} {name}", device.name)))
}

impl NetBox {
    /// Without their configuration contexts.
    pub async fn devices(&self, filter: &DeviceFilter) -> Result<Vec<Device>, Error> {
        self.list("dcim/devices", without_context(filter.query())).await
    }

    pub async fn device(&self, id: u64) -> Result<Device, Error> {
        self.one(&Request::get(&format!("dcim/devices/{id}"), Query::default())).await
    }

    pub async fn interfaces(&self, device_id: u64) -> Result<Vec<Interface>, Error> {
        self.list("dcim/interfaces", Query::default().with("device_id", device_id)).await
    }

    /// Names of the configuration contexts.
    pub async fn config_contexts(&self) -> Result<Vec<Ref>, Error> {
        // The short form leaves the data out.
        self.list("extras/config-contexts", Query::default().with("brief", true)).await
    }

    /// The configuration that NetBox renders for a device, as it is: nothing in it was made visible.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no template for it, or the template fails; [`Error::NotFound`] also when the
    /// token may not render.
    pub async fn rendered_config(&self, device_id: u64) -> Result<String, Error> {
        let mut request = Request::post(&format!("dcim/devices/{device_id}/render-config"), Body::default().into());
        request.accept = "text/plain";
        match self.0.transport.send(&request).await {
            Ok(answer) => Ok(utf8(&answer.body).into_owned()),
            // A fault of the template; nothing was to be changed, so nothing is in doubt.
            Err(Error::Unavailable { status: 500, why, .. }) => {
                Err(Error::Refused { status: 500, why, errors: BTreeMap::new() })
            }
            Err(error) => Err(error),
        }
    }
}
