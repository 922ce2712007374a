//! Reservations of a while as lanes: one for each thing, several where several have it.

use super::whose::is_own;
use crate::handlers::Cx;
use direttore_domain::{Instant, ResourceKey, Trouble};
use direttore_store::{
    claim::{self, Span},
    reservation::{self, Reservation},
};
use std::collections::{BTreeMap, HashMap};

/// A place that a reservation holds.
#[derive(Debug, Clone)]
pub struct Slot {
    pub key: ResourceKey,
    /// Of what it is a place.
    pub name: String,
    pub lane: i64,
    pub mine: bool,
    pub held: Reservation,
}

#[derive(Debug)]
pub struct Lane {
    pub key: ResourceKey,
    pub name: String,
    pub slots: Vec<Slot>,
}

/// As many as are looked through.
const MOST: i64 = 10_000;
/// No window lasts longer, in seconds.
const LONGEST: i64 = 6 * 366 * 24 * 3600;

impl Slot {
    /// `R-12 alice: kernel tests`.
    pub fn label(&self) -> String {
        let Reservation { id, holder, .. } = &self.held;
        match self.held.title.as_str() {
            "" => format!("{id} {holder}"),
            title => format!("{id} {holder}: {title}"),
        }
    }

    /// As the picture tells them apart.
    pub fn status(&self) -> &'static str {
        if self.held.is_maintenance { "maintenance" } else { self.held.status.as_str() }
    }
}

/// All places that are held of what was named, by time.
pub async fn slots(cx: &Cx, from: Instant, to: Instant) -> Result<Vec<Slot>, Trouble> {
    let mut tx = cx.store.read().await?;
    let held = reservation::touching(&mut tx, from, to, LONGEST * 1000, MOST).await?;
    let held: HashMap<_, _> = held.into_iter().filter(|r| r.status.holds_slot()).map(|r| (r.id, r)).collect();
    let span = Span { from_s: from.seconds(), to_s: to.seconds() };
    let mut all = Vec::new();
    for claim in claim::anywhere(&mut tx, span, LONGEST, MOST).await? {
        // What is kept free around one that lies outside, and guests that only come with their node.
        let Some(held) = held.get(&claim.reservation) else { continue };
        let Some(of) = held.resources.iter().find(|r| r.id == claim.resource) else { continue };
        let (key, name, mine) = (of.key.clone(), of.name.clone(), is_own(cx, held));
        all.push(Slot { key, name, lane: claim.lane, mine, held: held.clone() });
    }
    all.sort_by_key(|slot| (slot.held.starts, slot.held.id, slot.lane));
    Ok(all)
}

/// The whole lab and its nodes first, and of what is alike one's own.
pub fn lanes(cx: &Cx, slots: Vec<Slot>) -> Vec<Lane> {
    let mut by_place: BTreeMap<(ResourceKey, i64), Vec<Slot>> = BTreeMap::new();
    for slot in slots {
        by_place.entry((slot.key.clone(), slot.lane)).or_default().push(slot);
    }
    let is_several: Vec<ResourceKey> =
        by_place.keys().filter(|(_, lane)| *lane > 0).map(|(key, _)| key.clone()).collect();
    let several_clusters = cx.lab.clusters().len() > 1;
    let lane = |((key, lane), slots): ((ResourceKey, i64), Vec<Slot>)| {
        let name = slots.first().map(|slot| slot.name.clone()).unwrap_or_default();
        let name = match &key {
            ResourceKey::Node(cluster, _) if several_clusters => format!("{cluster}/{name}"),
            _ if is_several.contains(&key) => format!("{name}, place {}", lane + 1),
            _ => name,
        };
        Lane { key, name, slots }
    };
    let mut all: Vec<Lane> = by_place.into_iter().map(lane).collect();
    let rank = |lane: &Lane| {
        let kind = ["lab", "node", "pool", "named", "guest"].iter().position(|kind| *kind == lane.key.kind());
        (kind.unwrap_or(usize::MAX), !lane.slots.iter().any(|slot| slot.mine), lane.name.clone())
    };
    all.sort_by_cached_key(rank);
    all
}
