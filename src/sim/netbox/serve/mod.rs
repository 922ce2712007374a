//! The server around the world: connections in, answers out. HTTP/1.1 with NetBox's own manners.
//!
//! `front.rs` is the way of one request; `answer.rs` how answers look; `query.rs` and `body.rs` how requests are read.

mod answer;
mod body;
mod connection;
mod front;
pub mod query;

pub use connection::accept;

use super::{
    Access, Settings,
    fault::{self, Faults},
    obey, save,
    seed::{self, BOT},
    world::World,
};
use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// Everything that changes, behind one lock: calls are short.
#[derive(Debug)]
pub struct State {
    pub world: World,
    pub faults: Faults,
    /// Not to be reached: until then, or until told otherwise.
    pub down: Option<Option<Instant>>,
}

impl State {
    fn is_down(&self) -> bool {
        self.down.is_some_and(|until| until.is_none_or(|until| Instant::now() < until))
    }
}

pub struct Server {
    pub access: Access,
    state: Mutex<State>,
    /// Held while an address is handed out or changed.
    allocation: tokio::sync::Mutex<()>,
    latency: Duration,
    write_time: Duration,
    dir: Option<PathBuf>,
    port: u16,
    requests: AtomicU64,
    calls: Mutex<Vec<String>>,
    unserved: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Server {
    /// Loads or builds the world, and takes the port.
    pub async fn open(settings: Settings) -> io::Result<(Self, TcpListener)> {
        let loaded = settings.dir.as_deref().map(save::load).transpose()?.flatten();
        let (kept, mut world) = match loaded {
            Some((port, world)) => (Some(port), world),
            None => (None, seed::build(settings.world, settings.version, &settings.switches)),
        };
        world.max_page = settings.max_page;
        let mut addr = settings.addr;
        if let Some(port) = kept.filter(|_| addr.port() == 0) {
            addr.set_port(port);
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let server = Self {
            access: access(&world, addr),
            state: Mutex::new(State { world, faults: Faults::default(), down: None }),
            allocation: tokio::sync::Mutex::new(()),
            latency: settings.latency,
            write_time: settings.write_time,
            dir: settings.dir,
            port: addr.port(),
            requests: AtomicU64::new(0),
            calls: Mutex::default(),
            unserved: Mutex::default(),
        };
        server.save(&server.lock())?;
        Ok((server, listener))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the world on disk, if it is kept at all.
    fn save(&self, state: &State) -> io::Result<()> {
        self.dir.as_deref().map_or(Ok(()), |dir| save::store(dir, self.port, &state.world))
    }

    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        at(&self.lock())
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn unserved(&self) -> Vec<String> {
        self.unserved.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn note_call(&self, what: String) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn note_unserved(&self, what: String) {
        self.unserved.lock().unwrap_or_else(PoisonError::into_inner).insert(what);
    }

    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        let told = fault::parse(line)?;
        let mut state = self.lock();
        state.world.begin();
        if let Err(why) = obey::obey(&mut state, told) {
            state.world.roll_back();
            return Err(why);
        }
        self.save(&state).map_err(|e| format!("the world cannot be written: {e}"))
    }
}

fn access(world: &World, addr: SocketAddr) -> Access {
    let bot = world.find("users.user", |u| u.text("username") == BOT).map(|(id, _)| id);
    let token = |is_v2: bool| {
        let of_bot = |id: &u64| world.get("users.token", *id).is_some_and(|t| t.id("user") == bot);
        world.secrets.iter().find(|(id, s)| of_bot(id) && s.key.is_some() == is_v2).map(|(_, s)| s.plain())
    };
    let token_v1 = token(false).unwrap_or_default();
    Access { url: format!("http://{addr}"), token: token(true).unwrap_or_else(|| token_v1.clone()), token_v1 }
}
