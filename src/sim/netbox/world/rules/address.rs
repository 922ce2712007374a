//! IP addresses: duplicates, populated ranges, network and broadcast addresses, primary ones.

use super::{ALL, Checked, no};
use crate::netbox::{
    net::Net,
    world::{Object, World, made},
};

/// Whether addresses of this role may exist more than once.
fn is_repeatable(role: &str) -> bool {
    matches!(role, "anycast" | "vip" | "vrrp" | "hsrp" | "glbp" | "carp")
}

pub fn check(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let Some(net) = Net::parse(object.text("address")) else { return Ok(()) };
    if net.length == 0 {
        return no("address", "Cannot create IP address with /0 mask.");
    }
    if object.generic("assigned_object").is_some() && !net.is_tiny() {
        let host = net.host();
        if net.address == net.first() {
            return no(ALL, format!("{host} is a network ID, which may not be assigned to an interface."));
        }
        if net.bits == 32 && net.address == net.last() {
            return no(ALL, format!("{host} is a broadcast address, which may not be assigned to an interface."));
        }
    }
    if id.is_none() {
        check_ranges(world, object, net)?;
    }
    check_duplicates(world, id, object, net)?;
    check_primary(world, id, object)?;
    if object.text("status") == "slaac" && net.family() != 6 {
        return no("status", "Only IPv6 addresses can be assigned SLAAC status");
    }
    Ok(())
}

fn check_ranges(world: &World, object: &Object, net: Net) -> Checked {
    let populated = world.all("ipam.iprange").find(|(_, r)| {
        r.is("mark_populated")
            && r.id("vrf") == object.id("vrf")
            && r.net.is_some_and(|n| n.bits == net.bits)
            && made::range(r).is_some_and(|(first, last)| (first..=last).contains(&net.address))
    });
    match populated {
        Some((_, range)) => {
            no("address", format!("Cannot create IP address {net} inside range {}.", made::range_name(range)))
        }
        None => Ok(()),
    }
}

fn check_duplicates(world: &World, id: Option<u64>, object: &Object, net: Net) -> Checked {
    let vrf = object.id("vrf");
    let place = match vrf.and_then(|vrf| world.get("ipam.vrf", vrf)) {
        Some(found) if !found.is("enforce_unique") => return Ok(()),
        Some(_) => format!("VRF {}", world.display("ipam.vrf", vrf.unwrap_or_default())),
        None => "global table".to_owned(),
    };
    let is_same =
        |o: &Object| o.id("vrf") == vrf && o.net.is_some_and(|n| (n.bits, n.address) == (net.bits, net.address));
    let same: Vec<_> =
        world.all("ipam.ipaddress").filter(|(other, o)| Some(*other) != id && is_same(o)).map(|(_, o)| o).collect();
    let is_single = |o: &Object| !is_repeatable(o.text("role"));
    match same.first() {
        Some(first) if is_single(object) || same.iter().any(|o| is_single(o)) => {
            no("address", format!("Duplicate IP address found in {place}: {}", first.text("address")))
        }
        _ => Ok(()),
    }
}

/// An address that is somebody's primary one stays where it is.
fn check_primary(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let Some(before) = id.and_then(|id| world.get("ipam.ipaddress", id)) else { return Ok(()) };
    let (was, is) = (before.generic("assigned_object"), object.generic("assigned_object"));
    if was == is || was.is_none() {
        return Ok(());
    }
    let is_primary = ["dcim.device", "virtualization.virtualmachine"]
        .iter()
        .any(|kind| world.all(kind).any(|(_, o)| [o.id("primary_ip4"), o.id("primary_ip6")].contains(&id)));
    let owner = |at: Option<(&str, u64)>| {
        let (kind, id) = at?;
        let field = if kind == "dcim.interface" { "device" } else { "virtual_machine" };
        Some((kind.to_owned(), world.get(kind, id)?.id(field)))
    };
    // Another interface of the same machine would do.
    if is_primary && owner(was) != owner(is) {
        return no(ALL, "Cannot reassign IP address while it is designated as the primary IP for the parent object");
    }
    Ok(())
}
