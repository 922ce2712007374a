//! Virtual machines: what NetBox calls guests of either kind.

use super::{
    AddressRef, Error, Etag, NetBox, Ref,
    device::without_context,
    fields::{Fields, Row},
    request::{Body, Query, Request},
};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Vm {
    pub id: u64,
    /// Unique in its cluster and tenant; without a tenant there may be two.
    pub name: String,
    /// `offline`, `active`, `planned`, `staged`, `failed`, `decommissioning`, `paused`.
    pub status: String,
    pub cluster: Option<Ref>,
    pub site: Option<Ref>,
    /// The node that it is tied to.
    pub device: Option<Ref>,
    pub role: Option<Ref>,
    pub tenant: Option<Ref>,
    pub platform: Option<Ref>,
    pub vcpus: Option<f64>,
    /// MB.
    pub memory: Option<u64>,
    /// MB.
    pub disk: Option<u64>,
    pub primary_ip4: Option<AddressRef>,
    pub primary_ip6: Option<AddressRef>,
    pub description: String,
    /// Markdown, as it was written.
    pub comments: String,
    /// Slugs.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
}

/// All that is said must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VmFilter {
    /// Exactly, whatever the case of letters.
    pub name: Option<String>,
    pub cluster_id: Option<u64>,
    /// Contains this, whatever the case of letters.
    pub description_ic: Option<String>,
    /// A custom field and its value.
    pub cf: Option<(String, String)>,
    /// Slug. An unknown one is [`Error::Refused`].
    pub tag: Option<String>,
    /// Free text.
    pub q: Option<String>,
}

impl VmFilter {
    pub(super) fn query(&self) -> Query {
        Query::default()
            .with_some("name", self.name.as_ref())
            .with_some("cluster_id", self.cluster_id)
            .with_some("description__ic", self.description_ic.as_ref())
            .with_custom(self.cf.as_ref())
            .with_some("tag", self.tag.as_ref())
            .with_some("q", self.q.as_ref())
    }
}

/// What is written down of a new VM. What is `None` or empty is left to NetBox.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewVm {
    pub name: String,
    pub status: String,
    /// Id.
    pub cluster: u64,
    pub vcpus: f64,
    /// MB.
    pub memory: u64,
    /// MB.
    pub disk: Option<u64>,
    /// Id. It must be the cluster's where that has one.
    pub site: Option<u64>,
    /// Slugs, from here on.
    pub tenant: Option<String>,
    pub role: Option<String>,
    pub platform: Option<String>,
    pub description: String,
    pub comments: String,
    /// Slugs of tags that exist.
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    /// For the change log, where the release takes one (4.4).
    pub changelog_message: Option<String>,
}

/// A related object named by what is unique of it.
fn by_slug(slug: &Option<String>) -> Option<Value> {
    slug.as_ref().map(|slug| serde_json::json!({ "slug": slug }))
}

impl NewVm {
    fn body(&self) -> Body {
        Body::default()
            .with("name", self.name.as_str())
            .with_text("status", &self.status)
            .with("cluster", self.cluster)
            .with("vcpus", self.vcpus)
            .with("memory", self.memory)
            .with_some("disk", self.disk)
            .with_some("site", self.site)
            .with_some("tenant", by_slug(&self.tenant))
            .with_some("role", by_slug(&self.role))
            .with_some("platform", by_slug(&self.platform))
            .with_text("description", &self.description)
            .with_text("comments", &self.comments)
            .with_tags(&self.tags)
            .with_custom(&self.custom)
            .with_some("changelog_message", self.changelog_message.as_deref())
    }
}

/// What is to be another; what is `None` or empty stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VmChange {
    pub name: Option<String>,
    pub status: Option<String>,
    /// Ids of addresses that its interfaces have; `Some(None)` for none.
    pub primary_ip4: Option<Option<u64>>,
    pub primary_ip6: Option<Option<u64>>,
    pub vcpus: Option<f64>,
    /// MB.
    pub memory: Option<u64>,
    /// MB.
    pub disk: Option<u64>,
    pub description: Option<String>,
    /// Those that are named.
    pub custom: Map<String, Value>,
    /// For the change log, where the release takes one (4.4).
    pub changelog_message: Option<String>,
}

impl VmChange {
    fn body(&self) -> Body {
        Body::default()
            .with_some("name", self.name.as_deref())
            .with_some("status", self.status.as_deref())
            .with_some("primary_ip4", self.primary_ip4)
            .with_some("primary_ip6", self.primary_ip6)
            .with_some("vcpus", self.vcpus)
            .with_some("memory", self.memory)
            .with_some("disk", self.disk)
            .with_some("description", self.description.as_deref())
            .with_custom(&self.custom)
            .with_some("changelog_message", self.changelog_message.as_deref())
    }
}

impl Row for Vm {
    const WHAT: &'static str = "VM";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name"),
            status: row.text("status"),
            cluster: row.related("cluster"),
            site: row.related("site"),
            device: row.related("device"),
            role: row.related("role"),
            tenant: row.related("tenant"),
            platform: row.related("platform"),
            vcpus: row.parsed("vcpus"),
            memory: row.number("memory"),
            disk: row.number("disk"),
            primary_ip4: row.address("primary_ip4"),
            primary_ip6: row.address("primary_ip6"),
            description: row.lines("description"),
            comments: row.lines("comments"),
            tags: row.tags(),
            custom: row.custom(),
        })
    }
}

impl NetBox {
    pub async fn vms(&self, filter: &VmFilter) -> Result<Vec<Vm>, Error> {
        self.list("virtualization/virtual-machines", without_context(filter.query())).await
    }

    pub async fn vm(&self, id: u64) -> Result<(Vm, Option<Etag>), Error> {
        let path = format!("virtualization/virtual-machines/{id}");
        self.one_tagged(&Request::get(&path, without_context(Query::default()))).await
    }

    /// # Errors
    /// [`Error::Duplicate`]: its name in this cluster and tenant, or a custom field that must be unique.
    pub async fn create_vm(&self, new: &NewVm) -> Result<Vm, Error> {
        self.one(&Request::post("virtualization/virtual-machines", new.body().into())).await
    }

    /// # Errors
    /// [`Error::Stale`] when the VM is not the one any more whose tag is given.
    pub async fn change_vm(&self, id: u64, change: &VmChange, only_if: Option<&Etag>) -> Result<Vm, Error> {
        let request = Request::patch(&format!("virtualization/virtual-machines/{id}"), change.body().into());
        self.one(&request.only_if(only_if)).await
    }

    /// Deletes it with its interfaces and **the addresses on them**.
    pub async fn delete_vm(&self, id: u64) -> Result<(), Error> {
        self.tell(&Request::delete(&format!("virtualization/virtual-machines/{id}"))).await
    }
}
