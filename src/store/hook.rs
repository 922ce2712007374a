//! What other systems told us by themselves: each delivery once, and a run for each rule that it fits.
//!
//! A run waits until the earlier ones of its object are over, then it makes jobs; it is over when those have ended.

mod run;

pub use run::{NewRun, Run, add_run, begin, end, postpone, ready, running};

use crate::{Result, Tx, dialect::text, row::row};
use direttore_domain::Instant;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Of a delivery that is written.
const COLUMNS: usize = 10;

/// As many at once are usual.
const FEW: usize = 32;

/// Sources: it was posted to a hook, or found afterwards.
pub const HOOK: &str = "hook";
pub const RECONCILE: &str = "reconcile";

#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'a> {
    pub hook: &'a str,
    /// Two deliveries of a hook with one key are the same.
    pub key: &'a str,
    /// What order is kept for: `dcim.device/11`.
    pub object: &'a str,
    pub event: &'a str,
    /// Of the other system; empty where it names none.
    pub request: &'a str,
    pub source: &'a str,
    /// Why nothing comes of it; empty where something may.
    pub outcome: &'a str,
    pub body: &'a str,
    /// When it happened, by the other's clock.
    pub at: Instant,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: i64,
    pub hook: String,
    pub key: String,
    pub object: String,
    pub event: String,
    pub request: String,
    pub source: String,
    pub outcome: String,
    pub body: String,
    pub at: Instant,
    pub received: Instant,
}

row! {
    struct Row {
        id: i64, hook: String, key: String, object: String, event: String, request: String, source: String,
        outcome: String, body: String, at: i64, received_at: i64,
    }
}

impl Row {
    fn read(self) -> Delivery {
        Delivery {
            id: self.id,
            hook: self.hook,
            key: self.key,
            object: self.object,
            event: self.event,
            request: self.request,
            source: self.source,
            outcome: self.outcome,
            body: self.body,
            at: Instant(self.at),
            received: Instant(self.received_at),
        }
    }
}

/// The number of each; `None` when the hook has one with that key, also an earlier one of these. However many, they are one
/// statement: each that is sent to the database costs more than a row does.
pub async fn add(tx: &mut Tx, all: &[NewDelivery<'_>]) -> Result<Vec<Option<i64>>> {
    if all.is_empty() {
        return Ok(vec![]);
    }
    let row =
        |n: usize| (1..=COLUMNS).map(|column| format!("${}", n * COLUMNS + column)).collect::<Vec<_>>().join(", ");
    let rows = (0..all.len()).map(|n| format!("({})", row(n))).collect::<Vec<_>>().join(", ");
    let query = format!(
        "insert into hook_delivery (hook, key, object, event, request, source, outcome, body, at, received_at)
        values {rows} on conflict (hook, key) do nothing returning id, hook, key"
    );
    let made: Vec<(i64, String, String)> = on!(tx, db => {
        // A statement for each number of them: those for many are not kept.
        let mut query = sqlx::query_as(AssertSqlSafe(query.as_str())).persistent(all.len() <= FEW);
        for new in all {
            query = query.bind(new.hook).bind(text(new.key)).bind(text(new.object)).bind(new.event);
            query = query.bind(text(new.request)).bind(new.source).bind(new.outcome).bind(text(new.body));
            query = query.bind(new.at.0).bind(new.now.0);
        }
        query.fetch_all(db).await
    })?;
    let mut made: HashMap<(String, String), i64> = made.into_iter().map(|(id, hook, key)| ((hook, key), id)).collect();
    Ok(all.iter().map(|new| made.remove(&(new.hook.to_owned(), text(new.key).into_owned()))).collect())
}

pub async fn by_id(tx: &mut Tx, id: i64) -> Result<Option<Delivery>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, hook, key, object, event, request, source, outcome, body, at, received_at
            from hook_delivery where id = $1")
        .bind(id).fetch_optional(db).await)?;
    Ok(row.map(Row::read))
}

/// Whether any hook has one with that key.
pub async fn is_known(tx: &mut Tx, key: &str) -> Result<bool> {
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as("select id from hook_delivery where key = $1 limit 1")
        .bind(text(key)).fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = on!(tx, db => sqlx::query_as("select count(*) from hook_delivery").fetch_one(db).await)?;
    Ok(count)
}

/// Forgets at most so many that came before an instant and whose runs are over; gives how many.
pub async fn sweep(tx: &mut Tx, before: Instant, most: i64) -> Result<u64> {
    let query = "delete from hook_delivery where id in (select d.id from hook_delivery d
        where d.received_at < $1
            and not exists (select 1 from hook_run r where r.delivery = d.id and r.state <> 'ended')
        order by d.received_at limit $2)";
    Ok(change!(tx, sqlx::query(query).bind(before.0).bind(most))?)
}

#[cfg(test)]
mod tests;
