//! What a calendar program makes of a series that it booked: some of its reservations become others, some are cancelled,
//! and its text is another one. All of it or nothing, in one transaction with one line in the audit log.
//!
//! Nothing is decided here that `/reserve change`, `cancel` and `release` do not decide.

use super::{
    Dispatch,
    book::{heard, same, times},
    calendars::Bearer,
};
use crate::{
    handlers,
    plan::{Change, Outcome, Plan, Say},
    reserve::{Again, Alter, Deed},
};
use direttore_catalog::Given;
use direttore_domain::{Instant, Refusal, ReservationId, ReservationStatus as Status, Trouble, Window, Zone, policy};
use direttore_store::reservation::Reservation;
use futures::future::BoxFuture;
use serde_json::json;
use std::cmp::Reverse;

/// A series as the program wants it.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// Its first, which has the name and the text for all.
    pub first: &'a Reservation,
    pub href: &'a str,
    /// Empty when the program deletes it.
    pub body: &'a str,
    /// In which its times are said; else the account's.
    pub zone: Option<Zone>,
    /// What it is of, as people call it; empty where that stays as it is.
    pub what: &'a [String],
    pub changed: Vec<OneOf<'a>>,
    pub ended: Vec<&'a Reservation>,
}

/// One of a series as it is to be.
#[derive(Debug, Clone)]
pub struct OneOf<'a> {
    pub held: &'a Reservation,
    pub window: Window,
    /// When it begins by the rule.
    pub recurs: Instant,
    pub title: &'a str,
    pub note: &'a str,
}

/// A command about one of them.
struct Said<'a> {
    command: &'static str,
    given: Given,
    held: &'a Reservation,
    to: Option<&'a OneOf<'a>>,
}

impl Dispatch {
    /// Several of `/reserve change`, `cancel` and `release` at once.
    ///
    /// # Errors
    /// As for people; `changed-meanwhile`.
    pub async fn change_series(&self, who: &Bearer, series: &Series<'_>) -> Result<(), Trouble> {
        let heard = heard(who);
        let said = said(series);
        let (command, given) = said
            .first()
            .map_or(("reserve change", named(series.first.id)), |first| (first.command, first.given.clone()));
        let mut asking = self.asking(&heard, who, command, given, series.zone).await?;
        let plan = self.plan_series(who, series, &said).await;
        let done = match plan {
            Ok(plan) => {
                asking.trace.target(&plan.target);
                self.carry(&asking, plan, None).await.map(|_| ())
            }
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = &done {
            // The reply is for a chat; what it leaves behind is the line in the audit log.
            let _ = self.refuse(&heard, Some(&asking.actor), &asking.trace, trouble);
        }
        done
    }

    fn plan_series<'s, 'a: 's>(
        &'s self,
        who: &'s Bearer,
        series: &'s Series<'a>,
        said: &'s [Said<'a>],
    ) -> BoxFuture<'s, Result<Plan, Trouble>> {
        Box::pin(async move {
            let heard = heard(who);
            let channel = heard.origin.channel_name();
            let mut changes = Vec::new();
            let mut targets = Vec::new();
            for one in said {
                let asking = self.asking(&heard, who, one.command, one.given.clone(), series.zone).await?;
                policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel)?;
                let answers = asking.command.answers(&asking.given)?;
                let cx = self.cx(&asking, true);
                let Outcome::Do(plan) = handlers::plan(&cx, asking.command, answers).await? else {
                    return Err(Trouble::bug("a reservation that only says something"));
                };
                for mut change in plan.changes {
                    if let Change::Reserve(Deed::Alter(alter)) = &mut change {
                        same(alter.rev, one.held)?;
                        if let Some(to) = one.to {
                            to.title.clone_into(&mut alter.content.title);
                            to.note.clone_into(&mut alter.content.note);
                            alter.content.recurs = Some(to.recurs);
                        }
                        if alter.id == series.first.id {
                            series.href.clone_into(&mut alter.content.href);
                            series.body.clone_into(&mut alter.content.body);
                        }
                    }
                    changes.push(change);
                }
                targets.push(one.held.id.to_string());
            }
            if !said.iter().any(|one| one.held.id == series.first.id) {
                let asking = self.asking(&heard, who, "reserve change", named(series.first.id), series.zone).await?;
                policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel)?;
                let first = series.first;
                if first.account_id != Some(who.account.id) {
                    return Err(Refusal::NotYours { what: first.id.to_string(), owner: first.holder.clone() }.into());
                }
                let mut content = first.content.clone();
                series.href.clone_into(&mut content.href);
                series.body.clone_into(&mut content.body);
                let alter =
                    Alter { id: first.id, rev: first.rev, content, again: Again::Keep, is_news: false, at_once: None };
                changes.push(Change::Reserve(Deed::Alter(Box::new(alter))));
                targets.push(first.id.to_string());
            }
            // Nobody reads what would be said of it.
            let say = Say::new("reserve_changed", json!({}));
            Ok(Plan { changes, ..Plan::new(targets.join(", "), say) })
        })
    }
}

fn named(id: ReservationId) -> Given {
    Given::from([("reservation".to_owned(), vec![id.to_string()])])
}

/// What is to be said, in an order in which none takes what another of them is about to leave.
fn said<'a>(series: &'a Series<'a>) -> Vec<Said<'a>> {
    let mut all: Vec<Said<'a>> = Vec::new();
    for held in &series.ended {
        let command = if held.status == Status::Active { "reserve release" } else { "reserve cancel" };
        all.push(Said { command, given: named(held.id), held, to: None });
    }
    let mut changed: Vec<&OneOf<'_>> = series.changed.iter().collect();
    changed.sort_by_key(|one| one.window.start);
    let (later, mut order): (Vec<_>, Vec<_>) = changed.into_iter().partition(|one| one.window.start > one.held.starts);
    let mut later = later;
    later.sort_by_key(|one| Reverse(one.window.start));
    order.extend(later);
    for one in order {
        let held = one.held;
        let is_moved = one.window.start != held.starts || one.window.end != held.ends;
        let mut given = if is_moved { times(one.window) } else { Given::new() };
        given.extend(named(held.id));
        if !series.what.is_empty() {
            given.insert("what".to_owned(), series.what.to_vec());
        }
        if one.title != held.title && !one.title.is_empty() {
            given.insert("title".to_owned(), vec![one.title.to_owned()]);
        }
        all.push(Said { command: "reserve change", given, held, to: Some(one) });
    }
    all
}
