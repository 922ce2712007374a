//! What SNMP saw of a device, against what NetBox has of it: a plan of calls, and nothing done yet.
//!
//! [`known`] reads NetBox, [`plan`] is pure. Each [`Change`] is one call with its reason, in an order in which they can be
//! made: what is made first may be named by what follows (`{"$made": "vrf:blue"}` stands for the id that NetBox gives to the
//! change of that key; [`resolved`] puts it in, [`waves`] says what can be made at once). What a person wrote is never
//! overwritten, only what is empty is filled, unless [`Wish::overwrite`] asks for it. What is gone from the device is told
//! and left. Planning what was carried out gives no change, and planning what was carried out in part gives the rest: that
//! is how a job goes on after a crash.

mod cables;
mod device;
mod gather;
mod interfaces;
mod items;
mod known;
mod maker;
mod names;
mod others;
mod waves;

#[cfg(test)]
mod tests;

pub use gather::{Whose, Words, known, known_or_failure};
pub use known::{
    Known, KnownAddress, KnownDevice, KnownInterface, KnownItem, KnownNamed, KnownPeer, KnownType, KnownVlan, KnownVrf,
    NewDevice,
};
pub use names::slug;
pub use waves::waves;

use direttore_clients::netbox::Object;
use direttore_domain::{VlanId, device::seen::Seen};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What the asker wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Also what a person may have written.
    pub overwrite: bool,
    /// Parts with serial numbers, as inventory items.
    pub modules: bool,
    /// What neighbours tell, as cables.
    pub cables: bool,
    /// What is not looked at.
    pub without: BTreeSet<Part>,
    /// The address that SNMP answered on.
    pub answered: Option<IpAddr>,
}

/// What may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Ipv4,
    Ipv6,
    Macs,
    Vlans,
    Vrfs,
}

impl Part {
    pub const ALL: [(&'static str, Self); 5] = [
        ("ipv4", Self::Ipv4),
        ("ipv6", Self::Ipv6),
        ("macs", Self::Macs),
        ("vlans", Self::Vlans),
        ("vrfs", Self::Vrfs),
    ];
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// By which later changes name what this one makes: `interface:Gi0/1`.
    pub key: String,
    pub object: Object,
    /// What is changed: its id, or what an earlier change makes. Without it something is made.
    pub id: Option<Value>,
    pub body: Value,
    /// For people: "interface Gi0/1".
    pub what: String,
    /// For people: "is new", "description was empty".
    pub why: String,
}

/// What is not done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub what: String,
    pub why: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// Things that are as they should be.
    pub unchanged: usize,
    /// Differences that a person decides.
    pub skipped: Vec<Left>,
    /// What NetBox has and the device does not show.
    pub gone: Vec<Left>,
}

/// The change that makes the device itself. Its type brings interfaces along, so what is behind it is planned anew.
pub const DEVICE: &str = "device:new";

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub fn created(&self) -> usize {
        self.changes.iter().filter(|change| change.id.is_none()).count()
    }

    fn make(&mut self, key: String, object: Object, body: Value, what: impl Into<String>) {
        self.put(key, object, None, body, what, "is new");
    }

    fn put(
        &mut self,
        key: String,
        object: Object,
        id: Option<Value>,
        body: Value,
        what: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.changes.push(Change { key, object, id, body, what: what.into(), why: why.into() });
    }

    fn has(&self, key: &str) -> bool {
        self.changes.iter().any(|change| change.key == key)
    }

    fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Left { what: what.into(), why: why.into() });
    }
}

/// The difference of one device.
pub fn plan(seen: &Seen, known: &Known, wish: &Wish) -> Plan {
    let seen = &nameable(looked_at(seen.clone(), wish), known);
    let mut plan = Plan::default();
    device::device(seen, known, wish, &mut plan);
    others::vrfs(seen, known, &mut plan);
    others::vlans(seen, known, &mut plan);
    let ids = interfaces::interfaces(seen, known, wish, &mut plan);
    others::addresses(seen, known, wish, &ids, &mut plan);
    others::primary(seen, known, wish, &mut plan);
    if wish.modules {
        items::items(seen, known, wish, &mut plan);
    }
    cables::cables(seen, known, wish, &ids, &mut plan);
    plan
}

/// Only what is not left out.
fn looked_at(mut seen: Seen, wish: &Wish) -> Seen {
    let leaves = |part| wish.without.contains(&part);
    for interface in &mut seen.interfaces {
        let family = |address: IpAddr| if address.is_ipv4() { Part::Ipv4 } else { Part::Ipv6 };
        interface.addresses.retain(|a| !leaves(family(a.address.address())));
        if leaves(Part::Macs) {
            interface.mac = None;
        }
        if leaves(Part::Vlans) {
            interface.untagged = None;
            interface.tagged.clear();
        }
        if leaves(Part::Vrfs) {
            interface.vrf = None;
        }
    }
    if leaves(Part::Vlans) {
        seen.vlans.clear();
    }
    if leaves(Part::Vrfs) {
        seen.vrfs.clear();
    }
    seen
}

/// A VLAN that an interface has and neither the device nor NetBox has a name for is of no use to NetBox: most often it is
/// the switch's own for frames without a tag.
fn nameable(mut seen: Seen, known: &Known) -> Seen {
    let vids: BTreeSet<VlanId> =
        seen.vlans.iter().map(|vlan| vlan.vid).chain(known.vlans.iter().map(|vlan| vlan.vid)).collect();
    for interface in &mut seen.interfaces {
        interface.untagged = interface.untagged.filter(|vid| vids.contains(vid));
        interface.tagged.retain(|vid| vids.contains(vid));
    }
    seen
}

/// What an earlier change of the plan makes.
fn made(key: &str) -> Value {
    json!({ "$made": key })
}

/// A body or an id with the ids of what was made.
///
/// # Errors
/// The key of what was not made.
pub fn resolved(body: &Value, ids: &BTreeMap<String, u64>) -> Result<Value, String> {
    Ok(match body {
        Value::Object(map) => match map.get("$made").and_then(Value::as_str) {
            Some(key) => json!(ids.get(key).ok_or_else(|| key.to_owned())?),
            None => {
                let one = |(name, value): (&String, &Value)| Ok((name.clone(), resolved(value, ids)?));
                Value::Object(map.iter().map(one).collect::<Result<_, String>>()?)
            }
        },
        Value::Array(items) => Value::Array(items.iter().map(|i| resolved(i, ids)).collect::<Result<_, _>>()?),
        other => other.clone(),
    })
}
