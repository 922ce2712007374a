//! VLANs and VRFs.

use super::{
    Error, NetBox, Ref,
    fields::{Fields, Row},
    request::Query,
};
use direttore_domain::VlanId;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vlan {
    pub id: u64,
    pub vid: VlanId,
    pub name: String,
    /// `active`, `reserved`, `deprecated`.
    pub status: String,
    pub site: Option<Ref>,
    pub group: Option<Ref>,
    pub role: Option<Ref>,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VlanGroup {
    pub id: u64,
    pub name: String,
    /// `None` also when the group is a region's or a cluster's.
    pub site: Option<Ref>,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VlanFilter {
    pub vid: Option<VlanId>,
    /// Exactly, with the case of letters.
    pub name: Option<String>,
    /// Its own site; a VLAN may have its site by its group instead.
    pub site_id: Option<u64>,
    pub group_id: Option<u64>,
    pub status: Option<String>,
    /// Free text.
    pub q: Option<String>,
}

impl VlanFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("vid", self.vid)
            .with_some("name", self.name.as_ref())
            .with_some("site_id", self.site_id)
            .with_some("group_id", self.group_id)
            .with_some("status", self.status.as_ref())
            .with_some("q", self.q.as_ref())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vrf {
    pub id: u64,
    pub name: String,
    /// Route distinguisher.
    pub rd: Option<String>,
    /// Whether NetBox refuses an address that exists in it already.
    pub enforce_unique: bool,
}

impl Row for Vlan {
    const WHAT: &'static str = "VLAN";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            vid: row.need("vid")?,
            name: row.text("name"),
            status: row.text("status"),
            site: row.related("site"),
            group: row.related("group"),
            role: row.related("role"),
            description: row.lines("description"),
        })
    }
}

impl Row for VlanGroup {
    const WHAT: &'static str = "VLAN group";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, name: row.text("name"), site: row.site() })
    }
}

impl Row for Vrf {
    const WHAT: &'static str = "VRF";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name"),
            rd: row.some_text("rd"),
            enforce_unique: row.flag("enforce_unique"),
        })
    }
}

impl NetBox {
    pub async fn vlans(&self, filter: &VlanFilter) -> Result<Vec<Vlan>, Error> {
        self.list("ipam/vlans", filter.query()).await
    }

    pub async fn vlan_groups(&self) -> Result<Vec<VlanGroup>, Error> {
        self.list("ipam/vlan-groups", Query::default()).await
    }

    pub async fn vrfs(&self) -> Result<Vec<Vrf>, Error> {
        self.list("ipam/vrfs", Query::default()).await
    }
}
