//! `/reserve wait`: in line for a window that others have.

use super::{
    book, booking,
    parts::{time, what},
    rules_of,
};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{self, Booking},
};
use direttore_domain::{Refusal, ReservationStatus as Status, ResourceRef, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    what: Vec<ResourceRef>,
    from: String,
    until: Option<String>,
    #[serde(rename = "for")]
    lasting: Option<String>,
    title: Option<String>,
    count: usize,
    guests: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let window = time::window(cx, &ask.from, ask.until.as_deref(), ask.lasting.as_deref())?;
    let wants = what::wants(cx, &ask.what, ask.count, ask.guests).await?;
    let mut tx = cx.store.read().await?;
    let room = reserve::look(&mut tx, &wants).await?;
    let (longest, _) = rules_of(&room, cx, window);
    time::allowed(cx, window, longest)?;
    if room.choose(&mut tx, window.start, window.end, None).await?.is_ok() {
        let why = "it is free: /reserve new books it".to_owned();
        return Err(Refusal::WrongState { subject: super::told(&wants), verb: "be waited for".to_owned(), why }.into());
    }
    drop(tx);
    let booking = Booking { covers_guests: ask.guests, ..booking(cx, wants, vec![window], ask.title, Status::Waiting) };
    book(cx, &room, booking, "reserve_waiting", json!({})).await
}
