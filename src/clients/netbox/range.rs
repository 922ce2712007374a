//! Ranges of addresses.

use super::{
    Error, NetBox, Ref, VrfIs,
    fields::{Fields, Row},
    request::{Query, Request},
};
use direttore_domain::HostAddress;
use serde::Serialize;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Range {
    pub id: u64,
    pub start: HostAddress,
    /// Belongs to it.
    pub end: HostAddress,
    /// `None` is the global table.
    pub vrf: Option<Ref>,
    /// `active`, `reserved`, `deprecated`.
    pub status: String,
    /// All of its addresses count as used, though they do not exist as objects.
    pub mark_populated: bool,
    /// Full by somebody's word.
    pub mark_utilized: bool,
    pub description: String,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeFilter {
    pub vrf_id: Option<VrfIs>,
    /// It lies in this prefix.
    pub parent: Option<direttore_domain::Prefix>,
    /// The address lies in it.
    pub contains: Option<IpAddr>,
    pub status: Option<String>,
    /// Free text.
    pub q: Option<String>,
}

impl RangeFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("vrf_id", self.vrf_id)
            .with_some("parent", self.parent)
            .with_some("contains", self.contains)
            .with_some("status", self.status.as_ref())
            .with_some("q", self.q.as_ref())
    }
}

impl Row for Range {
    const WHAT: &'static str = "range";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            start: row.need("start_address")?,
            end: row.need("end_address")?,
            vrf: row.related("vrf"),
            status: row.text("status"),
            mark_populated: row.flag("mark_populated"),
            mark_utilized: row.flag("mark_utilized"),
            description: row.lines("description"),
        })
    }
}

impl NetBox {
    pub async fn ranges(&self, filter: &RangeFilter) -> Result<Vec<Range>, Error> {
        self.list("ipam/ip-ranges", filter.query()).await
    }

    pub async fn range(&self, id: u64) -> Result<Range, Error> {
        self.one(&Request::get(&format!("ipam/ip-ranges/{id}"), Query::default())).await
    }
}
