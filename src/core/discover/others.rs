//! The device itself, VRFs, VLANs, addresses, and what is only proposed.

use super::{
    Change, Known, Method, Plan, Wish,
    interfaces::{Ids, made},
};
use direttore_domain::{VlanId, device::seen::Seen};
use serde_json::{Value, json};
use std::net::IpAddr;

fn patch(plan: &mut Plan, key: &str, path: String, body: Value, why: String) {
    plan.changes.push(Change { key: key.to_owned(), method: Method::Patch, path, body, why });
}

pub(super) fn device(seen: &Seen, known: &Known, wish: &Wish, plan: &mut Plan) {
    let (was, is) = (&known.device.serial, &seen.system.serial);
    if is.is_empty() || was == is {
        plan.unchanged += 1;
    } else if was.is_empty() || wish.overwrite {
        let why = if was.is_empty() { "serial was empty".to_owned() } else { format!("serial was {was}") };
        patch(plan, "device", format!("dcim/devices/{}", known.device.id), json!({ "serial": is }), why);
    } else {
        plan.skip("serial", format!("NetBox has {was}, the device {is}"));
    }
    if !seen.system.name.is_empty() && !seen.system.name.eq_ignore_ascii_case(&known.device.name) {
        plan.skip("name", format!("NetBox says {}, the device {}", known.device.name, seen.system.name));
    }
}

/// Two VRFs may share a name: the route distinguisher decides, where the device tells it.
fn same_vrf(name: &str, rd: Option<&str>, known: &Known) -> Option<u64> {
    let named = || known.vrfs.iter().filter(|vrf| vrf.name == name);
    match rd {
        Some(rd) => named().find(|vrf| vrf.rd.as_deref() == Some(rd)).map(|vrf| vrf.id),
        None => {
            let mut all = named();
            let first = all.next()?;
            all.next().is_none().then_some(first.id)
        }
    }
}

fn vrf_key(name: &str, rd: Option<&str>) -> String {
    format!("vrf:{name}:{}", rd.unwrap_or_default())
}

pub(super) fn vrf_id(name: &str, seen: &Seen, known: &Known) -> Option<Value> {
    let vrf = seen.vrfs.iter().find(|vrf| vrf.name == name)?;
    let rd = vrf.rd.as_deref();
    match same_vrf(name, rd, known) {
        Some(id) => Some(json!(id)),
        // Several of this name, and nothing that tells which.
        None if rd.is_none() && known.vrfs.iter().any(|vrf| vrf.name == name) => None,
        None => Some(made(&vrf_key(name, rd))),
    }
}

pub(super) fn vrfs(seen: &Seen, known: &Known, plan: &mut Plan) {
    for vrf in &seen.vrfs {
        let rd = vrf.rd.as_deref();
        if same_vrf(&vrf.name, rd, known).is_some() {
            plan.unchanged += 1;
        } else if rd.is_none() && known.vrfs.iter().any(|k| k.name == vrf.name) {
            plan.skip(
                format!("VRF {}", vrf.name),
                "NetBox has several of this name, and the device tells no route distinguisher",
            );
        } else {
            let body = json!({ "name": vrf.name, "rd": rd, "description": vrf.description });
            plan.make(vrf_key(&vrf.name, rd), "ipam/vrfs", body, "new VRF");
        }
    }
}

pub(super) fn vlan_id(vid: VlanId, seen: &Seen, known: &Known) -> Option<Value> {
    if let Some(vlan) = known.vlans.iter().find(|vlan| vlan.vid == vid) {
        return Some(json!(vlan.id));
    }
    let is_seen = known.device.site.is_some() && seen.vlans.iter().any(|vlan| vlan.vid == vid);
    is_seen.then(|| made(&format!("vlan:{vid}")))
}

