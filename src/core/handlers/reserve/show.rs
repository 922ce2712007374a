//! `/reserve show`: everything about one.

use super::parts::{shown, time, whose};
use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{ReservationId, Trouble, recurrence::Recurrence};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let held = whose::find(cx, ask.reservation).await?;
    let mut data = shown::row(cx, &held);
    let series = match held.series.is_empty() {
        true => vec![],
        false => direttore_store::reservation::of_series(&mut cx.store.read().await?, &held.series).await?,
    };
    let others = series.iter().filter(|r| r.id != held.id && !r.status.is_over());
    let others: Vec<_> =
        others.map(|r| json!({ "id": r.id, "when": shown::when(cx, r), "status": r.status })).collect();
    data["requester"] = json!(held.request.as_ref().and_then(|request| request.requester.as_ref()));
    data["note"] = json!(held.note);
    data["zone"] = json!(held.zone);
    data["acts"] = json!(held.acts);
    data["guests"] = json!(held.covers_guests);
    data["repeat"] = json!(Recurrence::parse(&held.recurrence).ok().map(|rule| rule.told()));
    data["others"] = json!(others);
    data["created"] = json!(held.created);
    data["check_in"] = json!(held.check_in_ms > 0);
    data["checked_in"] = json!(held.checked_in);
    data["offered_until"] = json!(held.offered_until);
    data["length"] = json!(time::length(held.ends.since(held.starts)));
    Ok(Say::new("reserve_show", data).into())
}
