//! `/reserve new`: one window, or a series of them.

use super::{
    book, booking, origin,
    parts::{time, what},
    rules_of,
};
use crate::{
    handlers::Cx,
    plan::Outcome,
    reserve::{self, Booking, Want},
};
use direttore_domain::{
    Acts, AtEnd, Permission, Refusal, ReservationStatus as Status, ResourceKey, ResourceRef, Trouble, Window, policy,
    recurrence::{Caps, Recurrence},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

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
    start: bool,
    snapshot: bool,
    end: AtEnd,
    repeat: Option<String>,
    #[serde(default)]
    except: Vec<String>,
    skip: bool,
    note: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let window = time::window(cx, &ask.from, ask.until.as_deref(), ask.lasting.as_deref())?;
    let wants = what::wants_or_nothing(cx, &ask.what, ask.count, ask.guests).await?;
    let acts = Acts { start: ask.start, snapshot: ask.snapshot, end: ask.end };
    may_act(cx, acts, &wants)?;
    let series = ask.repeat.as_deref().map(|rule| series(cx, rule, window, &ask.except)).transpose()?;
    let (rule, windows) = match series {
        Some((rule, windows)) => (Some(rule), windows),
        None => (None, vec![window]),
    };
    // Who is not asked before it is done is told by the deed who is in the way.
    let room = if cx.is_confirmed {
        cx.things.look(&cx.store, &wants).await?
    } else {
        Arc::new(reserve::look(&mut cx.store.glance().await?, &wants).await?)
    };
    let (longest, needs_yes) = rules_of(&room, cx, window);
    for window in &windows {
        time::allowed(cx, *window, longest)?;
    }
    // Nobody has to agree to a note.
    let needs_yes = needs_yes && !wants.is_empty();
    let status = if needs_yes { Status::Pending } else { Status::Booked };
    let told = rule.as_ref().map(Recurrence::told);
    let booking = Booking {
        recurrence: rule.map(|r| r.to_string()).unwrap_or_default(),
        skip: ask.skip,
        note: ask.note.unwrap_or_default(),
        covers_guests: ask.guests,
        acts,
        origin: origin(cx),
        ..booking(cx, wants, windows, ask.title, status)
    };
    let extra = json!({ "acts": acts, "pending": needs_yes, "repeat": told, "guests": ask.guests });
    book(cx, &room, booking, "reserved", extra).await
}

/// What the lab is to do by itself must be what the holder may do, and there must be guests to do it to.
fn may_act(cx: &Cx, acts: Acts, wants: &[Want]) -> Result<(), Trouble> {
    if acts.is_none() {
        return Ok(());
    }
    let may = |permission| policy::may_say(&cx.actor, permission, &cx.command.path, &cx.channel);
    may(Permission::Power)?;
    if acts.end == AtEnd::Destroy {
        may(Permission::Delete)?;
    }
    if acts.end == AtEnd::Rollback && !acts.snapshot {
        return Err(Refusal::MissingOption {
            option: "snapshot".into(),
            right: "snapshot, to have something to go back to".into(),
        }
        .into());
    }
    if !wants.iter().any(|w| matches!(w.key, ResourceKey::Guest(..) | ResourceKey::Pool(_))) {
        let why = "only guests that are named can be started, kept in a snapshot, or ended".to_owned();
        return Err(Refusal::WrongState { subject: super::told(wants), verb: "be acted on".to_owned(), why }.into());
    }
    Ok(())
}

fn series(cx: &Cx, rule: &str, first: Window, except: &[String]) -> Result<(Recurrence, Vec<Window>), Trouble> {
    let refuse = |why: direttore_domain::recurrence::WrongRule| Refusal::BadTime {
        option: "repeat".to_owned(),
        why: why.to_string(),
        right: why.right(),
    };
    let rule = Recurrence::parse(rule).map_err(refuse)?;
    let mut left_out = Vec::new();
    for one in except {
        left_out.push(time::moment(cx, "except", one)?);
    }
    let windows = rule.occurrences(first, time::zone(cx), &left_out, Caps::default()).map_err(refuse)?;
    Ok((rule, windows))
}
