//! What only one process may do at a time (seal the audit log, hold a chat connection), by the database's clock.

use crate::{
    Result, Tx,
    dialect::{millis, now_ms},
};
use std::time::Duration;

/// Takes the lease, or makes one's own longer. Commit before acting on a true.
pub async fn take(tx: &mut Tx, name: &str, holder: &str, ttl: Duration) -> Result<bool> {
    let now = now_ms(tx).await?;
    let query = "insert into lease (name, holder, lease_until) values ($1, $2, $3)
        on conflict (name) do update set holder = excluded.holder, lease_until = excluded.lease_until
        where lease.holder = excluded.holder or lease.lease_until <= $4";
    let until = now.0.saturating_add(millis(ttl));
    Ok(change!(tx, sqlx::query(query).bind(name).bind(holder).bind(until).bind(now.0))? == 1)
}

/// Gives it back; false when it was somebody else's.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<bool> {
    let query = "delete from lease where name = $1 and holder = $2";
    Ok(change!(tx, sqlx::query(query).bind(name).bind(holder))? == 1)
}

#[cfg(test)]
mod tests;
