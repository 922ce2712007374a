//! Tags, custom fields and journal entries.

use super::{
    Error, NetBox, Ref,
    fields::{Fields, Row},
    request::{Body, Query, Request},
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    pub id: u64,
    pub name: String,
    pub slug: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomField {
    pub id: u64,
    pub name: String,
    /// `text`, `integer`, `object`, …
    pub kind: String,
    /// What has it: `ipam.ipaddress`.
    pub object_types: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCustomField {
    /// Small letters, digits and single underscores.
    pub name: String,
    /// For people.
    pub label: String,
    pub kind: String,
    pub object_types: Vec<String>,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Journal {
    pub id: u64,
    /// RFC 3339.
    pub created: String,
    /// `info`, `success`, `warning`, `danger`.
    pub kind: String,
    /// Markdown, as it was written.
    pub comments: String,
    /// NetBox gives the id alone; then the name is the id.
    pub created_by: Option<Ref>,
}

impl Row for Tag {
    const WHAT: &'static str = "tag";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, name: row.text("name"), slug: row.need("slug")? })
    }
}

impl Row for CustomField {
    const WHAT: &'static str = "custom field";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let object_types = row.texts("object_types");
        Ok(Self { id: row.id()?, name: row.need("name")?, kind: row.text("type"), object_types })
    }
}

impl Row for Journal {
    const WHAT: &'static str = "journal entry";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            created: row.text("created"),
            kind: row.text("kind"),
            comments: row.lines("comments"),
            created_by: row.related("created_by"),
        })
    }
}

impl NetBox {
    pub async fn tag(&self, slug: &str) -> Result<Option<Tag>, Error> {
        self.named("extras/tags", Query::default().with("slug", slug), |tag: &Tag| tag.slug == slug).await
    }

    pub async fn custom_field(&self, name: &str) -> Result<Option<CustomField>, Error> {
        let query = Query::default().with("name", name);
        self.named("extras/custom-fields", query, |field: &CustomField| field.name == name).await
    }

    /// The journal of one object: its type (`virtualization.virtualmachine`) and id. The newest entry is first.
    pub async fn journal(&self, object_type: &str, id: u64) -> Result<Vec<Journal>, Error> {
        let query = Query::default().with("assigned_object_type", object_type).with("assigned_object_id", id);
        self.list("extras/journal-entries", query).await
    }

    /// `kind` is `info`, `success`, `warning` or `danger`; `comments` is Markdown.
    pub async fn create_journal(
        &self,
        object_type: &str,
        id: u64,
        kind: &str,
        comments: &str,
    ) -> Result<Journal, Error> {
        let body = Body::default()
            .with("assigned_object_type", object_type)
            .with("assigned_object_id", id)
            .with("kind", kind)
            .with("comments", comments);
        self.one(&Request::post("extras/journal-entries", body.into())).await
    }

    /// `color` is six hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::Duplicate`]: its name or slug.
    pub async fn create_tag(&self, name: &str, slug: &str, color: &str, description: &str) -> Result<Tag, Error> {
        let body = Body::default().with("name", name).with("slug", slug).with_text("color", color);
        self.one(&Request::post("extras/tags", body.with_text("description", description).into())).await
    }

    /// # Errors
    /// [`Error::Duplicate`]: its name.
    pub async fn create_custom_field(&self, new: &NewCustomField) -> Result<CustomField, Error> {
        let body = Body::default()
            .with("name", new.name.as_str())
            .with_text("label", &new.label)
            .with("type", new.kind.as_str())
            .with("object_types", new.object_types.clone())
            .with_text("description", &new.description);
        self.one(&Request::post("extras/custom-fields", body.into())).await
    }
}
