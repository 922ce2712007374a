//! A pretend Proxmox VE on loopback: the lab that needs no credentials, and the world of the tests.
//!
//! It is stateful and as strict as the real one: it checks every parameter against its own tables (`table/`), keeps
//! guests, tasks, locks, users and their rights (`world/`), answers with Proxmox's own words (`api/`), over real HTTP
//! (`serve/`). It knows nothing of our client: it is written from the contract alone, so that a misunderstanding in one
//! is seen in the other. It must never be lenient where Proxmox is not.
//!
//! Start at [`start`]; the way of one request is in `serve/front.rs`. Beside it stand a pretend NetBox (`netbox/`), pretend
//! switches (`switch/`) and their SNMP agents (`snmp/`).
//!
//! # Faults
//! [`Sim::tell`] takes one line. `N` is a node, or `all`; times are `300ms`, `2s`, `1m`; text may stand in quotes.
//!
//! | line | what happens |
//! | --- | --- |
//! | `N offline` · `N online` | cut off: calls that it would answer get 595, its guests are unknown; they keep their state |
//! | `N latency=2s` | calls about that node (`all`: every call) wait so long; `0s` ends it |
//! | `N fail=clone [times=2] [text="no space left"]` | the next tasks there whose type contains the word end with an error |
//! | `status=596 [on="POST status/start"] [after] [times=2]` | answers so, without doing it; with `after` it does it first |
//! | `drop …` · `hang …` · `garbage …` | closes the connection; never answers; answers what is no JSON. Options as above |
//! | `token revoked` · `token restored` | the bot's token |
//! | `guest 101 lock=backup` · `guest 101 unlock` | |
//! | `guest 101 status=running` (`stopped`, `paused`) | behind everyone's back |
//! | `guest 101 name=…` | the rest of the line, raw; `\u{1b}` stands for a character |
//! | `guest 101 gone` | deleted without a task |
//! | `guest 101 agent=off` · `agent=on` | whether its agent answers |
//! | `guest 101 seen=10.0.10.7` | it reports that address too |
//! | `vmid 137 taken` | somebody's VM of that number appears on the first node |
//! | `vmid next taken [on="POST clone"] [times=2]` | at the next create or clone its VMID is taken first |
//! | `N storage=local-lvm full` · `room` | |
//! | `N bridge=vmbr1 plain` · `aware` · `gone` | adds, changes or removes it; a plain one takes no tags |
//! | `N volume=local:iso/x.iso gone` | an ISO, container template or backup is removed |
//! | `storage local content=iso,backup` | what it holds, on all nodes |
//! | `clear` | no faults any more; what they changed in the world stays |
//!
//! A fault without `times` strikes once, with `times=always` until `clear`. `on` is a method, a part of a path, or both; a `$` behind it means the path's end.

mod api;
mod control;
mod fault;
pub mod netbox;
mod save;
mod serve;
pub mod snmp;
pub mod switch;
mod table;
mod world;

#[cfg(test)]
mod tests;

pub use control::serve_control;
pub use world::TaskSeen;

use direttore_domain::GuestKind;
use serde::{Deserialize, Serialize};
use serve::Server;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Which Proxmox it pretends to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PveVersion {
    V8_4,
    V9_2,
}

/// Nodes and guests by name.
#[derive(Debug, Clone, Default)]
pub struct Inhabitants {
    pub nodes: Vec<String>,
    pub guests: Vec<Inhabitant>,
    /// Content (`iso` or `vztmpl`) and file name of media that each node has besides the usual ones.
    pub media: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Inhabitant {
    pub vmid: u32,
    pub name: String,
    pub kind: GuestKind,
    pub node: String,
    pub runs: bool,
    pub cores: u32,
    pub memory_mib: u64,
}

/// How large, where, how fast. [`Settings::default`] is the demo's lab.
#[derive(Debug, Clone)]
pub struct Settings {
    pub nodes: usize,
    /// Guests in all, with one template for each node among them.
    pub guests: usize,
    /// Who is there instead of so many nodes and guests.
    pub inhabitants: Option<Inhabitants>,
    pub addr: SocketAddr,
    pub tls: bool,
    /// Keeps the world there: each accepted change is on disk before it is answered, and tasks go on by wall time after
    /// a restart. Number of nodes and guests, seed and version are then those of the first start.
    pub dir: Option<PathBuf>,
    /// Shortest and longest duration of a task.
    pub task_time: (Duration, Duration),
    /// How old the numbers of `/cluster/resources` and `/nodes` may be.
    pub resources_lag: Duration,
    pub version: PveVersion,
    pub seed: u64,
    /// Wait before every 401. The real one waits 3 s.
    pub brake: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nodes: 3,
            guests: 40,
            inhabitants: None,
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: true,
            dir: None,
            task_time: (Duration::from_millis(300), Duration::from_secs(3)),
            resources_lag: Duration::from_secs(10),
            version: PveVersion::V9_2,
            seed: 1,
            brake: Duration::ZERO,
        }
    }
}

/// How a client gets in.
#[derive(Clone, Serialize)]
pub struct Access {
    /// `https://127.0.0.1:18006`, without a path.
    pub url: String,
    /// `direttore@pve`.
    pub user: String,
    pub password: String,
    /// `direttore@pve!bot`.
    pub token_id: String,
    pub token_secret: String,
    /// SHA-256 of the certificate, upper hex with colons; `None` without TLS.
    pub fingerprint: Option<String>,
    /// Of `root@pam`.
    #[serde(skip)]
    pub root_password: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, user, token_id, fingerprint, .. } = self;
        f.debug_struct("Access")
            .field("url", url)
            .field("user", user)
            .field("token_id", token_id)
            .field("fingerprint", fingerprint)
            .finish_non_exhaustive()
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

    /// Does one line of the fault grammar (see the crate's header).
    ///
    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        self.server.tell(line)
    }

    /// Nodes' status and guests with node, status, lock, configuration and snapshots, without times: two runs that did
    /// the same compare equal.
    pub fn world(&self) -> serde_json::Value {
        self.server.look(|state| state.world.view())
    }

    /// Whether root has that password in a container, or none for `None`.
    pub fn has_root_password(&self, vmid: u32, password: Option<&str>) -> bool {
        self.server.look(|state| {
            let guest = state.world.guests.get(&vmid);
            guest.is_some_and(|guest| guest.root_password == password.map(world::disks::hashed))
        })
    }

    /// Every task ever started, oldest first.
    pub fn tasks(&self) -> Vec<TaskSeen> {
        self.server.look(|state| state.world.tasks_seen())
    }

    /// How many faults still wait for their request.
    pub fn waiting(&self) -> usize {
        self.server.look(|state| state.faults.waiting.len())
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.server.requests()
    }

    /// Methods and paths that were asked for and are not served: `GET /cluster/ceph`.
    pub fn unserved(&self) -> Vec<String> {
        self.server.unserved()
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

/// A new secret in the form of a lower-case UUID, as Proxmox makes them.
fn secret() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
