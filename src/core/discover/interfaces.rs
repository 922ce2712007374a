//! Interfaces: made where they are missing, filled where they are empty.

use super::{Known, KnownInterface, Plan, Wish, device, made, names};
use direttore_clients::netbox::Object;
use direttore_domain::{
    VlanId,
    device::seen::{Seen, SeenInterface},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What stands for an interface in later calls, by the index that SNMP gave it.
pub(super) type Ids = BTreeMap<u32, Value>;

pub(super) fn interfaces(seen: &Seen, known: &Known, wish: &Wish, plan: &mut Plan) -> Ids {
    let there: BTreeMap<u32, &KnownInterface> =
        seen.interfaces.iter().filter_map(|i| Some((i.index, names::same(i, &known.interfaces)?))).collect();
    let id = |interface: &SeenInterface| match there.get(&interface.index) {
        Some(known) => json!(known.id),
        None => made(&key(interface)),
    };
    let ids: Ids = seen.interfaces.iter().map(|i| (i.index, id(i))).collect();
    // What others belong to comes first.
    let mut order: Vec<&SeenInterface> = seen.interfaces.iter().collect();
    order.sort_by_key(|i| u8::from(i.parent.is_some()) + u8::from(i.lag.is_some()));
    for interface in order {
        let wanted = wanted(interface, seen, known, &ids);
        match there.get(&interface.index) {
            None => {
                let mut body = wanted;
                body.insert("device".to_owned(), device::id(known));
                body.insert("name".to_owned(), json!(interface.name));
                body.insert("type".to_owned(), json!(names::kind(interface)));
                body.insert("enabled".to_owned(), json!(interface.is_enabled));
                let what = format!("interface {}", interface.name);
                plan.make(key(interface), Object::Interface, Value::Object(body), what);
                if let Some(mac) = &interface.mac {
                    hardware(interface, mac, made(&key(interface)), &[], plan);
                }
            }
            Some(is) => differ(interface, is, wanted, wish, plan),
        }
    }
    for lost in known.interfaces.iter().filter(|k| !there.values().any(|is| is.id == k.id)) {
        plan.gone.push(super::Left {
            what: format!("interface {}", lost.name),
            why: "the device does not show it; it stays in NetBox".to_owned(),
        });
    }
    ids
}

fn key(interface: &SeenInterface) -> String {
    format!("interface:{}", interface.name)
}

/// The address is an object of its own, which the interface then names.
fn hardware(interface: &SeenInterface, mac: &str, id: Value, macs: &[(u64, String)], plan: &mut Plan) {
    let key = format!("mac:{}", interface.name);
    let address = match macs.iter().find(|(_, known)| known.eq_ignore_ascii_case(mac)) {
        Some((known, _)) => json!(known),
        None => {
            let body =
                json!({ "mac_address": mac, "assigned_object_type": "dcim.interface", "assigned_object_id": id });
            plan.make(key.clone(), Object::MacAddress, body, format!("hardware address {mac} of {}", interface.name));
            made(&key)
        }
    };
    plan.put(
        format!("primary-mac:{}", interface.name),
        Object::Interface,
        Some(id),
        json!({ "primary_mac_address": address }),
        format!("interface {}", interface.name),
        format!("has no hardware address: {mac}"),
    );
}

/// What was seen, by NetBox' fields.
fn wanted(interface: &SeenInterface, seen: &Seen, known: &Known, ids: &Ids) -> Map<String, Value> {
    let mut all = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            all.insert(name.to_owned(), value);
        }
    };
    put("description", Some(json!(interface.description)).filter(|_| !interface.description.is_empty()));
    put("mtu", interface.mtu.map(|mtu| json!(mtu)));
    put("speed", interface.speed.map(|speed| json!(speed)));
    put("parent", interface.parent.and_then(|index| ids.get(&index).cloned()));
    put("lag", interface.lag.and_then(|index| ids.get(&index).cloned()));
    put("vrf", interface.vrf.as_deref().and_then(|name| super::others::vrf_id(name, seen, known)));
    let vlan = |vid: &VlanId| super::others::vlan_id(*vid, seen, known);
    if interface.untagged.is_some() || !interface.tagged.is_empty() {
        let mode = if interface.tagged.is_empty() { "access" } else { "tagged" };
        put("mode", Some(json!(mode)));
        put("untagged_vlan", interface.untagged.as_ref().and_then(vlan));
        let tagged: Vec<Value> = interface.tagged.iter().filter_map(vlan).collect();
        put("tagged_vlans", Some(json!(tagged)).filter(|_| !interface.tagged.is_empty()));
    }
    all
}

