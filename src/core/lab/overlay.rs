//! What jobs have seen lies over the lagging list, until a later list agrees or the time is up.

use super::{Entry, View};
use direttore_clients::proxmox::GuestNow;
use direttore_domain::{Guest, GuestStatus, Vmid};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

enum Seen {
    Gone,
    Now { status: GuestStatus, lock: Option<String>, uptime: u64 },
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
        let seen = match now {
            None => Seen::Gone,
            Some(now) => Seen::Now { status: now.status, lock: now.lock.clone(), uptime: now.uptime },
        };
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
            Some((Seen::Now { status, lock, uptime }, _)) => {
                let guest =
                    Guest { status: *status, lock: lock.clone(), uptime: *uptime, ..Guest::clone(&entry.guest) };
                *entry = Entry::new(guest);
                true
            }
        });
    }
}

fn agrees(seen: &Seen, row: Option<&Guest>) -> bool {
    match (seen, row) {
        (Seen::Gone, row) => row.is_none(),
        (Seen::Now { .. }, None) => false,
        // The list has no word for paused: it says running.
        (Seen::Now { status: GuestStatus::Paused, lock, .. }, Some(row)) => {
            row.status == GuestStatus::Stopped && &row.lock == lock
        }
        (Seen::Now { status, lock, .. }, Some(row)) => *status == row.status && *lock == row.lock,
    }
}

#[cfg(test)]
mod tests;
