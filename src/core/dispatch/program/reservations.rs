//! Reservations, as programs ask for them and make them: in the few words of the first direttore.
//!
//! What is made and changed goes by the commands that people say; an [`Aside`] is what those have no word for.

use super::Caller;
use crate::{
    dispatch::{Dispatch, FeedContent},
    reserve::Deed,
};
use direttore_catalog::Given;
use direttore_domain::{
    GuestKind, Instant, NodeName, Request, ReservationId, ReservationStatus, ResourceKey, Trouble, Vmid,
};
use direttore_store::reservation::{self, Brief};

/// What a program says beside a command about reservations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aside {
    /// In place of the title and the note that there are, where the command has no option for it.
    pub title: Option<String>,
    pub note: Option<String>,
    pub request: Request,
}

impl Aside {
    pub(super) fn put(&self, deed: &mut Deed) {
        let request = Some(self.request.clone()).filter(|request| *request != Request::default());
        let (title, note, place) = match deed {
            Deed::Book(booking) => (&mut booking.title, &mut booking.note, &mut booking.request),
            Deed::Alter(alter) => {
                let content = &mut alter.content;
                (&mut content.title, &mut content.note, &mut content.request)
            }
        };
        *place = request;
        for (place, said) in [(title, &self.title), (note, &self.note)] {
            if let Some(said) = said {
                place.clone_from(said);
            }
        }
    }
}

/// A reservation as a program sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationSeen {
    pub id: i64,
    pub title: String,
    pub note: String,
    /// Whom the program named, else the holder.
    pub requester: String,
    pub kind: GuestKind,
    pub node: Option<NodeName>,
    pub vmid: Option<Vmid>,
    /// Whether the guest itself is reserved, and not only the node that it is on.
    pub is_of_guest: bool,
    pub starts: Instant,
    pub ends: Instant,
    pub status: ReservationStatus,
    /// What was said beside it.
    pub request: Request,
}

/// All of a while.
pub enum ReservationsSeen {
    /// As they were under the mark that was given.
    Same,
    /// No mark where what is written just now lets nobody say what was seen.
    New { mark: Option<i64>, all: Vec<ReservationSeen> },
}

impl Dispatch {
    /// Whether a program may list reservations, with the line in the audit log.
    ///
    /// # Errors
    /// `not-allowed` and its like.
    pub fn sees_reservations(&self, who: &Caller) -> Result<(), Trouble> {
        self.looks(who, "reserve list", Given::new()).map(drop)
    }

    /// Those that end at `from` or later and begin at `to` or earlier, in the order in which they were made, unless
    /// they are as they were under the mark `known`. For whom [`Dispatch::sees_reservations`].
    ///
    /// # Errors
    /// The database's.
    pub async fn reservations_seen(
        &self,
        (from, to): (Instant, Instant),
        known: Option<i64>,
    ) -> Result<ReservationsSeen, Trouble> {
        let mut tx = self.store.read().await?;
        let mark = reservation::state(&mut tx).await?;
        if mark.is_some() && mark == known {
            return Ok(ReservationsSeen::Same);
        }
        let all = reservation::briefs(&mut tx, from, to).await?;
        drop(tx);
        Ok(ReservationsSeen::New { mark, all: all.into_iter().map(|brief| self.seen(brief)).collect() })
    }

    /// One of them.
    ///
    /// # Errors
    /// `not-allowed` and its like; the database's.
    pub async fn reservation_seen(&self, who: &Caller, id: i64) -> Result<Option<ReservationSeen>, Trouble> {
        let given = Given::from([("reservation".to_owned(), vec![id.to_string()])]);
        self.looks(who, "reserve show", given)?;
        self.reservation_now(id).await
    }

    /// As [`Dispatch::reservation_seen`], for whoever may change it.
    ///
    /// # Errors
    /// The database's.
    pub async fn reservation_now(&self, id: i64) -> Result<Option<ReservationSeen>, Trouble> {
        let found = reservation::get(&mut self.store.read().await?, ReservationId(id)).await?;
        Ok(found.map(|held| self.seen(held.into())))
    }

    /// What a calendar that is subscribed to shows of all reservations.
    ///
    /// # Errors
    /// `not-allowed` and its like; the database's.
    pub async fn reservations_feed(&self, who: &Caller) -> Result<FeedContent, Trouble> {
        self.sees_reservations(who)?;
        Ok(self.feed_of_all(who.account()).await?)
    }

    fn seen(&self, brief: Brief) -> ReservationSeen {
        let Brief { id, title, note, holder, starts, ends, status, request, of } = brief;
        let request = request.unwrap_or_default();
        let node = of.iter().find_map(|key| match key {
            ResourceKey::Node(_, node) => Some(node.clone()),
            _ => None,
        });
        let guest = of.iter().find_map(|key| match key {
            ResourceKey::Guest(cluster, vmid) => Some((cluster, *vmid)),
            _ => None,
        });
        let on_record = guest.and_then(|(cluster, vmid)| {
            let view = self.lab.cluster(cluster).ok()?.view_now()?;
            view.guest(vmid).map(|guest| guest.kind)
        });
        ReservationSeen {
            id: id.0,
            title,
            note,
            requester: request.requester.clone().unwrap_or(holder),
            kind: request.kind.or(on_record).unwrap_or(GuestKind::Vm),
            vmid: guest.map(|(_, vmid)| vmid).or(request.vmid.filter(|_| node.is_some())),
            is_of_guest: guest.is_some(),
            node,
            starts,
            ends,
            status,
            request,
        }
    }
}
