//! The server around the world: connections in, answers out. HTTP/1.1 with Proxmox's own manners.
//!
//! `front.rs` is the way of one request; `answer.rs` how answers look; `auth.rs` who calls; `tls.rs` the certificate.

mod answer;
mod auth;
mod connection;
mod front;
mod obey;
mod params;
mod tls;

pub use connection::accept;

use crate::{
    Access, Settings,
    api::Who,
    fault::{self, Faults},
    save::{self, Identity},
    world::{self, Published, World},
};
use bytes::Bytes;
use std::{
    collections::{BTreeSet, HashMap},
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpListener;

/// Everything that changes, behind one lock: calls are short.
#[derive(Debug)]
pub struct State {
    pub world: World,
    pub published: Published,
    pub made: HashMap<(Who, String), Bytes>,
    pub faults: Faults,
    /// Milliseconds between two pictures.
    lag: u64,
}

pub struct Server {
    pub access: Access,
    state: Mutex<State>,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    brake: Duration,
    dir: Option<PathBuf>,
    identity: Identity,
    requests: AtomicU64,
    unserved: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("access", &self.access).finish_non_exhaustive()
    }
}

/// Unix milliseconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl State {
    /// Brings everything to `now`: the pictures of the intervals that passed are taken at their moments.
    pub fn advance(&mut self, now: u64) {
        let due = match self.lag {
            0 => now,
            lag => now - now % lag,
        };
        // Without a lag what was changed in this very millisecond is in the list too.
        if due > self.published.at || self.lag == 0 {
            self.world.settle(due);
            self.publish(due);
        }
        self.world.settle(now);
        // Who belongs to the cluster is known at once, without waiting for an interval.
        if std::mem::take(&mut self.world.is_news) {
            self.publish(now);
        }
    }

    fn publish(&mut self, at: u64) {
        self.published = self.world.publish(at);
        self.made.clear();
    }
}

impl Server {
    /// Loads or builds the world, and takes the port.
    pub async fn open(settings: Settings) -> io::Result<(Self, TcpListener)> {
        let now = now();
        let loaded = settings.dir.as_deref().map(save::load).transpose()?.flatten();
        let (kept, mut world) = match loaded {
            Some((identity, world)) => (Some(identity), world),
            None => (None, world::build(&settings, &mut crate::secret, now)),
        };
        world.task_time = (millis(settings.task_time.0), millis(settings.task_time.1));
        world.reindex();
        let mut addr = settings.addr;
        if let Some(kept) = kept.as_ref().filter(|_| addr.port() == 0) {
            addr.set_port(kept.port);
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let certificate = match (settings.tls, kept.and_then(|k| k.certificate)) {
            (false, _) => None,
            (true, Some(kept)) => Some(kept),
            (true, None) => Some(tls::make(addr.ip())?),
        };
        let (acceptor, fingerprint) = match &certificate {
            Some((certificate, key)) => {
                let (acceptor, fingerprint) = tls::acceptor(certificate, key)?;
                (Some(acceptor), Some(fingerprint))
            }
            None => (None, None),
        };
        let access = access(&world, addr, fingerprint);
        world.settle(now);
        let lag = millis(settings.resources_lag);
        let published = world.publish(now);
        let state = State { world, published, made: HashMap::new(), faults: Faults::default(), lag };
        let server = Self {
            access,
            acceptor,
            brake: settings.brake,
            dir: settings.dir,
            identity: Identity { port: addr.port(), certificate },
            requests: AtomicU64::new(0),
            unserved: Mutex::default(),
            state: Mutex::new(state),
        };
        server.save(&server.lock())?;
        Ok((server, listener))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the world on disk, if it is kept at all.
    fn save(&self, state: &State) -> io::Result<()> {
        self.dir.as_deref().map_or(Ok(()), |dir| save::store(dir, &self.identity, &state.world))
    }

    /// The state as it is now.
    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        let mut state = self.lock();
        state.advance(now());
        at(&state)
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub fn unserved(&self) -> Vec<String> {
        self.unserved.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn note_unserved(&self, what: String) {
        self.unserved.lock().unwrap_or_else(PoisonError::into_inner).insert(what);
    }

    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        let told = fault::parse(line)?;
        let now = now();
        let mut state = self.lock();
        state.advance(now);
        obey::obey(&mut state, told, now)?;
        self.save(&state).map_err(|e| format!("the world cannot be written: {e}"))
    }
}

fn access(world: &World, addr: SocketAddr, fingerprint: Option<String>) -> Access {
    let scheme = if fingerprint.is_some() { "https" } else { "http" };
    let password = |user: &str| world.users.users.get(user).and_then(|u| u.password.clone()).unwrap_or_default();
    let token = world.users.users.get("direttore@pve").and_then(|u| u.tokens.get("bot"));
    Access {
        url: format!("{scheme}://{addr}"),
        user: "direttore@pve".into(),
        password: password("direttore@pve"),
        token_id: "direttore@pve!bot".into(),
        token_secret: token.map(|t| t.secret.clone()).unwrap_or_default(),
        fingerprint,
        root_password: password("root@pam"),
    }
}
