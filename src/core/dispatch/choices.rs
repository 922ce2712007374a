//! Live choices for the questions of a wizard, and for completion: from the lab's views and shelves, and NetBox' view.
//!
//! A page may wait a moment for a cold shelf; a key press never does.

use super::Dispatch;
use crate::{
    handlers::offers,
    lab::{Cluster, Shelf},
};
use direttore_catalog::{Command, Given, Kind, Opt};
use direttore_domain::{Actor, GuestKind, Node, NodeName, NodeStatus, grant::Touches, policy};
use direttore_reply::bytes;
use direttore_store::{key, token};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A value that can be said, and a few words on it.
pub(super) type Choice = (String, String);

/// How long a page waits for what it would like to show.
const WAIT: Duration = Duration::from_millis(1500);
/// As many as a person looks through.
const MOST: usize = 25;

impl Dispatch {
    /// The choices of each question of a page, and how many more there are. `find` narrows those of one question to what
    /// has a part in it.
    pub(super) async fn page_choices(
        &self,
        actor: &Actor,
        channel: &str,
        command: &Command,
        given: &Given,
        ask: &[&Opt],
        find: Option<(&str, &str)>,
    ) -> Vec<(Vec<Choice>, usize)> {
        // A first look may still be under way.
        let looks = self.lab.clusters().iter().map(|cluster| tokio::time::timeout(WAIT, cluster.view()));
        futures::future::join_all(looks).await;
        let needs_shelf = ask.iter().any(|o| matches!(o.kind, Kind::Template | Kind::Storage | Kind::Bridge));
        let shelves = if needs_shelf { self.shelves(given, true).await } else { vec![] };
        if ask.iter().any(|o| matches!(o.kind, Kind::Ipv4 | Kind::Ipv6 | Kind::Vlan))
            && let Some(ipam) = self.lab.ipam()
        {
            let _ = tokio::time::timeout(WAIT, ipam.view()).await;
        }
        let mut out = Vec::new();
        for option in ask {
            let mut all = self.choices(actor, channel, command, option, &shelves).await;
            if let Some((_, part)) = find.filter(|(key, _)| *key == option.name) {
                let part = part.trim().to_lowercase();
                all.retain(|(value, hint)| value.to_lowercase().contains(&part) || hint.to_lowercase().contains(&part));
            }
            let more = all.len().saturating_sub(MOST);
            all.truncate(MOST);
            out.push((all, more));
        }
        out
    }

    /// The nodes that what was said leaves, with their shelves.
    pub(super) async fn shelves(&self, given: &Given, wait: bool) -> Vec<(Node, Arc<Shelf>)> {
        let said = |key: &str| given.get(key).and_then(|v| v.first()).filter(|v| !v.is_empty()).cloned();
        let (node, cluster) = (said("node"), said("cluster"));
        let mut asked: Vec<(Arc<Cluster>, Node)> = Vec::new();
        for one in self.lab.clusters().iter().filter(|c| cluster.as_ref().is_none_or(|n| *n == c.name.as_str())) {
            let Some(view) = one.view_now() else { continue };
            let fits =
                |n: &&Node| n.status == NodeStatus::Online && node.as_ref().is_none_or(|m| *m == n.name.as_str());
            asked.extend(view.nodes.iter().filter(fits).map(|n| (Arc::clone(one), n.clone())));
        }
        let looks = asked.into_iter().map(|(cluster, node)| async move {
            let shelf = match cluster.shelf_now(&node.name) {
                Some(shelf) => Some(shelf),
                None if wait => tokio::time::timeout(WAIT, cluster.shelf(&node.name)).await.ok()?.ok(),
                None => None,
            };
            Some((node, shelf?))
        });
        futures::future::join_all(looks).await.into_iter().flatten().collect()
    }

    async fn choices(
        &self,
        actor: &Actor,
        channel: &str,
        command: &Command,
        option: &Opt,
        shelves: &[(Node, Arc<Shelf>)],
    ) -> Vec<Choice> {
        let kind = if command.path.ends_with("container") { GuestKind::Container } else { GuestKind::Vm };
        let plain = |values: Vec<String>| values.into_iter().map(|v| (v, String::new())).collect::<Vec<_>>();
        match option.kind {
            Kind::Node => self.nodes(actor, channel, command),
            Kind::Cluster => plain(self.lab.clusters().iter().map(|c| c.name.to_string()).collect()),
            Kind::Template => templates(shelves, kind),
            Kind::Storage => storages(shelves, contents(&command.path)),
            Kind::Bridge => bridges(shelves),
            Kind::Vlan => {
                let mut out = plain(vec!["none".to_owned()]);
                if let Some(view) = self.lab.ipam().and_then(|i| i.view_now()) {
                    out.extend(view.vlans.iter().map(|v| (v.vid.to_string(), v.name.clone())));
                }
                out
            }
            Kind::Ipv4 | Kind::Ipv6 => {
                let mut out = plain(option.fixed().into_iter().filter(|v| v != "netbox:").collect());
                let family =
                    if option.kind == Kind::Ipv4 { direttore_domain::Family::V4 } else { direttore_domain::Family::V6 };
                if let Some(view) = self.lab.ipam().and_then(|i| i.view_now()) {
                    let fits = view.prefixes.iter().filter(|p| p.can_give() && p.row.prefix.family() == family);
                    out.extend(fits.map(|p| (format!("netbox:{}", p.name()), told_prefix(p))));
                }
                out
            }
            Kind::Pool => {
                let views: Vec<_> = self.lab.clusters().iter().filter_map(|c| c.view_now()).collect();
                let pools: std::collections::BTreeSet<String> = views
                    .iter()
                    .flat_map(|v| &v.guests)
                    .filter_map(|e| e.guest.pool.as_ref())
                    .map(ToString::to_string)
                    .collect();
                plain(pools.into_iter().collect())
            }
            Kind::Key => {
                let Some(account) = actor.account_id() else { return vec![] };
                let keys = async {
                    let mut tx = self.store.read().await?;
                    key::list(&mut tx, account).await
                };
                plain(keys.await.unwrap_or_default().into_iter().map(|k| k.name.to_string()).collect())
            }
            Kind::Token => {
                let Some(account) = actor.account_id() else { return vec![] };
                let tokens = async {
                    let mut tx = self.store.read().await?;
                    token::list(&mut tx, account).await
                };
                plain(tokens.await.unwrap_or_default().into_iter().map(|t| t.name.to_string()).collect())
            }
            _ => plain(option.fixed()),
        }
    }

