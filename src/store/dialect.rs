//! What the two databases really say differently.

use crate::{Result, tx::Inner, tx::Tx};
use direttore_domain::Instant;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::{borrow::Cow, time::Duration};

/// The database's own clock, which all replicas share: for leases and due times only.
pub(crate) async fn now_ms(tx: &mut Tx) -> Result<Instant> {
    // `now()` of PostgreSQL stands still within a transaction.
    let ms: i64 = match &mut tx.inner {
        Inner::Sqlite(db) => {
            sqlx::query_scalar("select cast(unixepoch('subsec') * 1000 as integer)").fetch_one(&mut **db).await?
        }
        Inner::Postgres(db) => {
            sqlx::query_scalar("select floor(extract(epoch from clock_timestamp()) * 1000)::bigint")
                .fetch_one(&mut **db)
                .await?
        }
    };
    Ok(Instant(ms))
}

/// How rows are locked by a query, where locks are by row.
#[derive(Clone, Copy)]
pub(crate) enum Lock {
    /// Waits for whoever has them.
    Wait,
    /// Likewise, and rows that refer to them can still be written. Two that wrote such rows before they want the lock
    /// would each wait for the other with [`Lock::Wait`].
    Turn,
    /// Leaves out what somebody has.
    Skip,
}

/// The query with its locks: PostgreSQL locks the rows until the transaction ends; SQLite has one writer anyway.
/// A reading transaction locks nothing.
pub(crate) fn locking(tx: &Tx, query: &'static str, lock: Lock) -> SqlStr {
    match (&tx.inner, lock) {
        (Inner::Postgres(_), Lock::Wait) if tx.is_writing() => {
            AssertSqlSafe(format!("{query} for update")).into_sql_str()
        }
        (Inner::Postgres(_), Lock::Turn) if tx.is_writing() => {
            AssertSqlSafe(format!("{query} for no key update")).into_sql_str()
        }
        (Inner::Postgres(_), Lock::Skip) if tx.is_writing() => {
            AssertSqlSafe(format!("{query} for update skip locked")).into_sql_str()
        }
        _ => query.into_sql_str(),
    }
}

/// The numbers of the JSON list `$1`, as a query.
pub(crate) fn listed(tx: &Tx) -> &'static str {
    match &tx.inner {
        Inner::Sqlite(_) => "select value from json_each($1)",
        Inner::Postgres(_) => "select cast(value as bigint) from json_array_elements_text(cast($1 as json))",
    }
}

/// The texts of the JSON list `$1`, as a query.
pub(crate) fn listed_text(tx: &Tx) -> &'static str {
    match &tx.inner {
        Inner::Sqlite(_) => "select value from json_each($1)",
        Inner::Postgres(_) => "select value from json_array_elements_text(cast($1 as json))",
    }
}

/// Between the columns and the values of a row whose number is given, not drawn by the database.
pub(crate) fn given_number(tx: &Tx) -> &'static str {
    match &tx.inner {
        Inner::Sqlite(_) => "",
        Inner::Postgres(_) => "overriding system value",
    }
}

/// A statement that goes on with what `insert` made, in one journey to the server. SQLite, which has no such statements,
/// is asked twice instead: there it costs nothing.
pub(crate) fn with_made(tx: &Tx, insert: &str, then: &str) -> Option<String> {
    match &tx.inner {
        Inner::Sqlite(_) => None,
        Inner::Postgres(_) => Some(format!("with made as ({insert}) {then}")),
    }
}

/// Text as both can keep it: PostgreSQL knows no NUL character.
pub(crate) fn text(given: &str) -> Cow<'_, str> {
    if given.contains('\0') { Cow::Owned(given.replace('\0', "\u{2400}")) } else { Cow::Borrowed(given) }
}

/// A span in the milliseconds that columns hold.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}

/// A number for a change of a table's row that no earlier change has, and that [`settled_change`] will pass once all
/// changes with lower ones can be seen.
///
/// An expression within a statement.
pub(crate) fn next_change(tx: &Tx, table: &'static str) -> String {
    match &tx.inner {
        // One writes at a time, so the next number is also the next to be seen.
        Inner::Sqlite(_) => format!("(select coalesce(max(change_no), 0) + 1 from {table})"),
        // Numbers of transactions: they commit in another order than they begin.
        Inner::Postgres(_) => "pg_current_xact_id()::text::bigint".to_owned(),
    }
}

/// Every change with a lower number can be seen now or never; later ones have this number or a higher one.
pub(crate) async fn settled_change(tx: &mut Tx, table: &'static str) -> Result<i64> {
    let change: (i64,) = match &mut tx.inner {
        Inner::Sqlite(db) => {
            let query = format!("select coalesce(max(change_no), 0) + 1 from {table}");
            sqlx::query_as(AssertSqlSafe(query)).fetch_one(&mut **db).await?
        }
        Inner::Postgres(db) => {
            // Where nothing changed, the number stays as it is, whatever else was written meanwhile.
            let query = format!(
                "select least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                    (select coalesce(max(change_no), 0) + 1 from {table}))"
            );
            sqlx::query_as(AssertSqlSafe(query)).fetch_one(&mut **db).await?
        }
    };
    Ok(change.0)
}
