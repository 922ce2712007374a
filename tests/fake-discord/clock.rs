//! The fake's own clock. It stands until a test moves it, so that three seconds or fifteen minutes pass when a test says
//! so; a world may ask that it goes on by itself (`World::running_clock`), for clients that sleep in real time.

use chrono::{DateTime, SecondsFormat, Utc};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

#[derive(Debug, Clone)]
pub struct Clock {
    moved_ms: Arc<AtomicU64>,
    runs_since: Option<Instant>,
    changed: watch::Sender<u64>,
}

impl Clock {
    pub(crate) fn new(starts_at_ms: u64, is_running: bool) -> Self {
        Self {
            moved_ms: Arc::new(AtomicU64::new(starts_at_ms)),
            runs_since: is_running.then(Instant::now),
            changed: watch::Sender::new(0),
        }
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        let ran = self.runs_since.map_or(0, |since| since.elapsed().as_millis() as u64);
        self.moved_ms.load(Ordering::SeqCst) + ran
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.moved_ms.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
        self.changed.send_modify(|n| *n += 1);
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

/// `2026-01-01T00:00:00.000000+00:00`
pub(crate) fn iso(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::<Utc>::from_timestamp_millis).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Micros, false)
}
