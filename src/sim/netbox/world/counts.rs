//! How many objects name another one, and how prefixes lie in each other: counted for all at once, when first asked for,
//! and forgotten with the next change. A page of a thousand would count a thousand times otherwise.

use super::World;
use crate::netbox::net::Net;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[derive(Debug, Default)]
pub struct Counts {
    /// By kind and field: how many name this id.
    named: HashMap<(String, String), HashMap<u64, usize>>,
    /// By prefix: how many lie in it, and in how many it lies.
    tree: Option<HashMap<u64, (usize, usize)>>,
}

/// Of a world, which is read by one caller at a time.
pub type Cached = Mutex<Counts>;

impl World {
    /// How many objects of a kind name this id in a field.
    pub fn count(&self, kind: &str, field: &str, id: u64) -> usize {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let named = counts.named.entry((kind.to_owned(), field.to_owned())).or_insert_with(|| {
            let mut found = HashMap::new();
            for id in self.all(kind).filter_map(|(_, o)| o.id(field)) {
                *found.entry(id).or_default() += 1;
            }
            found
        });
        named.get(&id).copied().unwrap_or(0)
    }

    /// How many prefixes of the same VRF lie in this one, and in how many it lies.
    pub(super) fn relatives(&self, id: u64) -> (usize, usize) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let tree = counts.tree.get_or_insert_with(|| self.tree());
        tree.get(&id).copied().unwrap_or_default()
    }

    fn tree(&self) -> HashMap<u64, (usize, usize)> {
        let mut all: Vec<(Option<u64>, Net, u64)> =
            self.all("ipam.prefix").filter_map(|(id, o)| Some((o.id("vrf"), o.net?, id))).collect();
        all.sort_by_key(|(vrf, net, id)| (*vrf, net.bits, net.first(), net.length, *id));
        let mut found: HashMap<u64, (usize, usize)> = HashMap::new();
        // Those that the current one lies in, the widest first.
        let mut around: Vec<(Option<u64>, Net, u64)> = Vec::new();
        for (vrf, net, id) in all {
            around.retain(|(v, outer, _)| *v == vrf && outer.covers(net));
            let parents: Vec<u64> =
                around.iter().filter(|(_, outer, _)| outer.length < net.length).map(|(.., id)| *id).collect();
            found.entry(id).or_default().1 = parents.len();
            for parent in parents {
                found.entry(parent).or_default().0 += 1;
            }
            around.push((vrf, net, id));
        }
        found
    }
}
