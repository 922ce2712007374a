//! Prefixes.

use super::{
    Error, NetBox, Ref, VlanRef,
    fields::{Fields, Row},
    request::{Query, Request},
};
use direttore_domain::VlanId;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{fmt, net::IpAddr};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prefix {
    pub id: u64,
    pub prefix: direttore_domain::Prefix,
    /// `None` is the global table.
    pub vrf: Option<Ref>,
    /// `active`, `container`, `reserved`, `deprecated`, or one that was added to NetBox's configuration.
    pub status: String,
    pub vlan: Option<VlanRef>,
    pub site: Option<Ref>,
    pub tenant: Option<Ref>,
    pub role: Option<Ref>,
    /// Then all addresses may be used, the first and the last too.
    pub is_pool: bool,
    /// Full by somebody's word.
    pub mark_utilized: bool,
    pub description: String,
    /// Slugs.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
}

/// The VRF of what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VrfIs {
    /// None: the global table.
    Global,
    Id(u64),
}

impl fmt::Display for VrfIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("null"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefixFilter {
    pub vrf_id: Option<VrfIs>,
    /// Exactly this network.
    pub prefix: Option<direttore_domain::Prefix>,
    /// The address lies in it.
    pub contains: Option<IpAddr>,
    /// It lies in this one and is smaller.
    pub within: Option<direttore_domain::Prefix>,
    /// It lies in this one, or is it.
    pub within_include: Option<direttore_domain::Prefix>,
    pub status: Option<String>,
    pub site_id: Option<u64>,
    pub vlan_vid: Option<VlanId>,
    /// Free text.
    pub q: Option<String>,
}

impl PrefixFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("vrf_id", self.vrf_id)
            .with_some("prefix", self.prefix)
            .with_some("contains", self.contains)
            .with_some("within", self.within)
            .with_some("within_include", self.within_include)
            .with_some("status", self.status.as_ref())
            .with_some("site_id", self.site_id)
            .with_some("vlan_vid", self.vlan_vid)
            .with_some("q", self.q.as_ref())
    }
}

impl Row for Prefix {
    const WHAT: &'static str = "prefix";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            prefix: row.need("prefix")?,
            vrf: row.related("vrf"),
            status: row.text("status"),
            vlan: row.vlan("vlan"),
            site: row.site(),
            tenant: row.related("tenant"),
            role: row.related("role"),
            is_pool: row.flag("is_pool"),
            mark_utilized: row.flag("mark_utilized"),
            description: row.lines("description"),
            tags: row.tags(),
            custom: row.custom(),
        })
    }
}

impl NetBox {
    pub async fn prefixes(&self, filter: &PrefixFilter) -> Result<Vec<Prefix>, Error> {
        self.list("ipam/prefixes", filter.query()).await
    }

    pub async fn prefix(&self, id: u64) -> Result<Prefix, Error> {
        self.one(&Request::get(&format!("ipam/prefixes/{id}"), Query::default())).await
    }
}
