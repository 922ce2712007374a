//! Rows that nobody waits for: written in groups, at most [`Pace::gather`] behind.
//!
//! What a program reads over and over is one row with how often: nobody polls so that the log grows.
//!
//! While the database is gone a bounded number of them is kept; what does not fit is counted, and the count gets a row
//! of its own once the database is back.

use super::{Entry, record_all};
use crate::{Result, Store, StoreError};
use direttore_domain::Instant;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::{Notify, mpsc, oneshot};

/// Rows written in one transaction.
const GROUP: usize = 200;
/// Among as many of the newest rows the same one is looked for.
const LOOKS_BACK: usize = 8;

#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long rows are gathered; also the pause after a failed write.
    pub gather: Duration,
    /// How many rows are kept at most.
    pub keep: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { gather: Duration::from_millis(500), keep: 10_000 }
    }
}

/// Cheap to clone. When the last one is dropped, what waits is written, once.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
    flushes: mpsc::UnboundedSender<oneshot::Sender<Result<()>>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    some: Notify,
    keep: usize,
}

#[derive(Default)]
struct Waiting {
    entries: VecDeque<Entry>,
    /// Of these, how many are being written, and must stay as they are.
    written: usize,
    /// Lost since the start.
    lost: u64,
    /// Of these, how many no row tells of yet.
    untold: u64,
    /// The calendar's time, as the newest entry had it: the recorder has no clock of its own.
    latest: Option<Instant>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Recorder {
    /// Starts the task that writes. Call it within a runtime.
    pub fn start(store: Store) -> Self {
        Self::start_with(store, Pace::default())
    }

    pub fn start_with(store: Store, pace: Pace) -> Self {
        let shared = Arc::new(Shared { waiting: Mutex::default(), some: Notify::new(), keep: pace.keep });
        let (flushes, asked) = mpsc::unbounded_channel();
        tokio::spawn(run(store, Arc::clone(&shared), pace.gather, asked));
        Self { shared, flushes }
    }

    /// Never waits for the database.
    pub fn later(&self, entry: Entry) {
        self.put(self.shared.waiting(), entry);
    }

    /// As [`Recorder::later`]; where the same was done a moment ago, that row says how often. `with` adds to the detail of
    /// one that gets a row of its own, like the request, which is then the first one's.
    pub fn once_more(&self, mut entry: Entry, with: impl FnOnce(Value) -> Value) {
        let mut waiting = self.shared.waiting();
        let free = waiting.entries.len() - waiting.written;
        if let Some(same) = waiting.entries.iter_mut().rev().take(free.min(LOOKS_BACK)).find(|e| is_same(e, &entry)) {
            let times = same.detail["times"].as_u64().unwrap_or(1) + 1;
            match &mut same.detail {
                Value::Object(detail) => drop(detail.insert("times".to_owned(), Value::from(times))),
                detail => *detail = json!({ "times": times }),
            }
            return;
        }
        entry.detail = with(entry.detail);
        self.put(waiting, entry);
    }

    fn put(&self, mut waiting: MutexGuard<'_, Waiting>, entry: Entry) {
        waiting.latest = Some(entry.at);
        if waiting.entries.len() < self.shared.keep {
            waiting.entries.push_back(entry);
        } else {
            waiting.lost += 1;
            waiting.untold += 1;
        }
        drop(waiting);
        self.shared.some.notify_one();
    }

    /// How many rows were lost since the start because too many waited.
    pub fn lost(&self) -> u64 {
        self.shared.waiting().lost
    }

    /// Writes what waits now: before one reads the log, or ends.
    ///
    /// # Errors
    /// The rows still wait then.
    pub async fn flush(&self) -> Result<()> {
        let gone = || StoreError::Unavailable("nobody writes the audit log any more".to_owned());
        let (done, written) = oneshot::channel();
        self.flushes.send(done).map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}

async fn run(
    store: Store,
    shared: Arc<Shared>,
    gather: Duration,
    mut asked: mpsc::UnboundedReceiver<oneshot::Sender<Result<()>>>,
) {
    let mut is_gone = false;
    loop {
        tokio::select! {
            ask = asked.recv() => {
                let written = write_all(&store, &shared).await;
                // Asking has ended a wait that had begun.
                shared.some.notify_one();
                match ask {
                    // Who asked may have stopped waiting.
                    Some(done) => drop(done.send(written)),
                    None => return,
                }
            }
            () = gathered(&shared, gather) => match write_all(&store, &shared).await {
                Ok(()) => is_gone = false,
                Err(why) => {
                    if !is_gone {
                        tracing::warn!("the audit log cannot be written now, rows wait: {why}");
                    }
                    is_gone = true;
                    // Some still wait, so look again without a new one.
                    shared.some.notify_one();
                }
            },
        }
    }
}

/// Some wait, and a while has passed.
async fn gathered(shared: &Shared, gather: Duration) {
    shared.some.notified().await;
    tokio::time::sleep(gather).await;
}

async fn write_all(store: &Store, shared: &Shared) -> Result<()> {
    loop {
        let (group, untold, at) = {
            let mut waiting = shared.waiting();
            let group: Vec<Entry> = waiting.entries.iter().take(GROUP).cloned().collect();
            waiting.written = group.len();
            (group, waiting.untold, waiting.latest)
        };
        if group.is_empty() && untold == 0 {
            return Ok(());
        }
        // What was lost came after all that was kept.
        let loss = (group.len() < GROUP && untold > 0).then(|| loss(untold, at.unwrap_or(Instant::EPOCH)));
        let rows: Vec<&Entry> = group.iter().chain(&loss).collect();
        let written = write_group(store, &rows).await;
        let is_refused = matches!(written, Err(StoreError::Refused(_)));
        let mut waiting = shared.waiting();
        waiting.written = 0;
        match written {
            Ok(()) => waiting.untold -= if loss.is_some() { untold } else { 0 },
            Err(StoreError::Refused(why)) => {
                // It would be refused again, and stand in the way of all others.
                tracing::error!("the database refuses {} rows of the audit log: {why}", group.len());
                waiting.lost += group.len() as u64;
                waiting.untold += group.len() as u64;
            }
            Err(why) => return Err(why),
        }
        waiting.entries.drain(..group.len());
        // What came in the meantime has time to gather: somebody asks and asks, and there would be no end.
        if group.len() < GROUP && !is_refused {
            return Ok(());
        }
    }
}

/// But for when it was, and for which request.
fn is_same(one: &Entry, other: &Entry) -> bool {
    one.what == other.what
        && one.line == other.line
        && one.who == other.who
        && one.target == other.target
        && one.outcome == other.outcome
        && one.channel == other.channel
        && one.identity == other.identity
        && one.account_id == other.account_id
        && one.reference == other.reference
        && details(one).eq(details(other))
}

fn details(entry: &Entry) -> impl Iterator<Item = (&String, &Value)> {
    let detail = entry.detail.as_object().into_iter().flatten();
    detail.filter(|(key, _)| !matches!(key.as_str(), "request" | "times"))
}

async fn write_group(store: &Store, entries: &[&Entry]) -> Result<()> {
    let mut tx = store.write().await?;
    record_all(&mut tx, entries).await?;
    tx.commit().await
}

fn loss(lost: u64, at: Instant) -> Entry {
    Entry {
        at,
        who: "direttore".to_owned(),
        account_id: None,
        identity: String::new(),
        channel: String::new(),
        what: "audit".to_owned(),
        line: String::new(),
        target: String::new(),
        outcome: "lost".to_owned(),
        detail: json!({ "lost": lost }),
        reference: None,
    }
}

#[cfg(test)]
mod tests;
