//! Storages of a node as they are now, and what lies on them.

use super::{Error, Proxmox, request::Request, wire};
use direttore_domain::{Instant, NodeName, Storage, StorageName, Vmid, text};
use serde::Deserialize;

/// A volume: a guest's disk, an ISO image, a container's template, a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`, as calls take it.
    pub volid: String,
    /// `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `import`, `snippets`.
    pub content: String,
    /// `raw`, `qcow2`, `tzst`, …
    pub format: String,
    /// Bytes.
    pub size: u64,
    /// The guest that it belongs to, or was made from.
    pub vmid: Option<Vmid>,
    pub created: Option<Instant>,
    /// Of a backup, its first line.
    pub notes: Option<String>,
    /// Not to be pruned or removed.
    pub is_protected: bool,
}

#[derive(Deserialize)]
struct StorageRow {
    #[serde(default, deserialize_with = "wire::string")]
    storage: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "wire::string")]
    plugin: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    content: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    active: bool,
    #[serde(default, deserialize_with = "wire::flag")]
    enabled: bool,
    #[serde(default, deserialize_with = "wire::flag")]
    shared: bool,
    #[serde(default, deserialize_with = "wire::number")]
    total: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    used: Option<u64>,
}

#[derive(Deserialize)]
struct VolumeRow {
    #[serde(default, deserialize_with = "wire::string")]
    volid: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    content: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    format: Option<String>,
    #[serde(default, deserialize_with = "wire::number")]
    size: Option<u64>,
    /// In place of the size where a storage cannot tell it exactly.
    #[serde(default, rename = "approximate-size", deserialize_with = "wire::number")]
    approximate_size: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    vmid: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    ctime: Option<u64>,
    #[serde(default, deserialize_with = "wire::string")]
    notes: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    protected: bool,
}

impl Proxmox {
    /// The enabled storages of a node, by name, with their numbers of this moment. A storage that hangs makes this
    /// call hang too, up to the time-out of reads.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the node is offline (595) or one of its storages does not answer (596).
    pub async fn storages_now(&self, node: &NodeName) -> Result<Vec<Storage>, Error> {
        let request = Request::get(&["nodes", node.as_str(), "storage"]).with("enabled", 1);
        let rows: Vec<StorageRow> = self.call(&request).await?;
        let storage = |row: StorageRow| {
            let content = row.content.unwrap_or_default();
            Some(Storage {
                cluster: self.cluster().clone(),
                node: node.clone(),
                name: row.storage?.parse().ok()?,
                plugin: text::visible(&row.plugin.unwrap_or_default()),
                is_available: row.active && row.enabled,
                is_shared: row.shared,
                content: content.split(',').map(str::trim).filter(|c| !c.is_empty()).map(text::visible).collect(),
                size: row.total.unwrap_or_default(),
                used: row.used.unwrap_or_default(),
            })
        };
        let mut all: Vec<Storage> = rows.into_iter().filter_map(storage).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// What lies on a storage, by name; all of it, or of one kind of content, or of one guest. Proxmox leaves out what
    /// we may not see, without a word.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such storage, or it does not hold that content.
    pub async fn volumes(
        &self,
        node: &NodeName,
        storage: &StorageName,
        content: Option<&str>,
        vmid: Option<Vmid>,
    ) -> Result<Vec<Volume>, Error> {
        let request = Request::get(&["nodes", node.as_str(), "storage", storage.as_str(), "content"])
            .with_some("content", content)
            .with_some("vmid", vmid);
        self.call(&request).await.map(listed)
    }
}

fn listed(rows: Vec<VolumeRow>) -> Vec<Volume> {
    let volume = |row: VolumeRow| {
        // It goes back to Proxmox as it came, so one that would have to be changed to be shown is none for us.
        let volid = row.volid.filter(|v| text::visible(v) == *v)?;
        Some(Volume {
            volid,
            content: text::visible(&row.content.unwrap_or_default()),
            format: text::visible(&row.format.unwrap_or_default()),
            size: row.size.or(row.approximate_size).unwrap_or_default(),
            vmid: row.vmid.and_then(|v| u32::try_from(v).ok()?.try_into().ok()),
            created: row.ctime.and_then(|s| i64::try_from(s).ok()).map(Instant::from_seconds),
            notes: row.notes.map(|n| text::visible(n.trim())).filter(|n| !n.is_empty()),
            is_protected: row.protected,
        })
    };
    let mut all: Vec<Volume> = rows.into_iter().filter_map(volume).collect();
    all.sort_by(|a, b| a.volid.cmp(&b.volid));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_in_all_their_dresses() {
        let body = br#"{"data":[
            {"volid":"local:iso/b.iso","content":"iso","format":"iso","approximate-size":7,"ctime":"1700000000"},
            {"volid":"local:backup/a.vma.zst","content":"backup","format":"vma.zst","size":"9","vmid":"100",
             "notes":"before the move\n","protected":1},
            {"volid":"local:iso/\u001b.iso"},{"content":"iso"}]}"#;
        let all = listed(wire::data(body).expect("a list"));
        assert_eq!(
            all.iter().map(|v| v.volid.as_str()).collect::<Vec<_>>(),
            ["local:backup/a.vma.zst", "local:iso/b.iso"]
        );
        assert_eq!((all[0].size, all[0].vmid.map(Vmid::get), all[0].is_protected), (9, Some(100), true));
        assert_eq!(all[0].notes.as_deref(), Some("before the move"));
        assert_eq!((all[1].size, all[1].created), (7, Some(Instant::from_seconds(1_700_000_000))));
    }
}
