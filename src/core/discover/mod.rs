//! What SNMP saw of a device, against what NetBox has of it: a plan of calls, and nothing done yet.
//!
//! [`plan`] is pure. Each [`Change`] is one call with its reason, in an order in which they can be made: what is made first
//! may be named by what follows (`{"$made": "vrf:blue"}` stands for the id that NetBox gives to the change of that key).
//! What a person wrote is never overwritten, only what is empty is filled, unless [`Wish::overwrite`] asks for it. What is
//! gone from the device is told and left. Planning what was carried out gives no change.

mod interfaces;
mod known;
mod names;
mod others;

#[cfg(test)]
mod tests;

pub use known::{Known, KnownAddress, KnownDevice, KnownInterface, KnownVlan, KnownVrf};

use direttore_domain::device::seen::Seen;
use serde_json::Value;
use std::net::IpAddr;

/// What the asker wants.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Also what a person may have written.
    pub overwrite: bool,
    /// The address that SNMP answered on.
    pub answered: Option<IpAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Post,
    Patch,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// By which later changes name what this one makes: `interface:Gi0/1`.
    pub key: String,
    pub method: Method,
    /// Below `/api/`: `dcim/interfaces` or `dcim/interfaces/7`.
    pub path: String,
    pub body: Value,
    /// For people: "new interface", "description was empty".
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

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn make(&mut self, key: String, path: &str, body: Value, why: &str) {
        self.changes.push(Change { key, method: Method::Post, path: path.to_owned(), body, why: why.to_owned() });
    }

    fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Left { what: what.into(), why: why.into() });
    }
}

/// The difference of one device.
pub fn plan(seen: &Seen, known: &Known, wish: &Wish) -> Plan {
    let mut plan = Plan::default();
    others::device(seen, known, wish, &mut plan);
    others::vrfs(seen, known, &mut plan);
    others::vlans(seen, known, &mut plan);
    let ids = interfaces::interfaces(seen, known, wish, &mut plan);
    others::addresses(seen, known, &ids, &mut plan);
    others::primary(seen, known, wish, &mut plan);
    others::neighbours(seen, &mut plan);
    plan
}
