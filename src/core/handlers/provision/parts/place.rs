//! Where a new guest can be: the nodes that have its template, a storage with room and its bridges; of those the one with
//! most free memory, unless one was said.

use super::{
    super::{DISK, Wish},
    network::{Draft, Network},
    source::{self, Offer},
};
use crate::{
    handlers::Cx,
    jobs::steps::{From, NewNic},
    lab::{Cluster, Shelf},
};
use direttore_domain::{
    BridgeName, GuestKind, Node, NodeStatus, Refusal, Storage, Trouble, disk::Size, grant::Touches, nearest::nearest,
    policy,
};
use std::sync::Arc;

pub(in crate::handlers) struct Sizes {
    pub cores: u32,
    pub memory: Size,
    pub disk: Option<Size>,
}

pub(in crate::handlers) struct Place {
    pub cluster: Arc<Cluster>,
    pub node: Node,
    pub fit: Fit,
}

/// How the guest fits on one node.
#[derive(Debug, Clone)]
pub(in crate::handlers) struct Fit {
    pub from: From,
    pub template: Offer,
    pub storage: Storage,
    pub disk: Size,
    pub nics: Vec<NewNic>,
}

pub(in crate::handlers) async fn find(
    cx: &Cx,
    wish: &Wish,
    sizes: &Sizes,
    network: &Network,
) -> Result<Place, Trouble> {
    let mut candidates = candidates(cx, wish).await?;
    // Most free memory first; a node that tells nothing is the last choice.
    candidates.sort_by_key(|(_, node)| std::cmp::Reverse(free_memory(node)));
    if !cx.is_confirmed {
        candidates.iter().for_each(|(cluster, _)| cluster.forget_shelves());
    }
    let shelves = futures::future::join_all(candidates.iter().map(|(c, n)| c.shelf(&n.name))).await;
    let mut first: Option<Trouble> = None;
    for ((cluster, node), shelf) in candidates.into_iter().zip(shelves) {
        let fit = match shelf {
            Ok(shelf) => fit(cx, wish, sizes, network, &node, &shelf).map_err(Trouble::from),
            Err(failure) => Err(failure.into()),
        };
        match fit {
            Ok(fit) => return Ok(Place { cluster, node, fit }),
            // What the best node lacks is what is told.
            Err(trouble) => first = first.or(Some(trouble)),
        }
    }
    Err(first.unwrap_or_else(|| Refusal::NothingFits { what: "a node that is online".to_owned() }.into()))
}

async fn candidates(cx: &Cx, wish: &Wish) -> Result<Vec<(Arc<Cluster>, Node)>, Trouble> {
    let pool = wish.pool.as_ref().or(cx.rules.provision.pool.as_ref());
    if let Some(name) = &wish.node {
        let (cluster, node) = cx.lab.node(name).await?;
        if wish.cluster.as_ref().is_some_and(|c| *c != cluster.name) {
            return Err(Refusal::WrongState {
                subject: format!("node {name}"),
                verb: "be chosen".to_owned(),
                why: format!("it belongs to the cluster {}", cluster.name),
            }
            .into());
        }
        let touched = Touches { pool, ..Touches::of_node(&node.name) };
        policy::check_touch(&cx.actor, cx.command.permission, &cx.command.path, &cx.channel, name.as_str(), touched)?;
        if node.status != NodeStatus::Online {
            let view = cluster.view().await?;
            let others: Vec<String> =
                view.nodes.iter().filter(|n| n.status == NodeStatus::Online).map(|n| n.name.to_string()).collect();
            return Err(Refusal::WrongState {
                subject: format!("node {name}"),
                verb: "run it".to_owned(),
                why: format!("it is {}; online are {}", node.status, direttore_domain::text::list(&others)),
            }
            .into());
        }
        return Ok(vec![(cluster, node)]);
    }
    let sight = cx.sight(wish.cluster.as_ref()).await?;
    let mut out = Vec::new();
    for node in sight.nodes().filter(|n| n.status == NodeStatus::Online) {
        if cx.reaches(Touches { pool, ..Touches::of_node(&node.name) }) {
            out.push((Arc::clone(cx.lab.cluster(&node.cluster)?), node.clone()));
        }
    }
    if out.is_empty() {
        let touched = Touches { pool, ..Touches::default() };
        policy::check_touch(&cx.actor, cx.command.permission, &cx.command.path, &cx.channel, "any node", touched)?;
    }
    Ok(out)
}

