//! What jobs have seen lies over the lagging list, until a later list agrees or the time is up.

use super::{Entry, View};
use direttore_clients::proxmox::GuestNow;
use direttore_domain::{Guest, GuestStatus, NodeName, Vmid};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

enum Seen {
    Gone,
    Now {
        status: GuestStatus,
        lock: Option<String>,
        uptime: u64,
        /// Where that is news.
        node: Option<NodeName>,
        /// All of it, where the list may not have it yet.
        row: Option<Box<Guest>>,
    },
}

impl Seen {
    /// Where it was seen and what else is known of it stay true until the list says it.
    fn of(now: &GuestNow, before: Option<Self>) -> Self {
        let (node, row) = match before {
            Some(Self::Now { node, row, .. }) => (node, row),
            Some(Self::Gone) | None => (None, None),
        };
        Self::Now { status: now.status, lock: now.lock.clone(), uptime: now.uptime, node, row }
    }
}

pub(super) struct Overlay {
    kept: Duration,
    seen: HashMap<Vmid, (Seen, Instant)>,
}

impl Overlay {
    pub(super) fn new(kept: Duration) -> Self {
        Self { kept, seen: HashMap::new() }
    }

    pub(super) fn lay(&mut self, vmid: Vmid, now: Option<&GuestNow>) {
        let before = self.seen.remove(&vmid).map(|(seen, _)| seen);
        let seen = now.map_or(Seen::Gone, |now| Seen::of(now, before));
        self.seen.insert(vmid, (seen, Instant::now()));
    }

    /// As [`Overlay::lay`], of a guest that has moved.
    pub(super) fn lay_on(&mut self, vmid: Vmid, to: &NodeName, now: &GuestNow) {
        self.lay(vmid, Some(now));
        if let Some((Seen::Now { node, .. }, _)) = self.seen.get_mut(&vmid) {
            *node = Some(to.clone());
        }
    }

    /// A guest that was made just now.
    pub(super) fn lay_new(&mut self, guest: Guest) {
        let (status, lock, uptime, vmid) = (guest.status, guest.lock.clone(), guest.uptime, guest.vmid);
        let seen = Seen::Now { status, lock, uptime, node: Some(guest.node.clone()), row: Some(Box::new(guest)) };
        self.seen.insert(vmid, (seen, Instant::now()));
    }

    /// Drops what a fresh list agrees with and what is too old, and patches the list with the rest.
    pub(super) fn settle(&mut self, fresh: &mut View) {
        let kept = self.kept;
        self.seen
            .retain(|vmid, (seen, at)| at.elapsed() < kept && !agrees(seen, fresh.guest(*vmid).map(AsRef::as_ref)));
        self.patch(fresh);
    }

    pub(super) fn patch(&self, view: &mut View) {
        if self.seen.is_empty() {
            return;
        }
        view.guests.retain_mut(|entry| match self.seen.get(&entry.guest.vmid) {
            None => true,
            Some((Seen::Gone, _)) => false,
            Some((Seen::Now { status, lock, uptime, node, .. }, _)) => {
                let before = Guest::clone(&entry.guest);
                let node = node.clone().unwrap_or_else(|| before.node.clone());
                let guest = Guest { status: *status, lock: lock.clone(), uptime: *uptime, node, ..before };
                *entry = Entry::new(guest);
                true
            }
        });
        view.count();
        for (seen, _) in self.seen.values() {
            if let Seen::Now { status, lock, uptime, node, row: Some(row) } = seen
                && view.guest(row.vmid).is_none()
            {
                let node = node.clone().unwrap_or_else(|| row.node.clone());
                let guest = Guest { status: *status, lock: lock.clone(), uptime: *uptime, node, ..Guest::clone(row) };
                view.add(guest);
            }
        }
    }
}

fn agrees(seen: &Seen, row: Option<&Guest>) -> bool {
    match (seen, row) {
        (Seen::Gone, row) => row.is_none(),
        (Seen::Now { .. }, None) => false,
        (Seen::Now { node: Some(node), .. }, Some(row)) if *node != row.node => false,
        // The list has no word for paused: it says running.
        (Seen::Now { status: GuestStatus::Paused, lock, .. }, Some(row)) => {
            row.status == GuestStatus::Stopped && &row.lock == lock
        }
        (Seen::Now { status, lock, .. }, Some(row)) => *status == row.status && *lock == row.lock,
    }
}

#[cfg(test)]
mod tests;
