//! Keeps the calendar: windows begin and end, people are reminded, what nobody wants is given back, and the lab does
//! what was asked of it.
//!
//! A reservation says itself when it is next to be looked at. Each turn is one transaction that begins with its `rev`,
//! so of several processes one takes it; times that were missed are made up for in their order, each once. What needs
//! the lab (`act`) comes in a turn of its own, after the turn that owes it.

mod act;
mod backup;
mod line;
mod tell;

use super::Dispatch;
use crate::reserve::{self, Again, Alter, Deed, END, END_OWED, LATE, NotDone, START, START_OWED};
use direttore_domain::{Instant, ReservationId, ReservationStatus as Status, Trouble};
use direttore_store::{
    StoreError, Tx,
    audit::{self, Entry},
    device_push,
    reservation::{self, Reservation},
};
use futures::future::BoxFuture;
use serde_json::json;
use std::{collections::HashSet, sync::Arc, time::Duration};

pub(super) use tell::Told;

/// Turns of one round at most: more means that something goes round in circles.
const TURNS: usize = 100_000;

/// What is to be done about a reservation whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Offered, and not taken in time.
    Unclaimed,
    /// Nobody said yes before it was to begin.
    Unapproved,
    /// It did not become free in time.
    Hopeless,
    RemindStart,
    Start,
    /// What the lab owes at the start, or at the end.
    Act,
    RemindEnd,
    NoShow,
    End,
    /// Nothing after all; its time is written anew.
    Nothing,
}

/// `remind`: how long before its end people are reminded.
fn turn(held: &Reservation, now: Instant, remind: Duration) -> Turn {
    let owes = held.reminded & (START_OWED | END_OWED) != 0;
    let was_tried = held.reminded & LATE != 0;
    match held.status {
        Status::Offered => Turn::Unclaimed,
        Status::Pending => Turn::Unapproved,
        Status::Waiting => Turn::Hopeless,
        Status::Booked if held.starts <= now => Turn::Start,
        Status::Booked if held.reminded & START == 0 => Turn::RemindStart,
        Status::Active if owes && !was_tried => Turn::Act,
        Status::Active => {
            let no_show = held.check_in_ms > 0 && held.checked_in.is_none();
            let no_show = no_show.then(|| reserve::no_show_at(held)).filter(|at| *at <= now);
            match no_show {
                Some(at) if at < held.ends => Turn::NoShow,
                _ if held.ends <= now => Turn::End,
                _ if held.reminded & END == 0 && held.ends - remind <= now => Turn::RemindEnd,
                // After all that has its own time: what goes wrong again and again must not keep it waiting.
                _ if owes => Turn::Act,
                _ => Turn::Nothing,
            }
        }
        Status::Ended | Status::Released if owes => Turn::Act,
        _ => Turn::Nothing,
    }
}

impl Dispatch {
    /// Looks at the calendar again and again, until it is aborted.
    pub async fn keep_calendar(self: Arc<Self>, pause: Duration) {
        let mut was_broken = false;
        loop {
            match self.do_due().await {
                Ok(()) => was_broken = false,
                Err(error) => {
                    if !was_broken {
                        tracing::warn!("the calendar cannot be kept: {error}");
                    }
                    was_broken = true;
                }
            }
            let _ = tokio::time::timeout(pause, self.calendar.notified()).await;
        }
    }

