//! What people are told of their reservations without having asked, with buttons for what they may want to do.

use super::Dispatch;
use crate::{
    dispatch::question::{ACCOUNT, ANYBODY, Open, called},
    handlers::reservation_names,
    reserve,
};
use direttore_domain::{Origin, ReservationId, ResourceKey, Role, Surface, Window, Zone, text};
use direttore_reply::render;
use direttore_store::{StoreError, Tx, account, question, reservation::Reservation, resource, telling};
use serde_json::json;

/// A reason to say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dispatch) enum Told {
    /// It begins soon, it ends soon.
    Starts,
    Ends,
    Started,
    Ended,
    Offered,
    Unclaimed,
    Hopeless,
    Unapproved,
    NoShow,
    /// Somebody's yes is asked for.
    Asked,
    /// Not destroyed, since somebody has it next.
    Spared,
    /// Not destroyed, since it is theirs next.
    Kept,
    /// The lab could not do what it owes.
    NotActed,
    /// Somebody else changed it.
    Changed {
        verb: &'static str,
        by: String,
    },
}

impl Told {
    fn word(&self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Ends => "ends",
            Self::Started => "started",
            Self::Ended => "ended",
            Self::Offered => "offered",
            Self::Unclaimed => "unclaimed",
            Self::Hopeless => "hopeless",
            Self::Unapproved => "unapproved",
            Self::NoShow => "no-show",
            Self::Asked => "asked",
            Self::Spared => "spared",
            Self::Kept => "kept",
            Self::NotActed => "not-acted",
            Self::Changed { .. } => "changed",
        }
    }

    fn offers(&self, held: &Reservation) -> Vec<(&'static str, String)> {
        let id = held.id;
        let line = |verb: &str| format!("/reserve {verb} {id}");
        match self {
            Self::Starts => vec![("Extend", line("extend")), ("Cancel it", line("cancel"))],
            Self::Ends => vec![("Extend", line("extend")), ("Release", line("release"))],
            Self::Started if held.check_in_ms > 0 && held.checked_in.is_none() => {
                vec![("Check in", line("check-in")), ("Release", line("release"))]
            }
            Self::Offered => vec![("Take it", line("take")), ("Leave it", line("cancel"))],
            Self::Asked => vec![("Approve", line("approve")), ("Reject", line("reject"))],
            _ => vec![],
        }
    }
}

impl Dispatch {
    /// Puts it into the outbox of where it was asked for, in the transaction of what it tells of. `why` says more.
    pub(in crate::dispatch) async fn put_told(
        &self,
        tx: &mut Tx,
        held: &Reservation,
        told: Told,
        why: Option<&str>,
    ) -> Result<(), StoreError> {
        self.put_told_at(tx, held, told, why, &held.origin).await
    }

    pub(in crate::dispatch) async fn put_told_at(
        &self,
        tx: &mut Tx,
        held: &Reservation,
        told: Told,
        why: Option<&str>,
        origin: &Origin,
    ) -> Result<(), StoreError> {
        if origin.surface == Surface::Http {
            // Booked by a program whose token was made nowhere that could be told of it.
            return Ok(());
        }
        let now = self.clock.now();
        let zone: Zone = held.zone.parse().unwrap_or(Zone::UTC);
        let minutes = |to: direttore_domain::Instant| to.since(now).as_secs().div_ceil(60);
        let names: Vec<String> = match held.resources.is_empty() {
            true => held.wanted.iter().map(|w| w.name.clone()).collect(),
            false => held.resources.iter().map(|r| r.name.clone()).collect(),
        };
        let name = if names.is_empty() { reservation_names(held) } else { text::list(&names) };
        let (verb, by) = match &told {
            Told::Changed { verb, by } => (past(verb), by.as_str()),
            _ => ("", ""),
        };
        let data = json!({
            "what": told.word(),
            "id": held.id,
            "name": name,
            "holder": held.holder,
            "when": Window::new(held.starts, held.ends).map(|w| reserve::window_text(w, zone)),
            "title": held.title,
            "minutes": if told == Told::Starts { minutes(held.starts) } else { minutes(held.ends) },
            "until": held.offered_until.filter(|_| told == Told::Offered),
            "acts": acts(held).filter(|_| matches!(told, Told::Ends | Told::Asked)),
            "public": matches!(told, Told::Asked),
            "why": why,
            "verb": verb,
            "by": by,
        });
        let mut reply = render("reserve_told", &data, &held.zone).map_err(|e| StoreError::Refused(e.to_string()))?;
        let is_asked = told == Told::Asked;
        reply.to = if is_asked { "approvers".to_owned() } else { held.holder.clone() };
        reply.unasked = true;
        if is_asked {
            reply.asks_of = self.approvers(tx, held).await?;
        }
        reply.id = self.next_id();
        let offers = told.offers(held);
        if !offers.is_empty() {
            let asker = match held.account_id {
                _ if is_asked => Some(ANYBODY.to_owned()),
                Some(account) => Some(format!("{ACCOUNT}{account}:{}", held.holder)),
                None => None,
            };
            if let Some(asker) = asker {
                reply.actions = offers.iter().map(|(label, _)| (*label).to_owned()).collect();
                let offers = offers.into_iter().map(|(label, line)| (label.to_owned(), line)).collect();
                let open = Open::Offers { offers, stays: false };
                reply.id = self.put_question(tx, &asker, held, origin, &open).await?;
            }
        }
        let reply = serde_json::to_value(&reply).map_err(|e| StoreError::Refused(e.to_string()))?;
        telling::put(tx, origin, &held.holder, &reply, now).await?;
        Ok(())
    }

