//! `/reserve …`: who has what, when. A window is booked, moved and given back by a deed that is carried out with the
//! plan; what the handlers look at before is for good words only, the deed looks again under its locks.

pub mod approve;
pub mod calendar;
pub mod cancel;
pub mod change;
pub mod check_in;
pub mod extend;
pub mod feed;
pub mod list;
pub mod maintenance;
pub mod new;
pub(super) mod parts;
pub mod reject;
pub mod release;
pub mod show;
pub mod take;
pub mod wait;

pub use parts::shown::names;

use super::Cx;
use crate::{
    plan::{Change, Outcome, Plan, Say},
    reserve::{self, Again, Alter, Booking, Deed, Room, Want},
};
use direttore_domain::{Acts, Origin, Refusal, ReservationId, ReservationStatus as Status, Trouble, Window, text};
use direttore_store::reservation::{Content, Reservation};
use parts::{shown, time};
use serde_json::{Value, json};
use std::time::Duration;

/// A plan to book these windows, after everything that can be said before the deed itself.
async fn book(
    cx: &Cx,
    room: &Room,
    booking: Booking,
    template: &'static str,
    extra: Value,
) -> Result<Outcome, Trouble> {
    enough(&booking.wants, room)?;
    // Who is not asked before it is done is told by the deed, in the same words.
    if !cx.is_confirmed && booking.status != Status::Waiting && booking.windows.len() == 1 {
        let mut tx = cx.store.read().await?;
        free_or_who(cx, &mut tx, room, &booking.wants, booking.windows[0], None).await?;
    }
    let what = told(&booking.wants);
    let mut data = json!({
        "what": what, "title": booking.title, "zone": booking.zone, "made": [], "skipped": [], "acts": booking.acts,
        "pending": false, "maintenance": booking.is_maintenance, "repeat": null, "guests": booking.covers_guests,
    });
    if let (Some(data), Some(extra)) = (data.as_object_mut(), extra.as_object()) {
        data.extend(extra.clone());
    }
    let said = Say::new(template, data);
    let change = Change::Reserve(Deed::Book(Box::new(booking)));
    Ok(Plan::change(format!("reservation of {what}"), said.clone(), vec![change], said).into())
}

fn told(wants: &[Want]) -> String {
    if wants.is_empty() {
        return shown::NOTE.to_owned();
    }
    let one = |want: &Want| match want.count {
        1 => want.name.clone(),
        count => format!("{count} of {}", want.name),
    };
    text::list(&wants.iter().map(one).collect::<Vec<_>>())
}

/// More than there is of something nobody has to give back.
fn enough(wants: &[Want], room: &Room) -> Result<(), Refusal> {
    // What nobody has reserved yet has no row, and is one.
    let alone = wants
        .iter()
        .filter(|w| !matches!(w.key, direttore_domain::ResourceKey::Pool(_) | direttore_domain::ResourceKey::Named(_)));
    let wanted = alone.map(|w| w.count).max().unwrap_or(1);
    let too_much = reserve::too_much(room).or((wanted > 1 && room.most().next().is_none()).then_some((wanted, 1)));
    match too_much {
        Some((count, most)) => Err(Refusal::OverLimit {
            what: format!(
                "{count} are wanted of {}",
                told(&wants.iter().map(|w| Want { count: 1, ..w.clone() }).collect::<Vec<_>>())
            ),
            limit: format!("the {most} that there are"),
        }),
        None => Ok(()),
    }
}

/// # Errors
/// `conflict` with who has it and when it is free.
async fn free_or_who(
    cx: &Cx,
    tx: &mut direttore_store::Tx,
    room: &Room,
    wants: &[Want],
    window: Window,
    mine: Option<ReservationId>,
) -> Result<(), Trouble> {
    if let Err(blocked) = room.choose(tx, window.start, window.end, mine).await? {
        let taken = [(window, blocked)];
        let about = (&taken[..], 0);
        let (now, rules) = (cx.clock.now(), &cx.rules.reserve);
        let names = told(wants);
        return Err(reserve::overlap(tx, room, about, &names, time::zone(cx), now, rules).await?.into());
    }
    Ok(())
}

