//! What is shown before `Create`: exactly what will be made, and what stays free.

use super::{
    super::Wish,
    network::{self, Network},
    place::Place,
};
use crate::{
    handlers::Cx,
    jobs::steps::{From, NewGuest, NewIp, NewNic},
    plan::Say,
};
use direttore_domain::{Family, GuestKind, NicWish};
use direttore_store::key::KeyRow;
use serde_json::{Value, json};

pub(in crate::handlers) fn question(
    cx: &Cx,
    wish: &Wish,
    spec: &NewGuest,
    place: &Place,
    network: &Network,
    chosen: &[&'static str],
    keys: &[KeyRow],
) -> Say {
    let node = &place.node;
    let memory_free = node.memory.zip(node.memory_used).map(|(all, used)| all.saturating_sub(used));
    let storage = &place.fit.storage;
    let storage_free = storage.size.saturating_sub(storage.used);
    let left = |free: u64, mib: u64| free.saturating_sub(mib << 20);
    let mut notes = network.notes.clone();
    let is_iso = matches!(spec.from, From::Iso { .. });
    let is_empty = spec.from == From::Empty;
    if spec.keys.is_empty() && !spec.password && !is_iso && !is_empty {
        notes.push("nobody can log in: you have no SSH key here (/key add), and no password was asked for".to_owned());
    }
    if is_iso {
        notes.push("it starts from the ISO; what is installed sets its addresses and its login".to_owned());
    }
    if is_empty {
        notes.push("its disk is empty; it boots from the network".to_owned());
    }
    if memory_free.is_some_and(|free| free < spec.memory.mib << 20) {
        notes.push(format!("{} has less memory free than this takes when it is used up", node.name));
    }
    let nics: Vec<Value> = spec.nics.iter().enumerate().map(|(at, nic)| nic_row(at, nic, spec.kind, network)).collect();
    let template = &place.fit.template;
    Say::new(
        "provision_review",
        json!({
            "kind": spec.kind.to_string(),
            "name": spec.name,
            "vmid": spec.vmid,
            "cluster": spec.cluster,
            "node": spec.node,
            "template": { "name": template.name, "what": template.what(), "key": template.key() },
            "full": matches!(spec.from, From::Clone { full: true, .. }),
            "is_clone": matches!(spec.from, From::Clone { .. }),
            "cores": spec.cores,
            "memory": spec.memory,
            "swap": (spec.kind == GuestKind::Container).then_some(spec.swap_mib << 20),
            "disk": spec.disk,
            "storage": spec.storage,
            "pool": spec.pool,
            "nics": nics,
            "dns": spec.dns,
            "domain": spec.domain,
            "user": spec.user,
            "keys": keys.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(),
            "password": spec.password,
            "tags": spec.tags,
            "description": spec.description,
            "privileged": spec.is_privileged,
            "nesting": spec.nesting,
            "stopped": wish.stopped,
            "reason": wish.reason,
            "in_netbox": spec.netbox.is_some(),
            "chosen": chosen,
            "memory_left": memory_free.map(|free| left(free, spec.memory.mib)),
            "storage_left": left(storage_free, spec.disk.mib),
            "notes": notes,
            "owner": cx.actor.name(),
        }),
    )
}

fn nic_row(at: usize, nic: &NewNic, kind: GuestKind, network: &Network) -> Value {
    json!({
        "nth": at + 1,
        "name": nic.name,
        "bridge": nic.bridge,
        "vlan": nic.vlan,
        "model": (kind == GuestKind::Vm).then_some(nic.model),
        "mac": nic.mac,
        "ip": network::told(&nic.ip, &network.next),
        "ip6": network::told(&nic.ip6, &network.next),
    })
}

/// What was chosen, as options: the yes goes by these, and the line that says it all at once has them.
pub(in crate::handlers) fn settled(wish: &Wish, spec: &NewGuest) -> Vec<(String, Vec<String>)> {
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    let mut set = |key: &str, value: String| out.push((key.to_owned(), vec![value]));
    set("node", spec.node.to_string());
    let template = match &spec.from {
        From::Clone { vmid, .. } => vmid.to_string(),
        From::Iso { volid } | From::Template { volid } => volid.clone(),
        From::Empty => "none".to_owned(),
    };
    set("template", wish.template.clone().unwrap_or(template));
    set("cores", spec.cores.to_string());
    set("memory", spec.memory.to_string());
    set("disk", spec.disk.to_string());
    set("storage", spec.storage.to_string());
    for (at, nic) in spec.nics.iter().enumerate() {
        set(&format!("nic{}", at + 1), nic_text(nic, wish.nics.get(at), spec.kind, at));
    }
    out
}

/// The interface as it would be said, with everything that is settled but what NetBox gives.
fn nic_text(nic: &NewNic, wish: Option<&NicWish>, kind: GuestKind, at: usize) -> String {
    let mut words = vec![format!("bridge={}", nic.bridge)];
    words.push(nic.vlan.map_or_else(|| "vlan=none".to_owned(), |v| format!("vlan={v}")));
    match kind {
        GuestKind::Vm => words.push(format!("model={}", nic.model)),
        GuestKind::Container if nic.name != format!("eth{at}") => words.push(format!("name={}", nic.name)),
        GuestKind::Container => {}
    }
    words.extend(nic.mac.map(|mac| format!("mac={mac}")));
    for (family, ip) in nic.families() {
        let (key, gw) = match family {
            Family::V4 => ("ip", "gw"),
            Family::V6 => ("ip6", "gw6"),
        };
        let said = match family {
            Family::V4 => wish.and_then(|w| w.gw),
            Family::V6 => wish.and_then(|w| w.gw6),
        };
        // What NetBox gives is asked for again; what was said stays said.
        let gateway = || said.map(|g| format!("{gw}={g}"));
        match ip {
            NewIp::None => words.push(format!("{key}=none")),
            NewIp::Dhcp => words.push(format!("{key}=dhcp")),
            NewIp::Auto => words.push(format!("{key}=auto")),
            NewIp::Fixed { address, .. } => {
                words.push(format!("{key}={address}"));
                words.extend(gateway());
            }
            NewIp::From { pool, .. } => {
                words.push(format!("{key}=netbox:{}", pool.pond));
                words.extend(gateway());
            }
        }
    }
    words.join(" ")
}
