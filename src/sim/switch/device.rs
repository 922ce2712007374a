//! The switch that runs: its state under a lock, who is logged in, and what is wrong with it.

use super::{
    Access, Credential, Kind, Now, Settings,
    fault::{self, Fault, Faults, Told},
    save::{self, Identity},
    shell,
    state::State,
};
use direttore_domain::Instant;
use russh::keys::{PrivateKey, ssh_key};
use std::{
    fmt, io,
    net::{Shutdown, SocketAddr, TcpStream},
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

pub struct Device {
    pub name: String,
    pub kind: Kind,
    addr: SocketAddr,
    pub snmp: Option<SocketAddr>,
    dir: Option<PathBuf>,
    now: Now,
    logins: AtomicU64,
    /// How far its own clock is ahead, in milliseconds.
    ahead: AtomicU64,
    inner: Mutex<Inner>,
}

pub struct Inner {
    pub identity: Identity,
    state: State,
    pub faults: Faults,
    /// Until when it answers nobody, by elapsed time; the far end for "until it is told".
    down: Option<Option<tokio::time::Instant>>,
    live: Vec<(u64, TcpStream)>,
    /// How many connections came.
    came: u64,
    /// Junos: the connection that has the configuration to itself.
    pub exclusive: Option<(u64, String)>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("name", &self.name).field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Device {
    /// Loads or builds it, and takes the port.
    pub async fn open(settings: Settings) -> io::Result<(Self, TcpListener)> {
        let Settings { name, kind, mut addr, dir, credential, now, .. } = settings;
        let kept = dir.as_deref().map(|dir| save::load(dir, &name)).transpose()?.flatten();
        let (mut identity, state) = match kept {
            Some(kept) => kept,
            None => {
                let credential = credential.unwrap_or_else(|| Credential::made("admin"));
                let state = State::new(kind, &name, &credential, now());
                (Identity { port: 0, snmp_port: None, host_key: seed(), credential, engine_boots: 0 }, state)
            }
        };
        if addr.port() == 0 {
            addr.set_port(identity.port);
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        identity.port = addr.port();
        let inner = Inner {
            identity,
            state,
            faults: Faults::default(),
            down: None,
            live: Vec::new(),
            came: 0,
            exclusive: None,
        };
        let (logins, ahead) = (AtomicU64::new(0), AtomicU64::new(0));
        let device = Self { name, kind, addr, snmp: None, dir, now, logins, ahead, inner: Mutex::new(inner) };
        Ok((device, listener))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Instant {
        (self.now)() + Duration::from_millis(self.ahead.load(Ordering::Relaxed))
    }

    pub fn identity(&mut self) -> &mut Identity {
        &mut self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).identity
    }

    /// Puts it on disk, if it is kept at all.
    pub fn keep(&self) -> io::Result<()> {
        self.save(&self.lock())
    }

    fn save(&self, inner: &Inner) -> io::Result<()> {
        self.dir.as_deref().map_or(Ok(()), |dir| save::store(dir, &self.name, &inner.identity, &inner.state))
    }

    /// The state as it is now. Here too what is due goes back first.
    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        let mut inner = self.lock();
        self.advance(&mut inner);
        at(&inner.state)
    }

    fn advance(&self, inner: &mut Inner) {
        if inner.state.advance(self.now())
            && let Err(why) = self.save(inner)
        {
            tracing::warn!("the switch {} cannot be kept: {why}", self.name);
        }
    }

    /// Changes the state, which is on disk before this ends; whoever is locked out by it loses their session.
    pub fn change<T>(&self, by: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut inner = self.lock();
        self.advance(&mut inner);
        let done = by(&mut inner.state, self.now());
        if let Err(why) = self.save(&inner) {
            tracing::warn!("the switch {} cannot be kept: {why}", self.name);
        }
        if is_locked_out(&inner) {
            drop_all(&mut inner);
        }
        done
    }

    /// The parts that are not kept.
    pub fn with<T>(&self, at: impl FnOnce(&mut Inner) -> T) -> T {
        at(&mut self.lock())
    }

    pub fn access(&self) -> Access {
        let inner = self.lock();
        let key = host_key(&inner.identity.host_key);
        let public = key.public_key();
        Access {
            name: self.name.clone(),
            kind: self.kind,
            addr: self.addr,
            snmp: self.snmp,
            credential: inner.identity.credential.clone(),
            host_key: public.to_openssh().unwrap_or_default(),
            fingerprint: public.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
        }
    }

    pub fn host_key(&self) -> PrivateKey {
        host_key(&self.lock().identity.host_key)
    }

    /// A connection that came; `None` when it is not answered.
    pub fn arrive(&self, stream: TcpStream) -> Option<u64> {
        let mut inner = self.lock();
        if is_down(&inner) {
            return None;
        }
        inner.came += 1;
        let number = inner.came;
        inner.live.push((number, stream));
        Some(number)
    }

    /// Cuts that connection.
    pub fn cut(&self, number: u64) {
        if let Some((_, stream)) = self.lock().live.iter().find(|(n, _)| *n == number) {
            // It may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn leave(&self, number: u64) {
        let mut inner = self.lock();
        inner.live.retain(|(n, _)| *n != number);
        self.release(&mut inner, number);
    }

    /// Lets go of the configuration that the connection had to itself; what it had not committed is gone.
    fn release(&self, inner: &mut Inner, number: u64) {
        if inner.exclusive.as_ref().is_some_and(|(n, _)| *n == number) {
            inner.exclusive = None;
            inner.state.shared = None;
            if let Err(why) = self.save(inner) {
                tracing::warn!("the switch {} cannot be kept: {why}", self.name);
            }
        }
    }

    pub fn release_lock(&self, number: u64) {
        let mut inner = self.lock();
        self.release(&mut inner, number);
    }

    pub fn sessions(&self) -> usize {
        self.lock().live.len()
    }

    pub fn logins(&self) -> u64 {
        self.logins.load(Ordering::Relaxed)
    }

    /// Whether a login with that secret gets in.
    pub fn lets_in(&self, user: &str, is_right: impl FnOnce(&Credential) -> bool) -> bool {
        let mut inner = self.lock();
        self.advance(&mut inner);
        if inner.faults.take_refusal() || inner.faults.is_password_wrong || is_locked_out(&inner) {
            return false;
        }
        let credential = &inner.identity.credential;
        let is_in = credential.user == user && is_right(credential);
        if is_in {
            self.logins.fetch_add(1, Ordering::Relaxed);
        }
        is_in
    }

    pub fn thinks(&self) -> Duration {
        self.lock().faults.slow
    }

    pub fn strike(&self, command: &str) -> Option<Fault> {
        self.lock().faults.take(command)
    }

    pub fn rejects(&self, line: &str) -> bool {
        self.lock().faults.reject.iter().any(|part| line.contains(part.as_str()))
    }

    pub fn drop_all(&self) {
        drop_all(&mut self.lock());
    }

    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        let told = fault::parse(line)?;
        if let Told::Hand(lines) = &told {
            return self.change(|state, now| shell::by_hand(self.kind, state, lines, now));
        }
        let mut inner = self.lock();
        self.advance(&mut inner);
        let later = |time: Duration| Some(tokio::time::Instant::now() + time);
        match told {
            Told::Hand(_) => {}
            Told::Slow(wait) => inner.faults.slow = wait,
            Told::Later(time) => {
                let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                self.ahead.fetch_add(time, Ordering::Relaxed);
                self.advance(&mut inner);
            }
            Told::Down(time) => {
                inner.down = Some(time.and_then(later));
                drop_all(&mut inner);
            }
            Told::Up => inner.down = None,
            Told::Reboot(time) => {
                let now = self.now();
                inner.state.reboot(self.kind, now);
                inner.exclusive = None;
                inner.down = (!time.is_zero()).then(|| later(time));
                drop_all(&mut inner);
            }
            Told::Refuse(Some(0)) => inner.faults.refuse = None,
            Told::Refuse(times) => inner.faults.refuse = Some(times),
            Told::Password { is_right } => inner.faults.is_password_wrong = !is_right,
            Told::Reject(part) => inner.faults.reject.push(part),
            Told::LockOut(part) => {
                inner.faults.lock_out.push(part);
                if is_locked_out(&inner) {
                    drop_all(&mut inner);
                }
            }
            Told::HostKey => inner.identity.host_key = seed(),
            Told::Strike(fault) => inner.faults.waiting.push(fault),
            Told::Clear => {
                inner.faults = Faults::default();
                inner.down = None;
            }
        }
        self.save(&inner).map_err(|e| format!("the switch {} cannot be written: {e}", self.name))
    }
}

fn is_locked_out(inner: &Inner) -> bool {
    let parts = &inner.faults.lock_out;
    !parts.is_empty() && inner.state.lines().iter().any(|line| parts.iter().any(|part| line.contains(part.as_str())))
}

fn is_down(inner: &Inner) -> bool {
    match inner.down {
        None => false,
        Some(None) => true,
        Some(Some(until)) => tokio::time::Instant::now() < until,
    }
}

fn drop_all(inner: &mut Inner) {
    for (_, stream) in inner.live.drain(..) {
        // It may be gone already.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

fn seed() -> [u8; 32] {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

fn host_key(seed: &[u8; 32]) -> PrivateKey {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(seed);
    PrivateKey::from(pair)
}
