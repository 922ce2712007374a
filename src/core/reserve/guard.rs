//! Who holds what right now: everybody else is kept from it.

use direttore_domain::{Instant, ReservationId, ResourceKey};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Span},
    reservation::{self, Reservation},
    resource,
};
use std::collections::BTreeMap;

/// Something that a command acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub key: ResourceKey,
    /// As it is shown.
    pub name: String,
    /// The node of a guest, which may be held with its guests.
    pub under: Option<ResourceKey>,
}

/// The reservations of others that are in force now and in the way, each with the name of what it keeps them from.
/// `account` is who asks.
pub async fn in_force(
    tx: &mut Tx,
    touches: &[Touch],
    account: Option<i64>,
    now: Instant,
) -> Result<Vec<(Reservation, String)>, StoreError> {
    let mut names: BTreeMap<&ResourceKey, Vec<&str>> = BTreeMap::new();
    let mut covered: BTreeMap<&ResourceKey, Vec<&str>> = BTreeMap::new();
    for touch in touches {
        names.entry(&touch.key).or_default().push(&touch.name);
        if let Some(node) = &touch.under {
            covered.entry(node).or_default().push(&touch.name);
        }
    }
    if touches.is_empty() {
        return Ok(vec![]);
    }
    let keys: Vec<&ResourceKey> = names.keys().chain(covered.keys()).copied().chain([&ResourceKey::Lab]).collect();
    let mut found: BTreeMap<ReservationId, (Reservation, String)> = BTreeMap::new();
    let moment = Span { from_s: now.seconds(), to_s: now.seconds() + 1 };
    // Most of what there is nobody has ever reserved: then this one question is all.
    for resource in resource::by_keys(tx, &keys).await? {
        for claim in claim::in_the_way(tx, resource.id, None, moment, None, 100).await? {
            let Some(held) = reservation::get(tx, claim.reservation).await? else { continue };
            let is_now = held.starts <= now && now < held.ends;
            if !held.status.guards() || !is_now || (held.account_id.is_some() && held.account_id == account) {
                continue;
            }
            let direct = names.get(&resource.key);
            let through = covered.get(&resource.key).filter(|_| held.covers_guests);
            let what = match (&resource.key, direct.or(through)) {
                (_, Some(names)) => names.join(", "),
                (ResourceKey::Lab, None) => resource.name.clone(),
                _ => continue,
            };
            found.entry(held.id).or_insert((held, what));
        }
    }
    Ok(found.into_values().collect())
}