    /// When something is next to be done: about a reservation, about a push that is held, or to back up network devices.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        let mut tx = self.store.read().await?;
        let held = device_push::next_overdue(&mut tx).await?;
        let reserved = reservation::next_due(&mut tx).await?;
        drop(tx);
        Ok([held, reserved, self.next_backup().await?].into_iter().flatten().min())
    }

    /// Does everything that is due by now, in order. One round at a time.
    ///
    /// # Errors
    /// The database's.
    pub async fn do_due(&self) -> Result<(), StoreError> {
        let _turn = self.keeping.lock().await;
        let mut broken: HashSet<ReservationId> = HashSet::new();
        for _ in 0..TURNS {
            // One turn may make another reservation due that comes before the next, so they are asked for one by one.
            let limit = 1 + i64::try_from(broken.len()).unwrap_or(0);
            let due = reservation::due(&mut self.store.read().await?, self.clock.now(), limit).await?;
            let Some(held) = due.into_iter().find(|held| !broken.contains(&held.id)) else { break };
            let id = held.id;
            match self.attend(held).await {
                Ok(()) => {}
                Err(Trouble::Failure(direttore_domain::Failure::Store { why })) => {
                    return Err(StoreError::Unavailable(why));
                }
                Err(trouble) => {
                    // Somebody else was faster, or it is a slip of ours: the others must not wait for it.
                    if let Trouble::Bug(bug) = &trouble {
                        tracing::error!("{id} cannot be looked after: {}", super::chain(bug));
                    }
                    broken.insert(id);
                }
            }
        }
        self.do_due_pushes().await?;
        self.serve_line().await?;
        self.back_up_when_due().await
    }

    /// Lets calendar time pass for a demo or a test: from one thing that is due to the next, each to its end with the
    /// jobs of a channel, for which it waits at most `within`.
    ///
    /// # Errors
    /// The database's.
    pub async fn pass(&self, by: Duration, channel: &str, within: Duration) -> Result<(), StoreError> {
        // Jobs that are due are let end before and after, so that nothing sees the clock jump under its feet.
        self.settle(channel, within).await;
        self.do_alerts().await?;
        let to = self.clock.now() + by;
        while let Some(at) = self.next_due().await?.filter(|at| *at <= to) {
            self.clock.advance(at.since(self.clock.now()));
            self.do_due().await?;
            self.settle(channel, within).await;
        }
        self.clock.advance(to.since(self.clock.now()));
        self.do_due().await?;
        self.settle(channel, within).await;
        self.do_alerts().await
    }

    fn attend<'s>(&'s self, held: Reservation) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async move {
            let now = self.clock.now();
            let turn = turn(&held, now, self.rules.reserve.remind);
            if turn == Turn::Act {
                return self.act_for(held).await;
            }
            let mut content = held.content.clone();
            let mut told = None;
            let mut again = Again::Keep;
            let mut is_news = true;
            match turn {
                Turn::Unclaimed | Turn::Unapproved | Turn::Hopeless => {
                    content.status = Status::Cancelled;
                    again = Again::Release;
                    told = Some(match turn {
                        Turn::Unclaimed => Told::Unclaimed,
                        Turn::Unapproved => Told::Unapproved,
                        _ => Told::Hopeless,
                    });
                }
                Turn::Start => {
                    content.status = Status::Active;
                    content.reminded |= START;
                    if held.acts.start || held.acts.snapshot {
                        content.reminded |= START_OWED;
                    }
                    told = Some(Told::Started);
                }
                Turn::NoShow => {
                    content.status = Status::NoShow;
                    content.ends = Instant::from_seconds(now.seconds()).max(held.starts + Duration::from_secs(1));
                    again = Again::Release;
                    told = Some(Told::NoShow);
                }
                Turn::End => {
                    content.status = Status::Ended;
                    content.reminded = (content.reminded | END) & !(START_OWED | LATE);
                    if held.acts.end != direttore_domain::AtEnd::Leave {
                        content.reminded |= END_OWED;
                    }
                    told = (!held.is_maintenance).then_some(Told::Ended);
                }
                Turn::RemindStart => {
                    content.reminded |= START;
                    is_news = false;
                    told = Some(Told::Starts);
                }
                Turn::RemindEnd => {
                    content.reminded |= END;
                    is_news = false;
                    told = (!self.goes_on(&held).await?).then_some(Told::Ends);
                }
                Turn::Nothing | Turn::Act => is_news = false,
            }
            let alter = Alter { id: held.id, rev: held.rev, content: content.clone(), again, is_news, at_once: None };
            let mut tx = self.store.write().await?;
            match reserve::carry_out(&mut tx, &Deed::Alter(Box::new(alter)), &self.rules.reserve, now).await {
                Ok(_) => {}
                // Another process took this turn.
                Err(NotDone::Changed(_)) => return Ok(()),
                Err(why) => return Err(why.into()),
            }
            if is_news {
                audit::record(&mut tx, &self.kept_entry(&held, content.status.as_str(), serde_json::Value::Null))
                    .await?;
            }
            let after = Reservation { content, ..held };
            if let Some(told) = told {
                self.put_told(&mut tx, &after, told, None).await?;
            }
            tx.commit().await?;
            self.engine.ended.notify_waiters();
            Ok(())
        })
    }

    /// Whether the same holder has the same next, so that its end is no end to them.
    async fn goes_on(&self, held: &Reservation) -> Result<bool, StoreError> {
        let Some(account) = held.account_id else { return Ok(false) };
        let mut tx = self.store.read().await?;
        let all = reservation::of_account(&mut tx, account, held.ends).await?;
        let shares = |other: &Reservation| other.resources.iter().any(|r| held.resources.iter().any(|o| o.id == r.id));
        Ok(all.iter().any(|r| r.starts == held.ends && r.status.guards() && shares(r)))
    }

    /// The audit log's line of what the lab does by itself: as the holder.
    fn kept_entry(&self, held: &Reservation, outcome: &str, detail: serde_json::Value) -> Entry {
        Entry {
            at: self.clock.now(),
            who: held.holder.clone(),
            account_id: held.account_id,
            identity: String::new(),
            channel: held.origin.channel_name(),
            what: "reserve".to_owned(),
            line: format!("{} {}", held.id, held.title),
            target: held.resources.iter().map(|r| r.key.to_string()).collect::<Vec<_>>().join(", "),
            outcome: outcome.to_owned(),
            detail: json!({ "reservation": held.id, "was": held.status, "more": detail }),
            reference: None,
        }
    }

    /// Writes that what was owed is done, or is tried again later.
    async fn settle_owed(&self, tx: &mut Tx, held: &Reservation, is_late: bool) -> Result<bool, Trouble> {
        let mut content = held.content.clone();
        if is_late {
            content.reminded |= LATE;
        } else {
            content.reminded &= !(START_OWED | END_OWED | LATE);
        }
        let alter = Alter { id: held.id, rev: held.rev, content, again: Again::Keep, is_news: false, at_once: None };
        match reserve::carry_out(tx, &Deed::Alter(Box::new(alter)), &self.rules.reserve, self.clock.now()).await {
            Ok(_) => Ok(true),
            Err(NotDone::Changed(_)) => Ok(false),
            Err(why) => Err(why.into()),
        }
    }
}

#[cfg(test)]
mod tests;
