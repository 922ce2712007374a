//! `/reserve approve`: a second person's yes. The slot was held all the time; it is taken anew all the same.

use super::{
    alter, must_be,
    parts::{what, whose},
};
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
    if !whose::may_approve(cx, &held).await? {
        return Err(Refusal::NotApprover { what: held.id.to_string() }.into());
    }
    must_be(&held, &[Status::Pending], "be approved")?;
    let mut content = held.content.clone();
    content.status = Status::Booked;
    let wants = what::again(cx, &held.wanted, held.covers_guests).await?;
    Ok(alter(cx, vec![(held, content, Again::Take(wants), true)], "approved", None, "reserve_changed"))
}
