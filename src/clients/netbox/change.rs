//! The change log: who did what to which object, in which request.

use super::{
    Error, NetBox,
    device::without_context,
    fields::{self, Fields, Row},
    request::{Query, Request},
};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct ObjectChange {
    pub id: u64,
    /// As NetBox writes it.
    pub time: String,
    pub user: String,
    pub request: String,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// `dcim.device`.
    pub object_type: String,
    pub object_id: u64,
    /// Of the object, while it is there.
    pub url: Option<String>,
    pub before: Value,
    pub after: Value,
}

impl Row for ObjectChange {
    const WHAT: &'static str = "change";

    fn read(row: &Fields<'_>) -> Result<Self, Error> {
        let object = row.get("changed_object").and_then(|object| object.get("url")).and_then(Value::as_str);
        Ok(Self {
            id: row.id()?,
            time: row.need("time")?,
            user: row.text("user_name"),
            request: row.need("request_id")?,
            action: row.text("action"),
            object_type: row.text("changed_object_type"),
            object_id: row.need("changed_object_id")?,
            url: object.map(str::to_owned),
            before: row.get("prechange_data").cloned().unwrap_or_default(),
            after: row.get("postchange_data").cloned().unwrap_or_default(),
        })
    }
}

const PATH: &str = "core/object-changes";

impl NetBox {
    /// The newest row of the log, if it has any.
    pub async fn newest_change(&self) -> Result<Option<ObjectChange>, Error> {
        let rows = self.first(PATH, Query::default(), 1).await?;
        rows.first().map(fields::read).transpose()
    }

    /// What was written since an instant, in the form `2026-11-22T02:39:53.035616Z`; newest first.
    pub async fn changes_since(&self, time: &str) -> Result<Vec<ObjectChange>, Error> {
        self.list(PATH, Query::default().with("time_after", time)).await
    }

    /// The object of a URL that NetBox gave, in NetBox' own form; `None` when it is gone.
    pub async fn object_at(&self, url: &str) -> Result<Option<Value>, Error> {
        // The host in it may be one that we do not know.
        let Some((_, path)) = url.split_once("/api/") else {
            return Err(Error::Garbage { why: "an object's URL has no path of the API".to_owned() });
        };
        let has_context = ["dcim/devices/", "virtualization/virtual-machines/"].iter().any(|of| path.starts_with(of));
        let query = if has_context { without_context(Query::default()) } else { Query::default() };
        let request = Request::get(path.trim_end_matches('/'), query);
        match self.0.transport.send(&request).await {
            Ok(answer) => fields::json(&answer.body).map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
