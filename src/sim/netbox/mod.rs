//! A pretend NetBox on loopback, 4.2 to 4.7: the addresses and records of the demo's lab, and of the tests.
//!
//! It keeps objects in tables (`table/` says what fields they have, `world/` what is in them and the rules), answers with
//! NetBox's own words (`api/`), over real HTTP (`serve/`). Everything was written from recordings of the real one: where
//! that ignores a field, hands out an address or says 403 for 401, this does too. It must never be kinder.
//!
//! Start at [`start`]; the way of one request is in `serve/front.rs`.
//!
//! # Faults
//! [`Sim::tell`] takes one line; each begins with `netbox`, which is left out here. Times are `300ms`, `2s`, `1m`.
//!
//! | line | what happens |
//! | --- | --- |
//! | `down [10s]` · `up` | connections are closed at once, for so long or until `up` |
//! | `latency=2s` | every answer waits so long; `0s` ends it |
//! | `status=500 [on="POST ip-addresses"] [after] [times=2] [retry=2]` | answers so without doing it; with `after` it does it first; `retry` is `Retry-After`, in seconds |
//! | `drop …` · `hang …` · `garbage …` · `html …` | closes the connection; never answers; answers what is no JSON; answers a proxy's page with 502. Options as above |
//! | `token revoked` · `token restored` | the bot's tokens |
//! | `readonly` · `writable` | the bot's tokens may only read |
//! | `deny=ipam.add_ipaddress` · `allow=…` | one permission of the bot |
//! | `take 10.0.10.5/24 [vrf=blue]` · `release 10.0.10.5` | somebody else takes an address, or deletes one |
//! | `vm web1` · `vm web1 gone` | somebody else makes a virtual machine, or deletes it |
//! | `prefix 10.0.10.0/24 status=reserved` (`mark_utilized`, `is_pool`, and `…=false`) | somebody else changes a prefix |
//! | `clear` | no faults any more; what they changed in the world stays |
//!
//! A fault without `times` strikes once, with `times=always` until `clear`. `on` is a method, a part of a path, or both; a `$` behind it means the path's end.

mod api;
mod fault;
mod net;
mod obey;
mod save;
mod seed;
mod serve;
mod table;
pub(crate) mod time;
mod world;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Server;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Which NetBox it pretends to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// Tokens of the first kind only; no `ETag`, no `add_tags`, no paging by cursor.
    V4_2,
    /// Tokens of both kinds; `prefix_length` on available-ips.
    V4_5,
    V4_6,
    /// Custom fields with choices are shown with their label; errors of lists say which entry they are about.
    V4_7,
}

impl Version {
    /// As `/api/status/` tells it.
    fn number(self) -> &'static str {
        match self {
            Self::V4_2 => "4.2.9",
            Self::V4_5 => "4.5.7",
            Self::V4_6 => "4.6.8",
            Self::V4_7 => "4.7.0",
        }
    }

    /// As in the header `API-Version`.
    fn api(self) -> &'static str {
        &self.number()[..3]
    }

    fn has_tokens_v2(self) -> bool {
        self >= Self::V4_5
    }
}

/// What is there on the first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// The lab of the demo: site, VLANs, prefixes of both families, a dozen devices, ten of the lab's guests.
    Demo,
    /// The lab on which the real one was recorded.
    Recorded,
    /// The demo's lab and so many more prefixes and devices.
    Sized { prefixes: usize, devices: usize },
}

/// Where, what, how fast. [`Settings::default`] is the demo's NetBox.
#[derive(Debug, Clone)]
pub struct Settings {
    pub addr: SocketAddr,
    /// Keeps the world there, in `netbox.json`: each accepted change is on disk before it is answered; port and tokens
    /// stay after a restart. Version and seed are then those of the first start.
    pub dir: Option<PathBuf>,
    pub version: Version,
    pub world: Seed,
    /// Wait before each answer.
    pub latency: Duration,
    /// How long handing out or changing one address takes; they wait for each other.
    pub write_time: Duration,
    /// The longest page.
    pub max_page: usize,
    /// Simulated switches of the demo's lab that can be reached, and where.
    pub switches: Vec<Reachable>,
}

/// Where a device of that name is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reachable {
    pub name: String,
    pub host: IpAddr,
    pub ssh_port: u16,
    pub snmp_port: Option<u16>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            dir: None,
            version: Version::V4_6,
            world: Seed::Demo,
            latency: Duration::ZERO,
            write_time: Duration::ZERO,
            max_page: 1000,
            switches: Vec::new(),
        }
    }
}

/// How a client gets in.
#[derive(Clone, Serialize)]
pub struct Access {
    /// `http://127.0.0.1:18000`, without a path.
    pub url: String,
    /// `nbt_….…`; before 4.5 the same as `token_v1`.
    pub token: String,
    /// Forty characters.
    #[serde(skip)]
    pub token_v1: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A running simulation. It ends when this is dropped.
#[derive(Debug)]
pub struct Sim {
    server: Arc<Server>,
    accepting: tokio::task::JoinHandle<()>,
}

/// Builds the world, or loads it, and listens.
///
/// # Errors
/// The address cannot be used, or the folder cannot be read or written.
pub async fn start(settings: Settings) -> io::Result<Sim> {
    let (server, listener) = Server::open(settings).await?;
    let server = Arc::new(server);
    let accepting = tokio::spawn(serve::accept(Arc::clone(&server), listener));
    Ok(Sim { server, accepting })
}

impl Sim {
    pub fn access(&self) -> &Access {
        &self.server.access
    }

    /// Does one line of the fault grammar (see the module's header), with `netbox` before it or without.
    ///
    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        self.server.tell(line)
    }

    /// Prefixes, addresses with what they are assigned to, virtual machines, interfaces, MAC addresses, journal, tags and
    /// custom fields: sorted, without ids and times, so that two runs that did the same compare equal.
    pub fn world(&self) -> Value {
        self.server.look(|state| state.world.view())
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.server.requests()
    }

    /// How many faults still wait for their request.
    pub fn waiting(&self) -> usize {
        self.server.look(|state| state.faults.waiting.len())
    }

    /// What was asked for and is not served: `GET /api/dcim/regions/`, and query parameters that were ignored:
    /// `GET /api/ipam/prefixes/?no_such_filter`.
    pub fn unserved(&self) -> Vec<String> {
        self.server.unserved()
    }

    /// Methods and paths in the order in which they came: `POST /api/ipam/prefixes/2/available-ips/`.
    pub fn calls(&self) -> Vec<String> {
        self.server.calls()
    }

    /// Closes the port and all connections.
    pub async fn stop(mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