pub(super) fn vlans(seen: &Seen, known: &Known, plan: &mut Plan) {
    for vlan in &seen.vlans {
        match (known.vlans.iter().find(|k| k.vid == vlan.vid), known.device.site) {
            (Some(is), _) if is.name == vlan.name || vlan.name.is_empty() => plan.unchanged += 1,
            (Some(is), _) => {
                plan.skip(
                    format!("name of VLAN {}", vlan.vid),
                    format!("NetBox has {}, the device {}", is.name, vlan.name),
                );
            }
            (None, Some(site)) => {
                let name = if vlan.name.is_empty() { format!("VLAN{}", vlan.vid) } else { vlan.name.clone() };
                let body = json!({ "vid": vlan.vid.get(), "name": name, "site": site, "status": "active" });
                plan.make(format!("vlan:{}", vlan.vid), "ipam/vlans", body, "new VLAN of the site");
            }
            (None, None) => {
                plan.skip(format!("VLAN {}", vlan.vid), "the device has no site, and a number alone says nothing")
            }
        }
    }
}

pub(super) fn addresses(seen: &Seen, known: &Known, ids: &Ids, plan: &mut Plan) {
    for interface in &seen.interfaces {
        let vrf = interface.vrf.as_deref().and_then(|name| vrf_id(name, seen, known));
        let Some(id) = ids.get(&interface.index) else { continue };
        for address in &interface.addresses {
            let host = address.address.address();
            let is_same = |k: &&super::KnownAddress| {
                k.address.address() == host && json!(k.vrf) == vrf.clone().unwrap_or_default()
            };
            let what = format!("address {}", address.address);
            match known.addresses.iter().find(is_same) {
                None => {
                    let body = json!({
                        "address": address.address.to_string(),
                        "vrf": vrf,
                        "assigned_object_type": "dcim.interface",
                        "assigned_object_id": id,
                        "status": "active",
                    });
                    let why = if address.has_length {
                        "new address"
                    } else {
                        "new address; the device does not tell its length"
                    };
                    plan.make(format!("address:{host}"), "ipam/ip-addresses", body, why);
                }
                Some(is) if is.elsewhere.is_some() => {
                    plan.skip(what, format!("{} has it", is.elsewhere.as_deref().unwrap_or_default()));
                }
                Some(is) if is.interface.is_none() => {
                    let body = json!({ "assigned_object_type": "dcim.interface", "assigned_object_id": id });
                    patch(
                        plan,
                        &format!("address:{host}"),
                        format!("ipam/ip-addresses/{}", is.id),
                        body,
                        "it was nobody's".to_owned(),
                    );
                }
                Some(is) if json!(is.interface) != *id => plan.skip(what, "another interface of this device has it"),
                Some(is) if address.has_length && is.address.length() != address.address.length() => {
                    plan.skip(what, format!("NetBox has {}", is.address));
                }
                Some(_) => plan.unchanged += 1,
            }
        }
    }
}

/// The address that answered, where the device has none.
pub(super) fn primary(seen: &Seen, known: &Known, wish: &Wish, plan: &mut Plan) {
    let Some(answered) = wish.answered else { return };
    let (field, has) = match answered {
        IpAddr::V4(_) => ("primary_ip4", known.device.has_primary4),
        IpAddr::V6(_) => ("primary_ip6", known.device.has_primary6),
    };
    if has || seen.with_address(answered).is_none() {
        return;
    }
    let ours = known.addresses.iter().find(|k| k.address.address() == answered && k.elsewhere.is_none());
    let key = format!("address:{answered}");
    let id = match ours {
        Some(is) => json!(is.id),
        None if plan.changes.iter().any(|change| change.key == key) => made(&key),
        None => return,
    };
    let why = format!("SNMP answered on {answered}, and there was none");
    patch(plan, "primary", format!("dcim/devices/{}", known.device.id), json!({ field: id }), why);
}

/// Cables are proposed; somebody who sees both ends lays them.
pub(super) fn neighbours(seen: &Seen, plan: &mut Plan) {
    for neighbour in seen.neighbours.iter().filter(|neighbour| neighbour.index.is_some()) {
        plan.skip(
            format!("cable {} to {} {}", neighbour.port, neighbour.device, neighbour.their_port),
            "seen by its neighbour protocol: cables are laid only when asked for",
        );
    }
}
