//! Sealing: committed rows get the next numbers and a MAC over the one before, the number, the row and its hash.
//!
//! Rows wait in `audit_unsealed`, in no order that commits could upset: a row that commits late gets a later number.
//! The head (count and last MAC, itself under a MAC) shows when seals were cut off at the end.

use crate::{
    Result, Store, StoreError, Tx,
    dialect::{Lock, listed, locking},
    lease,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// Rows sealed in one transaction.
const BATCH: i64 = 500;
const LEASE: &str = "audit-sealer";
const LEASE_LASTS: Duration = Duration::from_secs(60);

/// The signing key. It is never printed.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// At least 16 bytes, or `None`.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 16).then(|| Self(bytes.to_vec()))
    }

    /// A key for another purpose, from which this one cannot be worked out.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(&[b"direttore key for ", purpose.as_bytes()])
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    pub(super) fn seal(&self, before: &[u8], number: i64, row: i64, hash: &[u8]) -> [u8; 32] {
        self.mac(&[before, &number.to_be_bytes(), &row.to_be_bytes(), hash])
    }

    pub(super) fn head(&self, sealed: i64, last: &[u8]) -> [u8; 32] {
        self.mac(&[b"direttore audit head 1", &sealed.to_be_bytes(), last])
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Where the chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) sealed: i64,
    pub(super) last: Vec<u8>,
    pub(super) mac: Vec<u8>,
}

impl Head {
    /// Before the first seal.
    pub(super) fn start(key: &Key) -> Self {
        let last = vec![0; 32];
        let mac = key.head(0, &last).to_vec();
        Self { sealed: 0, last, mac }
    }
}

pub(super) async fn head(tx: &mut Tx) -> Result<Option<Head>> {
    let query = locking(tx, "select sealed, last_mac, mac from audit_head where id = 1", Lock::Wait);
    let row: Option<(i64, Vec<u8>, Vec<u8>)> = on!(tx, db => sqlx::query_as(query).fetch_optional(db).await)?;
    Ok(row.map(|(sealed, last, mac)| Head { sealed, last, mac }))
}

/// Whether there is any seal.
pub(super) async fn is_sealed(tx: &mut Tx) -> Result<bool> {
    let row: Option<(i64,)> =
        on!(tx, db => sqlx::query_as("select number from audit_seal limit 1").fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// Seals what is committed and not sealed yet; gives the number of rows. Zero also when another sealer is at it.
///
/// # Errors
/// [`StoreError::Corrupt`] when the head does not hold: nothing is built on a chain that was tampered with.
pub async fn seal(store: &Store, key: &Key, holder: &str) -> Result<u64> {
    let mut sealed = 0;
    loop {
        let mut tx = store.write().await?;
        if !lease::take(&mut tx, LEASE, holder, LEASE_LASTS).await? {
            return Ok(sealed);
        }
        let batch = seal_batch(&mut tx, key).await?;
        if batch == 0 {
            lease::release(&mut tx, LEASE, holder).await?;
        }
        tx.commit().await?;
        sealed += batch;
        if batch == 0 {
            return Ok(sealed);
        }
    }
}

/// Numbers, rows and MACs, in two statements for all of them.
async fn write(tx: &mut Tx, seals: &[(i64, i64, Vec<u8>)]) -> Result<()> {
    let places = (0..seals.len()).map(|n| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3));
    let places = places.collect::<Vec<_>>().join(", ");
    let query = format!("insert into audit_seal (number, row_id, mac) values {places}");
    on!(tx, db => {
        // How many there are is another number each time: such statements are not kept.
        let mut query = sqlx::query(AssertSqlSafe(query.as_str())).persistent(false);
        for (number, row, mac) in seals {
            query = query.bind(number).bind(row).bind(mac);
        }
        query.execute(db).await.map(drop)
    })?;
    let rows = serde_json::to_string(&seals.iter().map(|(_, row, _)| row).collect::<Vec<_>>());
    let rows = rows.expect("numbers are JSON");
    let query = format!("delete from audit_unsealed where row_id in ({})", listed(tx));
    change!(tx, sqlx::query(AssertSqlSafe(query.as_str())).bind(&rows))?;
    Ok(())
}

async fn seal_batch(tx: &mut Tx, key: &Key) -> Result<u64> {
    let rows: Vec<(i64, Vec<u8>)> = on!(tx, db => sqlx::query_as(
            "select a.id, a.hash from audit_unsealed u join audit a on a.id = u.row_id order by a.id limit $1")
        .bind(BATCH).fetch_all(db).await)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut head = match head(tx).await? {
        Some(head) => head,
        None if is_sealed(tx).await? => {
            return Err(StoreError::Corrupt("the head of the audit chain is gone".to_owned()));
        }
        None => Head::start(key),
    };
    if head.mac != key.head(head.sealed, &head.last) {
        return Err(StoreError::Corrupt("the head of the audit chain does not fit the signing key".to_owned()));
    }
    let mut seals = Vec::with_capacity(rows.len());
    for (row, hash) in &rows {
        head.sealed += 1;
        head.last = key.seal(&head.last, head.sealed, *row, hash).to_vec();
        seals.push((head.sealed, *row, head.last.clone()));
    }
    write(tx, &seals).await?;
    let query = "insert into audit_head (id, sealed, last_mac, mac) values (1, $1, $2, $3)
        on conflict (id) do update set sealed = excluded.sealed, last_mac = excluded.last_mac, mac = excluded.mac";
    let mac = key.head(head.sealed, &head.last).to_vec();
    change!(tx, sqlx::query(query).bind(head.sealed).bind(&head.last).bind(&mac))?;
    Ok(rows.len() as u64)
}
