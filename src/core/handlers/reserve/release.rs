//! `/reserve release`: given back before its end; what the lab was to do then is done now.

use super::{alter, must_be, parts::whose};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{Again, END_OWED},
};
use direttore_domain::{AtEnd, ReservationId, ReservationStatus as Status, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let held = whose::to_change(cx, ask.reservation, ask.reason.as_deref()).await?;
    must_be(&held, &[Status::Active], "be released")?;
    let now = cx.clock.now();
    let mut content = held.content.clone();
    content.status = Status::Released;
    // At the very start there is no window left to speak of; a second of it was had.
    content.ends = direttore_domain::Instant((now.0 + 999).div_euclid(1000) * 1000)
        .max(held.starts + std::time::Duration::from_secs(1));
    if held.acts.end != AtEnd::Leave {
        content.reminded |= END_OWED;
    }
    let cut = Again::Cut(content.ends);
    Ok(alter(cx, vec![(held, content, cut, true)], "released", ask.reason, "reserve_changed"))
}
