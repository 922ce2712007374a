//! VRFs by the standard table, whose index is the name, and by Cisco's, whose index is a number.

use super::{
    oids::Column as C,
    row::{Tables, named},
};
use direttore_domain::device::seen::{SeenInterface, SeenVrf};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn vrfs(tables: &Tables, interfaces: &mut [SeenInterface]) -> Vec<SeenVrf> {
    let mut all: BTreeMap<String, SeenVrf> = BTreeMap::new();
    let mut add = |name: String| {
        let empty = SeenVrf { name: name.clone(), rd: None, description: String::new() };
        all.entry(name).or_insert(empty);
    };
    let rows = tables.of(C::VrfDescr).chain(tables.of(C::VrfRd)).chain(tables.of(C::VrfMember));
    let standard: BTreeSet<String> = rows.filter_map(|(index, _)| named(index)).map(|(name, _)| name).collect();
    standard.into_iter().filter(|name| !name.is_empty()).for_each(&mut add);
    let numbered: BTreeMap<u32, String> =
        tables.of(C::CiscoVrfName).filter_map(|(index, is)| Some((*index.first()?, is.text()))).collect();
    numbered.values().filter(|name| !name.is_empty()).cloned().for_each(&mut add);
    for (index, is) in tables.of(C::VrfRd) {
        if let Some(vrf) = named(index).and_then(|(name, _)| all.get_mut(&name)) {
            vrf.rd = Some(is.text()).filter(|rd| !rd.is_empty());
        }
    }
    for (index, is) in tables.of(C::VrfDescr) {
        if let Some(vrf) = named(index).and_then(|(name, _)| all.get_mut(&name)) {
            vrf.description = is.text();
        }
    }
    let mut put = |index: u32, name: &str| {
        if let Some(interface) = interfaces.iter_mut().find(|i| i.index == index) {
            interface.vrf = Some(name.to_owned());
        }
    };
    for (index, _) in tables.of(C::VrfMember) {
        if let Some((name, [interface])) = named(index) {
            put(*interface, &name);
        }
    }
    for (index, _) in tables.of(C::CiscoVrfMember) {
        if let [number, interface] = *index
            && let Some(name) = numbered.get(&number)
        {
            put(interface, name);
        }
    }
    all.into_values().collect()
}
