//! Pagers are kept behind their lists: whoever asked for a list need not wait for the disk until the row is there by which
//! its buttons are known.
//!
//! In this process a pager is found from the moment when its list is shown, in others once its row is committed, which
//! is begun [`GATHER`] later. Who dies in between leaves a list whose buttons say that nothing is open. Only what shows something
//! is kept like this: a question whose answer changes anything is written before it is asked.

use direttore_domain::{Instant, Origin};
use direttore_store::{
    Result, Store, StoreError,
    question::{self, NewQuestion, QuestionRow, QuestionState},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The answer goes out first, and pagers of a busy moment share a transaction.
const GATHER: Duration = Duration::from_millis(200);
/// Written in one transaction.
const GROUP: usize = 200;
/// As many as wait while the database is gone.
const MOST: usize = 10_000;
/// Before the database is asked again that could not be written.
const PAUSE: Duration = Duration::from_millis(500);

/// A pager that is not written yet.
pub(super) struct Pager {
    pub asker: String,
    pub account_id: Option<i64>,
    pub origin: Origin,
    pub body: Value,
    pub expires: Instant,
    pub now: Instant,
}

const KIND: &str = "pager";

impl Pager {
    fn row(&self, id: i64) -> QuestionRow {
        QuestionRow {
            id,
            kind: KIND.to_owned(),
            asker: self.asker.clone(),
            account_id: self.account_id,
            origin: self.origin.clone(),
            body: self.body.clone(),
            state: QuestionState::Open,
            expires: Some(self.expires),
            created: self.now,
        }
    }

    fn question(&self) -> NewQuestion<'_> {
        NewQuestion {
            kind: KIND,
            asker: &self.asker,
            account_id: self.account_id,
            origin: &self.origin,
            body: &self.body,
            expires: Some(self.expires),
            now: self.now,
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Pagers {
    store: Store,
    waiting: Arc<Mutex<Waiting>>,
    /// Held by who writes.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Waiting {
    pagers: BTreeMap<i64, Arc<Pager>>,
    /// A task is at it.
    is_written: bool,
}

impl Pagers {
    pub fn new(store: Store) -> Self {
        Self { store, waiting: Arc::default(), turn: Arc::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its number, from when on it is found; `None` where too many wait already. Call it within a runtime.
    pub fn later(&self, pager: Pager) -> Option<i64> {
        let id = drawn()?;
        let mut waiting = self.waiting();
        if waiting.pagers.len() >= MOST {
            return None;
        }
        waiting.pagers.insert(id, Arc::new(pager));
        if !std::mem::replace(&mut waiting.is_written, true) {
            tokio::spawn(self.clone().write());
        }
        Some(id)
    }

    /// One that is not written yet. Who finds none here finds it in the database.
    pub fn get(&self, id: i64) -> Option<QuestionRow> {
        let pager = self.waiting().pagers.get(&id).cloned();
        pager.map(|pager| pager.row(id))
    }

    /// Writes what waits: before the process ends.
    pub async fn flush(&self) -> Result<()> {
        let _turn = self.turn.lock().await;
        loop {
            let group: Vec<(i64, Arc<Pager>)> =
                self.waiting().pagers.iter().take(GROUP).map(|(id, pager)| (*id, Arc::clone(pager))).collect();
            if group.is_empty() {
                return Ok(());
            }
            if let Err(why) = self.write_group(&group).await {
                if matches!(why, StoreError::Unavailable(_)) {
                    return Err(why);
                }
                // An account that is gone takes its own pagers with it and not those of others.
                for one in &group {
                    match self.write_group(std::slice::from_ref(one)).await {
                        Err(why @ StoreError::Unavailable(_)) => return Err(why),
                        Err(why) => tracing::debug!("a pager is not kept: {why}"),
                        Ok(()) => {}
                    }
                }
            }
            let mut waiting = self.waiting();
            group.iter().for_each(|(id, _)| drop(waiting.pagers.remove(id)));
        }
    }

    async fn write_group(&self, group: &[(i64, Arc<Pager>)]) -> Result<()> {
        let mut tx = self.store.write().await?;
        for (id, pager) in group {
            question::keep(&mut tx, *id, &pager.question()).await?;
        }
        tx.commit().await
    }

    /// Until nothing waits.
    async fn write(self) {
        let mut pause = GATHER;
        loop {
            tokio::time::sleep(pause).await;
            pause = GATHER;
            if let Err(why) = self.flush().await {
                tracing::debug!("pagers cannot be written now: {why}");
                pause = PAUSE;
            }
            let mut waiting = self.waiting();
            if waiting.pagers.is_empty() {
                waiting.is_written = false;
                return;
            }
        }
    }
}

/// A number below zero that nobody has yet: of 2^53.
fn drawn() -> Option<i64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    Some(-1 - (i64::from_le_bytes(bytes) & ((1 << 53) - 1)))
}
