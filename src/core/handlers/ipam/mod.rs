//! `/ipam …`: prefixes, addresses and VLANs as NetBox has them; addresses taken and given back.
//!
//! Prefixes and VLANs come from NetBox' view, addresses and all that decides something are asked live.

pub mod addresses;
pub mod allocate;
pub mod check;
pub mod prefixes;
pub mod release;
pub mod vlans;

use super::Cx;
use crate::ipam::{Ipam, View};
use direttore_clients::netbox::{Address, Assigned, Site};
use direttore_domain::{Refusal, Trouble, grant::Touches, nearest::nearest, policy};
use serde_json::{Value, json};

/// What is old in a view that NetBox gave, for every list's warning.
pub(super) fn stale(ipam: &Ipam, view: &View) -> Vec<Value> {
    ipam.trouble().iter().map(|failure| json!({ "why": failure.to_string(), "seen": view.as_of })).collect()
}

/// The site meant, by its name or slug, in any case.
pub(super) fn site<'v>(view: &'v View, given: &str) -> Result<&'v Site, Refusal> {
    let is_it = |s: &&Site| s.name.eq_ignore_ascii_case(given) || s.slug.eq_ignore_ascii_case(given);
    view.sites.iter().find(is_it).ok_or_else(|| Refusal::NoSuch {
        what: "site",
        given: given.to_owned(),
        nearest: nearest(given, view.sites.iter().map(|s| s.name.as_str())).map(str::to_owned),
        has: view.sites.iter().map(|s| s.name.clone()).collect(),
    })
}

/// An address is in no pool and on no node: grants that name some do not cover it.
fn check_grants(cx: &Cx, what: &str) -> Result<(), Trouble> {
    let Cx { actor, command, channel, .. } = cx;
    Ok(policy::check_touch(actor, command.permission, &command.path, channel, what, Touches::default())?)
}

/// `10.0.10.5/24`, with `@` and the VRF where it is in one.
fn told(address: &Address) -> String {
    match &address.vrf {
        Some(vrf) => format!("{}@{}", address.address, vrf.name),
        None => address.address.to_string(),
    }
}

/// `web1 net0`: who has it, and on which interface.
fn holder(assigned: &Assigned) -> String {
    let parent = assigned.parent.as_ref().map(|p| p.name.as_str()).unwrap_or_default();
    [parent, &assigned.name].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
