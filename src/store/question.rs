//! What was asked and waits for an answer: confirmations, forms, pagers.

use crate::{
    Result, StoreError, Tx,
    dialect::{given_number, text},
    row::{instant, json, origin, row},
};
use direttore_domain::{Instant, Origin};
use serde_json::Value;
use sqlx::AssertSqlSafe;

#[derive(Debug)]
pub struct NewQuestion<'a> {
    /// A word of the asker's making: `confirm`, `form`, `pager`.
    pub kind: &'a str,
    /// The identity that may answer: `console:alice`.
    pub asker: &'a str,
    pub account_id: Option<i64>,
    pub origin: &'a Origin,
    pub body: &'a Value,
    pub expires: Option<Instant>,
    pub now: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionState {
    Open,
    /// Answered, once.
    Used,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq)]
pub struct QuestionRow {
    pub id: i64,
    pub kind: String,
    pub asker: String,
    pub account_id: Option<i64>,
    pub origin: Origin,
    pub body: Value,
    pub state: QuestionState,
    /// Open or not, an answer from this instant on is too late.
    pub expires: Option<Instant>,
    pub created: Instant,
}

row! {
    struct Row {
        id: i64, kind: String, asker: String, account_id: Option<i64>, surface: String, channel: String,
        body: String, state: String, expires_at: Option<i64>, created_at: i64,
    }
}

impl Row {
    fn read(self) -> Result<QuestionRow> {
        let state = match self.state.as_str() {
            "open" => QuestionState::Open,
            "used" => QuestionState::Used,
            "cancelled" => QuestionState::Cancelled,
            other => return Err(StoreError::Corrupt(format!("{other:?} is no state of a question"))),
        };
        Ok(QuestionRow {
            id: self.id,
            kind: self.kind,
            asker: self.asker,
            account_id: self.account_id,
            origin: origin(&self.surface, self.channel)?,
            body: json(&self.body)?,
            state,
            expires: instant(self.expires_at),
            created: Instant(self.created_at),
        })
    }
}

pub async fn create(tx: &mut Tx, new: &NewQuestion<'_>) -> Result<i64> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into question (kind, asker, account_id, surface, channel, body, expires_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning id")
        .bind(new.kind).bind(text(new.asker)).bind(new.account_id)
        .bind(new.origin.surface.as_str()).bind(text(&new.origin.channel)).bind(new.body.to_string())
        .bind(new.expires.map(Instant::millis)).bind(new.now.0).fetch_one(db).await)?;
    Ok(id)
}

/// As [`create`], under a number that was drawn beforehand. Those are below zero: the database gives the others. It may
/// have been kept already.
pub async fn keep(tx: &mut Tx, id: i64, new: &NewQuestion<'_>) -> Result<()> {
    let query = format!(
        "insert into question (id, kind, asker, account_id, surface, channel, body, expires_at, created_at) {}
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
        given_number(tx)
    );
    change!(
        tx,
        sqlx::query(AssertSqlSafe(query))
            .bind(id)
            .bind(new.kind)
            .bind(text(new.asker))
            .bind(new.account_id)
            .bind(new.origin.surface.as_str())
            .bind(text(&new.origin.channel))
            .bind(new.body.to_string())
            .bind(new.expires.map(Instant::millis))
            .bind(new.now.0)
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, id: i64) -> Result<Option<QuestionRow>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, kind, asker, account_id, surface, channel, body, state, expires_at, created_at
            from question where id = $1")
        .bind(id).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// Open to used. Of all who try, exactly one gets true; on PostgreSQL the others wait for the first one's transaction.
pub async fn take(tx: &mut Tx, id: i64) -> Result<bool> {
    let query = "update question set state = 'used' where id = $1 and state = 'open'";
    Ok(change!(tx, sqlx::query(query).bind(id))? == 1)
}

/// Open to cancelled; false when it was not open.
pub async fn cancel(tx: &mut Tx, id: i64) -> Result<bool> {
    let query = "update question set state = 'cancelled' where id = $1 and state = 'open'";
    Ok(change!(tx, sqlx::query(query).bind(id))? == 1)
}

/// While it is open; false when it is not.
pub async fn update_body(tx: &mut Tx, id: i64, body: &Value) -> Result<bool> {
    let query = "update question set body = $2 where id = $1 and state = 'open'";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(body.to_string()))? == 1)
}

/// The newest that this asker has open here and that has not expired.
pub async fn newest_open(tx: &mut Tx, asker: &str, origin: &Origin, now: Instant) -> Result<Option<QuestionRow>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, kind, asker, account_id, surface, channel, body, state, expires_at, created_at
            from question where asker = $1 and surface = $2 and channel = $3 and state = 'open'
                and (expires_at is null or expires_at > $4)
            order by id desc limit 1")
        .bind(text(asker)).bind(origin.surface.as_str()).bind(text(&origin.channel)).bind(now.0)
        .fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// Forgets those made before an instant, whatever became of them; gives their number.
pub async fn forget(tx: &mut Tx, before: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from question where created_at < $1").bind(before.0))?)
}

#[cfg(test)]
mod tests;