    /// Nodes that are online and that the asker may use, those with most free memory first.
    fn nodes(&self, actor: &Actor, channel: &str, command: &Command) -> Vec<Choice> {
        let views: Vec<_> = self.lab.clusters().iter().filter_map(|c| c.view_now()).collect();
        let mut nodes: Vec<(u64, String)> = views
            .iter()
            .flat_map(|v| &v.nodes)
            .filter(|n| n.status == NodeStatus::Online)
            .filter(|n| {
                let touched = Touches { pool: self.rules.provision.pool.as_ref(), ..Touches::of_node(&n.name) };
                policy::may_touch(actor, command.permission, &command.path, channel, touched)
            })
            .map(|n| (n.memory.unwrap_or(0).saturating_sub(n.memory_used.unwrap_or(0)), n.name.to_string()))
            .collect();
        nodes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        nodes.into_iter().map(|(free, name)| (name, format!("{} of memory free", bytes(free as f64)))).collect()
    }
}

/// Guest templates, those that are ready to run before what must be installed.
pub(super) fn templates(shelves: &[(Node, Arc<Shelf>)], kind: GuestKind) -> Vec<Choice> {
    let mut found: BTreeMap<String, (String, Vec<NodeName>)> = BTreeMap::new();
    for (node, shelf) in shelves {
        for offer in offers(shelf, &node.name, kind) {
            let there = found.entry(offer.name.clone()).or_insert_with(|| (offer.what().to_owned(), vec![]));
            there.1.push(node.name.clone());
        }
    }
    let told = |(what, nodes): (String, Vec<NodeName>)| {
        let nodes: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
        format!("{what} on {}", nodes.join(", "))
    };
    let mut found: Vec<Choice> = found.into_iter().map(|(name, there)| (name, told(there))).collect();
    found.sort_by_key(|(_, hint)| hint.starts_with("ISO"));
    found
}

/// What a command puts on a storage, in Proxmox' words.
pub(super) fn contents(command: &str) -> &'static [&'static str] {
    match command {
        "provision vm" => &["images"],
        "provision container" => &["rootdir"],
        "guest backup" => &["backup"],
        _ => &["images", "rootdir"],
    }
}

/// Storages for one of these contents, with the least space that is free on any of the nodes.
pub(super) fn storages(shelves: &[(Node, Arc<Shelf>)], contents: &[&str]) -> Vec<Choice> {
    let mut found: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for storage in shelves.iter().flat_map(|(_, s)| &s.storages) {
        if storage.is_available && storage.content.iter().any(|c| contents.contains(&c.as_str())) {
            let free = storage.size.saturating_sub(storage.used);
            let there = found.entry(storage.name.to_string()).or_insert((storage.plugin.clone(), free));
            there.1 = there.1.min(free);
        }
    }
    let told =
        |(name, (plugin, free)): (String, (String, u64))| (name, format!("{plugin}, {} free", bytes(free as f64)));
    found.into_iter().map(told).collect()
}

/// Bridges; VLAN-aware is one that is so on every node.
pub(super) fn bridges(shelves: &[(Node, Arc<Shelf>)]) -> Vec<Choice> {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for bridge in shelves.iter().flat_map(|(_, s)| &s.bridges) {
        let aware = bridge.is_vlan_aware;
        found.entry(bridge.name.to_string()).and_modify(|a| *a &= aware).or_insert(aware);
    }
    let told = |aware: bool| if aware { "VLAN-aware".to_owned() } else { "not VLAN-aware".to_owned() };
    found.into_iter().map(|(name, aware)| (name, told(aware))).collect()
}

/// `VLAN 100 servers, site lab, 239 free`.
pub(super) fn told_prefix(entry: &crate::ipam::PrefixEntry) -> String {
    let mut words = Vec::new();
    words.extend(entry.row.vlan.as_ref().map(|v| format!("VLAN {} {}", v.vid, v.name)));
    words.extend(entry.row.site.as_ref().map(|s| format!("site {}", s.name)));
    match entry.closed {
        Some(why) => words.push(why.to_owned()),
        None if entry.free > 1_000_000 => words.push("plenty free".to_owned()),
        None => words.push(format!("{} free", entry.free)),
    }
    words.join(", ")
}