    /// The accounts that may say yes to it, as `/reserve approve` sees them.
    async fn approvers(&self, tx: &mut Tx, held: &Reservation) -> Result<Vec<String>, StoreError> {
        let keys: Vec<&ResourceKey> =
            held.resources.iter().map(|r| &r.key).chain(held.wanted.iter().map(|w| &w.key)).collect();
        let of = resource::by_keys(tx, &keys).await?;
        let named: Vec<&String> = self
            .rules
            .reserve
            .approvers
            .iter()
            .chain(of.iter().flat_map(|resource| &resource.rules.approvers))
            .collect();
        let mut all = account::list(tx).await?;
        all.retain(|a| !a.is_disabled && Some(a.id) != held.account_id);
        all.retain(|a| a.role == Some(Role::Admin) || named.iter().any(|name| *name == a.name.as_str()));
        Ok(all.into_iter().map(|a| a.name.to_string()).collect())
    }

    async fn put_question(
        &self,
        tx: &mut Tx,
        asker: &str,
        held: &Reservation,
        origin: &Origin,
        open: &Open,
    ) -> Result<String, StoreError> {
        let body = serde_json::to_value(open).map_err(|e| StoreError::Refused(e.to_string()))?;
        let now = self.clock.now();
        let expires = Some(held.ends.max(now + self.settings.form));
        let account_id = held.account_id.filter(|_| asker != ANYBODY);
        let new = question::NewQuestion { kind: open.kind(), asker, account_id, origin, body: &body, expires, now };
        Ok(called(question::create(tx, &new).await?))
    }

    /// Asks for somebody's yes: where it was asked for, and where the lab's changes are told.
    pub(in crate::dispatch) async fn ask_approval(&self, tx: &mut Tx, id: ReservationId) -> Result<(), StoreError> {
        let Some(held) = direttore_store::reservation::get(tx, id).await? else { return Ok(()) };
        self.put_told(tx, &held, Told::Asked, None).await?;
        for origin in self.rules.cards.iter().filter(|origin| **origin != held.origin) {
            self.put_told_at(tx, &held, Told::Asked, None, origin).await?;
        }
        Ok(())
    }
}

/// What a command's verb did.
fn past(verb: &str) -> &'static str {
    match verb {
        "approve" => "approved",
        "reject" => "rejected",
        "cancel" => "cancelled",
        "release" => "given back",
        "extend" => "extended",
        _ => "changed",
    }
}

/// What the lab is to do at the end, as a clause.
fn acts(held: &Reservation) -> Option<&'static str> {
    match held.acts.end {
        direttore_domain::AtEnd::Leave => None,
        direttore_domain::AtEnd::Shutdown => Some("the guests are shut down at the end"),
        direttore_domain::AtEnd::Rollback => Some("the guests go back to their snapshot at the end"),
        direttore_domain::AtEnd::Destroy => Some("the guests are destroyed at the end"),
    }
}
