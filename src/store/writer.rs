//! The one writer of a SQLite file: transactions take turns, and those that stand in line share a commit.
//!
//! A commit waits for the disk, which takes longer than most of what is written. So a turn that ends while others wait
//! is only marked in the transaction that SQLite has open, and the next one goes on in it: a batch. Its last turn commits
//! it, and only then is any of them told; when that fails all are told so, and nothing of any is kept. Who writes alone
//! commits as if there were no batches.
//!
//! What is given up, at any point, takes back its own turn and nothing else. A commit is carried on even when nobody
//! waits for it any more. Readers have other connections, and see a batch once it is committed; a turn sees those before
//! it in its batch, with which it stands or falls. As with any fair lock, a future that waits for its turn must be polled
//! or dropped, never kept aside: the line goes through it.

use crate::{Result, StoreError, tx::Counts};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction, raw_sql};
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, watch},
    time::Instant,
};

/// A batch is committed when it has so many turns or is so old, whoever waits. It ends by itself too: its first turn
/// stands in line to commit it, behind those that stood there when it was done.
const MOST: usize = 100;
const OLDEST: Duration = Duration::from_millis(20);

/// How long SQLite waits for another process before it is asked again. It sleeps longer and longer when it may wait for
/// long, and would seldom find the moment between two batches of somebody busy.
pub(crate) const SHORT_WAIT: Duration = Duration::from_millis(3);

pub(crate) struct Writer {
    /// Of one connection.
    pub(crate) pool: SqlitePool,
    /// How long a turn, a connection or another process is waited for.
    patience: Duration,
    /// [`OLDEST`].
    oldest: Duration,
    /// Whoever has it has the turn. Its queue is fair, so nobody starves as with SQLite's own busy handler.
    line: Arc<Mutex<Option<Batch>>>,
    waiting: AtomicUsize,
    counts: Arc<Counts>,
}

/// An open transaction, with a savepoint `turn` after the turns that are done. Dropped it is rolled back.
struct Batch {
    db: Transaction<'static, Sqlite>,
    done: usize,
    began: Instant,
    /// Behind the savepoint is something of a turn that was given up.
    is_unclean: bool,
    /// One of its turns changed what somebody may do.
    changes_rights: bool,
    outcome: watch::Sender<Option<Result<()>>>,
}

/// A transaction that writes: it has the connection until it is committed or dropped.
pub(crate) struct Turn {
    writer: Arc<Writer>,
    batch: OwnedMutexGuard<Option<Batch>>,
    is_over: bool,
}

impl Writer {
    pub(crate) fn new(pool: SqlitePool, patience: Duration, counts: Arc<Counts>) -> Self {
        Self { pool, patience, oldest: OLDEST, line: Arc::default(), waiting: AtomicUsize::new(0), counts }
    }

    pub(crate) async fn turn(self: &Arc<Self>) -> Result<Turn> {
        let waiting = Waiting::one(&self.waiting);
        let batch = tokio::time::timeout(self.patience, Arc::clone(&self.line).lock_owned()).await;
        drop(waiting);
        let batch = batch.map_err(|_| StoreError::Unavailable("its turn to write did not come in time".to_owned()))?;
        let mut turn = Turn { writer: Arc::clone(self), batch, is_over: false };
        if turn.batch.as_ref().is_some_and(|batch| batch.is_unclean) {
            self.clean(&mut turn.batch).await;
        }
        if turn.batch.is_none() {
            let (outcome, _) = watch::channel(None);
            let db = self.begin().await?;
            *turn.batch =
                Some(Batch { db, done: 0, began: Instant::now(), is_unclean: false, changes_rights: false, outcome });
        }
        Ok(turn)
    }

