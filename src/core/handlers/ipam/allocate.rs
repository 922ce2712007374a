//! `/ipam allocate`: look what is next in a prefix or a range, and plan to take it.

use crate::{
    handlers::Cx,
    ipam::{Ipam, Pool, failure},
    jobs::steps::{Step, TakeAddresses},
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_domain::{Hostname, Pond, PondOf, Refusal, Trouble, allocation::Ground};
use direttore_store::address_hold;
use serde::Deserialize;
use serde_json::json;
use std::{collections::HashSet, net::IpAddr};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    prefix: Pond,
    name: Option<Hostname>,
    count: usize,
    description: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    super::check_grants(cx, &ask.prefix.to_string())?;
    let ipam = cx.lab.need_ipam()?;
    let pool = ipam.pool(&ask.prefix, cx.is_confirmed).await?;
    // What is next decorates the question; the job takes what is next then.
    let next = if cx.is_confirmed { vec![] } else { next(cx, ipam, &pool, ask.count).await? };
    if !cx.is_confirmed {
        has_room(ipam, &pool, &next, ask.count).await?;
    }
    let what = if ask.count == 1 { "an address".to_owned() } else { format!("{} addresses", ask.count) };
    let prefix = Pond { what: PondOf::Prefix(pool.prefix), vrf: pool.pond.vrf.clone() };
    let question = Say::new(
        "ipam_allocate",
        json!({
            "pond": pool.pond,
            "count": ask.count,
            "next": next.iter().map(|a| format!("{a}/{}", pool.prefix.length())).collect::<Vec<_>>(),
            "gateway": pool.gateway,
            "vlan": pool.vlan,
            "name": ask.name,
            "description": ask.description,
        }),
    );
    let title = format!("take {what} of {}", pool.pond);
    let target = format!("prefix {}", pool.pond);
    let step = TakeAddresses { pool, name: ask.name, count: ask.count, note: ask.description };
    let job = JobPlan::new(title, format!("netbox/{prefix}"), vec![Step::TakeAddresses(step)]);
    Ok(Plan { jobs: vec![job], ..Plan::new(target, question) }.into())
}

/// # Errors
/// `prefix-full`, or that there are fewer.
async fn has_room(ipam: &Ipam, pool: &Pool, next: &[IpAddr], count: usize) -> Result<(), Refusal> {
    match next.len() {
        0 => Err(ipam.full(pool).await),
        left if left < count => Err(Refusal::WrongState {
            subject: pool.pond.to_string(),
            verb: format!("give {count} addresses"),
            why: format!("{left} {} left that a guest may have", if left == 1 { "is" } else { "are" }),
        }),
        _ => Ok(()),
    }
}

/// How many addresses NetBox is asked for first, and at most.
const LOOKS: [u32; 2] = [100, 1000];

/// The next addresses that may be given out, as many as are wanted or as there are. Nothing is taken.
async fn next(cx: &Cx, ipam: &Ipam, pool: &Pool, count: usize) -> Result<Vec<IpAddr>, Trouble> {
    let held: HashSet<IpAddr> = if pool.is_unique {
        HashSet::new()
    } else {
        let mut tx = cx.store.read().await?;
        let held = address_hold::held(&mut tx, pool.vrf.unwrap_or(0), Some(pool.prefix)).await?;
        held.into_iter().map(|h| h.address).collect()
    };
    let mut ground = Ground::new(pool.prefix);
    for limit in LOOKS {
        let room = ipam.room(pool, limit).await.map_err(|e| failure(&e))?;
        let allowed = room.offered.iter().filter(|a| room.ground.allows(**a).is_ok() && !held.contains(a));
        let next: Vec<IpAddr> = allowed.copied().take(count).collect();
        if next.len() == count || room.offered.len() < limit as usize {
            return Ok(next);
        }
        ground = room.ground;
    }
    // NetBox lists no further: the gaps between what it has are found here.
    let used = ipam.used(pool).await.map_err(|e| failure(&e))?;
    let mut next: Vec<IpAddr> = Vec::new();
    while next.len() < count
        && let Some(free) = ground.first_free(&used, |a| held.contains(&a) || next.contains(&a))
    {
        next.push(free);
    }
    Ok(next)
}
