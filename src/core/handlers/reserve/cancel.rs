//! `/reserve cancel`: what has not begun.

use super::{alter, in_scope, must_be, parts::whose};
use crate::{handlers::Cx, plan::Outcome, reserve::Again};
use direttore_domain::{Refusal, ReservationId, ReservationStatus as Status, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
    scope: String,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let named = whose::to_change(cx, ask.reservation, ask.reason.as_deref()).await?;
    if named.status == Status::Active && ask.scope == "this" {
        let why = "it has begun; /reserve release gives back the rest".to_owned();
        return Err(Refusal::WrongState { subject: named.id.to_string(), verb: "be cancelled".to_owned(), why }.into());
    }
    if ask.scope == "this" {
        let states = [Status::Booked, Status::Pending, Status::Offered, Status::Waiting];
        must_be(&named, &states, "be cancelled")?;
    }
    let altered: Vec<_> = in_scope(cx, named, &ask.scope)
        .await?
        .into_iter()
        .filter(|held| held.status != Status::Active)
        .map(|held| {
            let mut content = held.content.clone();
            content.status = Status::Cancelled;
            (held, content, Again::Release, true)
        })
        .collect();
    if altered.is_empty() {
        return Err(Refusal::NothingFits { what: format!("{} with scope={}", ask.reservation, ask.scope) }.into());
    }
    Ok(alter(cx, altered, "cancelled", ask.reason, "reserve_changed"))
}
