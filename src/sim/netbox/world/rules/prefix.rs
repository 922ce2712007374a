//! Prefixes, ranges and VLANs.

use super::{ALL, Checked, no};
use crate::netbox::{
    net::Net,
    world::{Object, World, made},
};

pub fn check(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let Some(net) = Net::parse(object.text("prefix")) else { return Ok(()) };
    if net.length == 0 {
        return no("prefix", "Cannot create prefix with /0 mask.");
    }
    let vrf = object.id("vrf");
    let place = match vrf.and_then(|vrf| world.get("ipam.vrf", vrf)) {
        Some(found) if !found.is("enforce_unique") => return Ok(()),
        Some(_) => format!("VRF {}", world.display("ipam.vrf", vrf.unwrap_or_default())),
        None => "global table".to_owned(),
    };
    let is_same = |o: &Object| o.id("vrf") == vrf && o.net == Some(net);
    if world.all("ipam.prefix").any(|(other, o)| Some(other) != id && is_same(o)) {
        return no("prefix", format!("Duplicate prefix found in {place}: {net}"));
    }
    Ok(())
}

pub fn check_range(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let (Some(start), Some(end)) = (Net::parse(object.text("start_address")), Net::parse(object.text("end_address")))
    else {
        return Ok(());
    };
    if start.bits != end.bits {
        return no("end_address", "Starting and ending IP address versions must match");
    }
    if start.length != end.length {
        return no("end_address", "Starting and ending IP address masks must match");
    }
    if end.address <= start.address {
        return no("end_address", format!("Ending address must be greater than the starting address ({start})"));
    }
    let overlaps = |o: &Object| {
        o.id("vrf") == object.id("vrf")
            && o.net.is_some_and(|n| n.bits == start.bits)
            && made::range(o).is_some_and(|(first, last)| first <= end.address && start.address <= last)
    };
    if let Some((_, other)) = world.all("ipam.iprange").find(|(other, o)| Some(*other) != id && overlaps(o)) {
        let vrf = object.id("vrf").map_or_else(|| "None".to_owned(), |vrf| world.display("ipam.vrf", vrf));
        let name = made::range_name(other);
        return no(ALL, format!("Defined addresses overlap with range {name} in VRF {vrf}"));
    }
    Ok(())
}

pub fn check_vlan(world: &World, object: &Object) -> Checked {
    let Some(group) = object.id("group").and_then(|id| world.get("ipam.vlangroup", id)) else { return Ok(()) };
    let vid = object.get("vid").as_u64().unwrap_or_default();
    if made::vids(group).contains(&vid) {
        return Ok(());
    }
    let ranges: Vec<String> =
        group.get("vid_ranges").as_array().into_iter().flatten().map(|r| format!("{}-{}", r[0], r[1])).collect();
    let name = group.text("name");
    no("vid", format!("VID must be in ranges {} for VLANs in group {name}", ranges.join(",")))
}
