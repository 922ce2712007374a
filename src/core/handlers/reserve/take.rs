//! `/reserve take`: what was offered to who waited.

use super::{alter, must_be, parts::whose};
use crate::{handlers::Cx, plan::Outcome, reserve::Again};
use direttore_domain::{Refusal, ReservationId, ReservationStatus as Status, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let held = whose::find(cx, ask.reservation).await?;
    if !whose::is_own(cx, &held) {
        return Err(Refusal::NotYours { what: held.id.to_string(), owner: held.holder }.into());
    }
    must_be(&held, &[Status::Offered], "be taken")?;
    let mut content = held.content.clone();
    content.status = if super::needs_yes(cx, &held).await? { Status::Pending } else { Status::Booked };
    content.offered_until = None;
    Ok(alter(cx, vec![(held, content, Again::Keep, true)], "taken", None, "reserve_changed"))
}
