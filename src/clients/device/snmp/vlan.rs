//! VLANs, and which interfaces carry them: sets of bridge ports, a bit each, the first port the highest bit.

use super::{oids::Column as C, row::Tables};
use direttore_domain::{
    VlanId,
    device::seen::{SeenInterface, SeenVlan},
};
use std::collections::BTreeMap;

fn vid(number: u64) -> Option<VlanId> {
    number.to_string().parse().ok()
}

/// Cisco's reserved ones are in every switch and in nobody's plan.
fn is_reserved(vid: VlanId, name: &str) -> bool {
    (1002..=1005).contains(&vid.get())
        && (name.contains("default") || name.starts_with("token") || name.starts_with("trnet"))
}

pub(super) fn vlans(tables: &Tables) -> Vec<SeenVlan> {
    let mut all: BTreeMap<VlanId, String> = BTreeMap::new();
    for (index, is) in tables.of(C::VlanName) {
        if let Some(vid) = index.last().and_then(|n| vid(u64::from(*n))) {
            all.insert(vid, is.text());
        }
    }
    for (index, is) in tables.of(C::VtpName) {
        if let [_, number] = index
            && let Some(vid) = vid(u64::from(*number))
            && !is_reserved(vid, &is.text())
        {
            all.entry(vid).or_insert_with(|| is.text());
        }
    }
    all.into_iter().map(|(vid, name)| SeenVlan { vid, name }).collect()
}

pub(super) fn give(tables: &Tables, interfaces: &mut [SeenInterface]) {
    let ports: BTreeMap<u32, u32> = tables
        .of(C::BridgePort)
        .filter_map(|(index, is)| Some((*index.first()?, u32::try_from(is.number()?).ok()?)))
        .collect();
    // Agents without the table number their ports as their interfaces.
    let interface_of = |port: u32| if ports.is_empty() { port } else { ports.get(&port).copied().unwrap_or(0) };
    for (index, is) in tables.of(C::VlanEgress) {
        let Some(vid) = index.last().and_then(|n| vid(u64::from(*n))) else { continue };
        let bare = tables.get(C::VlanUntagged, index).map(|set| members(set.bytes())).unwrap_or_default();
        for port in members(is.bytes()) {
            let Some(interface) = interfaces.iter_mut().find(|i| i.index == interface_of(port)) else { continue };
            if !bare.contains(&port) {
                interface.tagged.push(vid);
            } else if interface.untagged.is_none() {
                interface.untagged = Some(vid);
            }
        }
    }
    // What a port gives to frames without a tag counts more than what it sends without one.
    for (index, is) in tables.of(C::Pvid) {
        let (Some(port), Some(vid)) = (index.first(), is.number().and_then(vid)) else { continue };
        if let Some(interface) = interfaces.iter_mut().find(|i| i.index == interface_of(*port))
            && (interface.untagged.is_some() || !interface.tagged.is_empty())
        {
            interface.tagged.retain(|tagged| *tagged != vid);
            interface.untagged = Some(vid);
        }
    }
}

/// Port numbers of a set.
fn members(set: &[u8]) -> Vec<u32> {
    let mut all = Vec::new();
    for (at, byte) in (0_u32..).zip(set) {
        all.extend((0..8).filter(|bit| byte & (0x80 >> bit) != 0).map(|bit| at * 8 + bit + 1));
    }
    all
}
