//! The inbox: what was heard on a surface, kept from before it is acted on until it was answered. What a surface calls
//! by the same name twice is one row, also for a while after it was answered.

use crate::{
    Result, Tx,
    dialect::text,
    row::{json, row},
};
use direttore_domain::{Instant, Surface};
use serde_json::Value;

/// What is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewInbox<'a> {
    pub surface: Surface,
    /// The surface's own name of it.
    pub event: &'a str,
    /// What has the same lane is acted on in order.
    pub lane: &'a str,
    pub body: &'a Value,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq)]
pub struct InboxRow {
    pub id: i64,
    pub event: String,
    pub lane: String,
    pub body: Value,
    /// What was noted while it was acted on; empty before.
    pub note: String,
    pub put: Instant,
}

row! {
    struct Row { id: i64, event: String, lane: String, body: String, note: String, put_at: i64 }
}

impl Row {
    fn read(self) -> Result<InboxRow> {
        Ok(InboxRow {
            id: self.id,
            event: self.event,
            lane: self.lane,
            body: json(&self.body)?,
            note: self.note,
            put: Instant(self.put_at),
        })
    }
}

/// Its number; nothing when it is known.
pub async fn put(tx: &mut Tx, new: &NewInbox<'_>) -> Result<Option<i64>> {
    let body = new.body.to_string();
    let id: Option<(i64,)> = on!(tx, db => sqlx::query_as(
            "insert into inbox (surface, event, lane, body, put_at) values ($1, $2, $3, $4, $5)
            on conflict (surface, event) do nothing returning id")
        .bind(new.surface.as_str()).bind(text(new.event)).bind(text(new.lane)).bind(text(&body))
        .bind(new.now.0).fetch_optional(db).await)?;
    Ok(id.map(|(id,)| id))
}

/// What waits, the oldest first.
pub async fn waiting(tx: &mut Tx, surface: Surface, limit: i64) -> Result<Vec<InboxRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, event, lane, body, note, put_at from inbox
            where surface = $1 and done_at = 0 order by id limit $2")
        .bind(surface.as_str()).bind(limit).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Notes what was done for one that waits, if nobody noted anything since `before` was read. Of two who act on the same
/// one, one gets true.
pub async fn note(tx: &mut Tx, surface: Surface, event: &str, before: &str, note: &str) -> Result<bool> {
    let query = "update inbox set note = $4 where surface = $1 and event = $2 and note = $3 and done_at = 0";
    Ok(change!(tx, sqlx::query(query).bind(surface.as_str()).bind(text(event)).bind(before).bind(note))? == 1)
}

/// It was answered. Its name is kept, what was in it is not.
pub async fn done(tx: &mut Tx, surface: Surface, event: &str, now: Instant) -> Result<bool> {
    let query =
        "update inbox set done_at = $3, body = 'null', note = '' where surface = $1 and event = $2 and done_at = 0";
    // Even where a clock stands at the beginning of time.
    let at = now.0.max(1);
    Ok(change!(tx, sqlx::query(query).bind(surface.as_str()).bind(text(event)).bind(at))? == 1)
}

/// Nobody is to act on it, unless somebody has begun to; false when it is too late.
pub async fn withdraw(tx: &mut Tx, surface: Surface, event: &str, now: Instant) -> Result<bool> {
    let query =
        "update inbox set done_at = $3, body = 'null' where surface = $1 and event = $2 and done_at = 0 and note = ''";
    Ok(change!(tx, sqlx::query(query).bind(surface.as_str()).bind(text(event)).bind(now.0.max(1)))? == 1)
}

/// Forgets what was answered before an instant; gives their number.
pub async fn forget(tx: &mut Tx, before: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from inbox where done_at > 0 and done_at < $1").bind(before.0))?)
}

#[cfg(test)]
mod tests;
