//! One cluster at one instant, sorted for lists.

use direttore_clients::proxmox::Resources;
use direttore_domain::{Guest, Instant, Node, Storage, Vmid};
use std::sync::Arc;

/// A guest and what it is sorted and searched by.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name in lower case; empty while the name is not known.
    pub key: Arc<str>,
    pub guest: Arc<Guest>,
}

impl Entry {
    pub fn new(guest: Guest) -> Self {
        let key = guest.name.as_deref().map_or_else(String::new, lower);
        Self { key: key.into(), guest: Arc::new(guest) }
    }
}

/// Most names are lower-case ASCII already, which costs one pass and one copy.
fn lower(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}

/// What `/cluster/resources` said, guests sorted by name and VMID, nodes and storages by name.
#[derive(Debug, Clone)]
pub struct View {
    pub guests: Vec<Entry>,
    pub nodes: Vec<Node>,
    pub storages: Vec<Storage>,
    /// When it was fetched.
    pub as_of: Instant,
}

impl View {
    pub fn new(resources: Resources, as_of: Instant) -> Self {
        let Resources { guests, mut nodes, mut storages } = resources;
        let mut guests: Vec<Entry> = guests.into_iter().map(Entry::new).collect();
        guests.sort_unstable_by(|a, b| a.key.cmp(&b.key).then_with(|| a.guest.vmid.cmp(&b.guest.vmid)));
        nodes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        storages.sort_unstable_by(|a, b| (&a.node, &a.name).cmp(&(&b.node, &b.name)));
        Self { guests, nodes, storages, as_of }
    }

    pub fn guest(&self, vmid: Vmid) -> Option<&Arc<Guest>> {
        self.guests.iter().find(|e| e.guest.vmid == vmid).map(|e| &e.guest)
    }
}
