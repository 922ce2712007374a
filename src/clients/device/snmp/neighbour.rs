//! Who is at the other end, by LLDP and by CDP.

use super::{
    oids::Column as C,
    row::{Is, Tables},
};
use direttore_domain::device::seen::{Neighbour, Protocol, SeenInterface};
use std::collections::BTreeMap;

/// `lldpRemChassisIdSubtype` and `lldpRemPortIdSubtype` of a hardware address.
const CHASSIS_MAC: u64 = 4;
const PORT_MAC: u64 = 3;

pub(super) fn neighbours(tables: &Tables, interfaces: &[SeenInterface]) -> Vec<Neighbour> {
    let mut all = lldp(tables, interfaces);
    for cdp in cdp(tables, interfaces) {
        let is_known = all.iter().any(|lldp| lldp.index == cdp.index && short(&lldp.device) == short(&cdp.device));
        if !is_known {
            all.push(cdp);
        }
    }
    all
}

/// `FIELD.TIME.PORT.IDX`.
fn lldp(tables: &Tables, interfaces: &[SeenInterface]) -> Vec<Neighbour> {
    let mut remotes: BTreeMap<&[u32], BTreeMap<u32, &Is>> = BTreeMap::new();
    for (index, is) in tables.of(C::LldpRemote) {
        if let [field, row @ ..] = index
            && row.len() == 3
        {
            remotes.entry(row).or_default().insert(*field, is);
        }
    }
    let told = |(row, fields): (&[u32], BTreeMap<u32, &Is>)| {
        let port = row[1];
        let said = |field: u32| fields.get(&field).map(|is| is.text()).unwrap_or_default();
        let kind = |field: u32| fields.get(&field).and_then(|is| is.number());
        let chassis = fields.get(&5).filter(|_| kind(4) == Some(CHASSIS_MAC)).and_then(|is| is.mac());
        let described = Some(said(8)).filter(|_| kind(6) == Some(PORT_MAC)).filter(|words| !words.is_empty());
        let their =
            described.or_else(|| fields.get(&7).and_then(|is| if kind(6) == Some(PORT_MAC) { is.mac() } else { None }));
        let device = Some(said(9)).filter(|name| !name.is_empty());
        let device = device.or_else(|| chassis.clone()).unwrap_or_else(|| said(5));
        let named = tables.text(C::LldpPort, &[port]);
        let ours = ours(interfaces, &named, port);
        let port_name = ours.map(|i| i.name.clone()).unwrap_or(named);
        Neighbour {
            index: ours.map(|i| i.index),
            port: port_name,
            device,
            chassis,
            their_port: their.unwrap_or_else(|| said(7)),
            told_by: Protocol::Lldp,
        }
    };
    remotes.into_iter().map(told).filter(|neighbour| !neighbour.device.is_empty()).collect()
}

/// By name; where LLDP numbers its ports as interfaces are numbered, by that.
fn ours<'a>(interfaces: &'a [SeenInterface], named: &str, port: u32) -> Option<&'a SeenInterface> {
    let by_name = interfaces.iter().find(|i| !named.is_empty() && (i.name == named || i.long_name == named));
    by_name.or_else(|| interfaces.iter().find(|i| named.is_empty() && i.index == port))
}

fn cdp(tables: &Tables, interfaces: &[SeenInterface]) -> Vec<Neighbour> {
    let told = |(index, is): (&[u32], &Is)| {
        let on = *index.first()?;
        let ours = interfaces.iter().find(|i| i.index == on);
        Some(Neighbour {
            index: ours.map(|i| i.index),
            port: ours.map(|i| i.name.clone()).unwrap_or_default(),
            device: is.text(),
            chassis: None,
            their_port: tables.text(C::CdpPort, index),
            told_by: Protocol::Cdp,
        })
    };
    tables.of(C::CdpDevice).filter_map(told).filter(|neighbour| !neighbour.device.is_empty()).collect()
}

/// CDP adds domains and serial numbers: `sw1.example.net`, `sw1(FOX123)`.
fn short(name: &str) -> &str {
    name.split(['.', '(']).next().unwrap_or(name)
}
