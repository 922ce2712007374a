//! What calendar programs do in booking calendars: the same commands that people say, with the program's own name and
//! text of the event kept beside the reservation.
//!
//! Nothing is decided here that `/reserve new`, `change`, `cancel` and `release` do not decide.

use super::{Dispatch, Heard, What, calendars::Bearer, record::Trace, say::Asking};
use crate::{
    handlers,
    plan::{Change, Outcome},
    reserve::Deed,
};
use direttore_catalog::{Given, catalog};
use direttore_domain::{
    Actor, Claims, Instant, Origin, Refusal, ReservationStatus, ResourceKey, Surface, Trouble, Window, Zone, policy,
};
use direttore_store::reservation::Reservation;
use std::sync::Arc;

pub use crate::handlers::Bookable;

/// Where what is heard from calendar programs comes from, as grants name it after `http:`.
const CHANNEL: &str = "caldav";

/// An event that a program wants to be a reservation.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    pub uid: &'a str,
    /// The last part of its path.
    pub href: &'a str,
    pub body: &'a str,
    /// On one line; may be empty.
    pub title: &'a str,
    /// What more it says; may be empty.
    pub note: &'a str,
    pub window: Window,
    /// In which its times are said; else the account's.
    pub zone: Option<Zone>,
    /// What it is of, as people call it; empty where that stays as it is.
    pub what: &'a [String],
    pub count: usize,
    pub repeat: Option<&'a str>,
    pub except: &'a [Instant],
    /// Where nothing may be called so yet: the uid whose name `href` would be without the program's.
    pub uid_of_href: Option<&'a str>,
}

impl Dispatch {
    /// What the bearer may see calendars of.
    ///
    /// # Errors
    /// `not-allowed`, the database's, and that no cluster can be seen where grants must be held against it.
    pub async fn bookable(&self, who: &Bearer) -> Result<Vec<Bookable>, Trouble> {
        let heard = heard(who);
        let asking = self.looking(&heard, who).await?;
        handlers::bookable(&self.cx(&asking, false)).await
    }

    /// As [`Dispatch::bookable`], the one of a key; what it is about may be left out when it is only written into.
    ///
    /// # Errors
    /// As there.
    pub async fn bookable_one(
        &self,
        who: &Bearer,
        key: &ResourceKey,
        is_to_write: bool,
    ) -> Result<Option<Bookable>, Trouble> {
        let heard = heard(who);
        let asking = self.looking(&heard, who).await?;
        handlers::bookable_one(&self.cx(&asking, false), key, is_to_write).await
    }

