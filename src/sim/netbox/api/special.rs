//! Filters that are peculiar to a model: networks, places, owners of addresses.

use super::filter::{Test, Tested, flagged, numbers, wanted};
use crate::netbox::{
    net::Net,
    table::Model,
    world::{Object, World, made, parse::mac},
};

const VM: &str = "virtualization.virtualmachine";
const VM_INTERFACE: &str = "virtualization.vminterface";

/// `None` when the parameter is nothing special.
pub fn find<'a>(
    world: &'a World,
    model: &'static Model,
    name: &str,
    lookup: &str,
    values: &[&'a str],
) -> Option<Tested<'a>> {
    let is_plain = matches!(lookup, "" | "n");
    match (model.kind, name) {
        ("ipam.prefix" | "ipam.ipaddress" | "ipam.iprange", "family") if lookup.is_empty() => {
            numbers("", values, |_, o| o.net.map(|n| f64::from(n.family())))
        }
        ("ipam.prefix" | "ipam.ipaddress", "mask_length") => {
            numbers(lookup, values, |_, o| o.net.map(|n| f64::from(n.length)))
        }
        ("ipam.prefix", "depth") => numbers(lookup, values, |id, o| world.counted(model, id, o, "_depth")),
        ("ipam.prefix", "prefix") if lookup.is_empty() => {
            let nets: Vec<Net> = values.iter().filter_map(|v| Net::parse(v)).collect();
            Some(Ok(Box::new(move |_, o| o.net.is_some_and(|n| nets.contains(&n)))))
        }
        ("ipam.prefix", "within") if lookup.is_empty() => {
            Some(Ok(by_net(values, |o, wanted| wanted.length < o.length && wanted.covers(o))))
        }
        ("ipam.prefix", "within_include") if lookup.is_empty() => {
            Some(Ok(by_net(values, |o, wanted| wanted.covers(o))))
        }
        ("ipam.prefix", "contains") if lookup.is_empty() => Some(Ok(by_net(values, Net::covers))),
        ("ipam.prefix", "vlan_vid") if is_plain => {
            let vid = |o: &Object| world.get("ipam.vlan", o.id("vlan")?)?.get("vid").as_f64();
            numbers("", values, move |_, o| vid(o))
        }
        ("ipam.prefix" | "virtualization.cluster", "site" | "site_id") | ("ipam.vlangroup", "site") if is_plain => {
            Some(scoped(world, "dcim.site", name == "site_id", values))
        }
        ("ipam.prefix" | "virtualization.cluster", "location" | "location_id") | ("ipam.vlangroup", "location")
            if is_plain =>
        {
            Some(scoped(world, "dcim.location", name == "location_id", values))
        }
        ("ipam.ipaddress", "address") if lookup.is_empty() => Some(Ok(addressed(values, |o| o.net))),
        ("ipam.ipaddress" | "ipam.iprange", "parent") if lookup.is_empty() => {
            let nets: Vec<Net> = values.iter().filter_map(|v| Net::parse(v)).collect();
            Some(Ok(Box::new(move |_, o| {
                let Some(first) = o.net else { return false };
                let last = made::range(o).map_or(first, |(_, last)| first.at(last));
                nets.iter().any(|n| n.holds(first) && n.holds(last))
            })))
        }
        ("ipam.iprange", "contains") if lookup.is_empty() => {
            let wanted = values.last().and_then(|v| Net::parse(v));
            Some(Ok(Box::new(move |_, o| {
                wanted.zip(made::range(o)).is_some_and(|(net, (first, last))| {
                    o.net.is_some_and(|n| n.bits == net.bits) && (first..=last).contains(&net.address)
                })
            })))
        }
        ("ipam.iprange", "start_address") if lookup.is_empty() => Some(Ok(addressed(values, |o| o.net))),
        ("ipam.iprange", "end_address") if lookup.is_empty() => {
            Some(Ok(addressed(values, |o| Net::parse(o.text("end_address")))))
        }
        ("ipam.ipaddress", "assigned_to_interface" | "assigned") if lookup.is_empty() => {
            Some(Ok(flagged(values, |o| o.generic("assigned_object").is_some())))
        }
        ("ipam.ipaddress" | "dcim.macaddress", _) if lookup.is_empty() && is_owner(name) => {
            Some(owned(world, name, values))
        }
        ("dcim.macaddress", "mac_address") if is_plain => {
            let wanted = macs(values);
            Some(Ok(Box::new(move |_, o| wanted.iter().any(|m| m == o.text("mac_address")))))
        }
        ("dcim.device" | VM | "dcim.interface" | VM_INTERFACE, "mac_address") if is_plain => {
            Some(Ok(with_mac(world, model, values)))
        }
        ("dcim.device" | VM, "has_primary_ip") if lookup.is_empty() => {
            Some(Ok(flagged(values, |o| o.id("primary_ip4").or_else(|| o.id("primary_ip6")).is_some())))
        }
        ("dcim.device", "manufacturer" | "manufacturer_id") if is_plain => {
            Some(through(world, "device_type", "dcim.devicetype", "manufacturer", "dcim.manufacturer", name, values))
        }
        (VM, "cluster_type" | "cluster_type_id") if is_plain => {
            let kind = "virtualization.clustertype";
            Some(through(world, "cluster", "virtualization.cluster", "type", kind, name, values))
        }
        (VM_INTERFACE, "cluster" | "cluster_id") if is_plain => {
            let kind = "virtualization.cluster";
            Some(through(world, "virtual_machine", VM, "cluster", kind, name, values))
        }
        ("dcim.interface" | VM_INTERFACE, "vlan_id") if lookup.is_empty() => {
            let Some(vlan) = values.last().and_then(|v| v.parse::<u64>().ok()) else {
                return Some(Ok(Box::new(|_, _| true)));
            };
            Some(Ok(Box::new(move |_, o| o.id("untagged_vlan") == Some(vlan) || o.ids("tagged_vlans").contains(&vlan))))
        }
        ("dcim.interface", "cabled") if lookup.is_empty() => {
            let wanted = values.last() == Some(&"true");
            let is_cabled = |id| world.find("dcim.cable", |c| c.id("a") == Some(id) || c.id("b") == Some(id)).is_some();
            Some(Ok(Box::new(move |id, _| is_cabled(id) == wanted)))
        }
        ("dcim.cable", "device" | "device_id") if lookup.is_empty() => {
            Some(cabled_to(world, name == "device_id", values))
        }
        ("extras.customfield" | "extras.eventrule", "object_type") if is_plain => {
            let values: Vec<&str> = values.to_vec();
            Some(Ok(Box::new(move |_, o| {
                o.get("object_types").as_array().is_some_and(|k| k.iter().any(|k| values.iter().any(|v| k == v)))
            })))
        }
        _ => None,
    }
}

