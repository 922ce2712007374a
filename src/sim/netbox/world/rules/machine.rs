//! Devices and virtual machines, their interfaces, disks and MAC addresses.

use super::{ALL, Checked, no};
use crate::netbox::{
    table::Model,
    world::{Object, World},
};
use serde_json::{Value, json};

const VM: &str = "virtualization.virtualmachine";

pub fn check_vm(world: &World, id: Option<u64>, object: &mut Object) -> Checked {
    let cluster = object.id("cluster").and_then(|c| world.get("virtualization.cluster", c));
    let device = object.id("device").and_then(|d| world.get("dcim.device", d));
    if object.id("site").is_none() && cluster.is_none() && device.is_none() {
        return no(ALL, "A virtual machine must be assigned to a site, cluster, or device.");
    }
    let cluster_name = || world.display("virtualization.cluster", object.id("cluster").unwrap_or_default());
    let cluster_site = cluster.and_then(|c| c.generic("scope")).filter(|(k, _)| *k == "dcim.site").map(|(_, id)| id);
    if let (Some(site), Some(of_cluster)) = (object.id("site"), cluster_site)
        && site != of_cluster
    {
        let site = world.display("dcim.site", site);
        return no(
            "cluster",
            format!("The selected cluster ({}) is not assigned to this site ({site}).", cluster_name()),
        );
    }
    if let (Some(device), true) = (device, cluster.is_some())
        && device.id("cluster") != object.id("cluster")
    {
        let name = world.display("dcim.device", object.id("device").unwrap_or_default());
        let cluster = cluster_name();
        return no("device", format!("The selected device ({name}) is not assigned to this cluster ({cluster})."));
    }
    if let Some(id) = id {
        let sum = disk_sum(world, id);
        let disk = object.get("disk").as_u64();
        if let (Some(sum), Some(disk)) = (sum, disk)
            && sum != disk
        {
            return no(
                "disk",
                format!(
                    "The specified disk size ({disk}) must match the aggregate size of assigned virtual disks ({sum})."
                ),
            );
        }
    }
    check_primaries(world, "virtual_machine", "this VM", id, object)?;
    // A machine is where its cluster or its device is.
    if object.id("site").is_none() {
        let site = cluster_site.or_else(|| device.and_then(|d| d.id("site")));
        object.set("site", json!(site));
    }
    let is_same = |o: &Object| {
        object.id("cluster").is_some()
            && o.id("cluster") == object.id("cluster")
            && o.id("tenant") == object.id("tenant")
            && o.text("name").to_lowercase() == object.text("name").to_lowercase()
    };
    if world.all(VM).any(|(other, o)| Some(other) != id && is_same(o)) {
        let and_tenant = if object.id("tenant").is_some() { " and tenant" } else { "" };
        return no(ALL, format!("Virtual machine name must be unique per cluster{and_tenant}."));
    }
    Ok(())
}

pub fn check_device(world: &World, id: Option<u64>, object: &Object) -> Checked {
    check_primaries(world, "device", "this device", id, object)?;
    let name = object.text("name").to_lowercase();
    let is_same = |o: &Object| {
        o.id("site") == object.id("site")
            && o.id("tenant") == object.id("tenant")
            && o.text("name").to_lowercase() == name
    };
    if !name.is_empty() && world.all("dcim.device").any(|(other, o)| Some(other) != id && is_same(o)) {
        return no(
            ALL,
            match object.id("tenant") {
                None => "Device name must be unique per site.",
                Some(_) => "Constraint \u{201c}dcim_device_unique_name_site_tenant\u{201d} is violated.",
            },
        );
    }
    Ok(())
}

/// A primary address has the right family and is on one of the machine's interfaces.
fn check_primaries(world: &World, parent: &str, this: &str, id: Option<u64>, object: &Object) -> Checked {
    let kind = if parent == "device" { "dcim.interface" } else { "virtualization.vminterface" };
    let is_ours = |at: Option<(&str, u64)>| {
        at.is_some_and(|(k, interface)| {
            k == kind && id.is_some() && world.get(kind, interface).and_then(|i| i.id(parent)) == id
        })
    };
    for (field, family, other) in [("primary_ip4", 4, 6), ("primary_ip6", 6, 4)] {
        let Some(address) = object.id(field).and_then(|a| world.get("ipam.ipaddress", a)) else { continue };
        let name = address.text("address");
        if address.net.is_some_and(|n| n.family() != family) {
            return no(
                field,
                match parent {
                    "device" => format!("{name} is not an IPv{family} address."),
                    _ => format!("Must be an IPv{family} address. ({name} is an IPv{other} address.)"),
                },
            );
        }
        let inside = address.id("nat_inside").and_then(|a| world.get("ipam.ipaddress", a));
        let is_there = is_ours(address.generic("assigned_object"))
            || inside.is_some_and(|inside| is_ours(inside.generic("assigned_object")));
        if !is_there {
            return no(field, format!("The specified IP address ({name}) is not assigned to {this}."));
        }
    }
    Ok(())
}

pub fn check_interface(world: &World, model: &Model, id: Option<u64>, object: &Object) -> Checked {
    let primary = object.id("primary_mac_address").and_then(|m| world.get("dcim.macaddress", m));
    if let Some(mac) = primary {
        let at = mac.generic("assigned_object");
        if at.is_some() && at != id.map(|id| (model.kind, id)) {
            let mac = mac.text("mac_address");
            return no(
                "primary_mac_address",
                format!(
                    "MAC address {mac} is assigned to a different interface. Only MAC addresses assigned to this \
                         interface can be its primary."
                ),
            );
        }
    }
    let mode = object.text("mode");
    if mode.is_empty() && object.id("untagged_vlan").is_some() {
        return no("untagged_vlan", "Interface mode does not support untagged vlan.");
    }
    if !matches!(mode, "tagged" | "tagged-all") && !object.ids("tagged_vlans").is_empty() {
        return no("tagged_vlans", "Interface mode does not support tagged vlans");
    }
    Ok(())
}

/// A primary MAC address stays where it is.
pub fn check_mac(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let Some(before) = id.and_then(|id| world.get("dcim.macaddress", id)) else { return Ok(()) };
    let was = before.generic("assigned_object");
    let is_primary = was
        .is_some_and(|(kind, interface)| world.get(kind, interface).is_some_and(|i| i.id("primary_mac_address") == id));
    if is_primary && was != object.generic("assigned_object") {
        return no(ALL, "Cannot unassign MAC Address while it is designated as the primary MAC for an object");
    }
    Ok(())
}

/// Of its virtual disks, in MB; `None` without any.
fn disk_sum(world: &World, vm: u64) -> Option<u64> {
    let disks = world.all("virtualization.virtualdisk").filter(|(_, d)| d.id("virtual_machine") == Some(vm));
    disks.map(|(_, d)| d.get("size").as_u64().unwrap_or_default()).reduce(|a, b| a + b)
}

pub fn sum_disks(world: &mut World, vm: u64) {
    let sum = disk_sum(world, vm).map_or(Value::Null, |sum| json!(sum));
    world.set(VM, vm, "disk", sum);
}
