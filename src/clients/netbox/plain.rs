//! Objects as NetBox gives them, for programs that read its own form: nothing of them is left out, renamed or made
//! visible here.

use super::{
    Error, NetBox,
    device::without_context,
    request::{Query, Request},
};
use serde_json::Value;

/// What there are lists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Without their configuration contexts.
    Devices,
    Addresses,
    Prefixes,
    Vlans,
}

impl Plain {
    fn path(self) -> &'static str {
        match self {
            Self::Devices => "dcim/devices",
            Self::Addresses => "ipam/ip-addresses",
            Self::Prefixes => "ipam/prefixes",
            Self::Vlans => "ipam/vlans",
        }
    }

    /// Filters that all releases have: one that is not known would be ignored, and everything come back.
    fn knows(self, filter: &str) -> bool {
        match self {
            Self::Devices => false,
            Self::Addresses => matches!(filter, "family" | "status" | "parent" | "dns_name__ic"),
            Self::Prefixes => matches!(filter, "family" | "status" | "site"),
            Self::Vlans => matches!(filter, "site" | "group" | "role" | "status" | "q"),
        }
    }
}

impl NetBox {
    /// The first `most` that fit, in the order of NetBox, or all. A filter that is not NetBox' is not sent, and fits
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] with the status 400 where a filter names what there is not.
    pub async fn plain(
        &self,
        of: Plain,
        filters: &[(&'static str, String)],
        most: Option<usize>,
    ) -> Result<Vec<Value>, Error> {
        if filters.iter().any(|(name, _)| !of.knows(name)) {
            return Ok(vec![]);
        }
        let mut query = filters.iter().fold(Query::default(), |query, (name, value)| query.with(*name, value));
        if of == Plain::Devices {
            query = without_context(query);
        }
        match most {
            Some(most) => self.first(of.path(), query, most).await,
            None => self.pages(of.path(), query).await,
        }
    }

    pub async fn plain_one(&self, of: Plain, id: u64) -> Result<Value, Error> {
        let request = Request::get(&format!("{}/{id}", of.path()), Query::default());
        super::fields::json(&self.0.transport.send(&request).await?.body)
    }
}
