//! Those who wait: what has become free is held for the first whom it fits, for a while.

use super::{Dispatch, tell::Told};
use crate::reserve::{self, Again, Alter, Deed, NotDone, Want};
use direttore_domain::{ReservationStatus as Status, ResourceKey};
use direttore_store::{
    StoreError, audit,
    reservation::{self, Reservation},
};
use futures::future::BoxFuture;

impl Dispatch {
    /// Offers what is free, first come first served. An offer holds the slot, so the next in line cannot have it too.
    pub(super) fn serve_line<'s>(&'s self) -> BoxFuture<'s, Result<(), StoreError>> {
        Box::pin(async move {
            let line = reservation::waiting(&mut self.store.read().await?).await?;
            for held in line {
                if held.starts <= self.clock.now() {
                    // Its turn to be told so comes with its due time.
                    continue;
                }
                let wants = self.wants_of(&held);
                let mut tx = self.store.read().await?;
                let room = reserve::look(&mut tx, &wants).await?;
                let is_free = room.choose(&mut tx, held.starts, held.ends, None).await?.is_ok();
                drop(tx);
                if is_free && let Err(error) = self.offer(held, wants).await {
                    tracing::warn!("what became free cannot be offered: {error}");
                    return Err(error);
                }
            }
            Ok(())
        })
    }

    async fn offer(&self, held: Reservation, wants: Vec<Want>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut content = held.content.clone();
        content.status = Status::Offered;
        content.offered_until = Some((now + self.rules.reserve.offer).min(held.starts));
        let again = Again::Take(wants);
        let alter = Alter { id: held.id, rev: held.rev, content: content.clone(), again, is_news: true, at_once: None };
        let mut tx = self.store.write().await?;
        match reserve::carry_out(&mut tx, &Deed::Alter(Box::new(alter)), &self.rules.reserve, now).await {
            Ok(_) => {}
            Err(NotDone::Store(error)) => return Err(error),
            // Somebody else took it, or this one left the line.
            Err(_) => return Ok(()),
        }
        audit::record(&mut tx, &self.kept_entry(&held, "offered", serde_json::Value::Null)).await?;
        let offered = reservation::get(&mut tx, held.id).await?.unwrap_or(held);
        self.put_told(&mut tx, &offered, Told::Offered, None).await?;
        tx.commit().await?;
        self.engine.ended.notify_waiters();
        Ok(())
    }

    /// What was asked for, as the lab has it now.
    pub(in crate::dispatch) fn wants_of(&self, held: &Reservation) -> Vec<Want> {
        let one = |wanted: &reservation::Wanted| {
            let mut want = Want {
                key: wanted.key.clone(),
                name: wanted.name.clone(),
                count: usize::try_from(wanted.count).unwrap_or(1),
                under: None,
                covered: vec![],
            };
            match &wanted.key {
                ResourceKey::Guest(cluster, vmid) => {
                    let view = self.lab.cluster(cluster).ok().and_then(|c| c.view_now());
                    let node = view.and_then(|view| view.guest(*vmid).map(|g| g.node.clone()));
                    want.under = node.map(|n| (ResourceKey::Node(cluster.clone(), n.clone()), n.to_string()));
                }
                ResourceKey::Node(cluster, node) if held.covers_guests => {
                    let view = self.lab.cluster(cluster).ok().and_then(|c| c.view_now());
                    let guests = view.iter().flat_map(|v| &v.guests).map(|e| &e.guest);
                    let on = guests.filter(|g| g.node == *node && !g.is_template);
                    want.covered = on.map(|g| (ResourceKey::Guest(cluster.clone(), g.vmid), g.offer())).collect();
                }
                _ => {}
            }
            want
        };
        held.wanted.iter().map(one).collect()
    }
}
