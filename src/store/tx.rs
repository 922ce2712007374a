//! A transaction on either database, and the one place where the database is matched on.

use crate::{Result, StoreError, writer::Turn};
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};
use std::{
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Dropped without [`Tx::commit`] it is rolled back. Once a statement in it has failed it can only be dropped: what
/// PostgreSQL demands, for both.
pub struct Tx {
    pub(crate) inner: Inner,
    /// Counts its commit; `None` when it only reads.
    pub(crate) counts: Option<Arc<Counts>>,
    pub(crate) has_failed: bool,
    pub(crate) changes_rights: bool,
}

/// What was committed through one handle and its clones.
#[derive(Default)]
pub(crate) struct Counts {
    commits: AtomicU64,
    rights: AtomicU64,
}

impl Counts {
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) fn rights(&self) -> u64 {
        self.rights.load(Ordering::Acquire)
    }

    pub(crate) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rights_changed(&self) {
        self.rights.fetch_add(1, Ordering::Release);
    }
}

/// Counts a change of rights when it is dropped: also when nobody waits for the commit to its end.
struct ChangesRights(Arc<Counts>);

impl Drop for ChangesRights {
    fn drop(&mut self) {
        self.0.rights_changed();
    }
}

pub(crate) enum Inner {
    Sqlite(SqliteTx),
    Postgres(PgTx),
}

pub(crate) enum SqliteTx {
    /// A connection that refuses to write.
    Glancing(PoolConnection<Sqlite>),
    Reading(Transaction<'static, Sqlite>),
    Writing(Turn),
}

pub(crate) enum PgTx {
    /// A connection that refuses to write.
    Glancing(PoolConnection<Postgres>),
    Whole(Transaction<'static, Postgres>),
}

impl Deref for PgTx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Glancing(db) => db,
            Self::Whole(tx) => tx,
        }
    }
}

impl DerefMut for PgTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Glancing(db) => db,
            Self::Whole(tx) => tx,
        }
    }
}

impl Deref for SqliteTx {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Glancing(db) => db,
            Self::Reading(tx) => tx,
            Self::Writing(turn) => turn,
        }
    }
}

impl DerefMut for SqliteTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Glancing(db) => db,
            Self::Reading(tx) => tx,
            Self::Writing(turn) => turn,
        }
    }
}

/// Runs one expression on the connection of whichever database it is:
/// `on!(tx, db => sqlx::query("…").execute(db).await)`.
macro_rules! on {
    ($tx:expr, $db:ident => $run:expr) => {{
        let result = match &mut $tx.inner {
            $crate::tx::Inner::Sqlite(inner) => {
                let $db = &mut **inner;
                $run
            }
            $crate::tx::Inner::Postgres(inner) => {
                let $db = &mut **inner;
                $run
            }
        };
        $tx.has_failed |= result.is_err();
        result
    }};
}

/// Runs a statement and gives the number of rows that it changed.
macro_rules! change {
    ($tx:expr, $query:expr) => {
        on!($tx, db => $query.execute(db).await.map(|done| done.rows_affected()))
    };
}

/// As [`on!`], for a statement that may find its place taken: that is `Ok(None)`, and the transaction goes on.
macro_rules! unless_taken {
    ($tx:expr, $db:ident => $run:expr) => {{
        let had_failed = $tx.has_failed;
        // PostgreSQL gives up the whole transaction after a failed statement, but for what a savepoint keeps. Not the
        // driver's own savepoint: when one is given up while it is made, the driver rolls back everything.
        let result = on!($tx, outer => async {
            sqlx::raw_sql("savepoint attempt").execute(&mut *outer).await?;
            let tried = {
                let $db = &mut *outer;
                $run
            };
            let end = match &tried {
                Ok(_) => "release savepoint attempt",
                Err(_) => "rollback to savepoint attempt; release savepoint attempt",
            };
            sqlx::raw_sql(end).execute(&mut *outer).await?;
            tried
        }.await);
        match result.map_err($crate::StoreError::from) {
            Ok(done) => Ok(Some(done)),
            Err($crate::StoreError::Conflict(_)) => {
                $tx.has_failed = had_failed;
                Ok(None)
            }
            Err(why) => Err(why),
        }
    }};
}

impl Tx {
    pub(crate) fn is_writing(&self) -> bool {
        self.counts.is_some()
    }

    /// It changes who somebody is, what they may do, or what a thing demands of who books it: its commit counts for [`crate::Store::rights`].
    pub(crate) fn changes_rights(&mut self) {
        self.changes_rights = true;
    }

    /// # Errors
    /// [`StoreError::Unavailable`] when the database is gone or full: then nothing of it was written, but for
    /// a connection that broke just then, when it may have been. [`StoreError::Refused`] after a statement failed:
    /// then nothing of it is written either.
    pub fn commit(self) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        // Boxed, as its beginning is.
        Box::pin(self.committed())
    }

    async fn committed(self) -> Result<()> {
        // PostgreSQL takes the commit of a failed transaction for a rollback and says nothing.
        if self.has_failed {
            return Err(StoreError::Refused("a statement of this transaction had failed".to_owned()));
        }
        match self.inner {
            // It counts by itself.
            Inner::Sqlite(SqliteTx::Writing(mut turn)) => {
                if self.changes_rights {
                    turn.changes_rights();
                }
                return turn.commit().await;
            }
            Inner::Sqlite(SqliteTx::Glancing(_)) | Inner::Postgres(PgTx::Glancing(_)) => {}
            Inner::Sqlite(SqliteTx::Reading(inner)) => inner.commit().await?,
            Inner::Postgres(PgTx::Whole(inner)) => {
                let _counted = self.counts.clone().filter(|_| self.changes_rights).map(ChangesRights);
                inner.commit().await?;
            }
        }
        if let Some(counts) = self.counts {
            counts.committed();
        }
        Ok(())
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("is_writing", &self.is_writing()).finish_non_exhaustive()
    }
}
