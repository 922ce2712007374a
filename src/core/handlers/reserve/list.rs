//! `/reserve list`: the next first.

use super::parts::{shown, time, what, whose::is_own};
use crate::{
    handlers::Cx,
    plan::{Outcome, Say, page_of},
};
use direttore_domain::{AccountName, ReservationStatus as Status, ResourceRef, Trouble};
use direttore_store::{
    reservation::{self, Reservation},
    resource,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    what: Option<ResourceRef>,
    who: Option<AccountName>,
    mine: bool,
    from: Option<String>,
    status: Option<Status>,
    page: Option<usize>,
}

/// As many as are looked through.
const MOST: i64 = 10_000;
/// No window lasts longer.
const LONGEST_MS: i64 = 6 * 366 * 24 * 3_600_000;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let from = match &ask.from {
        Some(from) => time::from_day(cx, "from", from)?,
        None => cx.clock.now(),
    };
    let mut tx = cx.store.read().await?;
    let mut all = match (&ask.what, ask.mine, cx.actor.account_id()) {
        (Some(given), ..) => {
            let want = what::wants(cx, std::slice::from_ref(given), 1, false).await?.remove(0);
            let keys = what::with_members(cx, &want.key).await?;
            let mut found = Vec::new();
            for resource in resource::by_keys(&mut tx, &keys.iter().collect::<Vec<_>>()).await? {
                found.extend(reservation::of_resource(&mut tx, resource.id, from).await?);
            }
            // Who stands in line has nothing of it yet.
            let asks = |held: &Reservation| held.wanted.iter().any(|wanted| keys.contains(&wanted.key));
            found.extend(reservation::waiting(&mut tx).await?.into_iter().filter(|r| r.ends > from && asks(r)));
            found.sort_by_key(|held| (held.starts, held.id));
            found.dedup_by_key(|held| held.id);
            found
        }
        (None, true, Some(account)) => reservation::of_account(&mut tx, account, from).await?,
        _ => {
            let far = from + Duration::from_secs(6 * 366 * 24 * 3600);
            reservation::touching(&mut tx, from, far, LONGEST_MS, MOST).await?
        }
    };
    drop(tx);
    all.retain(|r| match ask.status {
        Some(status) => r.status == status,
        None => !r.status.is_over(),
    });
    all.retain(|r| ask.who.as_ref().is_none_or(|who| who.as_str() == r.holder) && (!ask.mine || is_own(cx, r)));
    let (rows, pages) = page_of(&all, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows.iter().map(|r| shown::short(cx, r)).collect();
    let data = json!({ "rows": rows, "total": all.len(), "pages": pages, "zone": time::zone(cx).name() });
    Ok(Say { pages: Some(pages), ..Say::new("reserve_list", data) }.into())
}
