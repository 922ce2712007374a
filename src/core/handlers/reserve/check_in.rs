//! `/reserve check-in`: somebody is there.

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
    must_be(&held, &[Status::Active], "be checked in")?;
    let mut content = held.content.clone();
    content.checked_in = Some(held.checked_in.unwrap_or_else(|| cx.clock.now()));
    Ok(alter(cx, vec![(held, content, Again::Keep, false)], "checked in", None, "reserve_changed"))
}
