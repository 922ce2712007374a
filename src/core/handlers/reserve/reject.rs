//! `/reserve reject`: a second person's no.

use super::{alter, must_be, parts::whose};
use crate::{handlers::Cx, plan::Outcome, reserve::Again};
use direttore_domain::{Refusal, ReservationId, ReservationStatus as Status, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let held = whose::find(cx, ask.reservation).await?;
    if !whose::may_approve(cx, &held).await? {
        return Err(Refusal::NotApprover { what: held.id.to_string() }.into());
    }
    must_be(&held, &[Status::Pending], "be rejected")?;
    let mut content = held.content.clone();
    content.status = Status::Cancelled;
    Ok(alter(cx, vec![(held, content, Again::Release, true)], "rejected", ask.reason, "reserve_changed"))
}