/// Only what is empty is filled; the rest is told.
fn differ(interface: &SeenInterface, is: &KnownInterface, wanted: Map<String, Value>, wish: &Wish, plan: &mut Plan) {
    let before = |name: &str| -> Value {
        match name {
            "description" => json!(is.description),
            "mtu" => json!(is.mtu),
            "speed" => json!(is.speed),
            "parent" => json!(is.parent),
            "lag" => json!(is.lag),
            "vrf" => json!(is.vrf),
            "mode" => json!(is.mode),
            _ => Value::Null,
        }
    };
    // VLANs hang together: a mode that a person chose is theirs with all its VLANs.
    let has_vlans = is.mode.is_some() || is.untagged.is_some() || !is.tagged.is_empty();
    let same_vlans = is.untagged == interface.untagged && {
        let (mut one, mut other) = (is.tagged.clone(), interface.tagged.clone());
        one.sort_unstable();
        other.sort_unstable();
        one == other
    };
    let mut body = Map::new();
    let mut reasons = Vec::new();
    let mut told_vlans = false;
    for (name, value) in wanted {
        let is_vlan = matches!(name.as_str(), "mode" | "untagged_vlan" | "tagged_vlans");
        if is_vlan && has_vlans {
            if same_vlans || std::mem::replace(&mut told_vlans, !wish.overwrite) {
                continue;
            }
            if !wish.overwrite {
                plan.skip(format!("VLANs of {}", is.name), "NetBox has others");
                continue;
            }
        }
        let was = before(&name);
        if was == value {
            continue;
        }
        let is_empty = was.is_null() || was == json!("");
        if is_empty || wish.overwrite {
            reasons.push(if is_empty { format!("{name} was empty") } else { format!("{name} was {was}") });
            body.insert(name, value);
        } else {
            plan.skip(format!("{name} of {}", is.name), format!("NetBox has {was}, the device {value}"));
        }
    }
    if is.is_enabled != interface.is_enabled {
        if wish.overwrite {
            body.insert("enabled".to_owned(), json!(interface.is_enabled));
            reasons.push(format!("enabled was {}", is.is_enabled));
        } else {
            plan.skip(
                format!("enabled of {}", is.name),
                format!("NetBox has {}, the device {}", is.is_enabled, interface.is_enabled),
            );
        }
    }
    let kind = names::kind(interface);
    // Anything else is more exact than what SNMP can tell.
    if is.kind == "other" && kind != "other" {
        body.insert("type".to_owned(), json!(kind));
        reasons.push("type was other".to_owned());
    }
    if body.is_empty() {
        plan.unchanged += 1;
    } else {
        let what = format!("interface {}", is.name);
        plan.put(key(interface), Object::Interface, Some(json!(is.id)), Value::Object(body), what, reasons.join(", "));
    }
    match (&is.mac, &interface.mac) {
        (None, Some(mac)) => hardware(interface, mac, json!(is.id), &is.macs, plan),
        (Some(was), Some(mac)) if !was.eq_ignore_ascii_case(mac) => {
            plan.skip(format!("hardware address of {}", is.name), format!("NetBox has {was}, the device {mac}"));
        }
        _ => {}
    }
}
