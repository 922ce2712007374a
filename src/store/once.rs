//! Requests that are done once, however often they are sent: what an account's key was used for, and the answer.

use crate::{Result, Tx, dialect::text, row::row};
use direttore_domain::Instant;

/// A request under its key.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a> {
    pub account_id: i64,
    pub key: &'a str,
    /// Tells one request from another.
    pub fingerprint: &'a str,
    pub now: Instant,
}

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: i64,
    /// Its media type.
    pub kind: String,
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It was new; it is noted now.
    New,
    /// It is being done, or was cut off.
    Running,
    Done(Answer),
    /// It was another request.
    Other,
}

row! {
    struct Row { fingerprint: String, status: i64, kind: String, body: String }
}

/// Notes that a request is being done. Of two that come at once one is new.
pub async fn begin(tx: &mut Tx, keyed: &Keyed<'_>) -> Result<Known> {
    let query = "insert into once (account_id, key, fingerprint, created_at) values ($1, $2, $3, $4)
        on conflict (account_id, key) do nothing";
    let added = change!(
        tx,
        sqlx::query(query).bind(keyed.account_id).bind(text(keyed.key)).bind(keyed.fingerprint).bind(keyed.now.0)
    )?;
    if added == 1 {
        return Ok(Known::New);
    }
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select fingerprint, status, kind, body from once where account_id = $1 and key = $2")
        .bind(keyed.account_id).bind(text(keyed.key)).fetch_optional(db).await)?;
    Ok(match row {
        Some(row) if row.fingerprint != keyed.fingerprint => Known::Other,
        Some(row) if row.status > 0 => Known::Done(Answer { status: row.status, kind: row.kind, body: row.body }),
        _ => Known::Running,
    })
}

/// Keeps the answer.
pub async fn done(tx: &mut Tx, account_id: i64, key: &str, answer: &Answer) -> Result<()> {
    let query = "update once set status = $3, kind = $4, body = $5 where account_id = $1 and key = $2";
    change!(
        tx,
        sqlx::query(query)
            .bind(account_id)
            .bind(text(key))
            .bind(answer.status)
            .bind(text(&answer.kind))
            .bind(text(&answer.body))
    )?;
    Ok(())
}

/// Nothing was done: the key may be used again.
pub async fn forget(tx: &mut Tx, account_id: i64, key: &str) -> Result<()> {
    change!(tx, sqlx::query("delete from once where account_id = $1 and key = $2").bind(account_id).bind(text(key)))?;
    Ok(())
}

pub async fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from once where created_at < $1").bind(before.0))?)
}

#[cfg(test)]
mod tests;
