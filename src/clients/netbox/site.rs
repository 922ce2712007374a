//! Sites and clusters.

use super::{
    Error, NetBox, Ref,
    fields::{Fields, Row},
    request::Query,
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Site {
    pub id: u64,
    pub name: String,
    pub slug: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    pub id: u64,
    pub name: String,
    /// "Proxmox VE".
    pub kind: Option<Ref>,
    pub site: Option<Ref>,
}

impl Row for Site {
    const WHAT: &'static str = "site";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, name: row.text("name"), slug: row.text("slug"), status: row.text("status") })
    }
}

impl Row for Cluster {
    const WHAT: &'static str = "cluster";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, name: row.text("name"), kind: row.related("type"), site: row.site() })
    }
}

impl NetBox {
    pub async fn sites(&self) -> Result<Vec<Site>, Error> {
        self.list("dcim/sites", Query::default()).await
    }

    /// All clusters, or those of this name: groups may each have one.
    pub async fn clusters(&self, name: Option<&str>) -> Result<Vec<Cluster>, Error> {
        self.list("virtualization/clusters", Query::default().with_some("name", name)).await
    }
}
