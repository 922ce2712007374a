//! VRFs, VLANs, addresses, and which of them is the device's own.

use super::{Known, Left, Part, Plan, Wish, device, interfaces::Ids, made};
use direttore_clients::netbox::Object;
use direttore_domain::{VlanId, device::seen::Seen};
use serde_json::{Value, json};
use std::net::IpAddr;

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
            plan.make(vrf_key(&vrf.name, rd), Object::Vrf, body, format!("VRF {}", vrf.name));
        }
    }
}

pub(super) fn vlan_id(vid: VlanId, seen: &Seen, known: &Known) -> Option<Value> {
    if let Some(vlan) = known.vlans.iter().find(|vlan| vlan.vid == vid) {
        return Some(json!(vlan.id));
    }
    let is_seen = device::site(known).is_some() && seen.vlans.iter().any(|vlan| vlan.vid == vid);
    is_seen.then(|| made(&format!("vlan:{vid}")))
}

pub(super) fn vlans(seen: &Seen, known: &Known, plan: &mut Plan) {
    let site = device::site(known);
    for vlan in &seen.vlans {
        match (known.vlans.iter().find(|k| k.vid == vlan.vid), &site) {
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
                let what = format!("VLAN {} {name} of the site", vlan.vid);
                plan.make(format!("vlan:{}", vlan.vid), Object::Vlan, body, what);
            }
            (None, None) => {
                plan.skip(format!("VLAN {}", vlan.vid), "the device has no site, and a number alone says nothing")
            }
        }
    }
}

fn key(address: IpAddr) -> String {
    format!("address:{address}")
}

pub(super) fn addresses(seen: &Seen, known: &Known, wish: &Wish, ids: &Ids, plan: &mut Plan) {
    for interface in &seen.interfaces {
        let vrf = interface.vrf.as_deref().and_then(|name| vrf_id(name, seen, known));
        let Some(id) = ids.get(&interface.index) else { continue };
        for address in &interface.addresses {
            let host = address.address.address();
            let is_same = |k: &&super::KnownAddress| {
                k.address.address() == host && json!(k.vrf) == vrf.clone().unwrap_or_default()
            };
            if plan.has(&key(host)) {
                plan.skip(format!("address {} on {}", address.address, interface.name), "the device shows it twice");
                continue;
            }
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
                    let why = if address.has_length { "is new" } else { "is new; the device does not tell its length" };
                    plan.put(key(host), Object::Address, None, body, format!("{what} on {}", interface.name), why);
                }
                Some(is) if is.elsewhere.is_some() => {
                    plan.skip(what, format!("{} has it", is.elsewhere.as_deref().unwrap_or_default()));
                }
                Some(is) if is.interface.is_none() => {
                    let body = json!({ "assigned_object_type": "dcim.interface", "assigned_object_id": id });
                    let what = format!("{what} on {}", interface.name);
                    plan.put(key(host), Object::Address, Some(json!(is.id)), body, what, "was nobody's");
                }
                Some(is) if json!(is.interface) != *id => plan.skip(what, "another interface of this device has it"),
                Some(is) if address.has_length && is.address.length() != address.address.length() => {
                    plan.skip(what, format!("NetBox has {}", is.address));
                }
                Some(_) => plan.unchanged += 1,
            }
        }
    }
    let is_seen = |address: IpAddr| seen.with_address(address).is_some();
    for lost in known.addresses.iter().filter(|k| k.interface.is_some() && !is_seen(k.address.address())) {
        let family = if lost.address.address().is_ipv4() { Part::Ipv4 } else { Part::Ipv6 };
        if !wish.without.contains(&family) {
            plan.gone.push(Left {
                what: format!("address {}", lost.address),
                why: "the device does not show it; it stays in NetBox".to_owned(),
            });
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
    let key = key(answered);
    let id = match ours {
        Some(is) => json!(is.id),
        None if plan.has(&key) => made(&key),
        None => return,
    };
    let why = format!("has no such address, and SNMP answered on {answered}");
    plan.put("primary".to_owned(), Object::Device, Some(device::id(known)), json!({ field: id }), field, why);
}
