//! Backups on demand, and what is made from them.

use super::{Error, GuestConfig, Proxmox, request::Request, wire};
use direttore_domain::{GuestKind, Hostname, NodeName, PoolName, StorageName, Upid, Vmid, text};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// What happens to a running guest meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackupMode {
    /// It goes on.
    #[default]
    Snapshot,
    /// It pauses.
    Suspend,
    /// It is shut down and started again.
    Stop,
}

impl BackupMode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Suspend => "suspend",
            Self::Stop => "stop",
        }
    }
}

impl fmt::Display for BackupMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupWish {
    pub vmid: Vmid,
    pub storage: StorageName,
    pub mode: BackupMode,
    /// At most 1,024 characters as sent.
    pub notes: Option<String>,
    /// Kept until somebody takes the protection away.
    pub is_protected: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreWish {
    pub vmid: Vmid,
    /// Volume of the backup: `local:backup/vzdump-qemu-100-2026_01_31-12_00_00.vma.zst`.
    pub archive: String,
    /// Where its disks go; else a VM's to where they were, and a container's to the storage `local`.
    pub storage: Option<StorageName>,
    /// Takes the place of the guest with that VMID, which must be stopped; its disks are lost.
    pub overwrite: bool,
    /// With MAC addresses of its own, for a copy that is to run beside the first.
    pub unique: bool,
    pub pool: Option<PoolName>,
    /// Instead of the name in the backup.
    pub name: Option<Hostname>,
    /// Instead of the description in the backup. It is there as soon as the configuration is.
    pub description: Option<String>,
}

impl Proxmox {
    /// Backs up one guest, as zstd. Older backups of it stay, whatever the storage says about pruning.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such guest, or the storage does not take backups.
    pub async fn backup(&self, node: &NodeName, wish: &BackupWish) -> Result<Upid, Error> {
        let request = Request::post(&["nodes", node.as_str(), "vzdump"])
            .with("vmid", wish.vmid)
            .with("storage", &wish.storage)
            .with("mode", wish.mode)
            .with("compress", "zstd")
            .with("remove", 0)
            .with_some("notes-template", wish.notes.as_deref().filter(|n| !n.is_empty()).map(as_template))
            .with_flag("protected", wish.is_protected);
        self.start_task(&request).await
    }

    /// Makes a guest from a backup.
    ///
    /// # Errors
    /// [`Error::Exists`] when the VMID is taken and not to be overwritten; [`Error::Refused`] when the backup is gone
    /// or the guest in its place runs.
    pub async fn restore(&self, node: &NodeName, kind: GuestKind, wish: &RestoreWish) -> Result<Upid, Error> {
        let request = Request::post(&["nodes", node.as_str(), kind.api_name()]).with("vmid", wish.vmid);
        let request = match kind {
            GuestKind::Vm => request.with("archive", &wish.archive).with_some("name", wish.name.as_ref()),
            GuestKind::Container => {
                request.with("ostemplate", &wish.archive).with("restore", 1).with_some("hostname", wish.name.as_ref())
            }
        };
        let request = request
            .with_some("description", wish.description.as_ref())
            .with_some("storage", wish.storage.as_ref())
            .with_some("pool", wish.pool.as_ref())
            .with_flag("force", wish.overwrite)
            .with_flag("unique", wish.unique);
        self.start_task(&request).await
    }

    /// The configuration that is in a backup, without a digest. Proxmox reads the archive for it, which takes a while
    /// where the storage is slow.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such backup, or it cannot be read; [`Error::Denied`] without VM.Backup on its
    /// guest.
    pub async fn backup_config(&self, node: &NodeName, archive: &str) -> Result<GuestConfig, Error> {
        let request = Request::get(&["nodes", node.as_str(), "vzdump", "extractconfig"]).with("volume", archive);
        let wire::Owned(file) = self.call(&request).await?;
        Ok(GuestConfig { digest: String::new(), values: file_values(&file) })
    }
}

/// A configuration as it lies in a file: `key: value` on each line, the description above them as comments with `:`, `%`
/// and all that is not ASCII percent-encoded, then sections for snapshots and what waits.
fn file_values(file: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut description: Vec<String> = Vec::new();
    for line in file.lines().map(str::trim_end).take_while(|line| !line.starts_with('[')) {
        if line.starts_with("#qmdump#") {
            // The backup's own note on where each disk was.
        } else if let Some(said) = line.strip_prefix('#') {
            description.push(text::visible(&percent_decode_str(said).decode_utf8_lossy()));
        } else if let Some((key, value)) = line.split_once(':') {
            values.insert(text::visible(key.trim()), text::visible(value.trim()));
        }
    }
    if !description.is_empty() {
        values.insert("description".to_owned(), description.join("\n"));
    }
    values
}

/// Notes as Proxmox's template that says just them: one line, with backslashes doubled and no placeholder in it, since
/// an unknown one is refused.
fn as_template(notes: &str) -> String {
    let mut template = notes.replace('\\', "\\\\").replace("\r\n", "\n").replace('\n', "\\n");
    while template.contains("{{") {
        template = template.replace("{{", "{ {");
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_in_a_backup() {
        let file = "#front end%3A caf%C3%A9\n#direttore%3AJ-5\nname: web1\nmemory: 2048\n\
            scsi0: local-lvm:vm-101-disk-0,size=32G\n#qmdump#map:scsi0:drive-scsi0:local-lvm:raw:\n\
            [before-upgrade]\nmemory: 1024\n";
        let values = file_values(file);
        let value = |key: &str| values.get(key).map(String::as_str);
        assert_eq!(value("description"), Some("front end: café\ndirettore:J-5"));
        assert_eq!((value("name"), value("memory")), (Some("web1"), Some("2048")));
        assert_eq!(value("scsi0"), Some("local-lvm:vm-101-disk-0,size=32G"));
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn notes_are_no_template() {
        assert_eq!(as_template("before\nthe {{node}} \\n move"), "before\\nthe { {node}} \\\\n move");
        assert!(!as_template("{{{{").contains("{{"));
    }
}
