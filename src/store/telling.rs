//! The outbox: replies that nobody waits for (a job's progress and end), kept until someone has told them.

use crate::{
    Result, Tx,
    dialect::text,
    row::{json, origin, row},
};
use direttore_domain::{Instant, Origin, Surface};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct TellingRow {
    pub id: i64,
    pub origin: Origin,
    /// Whom it is for, as it was put.
    pub to: String,
    pub reply: Value,
    pub created: Instant,
}

row! {
    struct Row { id: i64, surface: String, channel: String, recipient: String, reply: String, created_at: i64 }
}

impl Row {
    fn read(self) -> Result<TellingRow> {
        Ok(TellingRow {
            id: self.id,
            origin: origin(&self.surface, self.channel)?,
            to: self.recipient,
            reply: json(&self.reply)?,
            created: Instant(self.created_at),
        })
    }
}

pub async fn put(tx: &mut Tx, origin: &Origin, to: &str, reply: &Value, now: Instant) -> Result<i64> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into telling (surface, channel, recipient, reply, created_at)
            values ($1, $2, $3, $4, $5) returning id")
        .bind(origin.surface.as_str()).bind(text(&origin.channel)).bind(text(to)).bind(reply.to_string())
        .bind(now.0).fetch_one(db).await)?;
    Ok(id)
}

/// The oldest that wait for a surface, in one channel or in all of them.
pub async fn pending(tx: &mut Tx, surface: Surface, channel: Option<&str>, limit: i64) -> Result<Vec<TellingRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, surface, channel, recipient, reply, created_at from telling
            where surface = $1 and ($2 is null or channel = $2) order by id limit $3")
        .bind(surface.as_str()).bind(channel.map(text)).bind(limit).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Takes one out to tell it. Of all who try, exactly one gets true.
pub async fn take(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(change!(tx, sqlx::query("delete from telling where id = $1").bind(id))? == 1)
}

/// Forgets those put before an instant (a terminal that was closed never takes its own); gives their number.
pub async fn forget(tx: &mut Tx, before: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from telling where created_at < $1").bind(before.0))?)
}

#[cfg(test)]
mod tests;
