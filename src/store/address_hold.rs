//! Addresses that direttore holds itself: those being taken now, and those in VRFs where NetBox lets two guests have the
//! same one.
//!
//! A hold bears the mark that the address bears in NetBox (job and step); a mark holds one address. A hold outlives its
//! job where NetBox cannot guard the address, until the address is released.

use crate::{
    Result, StoreError, Tx,
    dialect::text,
    row::{parse, row},
};
use direttore_domain::{Instant, JobId, Prefix};
use std::net::IpAddr;

/// How often an address is tried for while others take and release it between our two statements.
const TRIES: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressHold {
    /// NetBox's number of the VRF, 0 for the global table.
    pub vrf: u64,
    pub address: IpAddr,
    pub mark: String,
    /// `None` when the job is no longer known.
    pub job: Option<JobId>,
    pub created: Instant,
}

row! {
    struct Row { vrf: i64, address: String, mark: String, job: Option<i64>, created_at: i64 }
}

impl Row {
    fn read(self) -> Result<AddressHold> {
        Ok(AddressHold {
            vrf: u64::try_from(self.vrf).map_err(|_| StoreError::Corrupt(format!("{} is no VRF", self.vrf)))?,
            address: parse(&self.address)?,
            mark: self.mark,
            job: self.job.map(JobId),
            created: Instant(self.created_at),
        })
    }
}

/// Takes an address for a mark. True also when the mark holds it already; a mark that held another address moves to
/// this one. False when another mark has it: then nothing changed, and the transaction goes on. On PostgreSQL it waits
/// for whoever takes the same address just now.
///
/// # Errors
/// [`StoreError::Refused`] for a VRF of a number that no database has.
pub async fn take(tx: &mut Tx, vrf: u64, address: IpAddr, mark: &str, job: JobId, now: Instant) -> Result<bool> {
    let (vrf, key, mark) = (number(vrf)?, address.to_string(), text(mark));
    for _ in 0..TRIES {
        let query = "insert into address_hold (vrf, address, mark, job, created_at) values ($1, $2, $3, $4, $5)
            on conflict do nothing";
        if change!(tx, sqlx::query(query).bind(vrf).bind(&key).bind(&*mark).bind(job.0).bind(now.0))? == 1 {
            return Ok(true);
        }
        let holder: Option<(String,)> = on!(tx, db => sqlx::query_as(
                "select mark from address_hold where vrf = $1 and address = $2")
            .bind(vrf).bind(&key).fetch_optional(db).await)?;
        if let Some((holder,)) = holder {
            return Ok(holder == *mark);
        }
        let query = "update address_hold set vrf = $1, address = $2, job = $4, created_at = $5 where mark = $3";
        let moved = unless_taken!(tx, db => sqlx::query(query).bind(vrf).bind(&key).bind(&*mark).bind(job.0)
            .bind(now.0).execute(db).await.map(|done| done.rows_affected()))?;
        if moved == Some(1) {
            return Ok(true);
        }
    }
    Err(StoreError::Unavailable(format!("others take and release {address} all the time")))
}

/// Those of a VRF that lie in a prefix, or all of it, by address.
pub async fn held(tx: &mut Tx, vrf: u64, among: Option<Prefix>) -> Result<Vec<AddressHold>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select vrf, address, mark, job, created_at from address_hold where vrf = $1")
        .bind(number(vrf)?).fetch_all(db).await)?;
    let mut holds = in_order(rows)?;
    // Neither database has addresses as numbers of 128 bits to compare; a lab holds few enough to look at them all.
    holds.retain(|hold| among.is_none_or(|prefix| prefix.contains(hold.address)));
    Ok(holds)
}

/// All, by VRF and address.
pub async fn all(tx: &mut Tx) -> Result<Vec<AddressHold>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as("select vrf, address, mark, job, created_at from address_hold")
        .fetch_all(db).await)?;
    in_order(rows)
}

fn in_order(rows: Vec<Row>) -> Result<Vec<AddressHold>> {
    let mut holds: Vec<AddressHold> = rows.into_iter().map(Row::read).collect::<Result<_>>()?;
    holds.sort_by_key(|hold| (hold.vrf, hold.address));
    Ok(holds)
}

/// False when the mark held none.
pub async fn release_mark(tx: &mut Tx, mark: &str) -> Result<bool> {
    Ok(change!(tx, sqlx::query("delete from address_hold where mark = $1").bind(text(mark)))? == 1)
}

/// Whoever holds it. False when nobody did.
pub async fn release_address(tx: &mut Tx, vrf: u64, address: IpAddr) -> Result<bool> {
    let query = "delete from address_hold where vrf = $1 and address = $2";
    Ok(change!(tx, sqlx::query(query).bind(number(vrf)?).bind(address.to_string()))? == 1)
}

fn number(vrf: u64) -> Result<i64> {
    i64::try_from(vrf).map_err(|_| StoreError::Refused(format!("{vrf} is no VRF")))
}

#[cfg(test)]
mod tests;
