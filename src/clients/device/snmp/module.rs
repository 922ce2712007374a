//! Parts with serial numbers, the chassis first of all.

use super::{oids::Column as C, row::Tables};
use direttore_domain::device::seen::Module;

/// `entPhysicalClass`.
const CHASSIS: u64 = 3;
const STACK: u64 = 11;

fn part(tables: &Tables, index: &[u32]) -> Module {
    Module {
        name: tables.text(C::PhysName, index),
        description: tables.text(C::PhysDescr, index),
        model: tables.text(C::PhysModel, index),
        serial: tables.text(C::PhysSerial, index),
        manufacturer: tables.text(C::PhysMaker, index),
    }
}

/// The first chassis that has a serial number or a model; a stack has one for each of its members.
pub(super) fn chassis(tables: &Tables) -> Option<Module> {
    let parts = tables.of(C::PhysClass).filter(|(_, class)| class.number() == Some(CHASSIS));
    let mut parts = parts.map(|(index, _)| part(tables, index));
    let first = parts.next()?;
    if first.serial.is_empty() && first.model.is_empty() {
        return parts.find(|part| !part.serial.is_empty()).or(Some(first));
    }
    Some(first)
}

/// All others with a serial number.
pub(super) fn modules(tables: &Tables) -> Vec<Module> {
    let first = chassis(tables);
    let others = tables.of(C::PhysClass).filter(|(_, class)| class.number() != Some(STACK));
    others
        .map(|(index, _)| part(tables, index))
        .filter(|part| !part.serial.is_empty() && first.as_ref() != Some(part))
        .collect()
}

/// What the first part that tells it runs.
pub(super) fn software(tables: &Tables) -> String {
    tables.of(C::PhysSoftware).map(|(_, is)| is.text()).find(|text| !text.is_empty()).unwrap_or_default()
}
