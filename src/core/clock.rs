//! Calendar time: what people read and what reservations, confirmations and the audit log go by.
//!
//! Elapsed time (time-outs, leases, polls) is tokio's and the database's, and never moved.

use chrono::Utc;
use direttore_domain::Instant;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The one place that asks the machine for the time. A demo or a test may move it ahead.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> Instant {
        Instant(Utc::now().timestamp_millis().saturating_add(self.ahead_ms.load(Ordering::Relaxed)))
    }

    /// As the machine has it, never moved: for sign-in, whose tokens other programs hold against their own clocks.
    pub fn wall() -> Instant {
        Instant(Utc::now().timestamp_millis())
    }

    /// As if it were that moment now: for replays of what was recorded once, before anything is done by it.
    pub fn start_at(&self, at: Instant) {
        self.ahead_ms.store(at.0.saturating_sub(Utc::now().timestamp_millis()), Ordering::Relaxed);
    }

    /// Moves calendar time ahead.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        // Saturating: a script may ask for more years than a millisecond count holds.
        let _ = self.ahead_ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ms| Some(ms.saturating_add(by)));
    }
}
