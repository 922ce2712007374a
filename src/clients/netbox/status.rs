//! Which NetBox it is, and who we are there.

use super::{
    Error, NetBox,
    fields::{Fields, Row},
    request::{Query, Request},
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// `4.6.8`.
    pub version: String,
    /// Background workers. With none, no webhook leaves the server.
    pub workers: Option<u32>,
}

impl Status {
    /// The first two numbers of the version: `(4, 6)`.
    pub fn release(&self) -> Option<(u32, u32)> {
        let mut numbers = self.version.trim_start_matches('v').split(['.', '-']).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// The user of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whoami {
    pub user: String,
    /// `None` where the release does not say. A superuser may do everything without any permission listed.
    pub is_superuser: Option<bool>,
    /// Those of the user alone: what its groups may do is not told.
    pub permissions: Vec<Permission>,
    pub groups: Vec<String>,
}

/// What some actions may be done to. Constraints on single objects are not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// `ipam.ipaddress`.
    pub object_types: Vec<String>,
    /// `view`, `add`, `change`, `delete`, or others that were made up.
    pub actions: Vec<String>,
    pub is_enabled: bool,
}

impl Whoami {
    /// Whether the permissions listed cover this; false is no proof of the contrary, for they may not be all.
    pub fn is_allowed(&self, object_type: &str, action: &str) -> bool {
        let covers = |p: &Permission| {
            p.is_enabled && p.object_types.iter().any(|t| t == object_type) && p.actions.iter().any(|a| a == action)
        };
        self.is_superuser == Some(true) || self.permissions.iter().any(covers)
    }
}

impl Row for Status {
    const WHAT: &'static str = "status";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { version: row.need("netbox-version")?, workers: row.parsed("rq-workers-running") })
    }
}

impl Row for Whoami {
    const WHAT: &'static str = "user";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let permission = |p: Fields<'_>| Permission {
            object_types: p.texts("object_types"),
            actions: p.texts("actions"),
            is_enabled: p.flag("enabled"),
        };
        Ok(Self {
            user: row.need("username")?,
            is_superuser: row.parsed("is_superuser"),
            permissions: row.objects("permissions").map(permission).collect(),
            groups: row.objects("groups").filter_map(|group| group.reference()).map(|group| group.name).collect(),
        })
    }
}

impl NetBox {
    pub async fn status(&self) -> Result<Status, Error> {
        self.one(&Request::get("status", Query::default())).await
    }

    /// `None` on releases that do not tell.
    pub async fn whoami(&self) -> Result<Option<Whoami>, Error> {
        match self.one(&Request::get("authentication-check", Query::default())).await {
            Ok(user) => Ok(Some(user)),
            // The page of HTML that NetBox has for a path that it does not know.
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
