//! Interfaces: ifTable and ifXTable joined, what stands on what, and what belongs to an aggregate.

use super::{oids::Column as C, row::Tables};
use direttore_domain::device::seen::SeenInterface;
use std::collections::BTreeSet;

/// `ifSpeed` of everything that is too fast for it.
const SATURATED: u64 = 4_294_967_295;

/// IANA's number of an aggregate.
const LAG: u32 = 161;

pub(super) fn interfaces(tables: &Tables, notes: &mut Vec<String>) -> Vec<SeenInterface> {
    let indices: BTreeSet<u32> = [C::IfDescr, C::IfType, C::IfName]
        .into_iter()
        .flat_map(|column| tables.of(column))
        .filter_map(|(index, _)| if let [index] = index { Some(*index) } else { None })
        .collect();
    let mut nameless = 0;
    let mut all = Vec::new();
    for index in indices {
        let at = [index];
        let long_name = tables.text(C::IfDescr, &at);
        let name = Some(tables.text(C::IfName, &at)).filter(|name| !name.is_empty()).unwrap_or(long_name.clone());
        if name.is_empty() {
            nameless += 1;
            continue;
        }
        let number = |column| tables.number(column, &at);
        let kind = number(C::IfType).and_then(|kind| u32::try_from(kind).ok()).unwrap_or(1);
        let fast =
            number(C::IfHighSpeed).filter(|megabits| *megabits > 0).map(|megabits| megabits.saturating_mul(1000));
        let slow = number(C::IfSpeed).filter(|bits| (1000..SATURATED).contains(bits)).map(|bits| bits / 1000);
        all.push(SeenInterface {
            index,
            name,
            long_name,
            description: tables.text(C::IfAlias, &at),
            kind,
            mtu: number(C::IfMtu).and_then(|mtu| u32::try_from(mtu).ok()).filter(|mtu| (1..=65_536).contains(mtu)),
            speed: fast.or(slow),
            mac: tables.get(C::IfMac, &at).and_then(super::row::Is::mac),
            is_enabled: number(C::IfAdmin) != Some(2),
            is_up: number(C::IfOper) == Some(1),
            lag: number(C::Lag).and_then(|lag| u32::try_from(lag).ok()).filter(|lag| *lag != 0 && *lag != index),
            ..SeenInterface::default()
        });
    }
    if nameless > 0 {
        notes.push(format!("{nameless} interfaces have no name and were left out"));
    }
    stacked(tables, &mut all);
    all
}

/// A row is `above.below`. Of an aggregate it names members, else the interface that a unit belongs to.
fn stacked(tables: &Tables, all: &mut [SeenInterface]) {
    for (index, _) in tables.of(C::Stack) {
        let [above, below] = *index else { continue };
        let Some(upper) = all.iter().position(|i| i.index == above) else { continue };
        let Some(lower) = all.iter().position(|i| i.index == below) else { continue };
        if all[upper].kind == LAG && all[lower].kind != LAG {
            // A unit of an aggregate has the aggregate's name in it.
            if !all[lower].name.starts_with(&format!("{}.", all[upper].name)) && all[lower].lag.is_none() {
                all[lower].lag = Some(above);
            }
        } else if is_unit(&all[upper].name, &all[lower].name) || is_unit(&all[upper].long_name, &all[lower].long_name) {
            all[upper].parent = Some(below);
        }
    }
    // Agents that have no such table name units after what they belong to.
    let names: Vec<(u32, [String; 2])> = all.iter().map(|i| (i.index, [i.name.clone(), i.long_name.clone()])).collect();
    for interface in all.iter_mut().filter(|i| i.parent.is_none()) {
        let Some((stem, _)) = interface.name.rsplit_once('.') else { continue };
        interface.parent =
            names.iter().find(|(_, names)| names.iter().any(|name| name == stem)).map(|(index, _)| *index);
    }
}

/// `Gi0/1.10` belongs to `Gi0/1`.
fn is_unit(unit: &str, of: &str) -> bool {
    unit.strip_prefix(of).is_some_and(|rest| rest.starts_with(['.', ':']))
}
