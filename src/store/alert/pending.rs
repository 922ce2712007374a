//! What our own rules have seen begin or end, and not yet for long enough: it outlives a start.

use crate::{Result, Tx, dialect::text};
use direttore_domain::Instant;
use std::collections::BTreeMap;

/// Since when, by fingerprint.
pub async fn pending(tx: &mut Tx) -> Result<BTreeMap<String, Instant>> {
    let rows: Vec<(String, i64)> =
        on!(tx, db => sqlx::query_as("select fingerprint, since from alert_pending").fetch_all(db).await)?;
    Ok(rows.into_iter().map(|(fingerprint, since)| (fingerprint, Instant(since))).collect())
}

/// `None`: there is nothing to wait for any more.
pub async fn set_pending(tx: &mut Tx, fingerprint: &str, since: Option<Instant>) -> Result<()> {
    match since {
        Some(since) => {
            let query = "insert into alert_pending (fingerprint, since) values ($1, $2)
                on conflict (fingerprint) do update set since = excluded.since";
            change!(tx, sqlx::query(query).bind(text(fingerprint)).bind(since.0))?;
        }
        None => {
            let query = "delete from alert_pending where fingerprint = $1";
            change!(tx, sqlx::query(query).bind(text(fingerprint)))?;
        }
    }
    Ok(())
}
