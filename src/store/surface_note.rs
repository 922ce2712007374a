//! What a surface keeps from one start to the next (which message tells of which job, how far a log was mirrored), by
//! surface and name. What is in it is the surface's own affair.

use crate::{
    Result, Tx,
    dialect::text,
    row::{json, row},
};
use direttore_domain::{Instant, Surface};
use serde_json::Value;

row! {
    struct Row { name: String, body: String }
}

pub async fn get(tx: &mut Tx, surface: Surface, name: &str) -> Result<Option<Value>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select name, body from surface_note where surface = $1 and name = $2")
        .bind(surface.as_str()).bind(text(name)).fetch_optional(db).await)?;
    row.map(|row| json(&row.body)).transpose()
}

/// In place of what was kept by that name.
pub async fn set(tx: &mut Tx, surface: Surface, name: &str, body: &Value, now: Instant) -> Result<()> {
    let query = "insert into surface_note (surface, name, body, kept_at) values ($1, $2, $3, $4)
        on conflict (surface, name) do update set body = excluded.body, kept_at = excluded.kept_at";
    let body = body.to_string();
    change!(tx, sqlx::query(query).bind(surface.as_str()).bind(text(name)).bind(body).bind(now.0))?;
    Ok(())
}

/// Those whose name begins so, by name.
pub async fn beginning(tx: &mut Tx, surface: Surface, prefix: &str) -> Result<Vec<(String, Value)>> {
    // Names are ours and few; a range of texts would depend on the database's order of letters.
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as("select name, body from surface_note where surface = $1")
        .bind(surface.as_str()).fetch_all(db).await)?;
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| row.name.starts_with(prefix)).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows.into_iter().map(|row| Ok((row.name, json(&row.body)?))).collect()
}

/// False when nothing was kept by that name.
pub async fn remove(tx: &mut Tx, surface: Surface, name: &str) -> Result<bool> {
    let query = "delete from surface_note where surface = $1 and name = $2";
    Ok(change!(tx, sqlx::query(query).bind(surface.as_str()).bind(text(name)))? == 1)
}

/// Forgets those whose name begins so and that were kept last before an instant; gives their number.
pub async fn forget(tx: &mut Tx, prefix: &str, before: Instant) -> Result<u64> {
    let query = "delete from surface_note where kept_at < $1 and substr(name, 1, $2) = $3";
    let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    // PostgreSQL has no substr for a bigint.
    Ok(change!(tx, sqlx::query(query).bind(before.0).bind(i32::try_from(length).unwrap_or(i32::MAX)).bind(prefix))?)
}

#[cfg(test)]
mod tests;
