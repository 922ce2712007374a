//! What becomes of the things themselves: pools and named things come and go, rules change. Nobody books meanwhile, so
//! nobody gets a place that is about to go.

use super::told::whose;
use direttore_domain::{Instant, Refusal, ResourceKey, Trouble, Zone, text};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Span},
    reservation::{self, Reservation},
    resource::{self, Resource, ResourceRules},
};
use serde::Serialize;
use std::time::Duration;

/// A resource by its key, with the name that it has now.
pub type Named = (ResourceKey, String);

#[derive(Debug, Clone, Serialize)]
pub enum Stock {
    Add {
        of: Named,
        rules: ResourceRules,
        members: Vec<Named>,
    },
    /// `before`: as it was when it was decided; `members`: all that a pool has from now on.
    Edit {
        of: Named,
        before: ResourceRules,
        rules: ResourceRules,
        members: Option<Vec<Named>>,
    },
    Remove {
        of: Named,
    },
}

/// As far ahead as anything is booked, and as long as any window lasts.
const FAR: Duration = Duration::from_secs(6 * 366 * 24 * 3600);
/// Reservations that are looked through.
const MOST: i64 = 100_000;
/// Reservations that are told.
const TOLD: usize = 5;

/// Carries it out. After an error the transaction can only be dropped.
///
/// # Errors
/// `exists-already`, `no-such-resource`, `changed-meanwhile`, and `wrong-state` while somebody has what would go.
pub async fn restock(tx: &mut Tx, stock: &Stock, zone: Zone, now: Instant) -> Result<(), Trouble> {
    claim::lock(tx, &[], true).await?;
    match stock {
        Stock::Add { of: (key, name), rules, members } => {
            let pool = match resource::add(tx, key, name, rules, now).await {
                Err(StoreError::Conflict(_)) => {
                    return Err(Refusal::Exists { what: "resource", given: name.clone() }.into());
                }
                made => made?,
            };
            set_members(tx, pool, members, now).await
        }
        Stock::Edit { of, before, rules, members } => {
            let found = there(tx, of, now).await?;
            if found.rules != *before {
                return Err(Refusal::ChangedMeanwhile { what: of.1.clone() }.into());
            }
            keeps_its_places(tx, &found, rules.capacity, zone, now).await?;
            if let Some(members) = members {
                let had = resource::members(tx, found.id).await?;
                if had.is_empty() != members.is_empty() {
                    let verb = if members.is_empty() { "lose all its members" } else { "get members" };
                    nobody_has(tx, &found, verb, zone, now).await?;
                }
                set_members(tx, found.id, members, now).await?;
            }
            resource::set_rules(tx, found.id, rules).await?;
            Ok(())
        }
        Stock::Remove { of } => {
            let found = there(tx, of, now).await?;
            let pools = resource::pools_of(tx, found.id).await?;
            if !pools.is_empty() {
                let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
                let word = if names.len() == 1 { "pool" } else { "pools" };
                return Err(wrong(&found, "be removed", format!("it is in the {word} {}", text::list(&names))));
            }
            nobody_has(tx, &found, "be removed", zone, now).await?;
            claim::forget(tx, found.id).await?;
            resource::remove(tx, found.id).await?;
            Ok(())
        }
    }
}

fn wrong(of: &Resource, verb: &str, why: String) -> Trouble {
    Refusal::WrongState { subject: of.name.clone(), verb: verb.to_owned(), why }.into()
}

/// Pools and named things are there or not; everything else gets its row.
async fn there(tx: &mut Tx, (key, name): &Named, now: Instant) -> Result<Resource, Trouble> {
    let found = match key {
        ResourceKey::Pool(_) | ResourceKey::Named(_) => resource::by_key(tx, key).await?,
        _ => Some(resource::ensure(tx, key, name, now).await?),
    };
    let gone = || Refusal::NoSuch { what: "resource", given: name.clone(), nearest: None, has: vec![] };
    Ok(found.ok_or_else(gone)?)
}

async fn set_members(tx: &mut Tx, pool: i64, members: &[Named], now: Instant) -> Result<(), Trouble> {
    let mut sorted = members.to_vec();
    // Rows are made in one order by everybody.
    sorted.sort_unstable();
    let mut ids = Vec::new();
    for member in &sorted {
        ids.push(there(tx, member, now).await?.id);
    }
    Ok(resource::set_members(tx, pool, &ids).await?)
}

/// Places that somebody has now or later stay.
async fn keeps_its_places(tx: &mut Tx, of: &Resource, capacity: i64, zone: Zone, now: Instant) -> Result<(), Trouble> {
    let highest = claim::highest_lane(tx, of.id, now.seconds()).await?;
    if highest.is_none_or(|lane| lane < capacity) {
        return Ok(());
    }
    let ahead = Span { from_s: now.seconds(), to_s: (now + FAR).seconds() };
    let mut held = Vec::new();
    for lane in capacity..of.rules.capacity {
        for claim in claim::ahead(tx, of.id, lane, ahead, 2).await? {
            held.extend(reservation::get(tx, claim.reservation).await?);
        }
    }
    let verb = format!("have a capacity of {capacity}");
    Err(wrong(of, &verb, format!("{} above that", has(held, "a place", zone))))
}

/// # Errors
/// `wrong-state` while a reservation is of it or asks for it, those in line too.
async fn nobody_has(tx: &mut Tx, of: &Resource, verb: &str, zone: Zone, now: Instant) -> Result<(), Trouble> {
    let longest = i64::try_from(FAR.as_millis()).unwrap_or(i64::MAX);
    let mut held = reservation::touching(tx, now, now + FAR, longest, MOST).await?;
    let is_of = |r: &Reservation| {
        r.wanted.iter().any(|wanted| wanted.key == of.key) || r.resources.iter().any(|held| held.id == of.id)
    };
    held.retain(|r| !r.status.is_over() && is_of(r));
    // The time that is kept free after one that has ended, and what is held beside what was named.
    let ahead = Span { from_s: now.seconds(), to_s: (now + FAR).seconds() };
    for claim in claim::in_the_way(tx, of.id, None, ahead, None, 2).await? {
        held.extend(reservation::get(tx, claim.reservation).await?);
    }
    if held.is_empty() { Ok(()) } else { Err(wrong(of, verb, has(held, "it", zone))) }
}

/// `R-12 (a reservation of alice, …) and R-13 (…) have it`.
fn has(mut held: Vec<Reservation>, what: &str, zone: Zone) -> String {
    held.sort_by_key(|r| (r.starts, r.id));
    held.dedup_by_key(|r| r.id);
    let more = held.len().saturating_sub(TOLD);
    let mut told: Vec<String> = held.iter().take(TOLD).map(|r| whose(r, zone)).collect();
    told.extend((more > 0).then(|| format!("{more} more")));
    format!("{} {} {what}", text::list(&told), if told.len() == 1 { "has" } else { "have" })
}
