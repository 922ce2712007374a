//! `/reserve extend`: a later end.

use super::{
    alter, free_or_who, must_be,
    parts::{time, what, whose},
    rules_of,
};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{self, Again},
};
use direttore_domain::{
    Instant, Refusal, ReservationId, ReservationStatus as Status, Trouble, Window, trouble::Way, when,
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    reservation: ReservationId,
    #[serde(rename = "for")]
    lasting: String,
    until: Option<String>,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let held = whose::to_change(cx, ask.reservation, ask.reason.as_deref()).await?;
    must_be(&held, &[Status::Booked, Status::Active, Status::Pending], "be extended")?;
    let end = match &ask.until {
        Some(until) => time::end(cx, held.starts, until)?.end,
        None => held.ends + when::length(&ask.lasting).map_err(Trouble::bug)?,
    };
    if end <= held.ends {
        let why =
            format!("it would end at {}, and ends at {}", time::zone(cx).text(end), time::zone(cx).text(held.ends));
        let right = "a later end; /reserve change and /reserve release make it shorter".to_owned();
        return Err(Refusal::BadTime { option: "until".to_owned(), why, right }.into());
    }
    let window = Window::new(held.starts, end).ok_or_else(|| Trouble::bug("a window that became longer"))?;
    let wants = what::again(cx, &held.wanted, held.covers_guests).await?;
    let mut tx = cx.store.read().await?;
    let room = reserve::look(&mut tx, &wants).await?;
    let (longest, needs_yes) = rules_of(&room, cx, window);
    let most = cx.rules.reserve.of(cx.actor.role).window.longest;
    let limit = [longest, most].into_iter().filter(|d| !d.is_zero()).min();
    if let Some(limit) = limit.filter(|limit| window.length() > *limit) {
        let what = format!("{} would last {}", held.id, time::length(window.length()));
        return Err(Refusal::OverLimit { what, limit: time::length(limit) }.into());
    }
    if needs_yes && !rules_of(&room, cx, Window::new(held.starts, held.ends).unwrap_or(window)).1 {
        let why = "a window so long needs an approver's yes; /reserve new asks for the rest".to_owned();
        return Err(Refusal::WrongState { subject: held.id.to_string(), verb: "be extended".to_owned(), why }.into());
    }
    if let Err(blocked) = room.choose(&mut tx, window.start, window.end, Some(held.id)).await? {
        // Not another window, but as far as this one can go.
        let first = blocked.by.iter().map(|claim| claim.span.from_s).min().map(Instant::from_seconds);
        let after = room.resources().map(|r| r.rules.after).max().unwrap_or_default();
        let most = first.map(|first| first - after).filter(|most| *most > held.ends);
        let zone = time::zone(cx);
        let way = |most| Way {
            label: format!("until {}", zone.wall(most)),
            set: vec![("until".to_owned(), Some(zone.iso(most))), ("for".to_owned(), None)],
        };
        let told = free_or_who(cx, &mut tx, &room, &wants, window, Some(held.id)).await;
        return Err(match told {
            Err(Trouble::Refusal(Refusal::Overlap { what, when, by, first, .. })) => {
                Refusal::Overlap { what, when, by, first, ways: most.map(way).into_iter().collect() }.into()
            }
            Err(other) => other,
            Ok(()) => Refusal::ChangedMeanwhile { what: held.id.to_string() }.into(),
        });
    }
    drop(tx);
    let mut content = held.content.clone();
    content.ends = end;
    Ok(alter(cx, vec![(held, content, Again::Take(wants), true)], "extended", ask.reason, "reserve_changed"))
}
