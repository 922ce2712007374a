//! `/reserve change`: checked as if it were new, its own time counting as free.

use super::{
    alter, free_or_who, in_scope, must_be,
    parts::{time, what, whose},
    rules_of,
};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{self, Again},
};
use direttore_domain::{
    AtEnd, Permission, Refusal, ReservationId, ReservationStatus as Status, ResourceRef, Trouble, Window, policy,
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
    from: Option<String>,
    until: Option<String>,
    #[serde(rename = "for")]
    lasting: Option<String>,
    #[serde(default)]
    what: Vec<ResourceRef>,
    title: Option<String>,
    note: Option<String>,
    end: Option<AtEnd>,
    restore: bool,
    scope: String,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let named = whose::to_change(cx, ask.reservation, ask.reason.as_deref()).await?;
    must_be(&named, if ask.restore { &[Status::Cancelled] } else { &CHANGES }, verb(&ask))?;
    let window = window(cx, &ask, &named)?;
    let is_moved = window.start != named.starts || window.end != named.ends;
    if named.status == Status::Active && window.start != named.starts {
        let why = "it has begun; /reserve extend and /reserve release change its end".to_owned();
        return Err(Refusal::WrongState { subject: named.id.to_string(), verb: "be moved".to_owned(), why }.into());
    }
    if ask.end == Some(AtEnd::Destroy) {
        policy::may_say(&cx.actor, Permission::Delete, &cx.command.path, &cx.channel)?;
    }
    if ask.end == Some(AtEnd::Rollback) && !named.acts.snapshot {
        let why = "no snapshot is taken when it begins".to_owned();
        return Err(Refusal::WrongState { subject: named.id.to_string(), verb: "end so".to_owned(), why }.into());
    }
    let shift = window.start.0 - named.starts.0;
    let length = window.length();
    let mut altered = Vec::new();
    let all = if ask.restore { vec![named] } else { in_scope(cx, named, &ask.scope).await? };
    for held in all {
        let mut content = held.content.clone();
        let start = direttore_domain::Instant(held.starts.0 + shift);
        let new = Window::new(start, start + length).ok_or_else(|| Trouble::bug("a window that was checked"))?;
        (content.starts, content.ends) = if is_moved { (new.start, new.end) } else { (held.starts, held.ends) };
        if let Some(title) = &ask.title {
            content.title.clone_from(title);
        }
        if let Some(note) = &ask.note {
            content.note.clone_from(note);
        }
        if let Some(end) = ask.end {
            content.acts.end = end;
        }
        let again = if is_moved || ask.restore || !ask.what.is_empty() {
            let wants = if ask.what.is_empty() {
                what::again(cx, &held.wanted, held.covers_guests).await?
            } else {
                what::wants_or_nothing(cx, &ask.what, 1, held.covers_guests).await?
            };
            let mut tx = cx.store.read().await?;
            let room = reserve::look(&mut tx, &wants).await?;
            let (longest, needs_yes) = rules_of(&room, cx, new);
            // One that runs began in the past; only its new end is new.
            if held.status != Status::Active {
                time::allowed(cx, new, longest)?;
            }
            free_or_who(cx, &mut tx, &room, &wants, new, Some(held.id)).await?;
            // What was approved for longer is approved for a part of it.
            let is_part = held.starts <= new.start && new.end <= held.ends && ask.what.is_empty();
            let needs_yes = needs_yes && !wants.is_empty();
            if ask.restore {
                content.status = if needs_yes { Status::Pending } else { Status::Booked };
                (content.checked_in, content.offered_until) = (None, None);
            } else if needs_yes && held.status == Status::Booked && !is_part {
                content.status = Status::Pending;
            }
            Again::Take(wants)
        } else {
            Again::Keep
        };
        altered.push((held, content, again, true));
    }
    if altered.is_empty() {
        return Err(Refusal::NothingFits { what: format!("{} with scope={}", ask.reservation, ask.scope) }.into());
    }
    let what = if ask.restore { "restored" } else { "changed" };
    Ok(alter(cx, altered, what, ask.reason, "reserve_changed"))
}

/// What has an end of its own is not changed any more.
const CHANGES: [Status; 4] = [Status::Pending, Status::Booked, Status::Active, Status::Offered];

fn verb(ask: &Input) -> &'static str {
    if ask.restore { "be restored" } else { "be changed" }
}

/// The new window: what is not said stays, and without an end it keeps its length.
fn window(cx: &Cx, ask: &Input, held: &direttore_store::reservation::Reservation) -> Result<Window, Trouble> {
    let zone = time::zone(cx);
    let length = held.ends.since(held.starts).as_secs();
    let old = format!("{length}s");
    let from = ask.from.clone().unwrap_or_else(|| zone.iso(held.starts));
    let has_end = direttore_domain::when::has_end(&from);
    let lasting = match (&ask.until, &ask.lasting) {
        (None, None) if !has_end => Some(old),
        (_, lasting) => lasting.clone(),
    };
    Ok(time::window(cx, &from, ask.until.as_deref(), lasting.as_deref())?)
}