/// By the last value; what is no network finds nothing.
fn by_net<'a>(values: &[&str], compare: impl Fn(Net, Net) -> bool + 'a) -> Test<'a> {
    let wanted = values.last().and_then(|v| Net::parse(v));
    Box::new(move |_, o| o.net.zip(wanted).is_some_and(|(o, wanted)| compare(o, wanted)))
}

/// With a length it must be the same one; without, any is right.
fn addressed<'a>(values: &[&str], read: impl Fn(&Object) -> Option<Net> + 'a) -> Test<'a> {
    let wanted: Vec<(Net, bool)> =
        values.iter().filter_map(|v| Net::parse(v).map(|net| (net, v.contains('/')))).collect();
    Box::new(move |_, o| {
        let Some(net) = read(o) else { return false };
        wanted.iter().any(|(w, has_length)| {
            (w.bits, w.address) == (net.bits, net.address) && (!has_length || w.length == net.length)
        })
    })
}

fn scoped<'a>(world: &World, kind: &'static str, is_by_id: bool, values: &[&str]) -> Tested<'a> {
    let wanted = wanted(world, kind, is_by_id, values)?;
    Ok(Box::new(move |_, o| {
        let at = o.generic("scope").filter(|(k, _)| *k == kind).map(|(_, id)| id);
        wanted.contains(&at)
    }))
}