    /// Waits for other processes that write.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        let until = Instant::now() + self.patience;
        loop {
            match self.pool.begin_with("begin immediate; savepoint turn").await {
                Ok(db) => return Ok(db),
                Err(why) if is_busy(&why) && Instant::now() < until => {}
                Err(why) => {
                    // Of the two statements the first may have been done.
                    if why.as_database_error().is_some()
                        && let Ok(db) = self.pool.acquire().await
                    {
                        let _ = db.close().await;
                    }
                    return Err(why.into());
                }
            }
        }
    }

    /// Takes back what a turn left that was given up. Where that cannot be done there is no batch any more.
    async fn clean(&self, slot: &mut Option<Batch>) {
        let Some(batch) = slot else { return };
        match raw_sql("rollback to turn").execute(&mut *batch.db).await {
            Ok(_) => batch.is_unclean = false,
            Err(why) => fail(slot, &why),
        }
    }

    /// Commits the batch, and tells all of it.
    async fn commit(&self, slot: &mut Option<Batch>) {
        if slot.as_ref().is_some_and(|batch| batch.is_unclean) {
            self.clean(slot).await;
        }
        let Some(Batch { db, changes_rights, outcome, .. }) = slot.take() else { return };
        let committed = db.commit().await.map_err(|why| unavailable(&why));
        if committed.is_ok() {
            self.counts.committed();
        }
        // Before anybody is told, and also where it is not known how it ended.
        if changes_rights {
            self.counts.rights_changed();
        }
        outcome.send_replace(Some(committed));
    }
}

/// For anybody of a batch it is nothing that they did: it may work later.
fn unavailable(why: &sqlx::Error) -> StoreError {
    let text = why.as_database_error().map_or_else(|| why.to_string(), |why| why.message().to_owned());
    StoreError::Unavailable(text)
}

fn fail(slot: &mut Option<Batch>, why: &sqlx::Error) {
    if let Some(batch) = slot.take() {
        batch.outcome.send_replace(Some(Err(unavailable(why))));
    }
}

/// Whether another process writes just now.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|why| why.code()?.parse::<u32>().ok());
    // Extended codes keep the primary one in the low byte (https://sqlite.org/rescode.html).
    code.is_some_and(|code| code & 0xff == 5)
}

impl Turn {
    /// That of a batch is carried on, whether or not somebody waits for it.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let is_awaited = self.writer.waiting.load(Ordering::Relaxed) > 0;
        let batch = self.open();
        if !is_awaited && batch.done == 0 {
            let mut outcome = batch.outcome.subscribe();
            self.is_over = true;
            self.writer.commit(&mut self.batch).await;
            return told(&mut outcome).await;
        }
        match tokio::spawn(self.end()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Unavailable("the program ends".to_owned())),
        }
    }

    async fn end(mut self) -> Result<()> {
        let writer = Arc::clone(&self.writer);
        let is_awaited = writer.waiting.load(Ordering::Relaxed) > 0;
        let batch = self.open();
        batch.done += 1;
        let is_first = batch.done == 1;
        let mut outcome = batch.outcome.subscribe();
        if !is_awaited || batch.done >= MOST || batch.began.elapsed() >= writer.oldest {
            self.is_over = true;
            writer.commit(&mut self.batch).await;
            return told(&mut outcome).await;
        }
        let marked = raw_sql("release turn; savepoint turn").execute(&mut *batch.db).await;
        self.is_over = true;
        if let Err(why) = marked {
            fail(&mut self.batch, &why);
        }
        drop(self);
        if is_first {
            tokio::select! {
                biased;
                told = told(&mut outcome) => return told,
                mut slot = writer.line.lock() => {
                    // Of its own batch, if nobody has committed that.
                    if slot.as_ref().is_some_and(|batch| batch.outcome.subscribe().same_channel(&outcome)) {
                        writer.commit(&mut slot).await;
                    }
                }
            }
        }
        told(&mut outcome).await
    }

    /// It changes what somebody may do, and its batch with it.
    pub(crate) fn changes_rights(&mut self) {
        self.open().changes_rights = true;
    }

    fn open(&mut self) -> &mut Batch {
        self.batch.as_mut().expect("a turn has a batch until it is over")
    }
}

/// What became of the batch.
async fn told(outcome: &mut watch::Receiver<Option<Result<()>>>) -> Result<()> {
    match outcome.wait_for(Option::is_some).await {
        Ok(told) => told.clone().expect("it was waited for"),
        Err(_) => Err(StoreError::Unavailable("the program ends".to_owned())),
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        match &mut *self.batch {
            // Whoever comes next takes back what it did; one of the batch's own turns does come.
            Some(batch) if batch.done > 0 => batch.is_unclean = true,
            alone => *alone = None,
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.batch.as_ref().expect("a turn has a batch until it is over").db
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.open().db
    }
}

/// Counts one who stands in line, as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn one(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
