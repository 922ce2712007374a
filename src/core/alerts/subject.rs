//! What in the lab an alert is about, by its labels.

use crate::lab::View;
use direttore_domain::{Guest, GuestRef, Node, Vmid};
use std::{collections::BTreeMap, sync::Arc};

/// What labels name, as far as the lab has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Guest(Arc<Guest>),
    Node(Node),
    /// They name nothing of the lab.
    None,
}

impl Subject {
    /// In all the views that there are.
    pub fn of<'v>(labels: &BTreeMap<String, String>, views: impl Iterator<Item = &'v Arc<View>> + Clone) -> Self {
        let get = |keys: &[&str]| keys.iter().find_map(|key| labels.get(*key)).filter(|value| !value.is_empty());
        let cluster = labels.get("cluster").map(String::as_str);
        // A label may be of another sort of cluster: it narrows only where it is one of ours.
        let is_ours = views.clone().any(|v| v.nodes.first().is_some_and(|n| Some(n.cluster.as_str()) == cluster));
        let views = views
            .filter(move |v| !is_ours || v.nodes.first().is_some_and(|node| Some(node.cluster.as_str()) == cluster));
        let vmid = get(&["vmid"]).and_then(|text| text.parse::<Vmid>().ok());
        if let Some(guest) = vmid.and_then(|vmid| views.clone().find_map(|view| view.guest(vmid))) {
            return Self::Guest(Arc::clone(guest));
        }
        if let Some(meant) = get(&["guest", "vm"]).and_then(|text| text.parse::<GuestRef>().ok()) {
            let found = meant.find(views.clone().flat_map(|view| view.candidates(&meant)));
            if let Ok(guest) = found {
                return Self::Guest(Arc::new(guest.clone()));
            }
        }
        let host = get(&["node", "hostname", "nodename", "instance"]).map(|text| host(text));
        let node = host.and_then(|host| {
            let is_it = |node: &&Node| node.name.as_str().eq_ignore_ascii_case(host);
            views.clone().flat_map(|view| view.nodes.iter()).find(is_it)
        });
        node.map_or(Self::None, |node| Self::Node(node.clone()))
    }

    /// Whether a backup of it goes on.
    pub fn is_backed_up(&self) -> bool {
        matches!(self, Self::Guest(guest) if guest.lock.as_deref() == Some("backup"))
    }
}

/// The first part of a host's name, without a port: `pve1` of `pve1.example.org:9100`.
fn host(text: &str) -> &str {
    text.split([':', '.']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_clients::proxmox::Resources;
    use direttore_domain::{GuestKind, GuestStatus, Instant, NodeStatus};

    fn view() -> Arc<View> {
        let guest = Guest {
            cluster: "lab".parse().expect("a name"),
            vmid: Vmid::try_from(101).expect("in range"),
            kind: GuestKind::Vm,
            node: "pve1".parse().expect("a name"),
            name: Some("web1".to_owned()),
            status: GuestStatus::Running,
            is_template: false,
            cores: 1.0,
            cpu: 0.0,
            memory: 0,
            memory_used: 0,
            disk: 0,
            disk_used: 0,
            uptime: 0,
            pool: None,
            tags: vec![],
            lock: Some("backup".to_owned()),
            ha: None,
        };
        let node = Node {
            cluster: "lab".parse().expect("a name"),
            name: "pve1".parse().expect("a name"),
            status: NodeStatus::Online,
            cores: None,
            cpu: None,
            memory: None,
            memory_used: None,
            disk: None,
            disk_used: None,
            uptime: None,
        };
        let resources = Resources { guests: vec![guest], nodes: vec![node], ..Resources::default() };
        Arc::new(View::new(resources, Instant::EPOCH))
    }

    #[test]
    fn labels_name_guests_and_nodes_in_many_ways() {
        let views = [view()];
        for (labels, subject) in [
            (vec![("vmid", "101")], "guest"),
            (vec![("guest", "web1")], "guest"),
            (vec![("guest", "101"), ("cluster", "lab")], "guest"),
            (vec![("vmid", "102"), ("node", "pve1")], "node"),
            (vec![("node", "PVE1")], "node"),
            (vec![("instance", "pve1:9100")], "node"),
            (vec![("instance", "pve1.example.org:9100"), ("cluster", "kubernetes")], "node"),
            (vec![("instance", "10.0.0.1:9100")], "none"),
            (vec![("node", "pve9")], "none"),
            (vec![("guest", "")], "none"),
            (vec![], "none"),
        ] {
            let map = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let found = Subject::of(&map, views.iter());
            let word = match &found {
                Subject::Guest(_) => "guest",
                Subject::Node(_) => "node",
                Subject::None => "none",
            };
            assert_eq!(word, subject, "{labels:?}");
            assert_eq!(found.is_backed_up(), subject == "guest");
        }
    }
}
