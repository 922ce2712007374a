//! What is free, and what NetBox picks of it. It does so for one asker after the other, so nothing is given out twice.
//!
//! NetBox does not leave out all that a person would: the gateway, addresses in child prefixes and in ranges that are
//! not marked as populated, prefixes that are reserved. Those rules are not here.

use super::{
    Address, Error, NetBox, Prefix,
    fields::{Fields, Row},
    request::{Body, Query, Request},
};
use direttore_domain::HostAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the next free address is to be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Id of a prefix.
    Prefix(u64),
    /// Id of a range.
    Range(u64),
}

impl Source {
    fn path(self) -> String {
        match self {
            Self::Prefix(id) => format!("ipam/prefixes/{id}/available-ips"),
            Self::Range(id) => format!("ipam/ip-ranges/{id}/available-ips"),
        }
    }
}

/// What is written down with a new address. What is empty is left to NetBox.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewAddress {
    /// `active`, `reserved`, `deprecated`, `dhcp`, `slaac`.
    pub status: String,
    /// NetBox makes it lower case.
    pub dns_name: String,
    pub description: String,
    /// Slugs of tags that exist.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// Type and id of what has it: `virtualization.vminterface`.
    pub assigned: Option<(String, u64)>,
    /// For the change log, where the release takes one (4.4).
    pub changelog_message: Option<String>,
}

impl NewAddress {
    pub(super) fn body(&self) -> Body {
        Body::default()
            .with_text("status", &self.status)
            .with_text("dns_name", &self.dns_name)
            .with_text("description", &self.description)
            .with_tags(&self.tags)
            .with_custom(&self.custom)
            .with_assigned(self.assigned.as_ref())
            .with_some("changelog_message", self.changelog_message.as_deref())
    }
}

/// What is written down with a new prefix. What is empty is left to NetBox.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewPrefix {
    /// `active`, `container`, `reserved`, `deprecated`.
    pub status: String,
    pub description: String,
    pub is_pool: bool,
    /// Ids.
    pub vlan: Option<u64>,
    pub role: Option<u64>,
    pub tenant: Option<u64>,
    /// Slugs of tags that exist.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// For the change log, where the release takes one (4.4).
    pub changelog_message: Option<String>,
}

impl NewPrefix {
    fn body(&self) -> Body {
        Body::default()
            .with_text("status", &self.status)
            .with_text("description", &self.description)
            .with_some("is_pool", self.is_pool.then_some(true))
            .with_some("vlan", self.vlan)
            .with_some("role", self.role)
            .with_some("tenant", self.tenant)
            .with_tags(&self.tags)
            .with_custom(&self.custom)
            .with_some("changelog_message", self.changelog_message.as_deref())
    }
}

/// An address that nobody has.
struct FreeAddress(HostAddress);

impl Row for FreeAddress {
    const WHAT: &'static str = "free address";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        row.need("address").map(Self)
    }
}

struct FreePrefix(direttore_domain::Prefix);

impl Row for FreePrefix {
    const WHAT: &'static str = "free prefix";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        row.need("prefix").map(Self)
    }
}

impl NetBox {
    /// The first free addresses of a prefix, in their order; none when it is full. NetBox gives at most 1000 whatever
    /// the limit, and takes 0 for that.
    pub async fn available_ips(&self, prefix_id: u64, limit: u32) -> Result<Vec<HostAddress>, Error> {
        self.free_addresses(Source::Prefix(prefix_id), limit).await
    }

    /// As [`Self::available_ips`], of a range. A populated range has none.
    pub async fn range_available_ips(&self, range_id: u64, limit: u32) -> Result<Vec<HostAddress>, Error> {
        self.free_addresses(Source::Range(range_id), limit).await
    }

    async fn free_addresses(&self, source: Source, limit: u32) -> Result<Vec<HostAddress>, Error> {
        let request = Request::get(&source.path(), Query::default().with("limit", limit));
        let rows: Vec<FreeAddress> = self.many(&request).await?;
        Ok(rows.into_iter().map(|FreeAddress(address)| address).collect())
    }

    /// The parts of a prefix that no child prefix has, each as large as it can be.
    pub async fn available_prefixes(&self, prefix_id: u64) -> Result<Vec<direttore_domain::Prefix>, Error> {
        let path = format!("ipam/prefixes/{prefix_id}/available-prefixes");
        let rows: Vec<FreePrefix> = self.many(&Request::get(&path, Query::default())).await?;
        Ok(rows.into_iter().map(|FreePrefix(prefix)| prefix).collect())
    }

    /// Creates the next free address, with the length and the VRF of its source.
    ///
    /// # Errors
    /// [`Error::Full`]: nothing was created.
    pub async fn take_next(&self, source: Source, new: &NewAddress) -> Result<Address, Error> {
        self.one(&Request::post(&source.path(), new.body().into())).await
    }

    /// Creates the next free prefix of this length in another one, in the same VRF.
    ///
    /// # Errors
    /// [`Error::Full`]: nothing was created.
    pub async fn take_prefix(&self, prefix_id: u64, length: u8, new: &NewPrefix) -> Result<Prefix, Error> {
        let path = format!("ipam/prefixes/{prefix_id}/available-prefixes");
        self.one(&Request::post(&path, new.body().with("prefix_length", length).into())).await
    }
}