/// What the resources themselves say: the shortest longest window, and whether somebody must say yes.
fn rules_of(room: &Room, cx: &Cx, window: Window) -> (Duration, bool) {
    let longest = room.resources().map(|r| r.rules.longest).filter(|d| !d.is_zero()).min().unwrap_or_default();
    let over = cx.rules.reserve.approve_over;
    let is_long = !over.is_zero() && window.length() > over;
    (longest, is_long || room.resources().any(|r| r.rules.needs_approval))
}

/// Where its reminders are told: where it was asked for.
fn origin(cx: &Cx) -> Origin {
    cx.origin.clone()
}

/// Everything of a booking that is the same for all ways to ask for one.
fn booking(cx: &Cx, wants: Vec<Want>, windows: Vec<Window>, title: Option<String>, status: Status) -> Booking {
    Booking {
        wants,
        windows,
        recurrence: String::new(),
        skip: false,
        title: title.unwrap_or_default(),
        note: String::new(),
        zone: time::zone(cx).name().to_owned(),
        status,
        account_id: cx.actor.account_id(),
        holder: cx.actor.name(),
        origin: origin(cx),
        is_maintenance: false,
        covers_guests: false,
        acts: Acts::default(),
        at_once: cx.rules.reserve.of(cx.actor.role).at_once,
        uid: None,
        href: String::new(),
        body: String::new(),
        uid_of_href: None,
        request: None,
    }
}

/// A plan to make something else of reservations that were read.
fn alter(
    cx: &Cx,
    altered: Vec<(Reservation, Content, Again, bool)>,
    what: &str,
    reason: Option<String>,
    template: &'static str,
) -> Outcome {
    let rows: Vec<Value> = altered
        .iter()
        .map(|(held, content, again, _)| {
            let mut after = Reservation { content: content.clone(), ..held.clone() };
            if let Again::Take(wants) = again {
                after.resources.clear();
                after.content.wanted = reserve::wanted(wants);
            }
            shown::row(cx, &after)
        })
        .collect();
    let holder = altered.iter().map(|(held, ..)| held.holder.clone()).next().unwrap_or_default();
    let mine = altered.iter().all(|(held, ..)| parts::whose::is_own(cx, held));
    let data = json!({ "rows": rows, "what": what, "holder": holder, "mine": mine, "reason": reason });
    let target = altered.iter().map(|(held, ..)| held.id.to_string()).collect::<Vec<_>>().join(", ");
    let at_once = cx.rules.reserve.of(cx.actor.role).at_once;
    let change = |(held, content, again, is_news): (Reservation, Content, Again, bool)| {
        Change::Reserve(Deed::Alter(Box::new(Alter { id: held.id, rev: held.rev, content, again, is_news, at_once })))
    };
    let said = Say::new(template, data);
    Plan::change(target, said.clone(), altered.into_iter().map(change).collect(), said).into()
}

/// # Errors
/// `wrong-state`.
fn must_be(held: &Reservation, states: &[Status], verb: &str) -> Result<(), Refusal> {
    if states.contains(&held.status) {
        return Ok(());
    }
    Err(Refusal::WrongState {
        subject: held.id.to_string(),
        verb: verb.to_owned(),
        why: format!("it is {}", held.status),
    })
}

/// Of a series those that `scope` means, the one that was named first; else that one alone. What is over is left out.
async fn in_scope(cx: &Cx, held: Reservation, scope: &str) -> Result<Vec<Reservation>, Trouble> {
    if held.series.is_empty() || scope == "this" {
        return Ok(vec![held]);
    }
    let mut tx = cx.store.read().await?;
    let mut all = direttore_store::reservation::of_series(&mut tx, &held.series).await?;
    let now = cx.clock.now();
    all.retain(|r| !r.status.is_over() && r.starts > now && (scope == "all" || r.position >= held.position));
    Ok(all)
}

/// Whether a reservation that was made needs an approver's yes.
async fn needs_yes(cx: &Cx, held: &Reservation) -> Result<bool, Trouble> {
    let wants = parts::what::again(cx, &held.wanted, false).await?;
    let room = reserve::look(&mut cx.store.read().await?, &wants).await?;
    let window = Window::new(held.starts, held.ends).ok_or_else(|| Trouble::bug("a window without length"))?;
    Ok(rules_of(&room, cx, window).1)
}
