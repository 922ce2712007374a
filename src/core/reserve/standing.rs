//! Who has something now, and who next.

use super::guard::Touch;
use direttore_domain::{Instant, ResourceKey};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Claim, Span},
    reservation::{self, Reservation},
    resource::{self, Resource},
};
use serde_json::{Value, json};
use std::time::Duration;

/// As far ahead as anything is booked.
const FAR: Duration = Duration::from_secs(6 * 366 * 24 * 3600);
/// Slots of a lane that are looked at: enough for the one that is next, if some before it only wait for a yes.
const AHEAD: i64 = 4;

/// Of one thing: in force now, and the next to begin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    pub now: Vec<Reservation>,
    pub next: Option<Reservation>,
}

impl Standing {
    /// As replies show it: `now` and `next`.
    pub fn shown(&self) -> Value {
        let one = |held: &Reservation| {
            json!({ "id": held.id, "holder": held.holder, "start": held.starts, "end": held.ends, "status": held.status,
                "maintenance": held.is_maintenance })
        };
        json!({ "now": self.now.iter().map(one).collect::<Vec<_>>(), "next": self.next.as_ref().map(one) })
    }
}

/// One place of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// Until the next one begins, if there is one.
    Free { until: Option<Instant> },
    /// Until its end.
    Taken { by: Reservation, until: Instant },
    /// Kept free before or after a reservation.
    Between { of: Reservation, until: Instant },
}

/// Who has it, its node with all its guests, or the whole lab.
///
/// # Errors
/// The database's.
pub async fn standing(tx: &mut Tx, touch: &Touch, now: Instant) -> Result<Standing, StoreError> {
    let keys: Vec<&ResourceKey> = [&touch.key, &ResourceKey::Lab].into_iter().chain(&touch.under).collect();
    let mut found: Vec<Reservation> = Vec::new();
    for resource in resource::by_keys(tx, &keys).await? {
        for lane in 0..resource.rules.capacity {
            for claim in claim::ahead(tx, resource.id, lane, ahead(now), AHEAD).await? {
                let Some(held) = reservation::get(tx, claim.reservation).await? else { continue };
                let is_node = touch.under.as_ref() == Some(&resource.key);
                if held.status.holds_slot() && (!is_node || held.covers_guests) {
                    found.push(held);
                }
            }
        }
    }
    found.sort_by_key(|r| (r.starts, r.id));
    found.dedup_by_key(|r| r.id);
    let is_now = |r: &&Reservation| r.status.guards() && r.starts <= now && now < r.ends;
    let next = found.iter().find(|r| r.starts > now).cloned();
    Ok(Standing { now: found.iter().filter(is_now).cloned().collect(), next })
}

/// Each place of a resource, in order.
///
/// # Errors
/// The database's.
pub async fn places(tx: &mut Tx, of: &Resource, now: Instant) -> Result<Vec<Place>, StoreError> {
    let mut all = Vec::new();
    for lane in 0..of.rules.capacity {
        let claims = claim::ahead(tx, of.id, lane, ahead(now), 1).await?;
        let Some(first) = claims.first() else {
            all.push(Place::Free { until: None });
            continue;
        };
        all.push(match reservation::get(tx, first.reservation).await? {
            Some(held) => place(first, held, now),
            None => Place::Free { until: None },
        });
    }
    Ok(all)
}

fn place(claim: &Claim, held: Reservation, now: Instant) -> Place {
    let (from, to) = (Instant::from_seconds(claim.span.from_s), Instant::from_seconds(claim.span.to_s));
    if now < from {
        return Place::Free { until: Some(held.starts) };
    }
    match () {
        () if now < held.starts => Place::Between { until: held.starts, of: held },
        () if now < held.ends => Place::Taken { until: held.ends, by: held },
        () => Place::Between { until: to, of: held },
    }
}

fn ahead(now: Instant) -> Span {
    Span { from_s: now.seconds(), to_s: (now + FAR).seconds() }
}
