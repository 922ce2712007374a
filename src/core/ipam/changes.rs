//! NetBox' change log, as the events that NetBox posts of it.
//!
//! What it posts is one event for each request and object: its rows are joined likewise, and named alike.

use super::Ipam;
use direttore_clients::netbox::{Error, ObjectChange};
use direttore_domain::Instant;
use serde_json::{Value, json};

/// Of the log's newest row: its number, and when it was written.
pub type Newest = (u64, Option<Instant>);

impl Ipam {
    /// The newest row of the log, if it has any.
    pub async fn newest_change(&self) -> Result<Option<Newest>, Error> {
        let row = self.client.newest_change().await?;
        Ok(row.map(|row| (row.id, moment(&row.time))))
    }

    /// What was done since an instant by rows numbered above `from`, and when the newest row was written.
    pub async fn changed_since(&self, since: Instant, from: u64) -> Result<(Vec<Changed>, Option<Instant>), Error> {
        let rows = self.client.changes_since(&written(since)).await?;
        let newest = rows.iter().filter_map(|row| moment(&row.time)).max();
        Ok((merged(rows.into_iter().filter(|row| row.id > from).collect()), newest))
    }

    /// A change as NetBox would have posted it: with the object as it is now, where it still is there.
    pub async fn posted(&self, change: &Changed) -> Result<String, Error> {
        let data = match &change.url {
            Some(url) if change.what != DELETED => self.client.object_at(url).await?,
            _ => None,
        };
        Ok(change.body(data))
    }
}

const CREATED: &str = "created";
const UPDATED: &str = "updated";
const DELETED: &str = "deleted";

fn moment(text: &str) -> Option<Instant> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| Instant(at.timestamp_millis()))
}

/// As NetBox' filter takes it.
fn written(at: Instant) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// All that one request did to one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    what: &'static str,
    pub object_type: String,
    object_id: u64,
    user: String,
    request: String,
    time: String,
    url: Option<String>,
    before: Value,
    after: Value,
}

impl Changed {
    /// By which it is known when it was posted.
    pub fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.request, self.object_type, self.object_id, self.what)
    }

    /// As NetBox would have posted it. `data`: the object as it is now, where it still is there.
    fn body(&self, data: Option<Value>) -> String {
        let bare = || {
            let mut object = if self.what == DELETED { self.before.clone() } else { self.after.clone() };
            if !object.is_object() {
                object = json!({});
            }
            object["id"] = json!(self.object_id);
            object
        };
        json!({
            "event": self.what,
            "timestamp": self.time,
            "object_type": self.object_type,
            "username": self.user,
            "request_id": self.request,
            "data": data.unwrap_or_else(bare),
            "snapshots": { "prechange": self.before, "postchange": self.after },
        })
        .to_string()
    }
}

/// The rows of one request and object as one.
fn merged(mut rows: Vec<ObjectChange>) -> Vec<Changed> {
    rows.sort_by_key(|row| row.id);
    let mut all: Vec<Changed> = Vec::new();
    for row in rows {
        let what = match row.action.as_str() {
            "create" => CREATED,
            "delete" => DELETED,
            _ => UPDATED,
        };
        let snapshot =
            |value: Value| if value.as_object().is_some_and(|all| !all.is_empty()) { value } else { Value::Null };
        let (before, after) = (snapshot(row.before), snapshot(row.after));
        let same = |one: &&mut Changed| {
            one.request == row.request && one.object_type == row.object_type && one.object_id == row.object_id
        };
        if let Some(known) = all.iter_mut().find(same) {
            known.after = after;
            known.url = row.url.or(known.url.take());
            if what == DELETED {
                known.what = what;
            }
            continue;
        }
        all.push(Changed {
            what,
            object_type: row.object_type,
            object_id: row.object_id,
            user: row.user,
            request: row.request,
            time: row.time,
            url: row.url,
            before,
            after,
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64, action: &str, before: Value, after: Value) -> ObjectChange {
        ObjectChange {
            id,
            time: format!("2026-11-22T02:39:{id:02}.035616Z"),
            user: "admin".into(),
            request: "r1".into(),
            action: action.into(),
            object_type: "dcim.device".into(),
            object_id: 9,
            url: None,
            before,
            after,
        }
    }

    #[test]
    fn rows_of_one_request_are_one_event() {
        let rows = vec![
            row(12, "update", json!({ "name": "b" }), json!({ "name": "c" })),
            row(11, "update", json!({ "name": "a" }), json!({ "name": "b" })),
            ObjectChange { object_id: 10, ..row(13, "create", json!({}), json!({ "name": "x" })) },
        ];
        let all = merged(rows);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].key(), "r1/dcim.device/9/updated");
        let snapshots = json!({ "prechange": { "name": "a" }, "postchange": { "name": "c" } });
        let body: Value = serde_json::from_str(&all[0].body(None)).expect("JSON");
        assert_eq!((&body["snapshots"], &body["data"]["id"]), (&snapshots, &json!(9)));
        assert_eq!((all[1].what, &all[1].before), (CREATED, &Value::Null));
    }

    #[test]
    fn what_was_made_and_deleted_at_once_is_deleted() {
        let rows = vec![
            row(1, "create", json!({}), json!({ "name": "a" })),
            row(2, "delete", json!({ "name": "a" }), json!({})),
        ];
        let all = merged(rows);
        assert_eq!((all.len(), all[0].what, &all[0].after), (1, DELETED, &Value::Null));
    }

    #[test]
    fn a_moment_is_written_as_netbox_reads_it() {
        let at = moment("2026-11-22T02:39:53.035616Z").expect("a moment");
        assert_eq!(written(at), "2026-11-22T02:39:53.035000Z");
    }
}
