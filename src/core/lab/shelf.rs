//! What a node has for new guests: storages, media, guest templates, bridges. Asked live and kept for a while, so that
//! each page of a wizard does not ask again.

use super::Cluster;
use direttore_clients::proxmox::{Bridge, Error, GuestAt, GuestConfig, Volume};
use direttore_domain::{Failure, Guest, GuestKind, NodeName, Storage, disk::Disk};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How long it is kept. What is chosen by it is checked by Proxmox itself in the end.
const KEPT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub struct Shelf {
    /// With their live numbers.
    pub storages: Vec<Storage>,
    /// ISO images and container templates.
    pub volumes: Vec<Volume>,
    /// Those that are up, in the order of their names.
    pub bridges: Vec<Bridge>,
    /// Template VMs of the node with their configuration.
    pub templates: Vec<(Guest, GuestConfig)>,
    as_of: Instant,
}

/// The first disk of a configuration that is none of cloud-init's, with its key: the one that the VM boots from.
pub fn boot_disk(config: &GuestConfig) -> Option<(String, Disk)> {
    let order = config.values.get("boot").and_then(|b| b.strip_prefix("order=")).unwrap_or_default();
    let named = order.split(';').filter(|k| !k.is_empty()).map(str::to_owned);
    let usual = ["scsi0", "virtio0", "sata0", "ide0", "rootfs"].map(str::to_owned);
    named.chain(usual).find_map(|key| {
        let disk: Disk = config.values.get(&key)?.parse().ok()?;
        (!disk.is_cdrom && !disk.volume.contains("cloudinit")).then_some((key, disk))
    })
}

/// Whether a VM has a drive for cloud-init.
pub fn has_cloud_init(config: &GuestConfig) -> bool {
    config.values.values().any(|v| v.split(',').next().is_some_and(|volid| volid.contains("cloudinit")))
}

pub(super) type Shelves = HashMap<NodeName, Arc<Shelf>>;

impl Cluster {
    /// What the node has, not older than a minute.
    ///
    /// # Errors
    /// The failure of a call.
    pub async fn shelf(&self, node: &NodeName) -> Result<Arc<Shelf>, Failure> {
        if let Some(shelf) = self.shelf_now(node) {
            return Ok(shelf);
        }
        let shelf = Arc::new(self.fetch_shelf(node).await.map_err(|e| self.failure(&e))?);
        self.shelves().insert(node.clone(), Arc::clone(&shelf));
        Ok(shelf)
    }

    /// What is known of the node without any waiting.
    pub fn shelf_now(&self, node: &NodeName) -> Option<Arc<Shelf>> {
        self.shelves().get(node).filter(|s| s.as_of.elapsed() < KEPT).cloned()
    }

    /// The next look is a new one: something is about to change, or a decision is about to be shown.
    pub fn forget_shelves(&self) {
        self.shelves().clear();
    }

    async fn fetch_shelf(&self, node: &NodeName) -> Result<Shelf, Error> {
        let client = &self.client;
        let view = self.view_now();
        let templates: Vec<Guest> = view
            .iter()
            .flat_map(|v| &v.guests)
            .map(|e| &e.guest)
            .filter(|g| g.is_template && g.kind == GuestKind::Vm && g.node == *node)
            .map(|g| Guest::clone(g))
            .collect();
        let configs = futures::future::join_all(templates.iter().map(|guest| {
            let at = GuestAt { node: node.clone(), kind: guest.kind, vmid: guest.vmid };
            async move { client.guest_config(&at).await }
        }));
        let stored = async {
            let storages = client.storages_now(node).await?;
            let holds = |s: &&Storage, content: &str| s.is_available && s.content.iter().any(|c| c == content);
            let lists = storages.iter().filter(|s| holds(s, "iso") || holds(s, "vztmpl"));
            let lists = lists.map(|s| client.volumes(node, &s.name, None, None));
            let volumes = futures::future::try_join_all(lists).await?;
            Ok((storages, volumes))
        };
        let (stored, bridges, configs) = futures::join!(stored, client.bridges(node), configs);
        let (storages, volumes) = stored?;
        let mut bridges = bridges?;
        bridges.retain(|b| b.is_active);
        bridges.sort_by(|a, b| a.name.cmp(&b.name));
        let media = volumes.into_iter().flatten().filter(|v| matches!(v.content.as_str(), "iso" | "vztmpl"));
        let mut volumes: Vec<Volume> = media.collect();
        volumes.sort_by(|a, b| a.volid.cmp(&b.volid));
        // A template whose configuration cannot be read has gone a moment ago.
        let templates = templates.into_iter().zip(configs).filter_map(|(t, c)| Some((t, c.ok()?))).collect();
        Ok(Shelf { storages, volumes, bridges, templates, as_of: Instant::now() })
    }
}
