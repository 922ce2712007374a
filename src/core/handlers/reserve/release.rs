//! `/reserve release`: given back before its end; what the lab was to do then is done now.

use super::{alter, must_be, parts::whose};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{Again, END_OWED, LATE, START_OWED},
};
use direttore_domain::{AtEnd, Instant, ReservationId, ReservationStatus as Status, Trouble};
use serde::Deserialize;
use std::time::Duration;

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
    // To the second that runs, so that who comes next can have it from now on; at least a second was had.
    content.ends = Instant::from_seconds(now.seconds()).max(held.starts + Duration::from_secs(1));
    content.reminded &= !(START_OWED | LATE);
    if held.acts.end != AtEnd::Leave {
        content.reminded |= END_OWED;
    }
    let cut = Again::Cut(content.ends);
    Ok(alter(cx, vec![(held, content, cut, true)], "released", ask.reason, "reserve_changed"))
}