fn free_memory(node: &Node) -> Option<u64> {
    Some(node.memory?.saturating_sub(node.memory_used?))
}

fn fit(cx: &Cx, wish: &Wish, sizes: &Sizes, network: &Network, node: &Node, shelf: &Shelf) -> Result<Fit, Refusal> {
    let rules = &cx.rules.provision;
    let cannot =
        |why: String| Refusal::WrongState { subject: format!("node {}", node.name), verb: "run it".into(), why };
    if let Some(cores) = node.cores.filter(|c| f64::from(sizes.cores) > *c) {
        return Err(cannot(format!("it has {cores} processors, and {} were asked for", sizes.cores)));
    }
    if let Some(memory) = node.memory.map(|m| m >> 20).filter(|m| sizes.memory.mib > *m) {
        return Err(cannot(format!("it has {} of memory, and {} were asked for", Size { mib: memory }, sizes.memory)));
    }
    let offers = source::offers(shelf, &node.name, wish.kind);
    let usual = match wish.kind {
        GuestKind::Vm => rules.vm_template.as_deref(),
        GuestKind::Container => rules.container_template.as_deref(),
    };
    let empty = wish.template.as_deref().filter(|_| wish.kind == GuestKind::Vm).and_then(source::empty);
    let template = match wish.template.as_deref() {
        Some(_) if let Some(empty) = &empty => empty,
        Some(given) => source::find(&offers, given, &node.name)?,
        None => {
            match usual.and_then(|u| source::find(&offers, u, &node.name).ok()).or_else(|| source::usual(&offers)) {
                Some(found) => found,
                None => {
                    let has = offers.iter().map(|o| o.name.clone()).collect();
                    let given = "(none was said, and none is the obvious one)".to_owned();
                    return Err(Refusal::NoSuch { what: "guest template", given, nearest: None, has });
                }
            }
        }
    };
    if wish.kind == GuestKind::Vm && network.has_fixed() && !template.has_cloud_init {
        return Err(Refusal::WrongState {
            subject: format!("the {} {}", template.what(), template.name),
            verb: "carry a fixed address".into(),
            why: "that takes cloud-init; choose a template VM that has it, or ip=dhcp".into(),
        });
    }
    let (from, storage, disk) = disk(wish, sizes, rules.full_clone, rules.storage.as_ref(), node, shelf, template)?;
    let nics = network.drafts.iter().map(|draft| nic(draft, rules.bridge.as_ref(), node, shelf));
    Ok(Fit { from, template: template.clone(), storage, disk, nics: nics.collect::<Result<_, _>>()? })
}

