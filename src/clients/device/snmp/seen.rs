//! From tables to [`Seen`].

use super::{
    address, interface, module, neighbour,
    oids::Column as C,
    row::{Is, Tables, dotted},
    vlan, vrf,
};
use direttore_domain::device::seen::{Seen, System};

pub(super) fn seen(tables: &Tables) -> Seen {
    let mut notes = tables.notes.clone();
    let mut interfaces = interface::interfaces(tables, &mut notes);
    address::give(tables, &mut interfaces, &mut notes);
    vlan::give(tables, &mut interfaces);
    let vrfs = vrf::vrfs(tables, &mut interfaces);
    let neighbours = neighbour::neighbours(tables, &interfaces);
    let modules = module::modules(tables);
    Seen { system: system(tables), interfaces, vlans: vlan::vlans(tables), vrfs, modules, neighbours, notes }
}

fn system(tables: &Tables) -> System {
    let said = |field: u32| tables.text(C::System, &[field, 0]);
    let chassis = module::chassis(tables);
    let serial = chassis.as_ref().map(|chassis| chassis.serial.clone()).filter(|serial| !serial.is_empty());
    System {
        name: said(5),
        description: said(1),
        object_id: match tables.get(C::System, &[2, 0]) {
            Some(Is::Oid(arcs)) => dotted(arcs),
            _ => String::new(),
        },
        location: said(6),
        serial: serial.unwrap_or_else(|| tables.text(C::JuniperSerial, &[0])),
        model: chassis.as_ref().map(|chassis| chassis.model.clone()).unwrap_or_default(),
        manufacturer: chassis.as_ref().map(|chassis| chassis.manufacturer.clone()).unwrap_or_default(),
        software: module::software(tables),
    }
}
