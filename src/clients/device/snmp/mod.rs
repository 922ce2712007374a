//! What a device tells by SNMP: v2c and v3, over IPv4 and IPv6, in bulk.
//!
//! [`read`] walks the tables of `oids.rs` one after another (`walk.rs`), and `seen.rs` and the files beside it make
//! [`Seen`] of the rows, by pure functions. Agents lie, loop, stop in the middle and pad their strings: a row that does not
//! decode is skipped and counted, a table that does not come is noted, and only a device that does not answer at all is an
//! error. Nothing is ever set.

mod address;
mod auth;
mod error;
mod interface;
mod module;
mod neighbour;
mod oids;
mod row;
mod seen;
mod vlan;
mod vrf;
mod walk;

#[cfg(test)]
mod tests;

pub use auth::{Login, Proof, Protect, WrongLogin};
pub use error::Error;

use direttore_domain::device::seen::Seen;
use std::{collections::BTreeMap, net::IpAddr, time::Duration};

/// How long, and how much.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of one request.
    pub request: Duration,
    /// Requests that are sent again.
    pub retries: u32,
    /// Values of one table.
    pub table: usize,
    /// Values that one answer is asked for.
    pub repetitions: u32,
    /// Of the whole reading.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(3),
            retries: 1,
            table: 200_000,
            repetitions: 25,
            whole: Duration::from_secs(300),
        }
    }
}

/// What was read, and of which of its addresses the device answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub seen: Seen,
    pub answered: IpAddr,
}

/// Reads one device. `host` is an address or a name.
pub async fn read(host: &str, port: u16, login: &Login, limits: &Limits) -> Result<Reading, Error> {
    let reading = async {
        let walker = walk::Walker::connect(host, port, login, limits).await?;
        let tables = walker.all().await?;
        Ok(Reading { seen: seen::seen(&tables), answered: walker.answered() })
    };
    tokio::time::timeout(limits.whole, reading)
        .await
        .unwrap_or(Err(Error::TooLong { host: host.to_owned(), seconds: limits.whole.as_secs() }))
}

/// How many values a device tells below a number, and why these are not all.
///
/// # Errors
/// That it does not answer.
pub async fn count(
    host: &str,
    port: u16,
    login: &Login,
    limits: &Limits,
    below: &[u32],
) -> Result<(usize, Option<String>), Error> {
    let walker = walk::Walker::connect(host, port, login, limits).await?;
    let mut rows = BTreeMap::new();
    let cut = walker.under(below, &mut rows).await?;
    Ok((rows.len(), cut.map(|cut| cut.why)))
}
