//! Snapshots of a guest.

use super::{Error, GuestAt, Proxmox, request::Request, wire};
use direttore_domain::{GuestKind, Instant, SnapshotName, Upid, text};
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub name: SnapshotName,
    /// Visible; may have several lines.
    pub description: String,
    pub taken: Option<Instant>,
    pub parent: Option<SnapshotName>,
    /// Whether it holds the VM's memory too: then a rollback resumes it.
    pub with_memory: bool,
    /// Whether the guest's present state stands on this one.
    pub is_current_parent: bool,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "wire::string")]
    name: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    description: Option<String>,
    #[serde(default, deserialize_with = "wire::number")]
    snaptime: Option<u64>,
    #[serde(default, deserialize_with = "wire::string")]
    parent: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    vmstate: bool,
}

impl Proxmox {
    /// The oldest first. The pseudo-entry `current` and Proxmox's own `vzdump` are not among them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the guest is not on that node.
    pub async fn snapshots(&self, at: &GuestAt) -> Result<Vec<Snapshot>, Error> {
        self.call(&at.request(Request::get, &["snapshot"])).await.map(listed)
    }

    /// Takes a snapshot; `with_memory` says nothing for a container, which has none to save.
    ///
    /// # Errors
    /// [`Error::Locked`] while something else works on the guest; [`Error::Refused`] for a name that is used.
    pub async fn snapshot_create(
        &self,
        at: &GuestAt,
        name: &SnapshotName,
        description: &str,
        with_memory: bool,
    ) -> Result<Upid, Error> {
        let request = at
            .request(Request::post, &["snapshot"])
            .with("snapname", name)
            .with_some("description", (!description.is_empty()).then_some(description))
            .with_flag("vmstate", with_memory && at.kind == GuestKind::Vm);
        self.start_task(&request).await
    }

    /// Goes back to a snapshot, which stops the guest hard; `start` starts it again after.
    pub async fn snapshot_rollback(&self, at: &GuestAt, name: &SnapshotName, start: bool) -> Result<Upid, Error> {
        let request = at.request(Request::post, &["snapshot", name.as_str(), "rollback"]).with_flag("start", start);
        self.start_task(&request).await
    }

    pub async fn snapshot_delete(&self, at: &GuestAt, name: &SnapshotName) -> Result<Upid, Error> {
        self.start_task(&at.request(Request::delete, &["snapshot", name.as_str()])).await
    }
}

fn listed(rows: Vec<Row>) -> Vec<Snapshot> {
    let is_current = |row: &&Row| row.name.as_deref() == Some("current");
    let stands_on = rows.iter().find(is_current).and_then(|row| row.parent.clone());
    let mut all: Vec<Snapshot> = rows
        .into_iter()
        .filter_map(|row| {
            let name: SnapshotName = row.name?.parse().ok()?;
            Some(Snapshot {
                is_current_parent: stands_on.as_deref() == Some(name.as_str()),
                name,
                description: text::visible_lines(row.description.unwrap_or_default().trim_end()),
                taken: row.snaptime.and_then(|s| i64::try_from(s).ok()).map(Instant::from_seconds),
                parent: row.parent.and_then(|p| p.parse().ok()),
                with_memory: row.vmstate,
            })
        })
        .collect();
    all.sort_by(|a, b| (a.taken, &a.name).cmp(&(b.taken, &b.name)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_says_where_the_guest_stands() {
        let body = br#"{"data":[
            {"name":"current","parent":"second","running":1,"digest":"x","description":"You are here!"},
            {"name":"second","parent":"first","snaptime":"1700000100","description":"two\nlines\n","vmstate":1},
            {"name":"vzdump","snaptime":1},
            {"name":"first","snaptime":1700000000,"description":""}]}"#;
        let all = listed(wire::data(body).expect("a list"));
        let seen: Vec<_> = all.iter().map(|s| (s.name.as_str(), s.with_memory, s.is_current_parent)).collect();
        assert_eq!(seen, [("first", false, false), ("second", true, true)]);
        assert_eq!(all[1].parent.as_ref().map(SnapshotName::as_str), Some("first"));
        assert_eq!(all[1].description, "two\nlines");
        assert_eq!(all[0].taken, Some(Instant::from_seconds(1_700_000_000)));
    }
}