/// The storage and size of the first disk, and whether a clone shares the template's.
fn disk(
    wish: &Wish,
    sizes: &Sizes,
    full_clone: bool,
    usual: Option<&direttore_domain::StorageName>,
    node: &Node,
    shelf: &Shelf,
    template: &Offer,
) -> Result<(From, Storage, Size), Refusal> {
    let content = match wish.kind {
        GuestKind::Vm => "images",
        GuestKind::Container => "rootdir",
    };
    let takes = |s: &&Storage| s.is_available && s.content.iter().any(|c| c == content);
    let free = |s: &Storage| s.size.saturating_sub(s.used);
    let mut from = template.from.clone();
    let size = match &from {
        From::Clone { size, .. } => *size,
        _ => Size { mib: 0 },
    };
    let disk = sizes.disk.unwrap_or(DISK.max(size));
    if disk < size {
        return Err(Refusal::BadValue {
            option: "disk".into(),
            given: disk.to_string(),
            what: "size that the template fits into",
            right: format!("{size} or more; {} has a disk of {size}", template.name),
        });
    }
    let named = |name: &direttore_domain::StorageName| -> Result<&Storage, Refusal> {
        let found = shelf.storages.iter().find(|s| s.name == *name).ok_or_else(|| {
            let has: Vec<String> = shelf.storages.iter().filter(takes).map(|s| s.name.to_string()).collect();
            let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
            Refusal::NoSuch { what: "storage", given: name.to_string(), nearest, has }
        })?;
        let cannot = |why: String| Refusal::WrongState {
            subject: format!("storage {name} of {}", node.name),
            verb: "hold the disk".into(),
            why,
        };
        if !found.is_available {
            return Err(cannot("it is not available now".to_owned()));
        }
        if !takes(&found) {
            let what = direttore_domain::text::list(&found.content);
            return Err(cannot(format!("it takes {what}, and this needs {content}")));
        }
        Ok(found)
    };
    let most_free = || shelf.storages.iter().filter(takes).max_by_key(|s| (free(s), s.name.clone()));
    let storage = match (&wish.storage, &template.storage) {
        (Some(said), _) => named(said)?,
        // A linked clone lies where its template lies.
        (None, Some(own)) if !full_clone => named(own)?,
        (None, _) => {
            let usual = usual.and_then(|u| named(u).ok());
            usual.or_else(most_free).ok_or_else(|| Refusal::NothingFits {
                what: format!("a storage of {} that takes {content}", node.name),
            })?
        }
    };
    if let From::Clone { full, .. } = &mut from {
        *full = full_clone || template.storage.as_ref() != Some(&storage.name);
    }
    if free(storage) >> 20 < disk.mib {
        return Err(Refusal::WrongState {
            subject: format!("storage {} of {}", storage.name, node.name),
            verb: "hold the disk".into(),
            why: match free(storage) >> 20 {
                0 => format!("{disk} are asked for, and it is full"),
                mib => format!("{disk} are asked for, and {} are free", Size { mib }),
            },
        });
    }
    Ok((from, storage.clone(), disk))
}

fn nic(draft: &Draft, usual: Option<&BridgeName>, node: &Node, shelf: &Shelf) -> Result<NewNic, Refusal> {
    let named = |name: &BridgeName| shelf.bridges.iter().find(|b| b.name == *name);
    let bridge = match &draft.wish.bridge {
        Some(name) => named(name).ok_or_else(|| {
            let has: Vec<String> = shelf.bridges.iter().map(|b| b.name.to_string()).collect();
            let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
            Refusal::NoSuch { what: "bridge", given: format!("{name} on {}", node.name), nearest, has }
        })?,
        None => usual.and_then(named).or_else(|| shelf.bridges.first()).ok_or_else(|| Refusal::NothingFits {
            what: format!("a bridge of {} that is up and that the bot may use", node.name),
        })?,
    };
    if let Some(vlan) = draft.vlan.filter(|_| !bridge.is_vlan_aware) {
        return Err(Refusal::WrongState {
            subject: format!("bridge {} of {}", bridge.name, node.name),
            verb: format!("carry VLAN {vlan} ({})", draft.option),
            why: "it is not VLAN-aware; choose another bridge, or vlan=none".into(),
        });
    }
    Ok(NewNic {
        bridge: bridge.name.clone(),
        vlan: draft.vlan,
        vlan_id: draft.vlan_id,
        model: draft.wish.model.unwrap_or_default(),
        name: draft.name.clone(),
        mac: draft.wish.mac,
        ip: draft.ip.clone(),
        ip6: draft.ip6.clone(),
    })
}
