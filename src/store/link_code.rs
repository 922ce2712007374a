//! Codes by which somebody links a second identity to an account. Each works once, for a while.

use crate::{Result, Tx};
use direttore_domain::Instant;

/// A code's hash in place of those that the account had: the newest one works.
pub async fn set(tx: &mut Tx, code_hash: &str, account_id: i64, expires: Instant) -> Result<()> {
    change!(tx, sqlx::query("delete from link_code where account_id = $1").bind(account_id))?;
    let query = "insert into link_code (code_hash, account_id, expires_at) values ($1, $2, $3)";
    change!(tx, sqlx::query(query).bind(code_hash).bind(account_id).bind(expires.0))?;
    Ok(())
}

/// The account that a code is for; it works no more. `None` for a code that is unknown, used or too old.
pub async fn take(tx: &mut Tx, code_hash: &str, now: Instant) -> Result<Option<i64>> {
    let row: Option<(i64, i64)> = on!(tx, db => sqlx::query_as(
            "delete from link_code where code_hash = $1 returning account_id, expires_at")
        .bind(code_hash).fetch_optional(db).await)?;
    Ok(row.filter(|(_, expires)| now.0 < *expires).map(|(account_id, _)| account_id))
}

#[cfg(test)]
mod tests;
