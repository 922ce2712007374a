//! The host keys by which devices, and hosts that lead to them, are known.

use crate::{Result, Tx, dialect::text, row::row};
use direttore_domain::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `SHA256:…`
    pub fingerprint: String,
    /// `ssh-ed25519 AAAA…`
    pub key: Option<String>,
}

/// One that was shown and not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub key: Key,
    pub at: Instant,
}

row! {
    struct Row { fingerprint: String, key: String }
}

fn key(fingerprint: String, key: String) -> Option<Key> {
    (!fingerprint.is_empty()).then(|| Key { fingerprint, key: Some(key).filter(|key| !key.is_empty()) })
}

/// The one that is known.
pub async fn get(tx: &mut Tx, peer: &str) -> Result<Option<Key>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as("select fingerprint, key from device_key where peer = $1")
        .bind(text(peer)).fetch_optional(db).await)?;
    Ok(row.and_then(|row| key(row.fingerprint, row.key)))
}

/// The one that was shown and not believed, if any was since the known one was accepted.
pub async fn offered(tx: &mut Tx, peer: &str) -> Result<Option<Offered>> {
    let row: Option<(String, String, i64)> = on!(tx, db => sqlx::query_as(
            "select offered_fingerprint, offered_key, offered_at from device_key where peer = $1")
        .bind(text(peer)).fetch_optional(db).await)?;
    Ok(row.and_then(|(fingerprint, bytes, at)| Some(Offered { key: key(fingerprint, bytes)?, at: Instant(at) })))
}

/// From now on it is known by this key. `by` is who said so; empty at first sight.
pub async fn believe(tx: &mut Tx, peer: &str, key: &Key, by: &str, now: Instant) -> Result<()> {
    let query = "insert into device_key (peer, fingerprint, key, known_at, accepted_by) values ($1, $2, $3, $4, $5)
        on conflict (peer) do update set fingerprint = excluded.fingerprint, key = excluded.key,
            known_at = excluded.known_at, accepted_by = excluded.accepted_by,
            offered_fingerprint = '', offered_key = '', offered_at = 0";
    let bytes = key.key.as_deref().unwrap_or_default();
    change!(
        tx,
        sqlx::query(query).bind(text(peer)).bind(text(&key.fingerprint)).bind(text(bytes)).bind(now.0).bind(text(by))
    )?;
    Ok(())
}

/// It was shown, and not believed.
pub async fn offer(tx: &mut Tx, peer: &str, key: &Key, now: Instant) -> Result<()> {
    let query = "insert into device_key (peer, offered_fingerprint, offered_key, offered_at) values ($1, $2, $3, $4)
        on conflict (peer) do update set offered_fingerprint = excluded.offered_fingerprint,
            offered_key = excluded.offered_key, offered_at = excluded.offered_at";
    let bytes = key.key.as_deref().unwrap_or_default();
    change!(tx, sqlx::query(query).bind(text(peer)).bind(text(&key.fingerprint)).bind(text(bytes)).bind(now.0))?;
    Ok(())
}

#[cfg(test)]
mod tests;
