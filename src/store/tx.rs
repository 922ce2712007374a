//! A transaction on either database, and the one place where the database is matched on.

use crate::{Result, StoreError};
use sqlx::{Postgres, Sqlite, Transaction};

/// Dropped without [`Tx::commit`] it is rolled back. Once a statement in it has failed it can only be dropped: what
/// PostgreSQL demands, for both.
pub struct Tx {
    pub(crate) inner: Inner,
    pub(crate) is_writing: bool,
    pub(crate) has_failed: bool,
}

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
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

impl Tx {
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is gone or full: then nothing of it was written, but for
    /// a connection that broke just then, when it may have been. [`StoreError::Refused`] after a statement failed:
    /// then nothing of it is written either.
    pub async fn commit(self) -> Result<()> {
        // PostgreSQL takes the commit of a failed transaction for a rollback and says nothing.
        if self.has_failed {
            return Err(StoreError::Refused("a statement of this transaction had failed".to_owned()));
        }
        match self.inner {
            Inner::Sqlite(inner) => inner.commit().await?,
            Inner::Postgres(inner) => inner.commit().await?,
        }
        Ok(())
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("is_writing", &self.is_writing).finish_non_exhaustive()
    }
}
