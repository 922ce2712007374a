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
use std::time::Duration;

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

/// Reads one device. `host` is an address or a name.
pub async fn read(host: &str, port: u16, login: &Login, limits: &Limits) -> Result<Seen, Error> {
    let reading = async {
        let walker = walk::Walker::connect(host, port, login, limits).await?;
        let tables = walker.all().await?;
        Ok(seen::seen(&tables))
    };
    tokio::time::timeout(limits.whole, reading)
        .await
        .unwrap_or(Err(Error::TooLong { host: host.to_owned(), seconds: limits.whole.as_secs() }))
}
