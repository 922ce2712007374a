//! Who is connected and asks nothing just now, so that whoever waits longest makes room when all places are taken.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// What a connection waits for. An idle one may be closed at any time; one that has begun to ask goes after those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// For a request to begin.
    Idle,
    /// For the rest of a request's head.
    Head,
}

type Turn = (Waits, u64);

#[derive(Debug, Default)]
pub struct Crowd {
    waiting: Mutex<BTreeMap<Turn, Arc<Notify>>>,
    turns: AtomicU64,
    /// Somebody waits who did not before.
    grew: Notify,
}

impl Crowd {
    pub fn seat(self: &Arc<Self>) -> Seat {
        Seat { crowd: Arc::clone(self), leave: Arc::default(), turn: None }
    }

    /// Asks whoever waits longest to leave. Nobody waits: nobody is asked.
    pub fn ask_one_to_leave(&self) -> bool {
        let first = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
        first.map(|(_, leave)| leave.notify_one()).is_some()
    }

    /// Until somebody waits who did not before.
    pub async fn grew(&self) {
        self.grew.notified().await;
    }
}

/// A connection's place.
#[derive(Debug)]
pub struct Seat {
    crowd: Arc<Crowd>,
    leave: Arc<Notify>,
    turn: Option<Turn>,
}

impl Seat {
    /// What it waits for from now on; nothing while it is answered.
    pub fn waits(&mut self, what: Option<Waits>) {
        if self.turn.is_none() && what.is_none() {
            return;
        }
        let turn = what.map(|what| (what, self.crowd.turns.fetch_add(1, Ordering::Relaxed)));
        let mut waiting = self.crowd.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = std::mem::replace(&mut self.turn, turn) {
            waiting.remove(&turn);
        }
        if let Some(turn) = turn {
            waiting.insert(turn, Arc::clone(&self.leave));
            drop(waiting);
            self.crowd.grew.notify_one();
        }
    }

    /// Told when it is to leave, for whoever listens apart from the seat.
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.leave)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.waits(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn who_waits_longest_is_asked_first_and_who_is_answered_never() {
        let crowd = Arc::new(Crowd::default());
        let [mut first, mut second, mut half, mut busy] = std::array::from_fn(|_| crowd.seat());
        assert!(!crowd.ask_one_to_leave(), "nobody waits yet");
        half.waits(Some(Waits::Head));
        first.waits(Some(Waits::Idle));
        second.waits(Some(Waits::Idle));
        busy.waits(Some(Waits::Idle));
        busy.waits(None);
        // It was answered in between: now the other one waits longer.
        first.waits(None);
        first.waits(Some(Waits::Idle));
        let asked = |seat: &Seat| seat.bell().notified().now_or_never().is_some();
        for (nth, who) in [&second, &first, &half].into_iter().enumerate() {
            assert!(crowd.ask_one_to_leave(), "{nth}");
            assert!(asked(who), "{nth}");
        }
        assert!(!crowd.ask_one_to_leave() && !asked(&busy));
        drop(second);
        assert!(crowd.waiting.lock().expect("nobody panicked").is_empty());
    }
}