fn is_owner(name: &str) -> bool {
    matches!(name.trim_end_matches("_id"), "device" | "virtual_machine" | "interface" | "vminterface")
}

/// By the machine or the interface that an address is on. A machine that does not exist owns nothing; an interface that
/// does not exist is no choice.
fn owned<'a>(world: &'a World, name: &str, values: &[&'a str]) -> Tested<'a> {
    let is_by_id = name.ends_with("_id");
    let (kind, parent) = match name.trim_end_matches("_id") {
        "device" => ("dcim.interface", Some(("device", "dcim.device"))),
        "virtual_machine" => (VM_INTERFACE, Some(("virtual_machine", VM))),
        "interface" => ("dcim.interface", None),
        _ => (VM_INTERFACE, None),
    };
    let Some((field, owner)) = parent else {
        let wanted = wanted(world, kind, is_by_id, values)?;
        return Ok(Box::new(move |_, o| {
            let at = o.generic("assigned_object").filter(|(k, _)| *k == kind).map(|(_, id)| id);
            wanted.contains(&at)
        }));
    };
    let owners: Vec<u64> = match is_by_id {
        true => {
            let ids: Option<Vec<u64>> = values.iter().map(|v| v.parse().ok()).collect();
            ids.ok_or("Enter a number.")?
        }
        false => {
            let is_named = |o: &Object| values.iter().any(|v| o.text("name") == *v);
            world.all(owner).filter(|(_, o)| is_named(o)).map(|(id, _)| id).collect()
        }
    };
    Ok(Box::new(move |_, o| {
        let interface = o.generic("assigned_object").filter(|(k, _)| *k == kind).map(|(_, id)| id);
        let machine = interface.and_then(|i| world.get(kind, i)).and_then(|i| i.id(field));
        machine.is_some_and(|m| owners.contains(&m))
    }))
}

fn macs(values: &[&str]) -> Vec<String> {
    values.iter().filter_map(|v| mac(v)).collect()
}

fn with_mac<'a>(world: &'a World, model: &'static Model, values: &[&str]) -> Test<'a> {
    let wanted = macs(values);
    let parent = match model.kind {
        "dcim.device" => Some(("dcim.interface", "device")),
        VM => Some((VM_INTERFACE, "virtual_machine")),
        _ => None,
    };
    let at: Vec<(&str, u64)> = world
        .all("dcim.macaddress")
        .filter(|(_, m)| wanted.iter().any(|w| w == m.text("mac_address")))
        .filter_map(|(_, m)| m.generic("assigned_object"))
        .collect();
    let found: Vec<u64> = at
        .into_iter()
        .filter_map(|(kind, id)| match parent {
            Some((interface, field)) if interface == kind => world.get(kind, id)?.id(field),
            None if kind == model.kind => Some(id),
            _ => None,
        })
        .collect();
    Box::new(move |id, _| found.contains(&id))
}

/// By what an object's object names: the manufacturer of a device's type.
fn through<'a>(
    world: &'a World,
    field: &'static str,
    middle: &'static str,
    inner: &'static str,
    kind: &str,
    name: &str,
    values: &[&str],
) -> Tested<'a> {
    let wanted = wanted(world, kind, name.ends_with("_id"), values)?;
    Ok(Box::new(move |_, o| {
        let found = o.id(field).and_then(|id| world.get(middle, id)).and_then(|m| m.id(inner));
        wanted.contains(&found)
    }))
}

fn cabled_to<'a>(world: &'a World, is_by_id: bool, values: &[&str]) -> Tested<'a> {
    let wanted = wanted(world, "dcim.device", is_by_id, values)?;
    Ok(Box::new(move |_, o| {
        ["a", "b"].iter().any(|end| {
            let device = o.id(end).and_then(|i| world.get("dcim.interface", i)).and_then(|i| i.id("device"));
            device.is_some() && wanted.contains(&device)
        })
    }))
}
