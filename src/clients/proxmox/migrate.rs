//! Moving a guest to another node.

use super::{Error, GuestAt, Proxmox, request::Request, wire};
use direttore_domain::{GuestKind, GuestStatus, NodeName, StorageName, Upid, text};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where a guest could go, and what stands in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateCheck {
    pub allowed: Vec<NodeName>,
    /// Volumes on storages of the node alone, which must be copied. Proxmox names them for VMs only.
    pub local_disks: Vec<String>,
    /// Images in CD drives that the node alone has: they must be taken out first.
    pub local_media: Vec<String>,
    /// Devices of the node, given to the guest.
    pub local_resources: Vec<String>,
    pub is_running: bool,
    /// Nodes that it cannot go to, each with the reason.
    pub blocked: Vec<(NodeName, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateWish {
    pub target: NodeName,
    /// The guest runs: a VM moves while it does, a container is stopped and started again.
    pub is_online: bool,
    /// VMs only; a container's disks are always copied.
    pub with_local_disks: bool,
    /// Where the disks go on the other node; else to storages of the same names.
    pub target_storage: Option<StorageName>,
}

/// The answers for the two kinds spell their keys differently.
#[derive(Deserialize)]
struct CheckRow {
    #[serde(default, alias = "allowed-nodes", deserialize_with = "wire::or_default")]
    allowed_nodes: Vec<wire::Owned>,
    #[serde(default, alias = "not-allowed-nodes", deserialize_with = "wire::or_default")]
    not_allowed_nodes: BTreeMap<String, Obstacles>,
    #[serde(default, deserialize_with = "wire::or_default")]
    local_disks: Vec<DiskRow>,
    #[serde(default, deserialize_with = "wire::or_default")]
    local_resources: Vec<wire::Owned>,
    #[serde(default, deserialize_with = "wire::flag")]
    running: bool,
}

#[derive(Deserialize, Default)]
struct DiskRow {
    #[serde(default, deserialize_with = "wire::string")]
    volid: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    cdrom: bool,
}

#[derive(Deserialize, Default)]
struct Obstacles {
    #[serde(default, deserialize_with = "wire::or_default")]
    unavailable_storages: Vec<wire::Owned>,
    #[serde(default, rename = "unavailable-resources", deserialize_with = "wire::or_default")]
    unavailable_resources: Vec<wire::Owned>,
    #[serde(default, rename = "blocking-ha-resources", deserialize_with = "wire::or_default")]
    blocking: Vec<BlockingRow>,
}

#[derive(Deserialize, Default)]
struct BlockingRow {
    #[serde(default, deserialize_with = "wire::string")]
    sid: Option<String>,
}

#[derive(Deserialize)]
struct NodeRow {
    #[serde(default)]
    node: wire::Owned,
    #[serde(default, deserialize_with = "wire::string")]
    status: Option<String>,
}

impl Proxmox {
    /// Where the guest could go. `target` lets Proxmox look at that node more closely.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the guest is not on that node; [`Error::Denied`] without VM.Migrate on it.
    pub async fn migrate_check(&self, at: &GuestAt, target: Option<&NodeName>) -> Result<MigrateCheck, Error> {
        let request = at.request(Request::get, &["migrate"]).with_some("target", target);
        match self.call::<CheckRow>(&request).await {
            Ok(row) => Ok(row.into()),
            // Proxmox 8 has no such call for containers.
            Err(Error::Refused { status: 501, .. }) if at.kind == GuestKind::Container => self.check_by_nodes(at).await,
            Err(error) => Err(error),
        }
    }

    /// What can be said without Proxmox's own check: the other nodes, and whether they are there.
    async fn check_by_nodes(&self, at: &GuestAt) -> Result<MigrateCheck, Error> {
        let now = self.guest_now(at).await?;
        let rows: Vec<NodeRow> = self.call(&Request::get(&["nodes"])).await?;
        let others = rows.into_iter().filter_map(|row| Some((row.node.0.parse::<NodeName>().ok()?, row.status)));
        let (allowed, offline): (Vec<_>, Vec<_>) =
            others.filter(|(node, _)| *node != at.node).partition(|(_, status)| status.as_deref() == Some("online"));
        let mut check = MigrateCheck {
            allowed: allowed.into_iter().map(|(node, _)| node).collect(),
            local_disks: Vec::new(),
            local_media: Vec::new(),
            local_resources: Vec::new(),
            is_running: now.status != GuestStatus::Stopped,
            blocked: offline.into_iter().map(|(node, _)| (node, "it is offline".to_owned())).collect(),
        };
        check.allowed.sort();
        check.blocked.sort();
        Ok(check)
    }

    /// Starts the move.
    ///
    /// # Errors
    /// [`Error::Locked`] while something works on the guest; [`Error::Refused`] for a node that it cannot go to.
    pub async fn migrate(&self, at: &GuestAt, wish: &MigrateWish) -> Result<Upid, Error> {
        let request = at.request(Request::post, &["migrate"]).with("target", &wish.target);
        let request = match at.kind {
            GuestKind::Vm => request
                .with_flag("online", wish.is_online)
                .with_flag("with-local-disks", wish.with_local_disks)
                .with_some("targetstorage", wish.target_storage.as_ref()),
            GuestKind::Container => {
                request.with_flag("restart", wish.is_online).with_some("target-storage", wish.target_storage.as_ref())
            }
        };
        self.start_task(&request).await
    }
}

impl From<CheckRow> for MigrateCheck {
    fn from(row: CheckRow) -> Self {
        let shown = |all: Vec<wire::Owned>| -> Vec<String> { all.iter().map(|t| text::visible(&t.0)).collect() };
        let (media, disks): (Vec<DiskRow>, Vec<DiskRow>) = row.local_disks.into_iter().partition(|d| d.cdrom);
        let volids = |rows: Vec<DiskRow>| rows.into_iter().filter_map(|d| d.volid).map(|v| text::visible(&v));
        let mut allowed: Vec<NodeName> = row.allowed_nodes.iter().filter_map(|n| n.0.parse().ok()).collect();
        allowed.sort();
        Self {
            allowed,
            local_disks: volids(disks).collect(),
            // The drive of cloud-init is made anew on the other node.
            local_media: volids(media).filter(|v| !v.contains("cloudinit")).collect(),
            local_resources: shown(row.local_resources),
            is_running: row.running,
            blocked: row
                .not_allowed_nodes
                .into_iter()
                .filter_map(|(node, why)| Some((node.parse().ok()?, why.to_string())))
                .collect(),
        }
    }
}

impl std::fmt::Display for Obstacles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list =
            |all: &[wire::Owned]| text::visible(&all.iter().map(|t| t.0.as_str()).collect::<Vec<_>>().join(", "));
        let mut whys = Vec::new();
        if !self.unavailable_storages.is_empty() {
            whys.push(format!("it has no storage {}", list(&self.unavailable_storages)));
        }
        if !self.unavailable_resources.is_empty() {
            whys.push(format!("it has no {}", list(&self.unavailable_resources)));
        }
        let blocking: Vec<&str> = self.blocking.iter().filter_map(|b| b.sid.as_deref()).collect();
        if !blocking.is_empty() {
            whys.push(format!("rules of high availability on {}", text::visible(&blocking.join(", "))));
        }
        f.write_str(if whys.is_empty() { "Proxmox does not say why" } else { "" })?;
        f.write_str(&whys.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> MigrateCheck {
        wire::data::<CheckRow>(body.as_bytes()).expect("a row").into()
    }

    #[test]
    fn the_two_spellings() {
        let vm = check(
            r#"{"data":{"running":1,"allowed_nodes":["pve3","pve2"],"local_resources":["hostpci0"],
            "not_allowed_nodes":{"pve4":{"unavailable_storages":["ceph","nfs"]},"pve5":{}},
            "local_disks":[{"volid":"local-lvm:vm-100-disk-0","cdrom":0},{"volid":"local:iso/a.iso","cdrom":1},
            {"volid":"local-lvm:vm-100-cloudinit","cdrom":true}],"mapped-resources":[]}}"#,
        );
        assert_eq!(vm.allowed.iter().map(NodeName::as_str).collect::<Vec<_>>(), ["pve2", "pve3"]);
        assert_eq!(
            (vm.local_disks, vm.local_media),
            (vec!["local-lvm:vm-100-disk-0".to_owned()], vec!["local:iso/a.iso".to_owned()])
        );
        assert!(vm.is_running && vm.local_resources == ["hostpci0"]);
        let blocked: Vec<String> = vm.blocked.iter().map(|(node, why)| format!("{node}: {why}")).collect();
        assert_eq!(blocked, ["pve4: it has no storage ceph, nfs", "pve5: Proxmox does not say why"]);

        let container = check(
            r#"{"data":{"running":0,"allowed-nodes":["pve2"],"not-allowed-nodes":{"pve3":{"blocking-ha-resources":
            [{"sid":"ct:101","cause":"resource-affinity"}]}}}}"#,
        );
        assert_eq!(container.allowed.len(), 1);
        assert_eq!(container.blocked[0].1, "rules of high availability on ct:101");
    }

    #[test]
    fn an_answer_without_nodes() {
        let empty = check(r#"{"data":{"running":"1","allowed_nodes":null,"local_disks":null}}"#);
        assert!(empty.allowed.is_empty() && empty.local_disks.is_empty() && empty.is_running);
    }
}