    /// Whether the bearer may book at all.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_book(&self, who: &Bearer) -> Result<bool, Trouble> {
        let heard = heard(who);
        let asking = self.asking(&heard, who, "reserve new", Given::new(), None).await?;
        let channel = heard.origin.channel_name();
        Ok(policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel).is_ok())
    }

    /// `/reserve new`; gives what was made.
    ///
    /// # Errors
    /// As for people; `changed-meanwhile` when something may be called so that must not be: then it was not looked closely,
    /// and nothing of it is in the audit log.
    pub async fn book_event(&self, who: &Bearer, event: &Event<'_>) -> Result<Vec<Reservation>, Trouble> {
        let mut given = times(event.window);
        given.insert("what".to_owned(), event.what.to_vec());
        if event.count > 1 {
            given.insert("count".to_owned(), vec![event.count.to_string()]);
        }
        if let Some(rule) = event.repeat {
            given.insert("repeat".to_owned(), vec![rule.to_owned()]);
            if !event.except.is_empty() {
                given.insert("except".to_owned(), event.except.iter().map(|at| Zone::UTC.iso(*at)).collect());
            }
        }
        if !event.title.is_empty() {
            given.insert("title".to_owned(), vec![event.title.to_owned()]);
        }
        self.carry_event(who, "reserve new", given, event.zone, |deed| {
            if let Deed::Book(booking) = deed {
                booking.uid = Some(event.uid.to_owned());
                // Nobody listens where it comes from.
                if let Some(told) = &who.told {
                    booking.origin.clone_from(told);
                }
                event.note.clone_into(&mut booking.note);
                event.href.clone_into(&mut booking.href);
                event.body.clone_into(&mut booking.body);
                booking.uid_of_href = event.uid_of_href.map(str::to_owned);
            }
            Ok(())
        })
        .await
    }

    /// `/reserve change`, of one that the program saw as it is given here; gives it as it is now.
    ///
    /// # Errors
    /// As for people; `changed-meanwhile`.
    pub async fn change_event(
        &self,
        who: &Bearer,
        held: &Reservation,
        event: &Event<'_>,
    ) -> Result<Vec<Reservation>, Trouble> {
        let is_moved = event.window.start != held.starts || event.window.end != held.ends;
        let mut given = if is_moved { times(event.window) } else { Given::new() };
        given.insert("reservation".to_owned(), vec![held.id.to_string()]);
        if !event.what.is_empty() {
            given.insert("what".to_owned(), event.what.to_vec());
        }
        if event.title != held.title && !event.title.is_empty() {
            given.insert("title".to_owned(), vec![event.title.to_owned()]);
        }
        self.carry_event(who, "reserve change", given, event.zone, |deed| {
            if let Deed::Alter(alter) = deed {
                same(alter.rev, held)?;
                event.title.clone_into(&mut alter.content.title);
                event.note.clone_into(&mut alter.content.note);
                event.href.clone_into(&mut alter.content.href);
                event.body.clone_into(&mut alter.content.body);
            }
            Ok(())
        })
        .await
    }

    /// `/reserve cancel`, or `/reserve release` when it has begun.
    ///
    /// # Errors
    /// As [`Dispatch::change_event`].
    pub async fn cancel_event(&self, who: &Bearer, held: &Reservation) -> Result<(), Trouble> {
        let command = if held.status == ReservationStatus::Active { "reserve release" } else { "reserve cancel" };
        let given = Given::from([("reservation".to_owned(), vec![held.id.to_string()])]);
        self.carry_event(who, command, given, None, |deed| match deed {
            Deed::Alter(alter) => same(alter.rev, held),
            Deed::Book(_) => Ok(()),
        })
        .await
        .map(drop)
    }

    /// From what is given to its deed, as for people but for what is put beside it.
    async fn carry_event(
        &self,
        who: &Bearer,
        command: &str,
        given: Given,
        zone: Option<Zone>,
        beside: impl Fn(&mut Deed) -> Result<(), Trouble>,
    ) -> Result<Vec<Reservation>, Trouble> {
        let heard = heard(who);
        let mut asking = self.asking(&heard, who, command, given, zone).await?;
        let carried = Box::pin(self.try_carry_event(&mut asking, beside)).await;
        // Of what is new nothing was changed: its name may be taken, which whoever asked looks at.
        let is_name = |trouble: &Trouble| {
            command == "reserve new" && matches!(trouble, Trouble::Refusal(Refusal::ChangedMeanwhile { .. }))
        };
        if let Err(trouble) = &carried
            && !is_name(trouble)
        {
            // The reply is for a chat; what it leaves behind is the line in the audit log.
            let _ = self.refuse(&heard, Some(&asking.actor), &asking.trace, trouble);
        }
        carried
    }

    async fn try_carry_event(
        &self,
        asking: &mut Asking<'_>,
        beside: impl Fn(&mut Deed) -> Result<(), Trouble>,
    ) -> Result<Vec<Reservation>, Trouble> {
        let channel = asking.heard.origin.channel_name();
        policy::may_say(&asking.actor, asking.command.permission, &asking.command.path, &channel)?;
        let answers = asking.command.answers(&asking.given)?;
        let cx = self.cx(asking, true);
        let Outcome::Do(mut plan) = handlers::plan(&cx, asking.command, answers).await? else {
            return Err(Trouble::bug("a reservation that only says something"));
        };
        for change in &mut plan.changes {
            if let Change::Reserve(deed) = change {
                beside(deed)?;
            }
        }
        // Nobody reads a reply.
        plan.done = None;
        asking.trace.target(&plan.target);
        let (_, carried) = self.carry(asking, *plan, None).await?;
        Ok(carried.reserved)
    }

    async fn looking<'h>(&self, heard: &'h Heard, who: &Bearer) -> Result<Asking<'h>, Trouble> {
        // What lists leave out is for who may see the lab; whether it can be booked is told with it.
        let asking = self.asking(heard, who, "reserve new", Given::new(), None).await?;
        let list = catalog().get("reserve list").ok_or_else(|| Trouble::bug("no /reserve list"))?;
        policy::may_say(&asking.actor, list.permission, &list.path, &heard.origin.channel_name())?;
        Ok(asking)
    }

    pub(super) async fn asking<'h>(
        &self,
        heard: &'h Heard,
        who: &Bearer,
        command: &str,
        given: Given,
        zone: Option<Zone>,
    ) -> Result<Asking<'h>, Trouble> {
        let command = catalog().get(command).ok_or_else(|| Trouble::bug("a command that is not there"))?;
        let mut actor: Actor = self.actor_by_token(&who.account, &Claims::default()).await?;
        if let (Some(zone), Some(account)) = (zone, &mut actor.account) {
            zone.name().clone_into(&mut account.zone);
        }
        let trace = Trace::of(self, heard, &actor, command, &given);
        Ok(Asking { heard, actor: Arc::new(actor), command, given, trace, blind: None })
    }
}

/// # Errors
/// `changed-meanwhile`, when it is not as the program saw it.
pub(super) fn same(rev: i64, held: &Reservation) -> Result<(), Trouble> {
    if rev == held.rev {
        return Ok(());
    }
    Err(Refusal::ChangedMeanwhile { what: held.id.to_string() }.into())
}

pub(super) fn times(window: Window) -> Given {
    Given::from([
        ("from".to_owned(), vec![Zone::UTC.iso(window.start)]),
        ("until".to_owned(), vec![Zone::UTC.iso(window.end)]),
    ])
}

pub(super) fn heard(who: &Bearer) -> Heard {
    Heard {
        identity: direttore_domain::Identity { surface: Surface::Http, subject: who.account.name.to_string() },
        claims: Claims::default(),
        origin: Origin { surface: Surface::Http, channel: CHANNEL.to_owned() },
        what: What::Say(format!("(token {})", who.token)),
    }
}
