//! A bounded pool of threads of its own. Sessions block, so they never run on tokio's threads.
//!
//! A thread is made when there is more to do than threads that wait, and ends after a minute without work. A job is taken
//! when its device has no session and its credential has room; what is given up before that is never begun.

use super::{
    cancel::{Cancel, OnDrop},
    error::Error,
    host_key::Seen,
    jump::Hops,
    link::Link,
    target::Device,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// A thread without work waits this long for some.
const IDLE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Sessions at once, and threads.
    pub workers: usize,
    /// Sessions at once by one credential: servers that check passwords count logins.
    pub per_credential: usize,
    /// Of each thread.
    pub stack_bytes: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { workers: 64, per_credential: 32, stack_bytes: 512 << 10 }
    }
}

/// What a call brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    pub value: T,
    pub host_key: Seen,
    /// The key of the jump host.
    pub jump_key: Option<Seen>,
}

/// Cloning is cheap; all clones are one pool.
#[derive(Clone)]
pub struct Pool(Arc<Owner>);

/// The last one to go tells the threads.
struct Owner(Arc<Shared>);

struct Shared {
    sizes: Sizes,
    hops: Hops,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    busy: HashSet<String>,
    credentials: HashMap<String, usize>,
    threads: usize,
    idle: usize,
    closed: bool,
}

struct Job {
    /// Two jobs of one lane never run at once.
    lane: String,
    credential: String,
    cancel: Cancel,
    run: Box<dyn FnOnce(&Hops) + Send>,
}

impl Pool {
    pub fn new(sizes: Sizes) -> Self {
        let (hops, state, work) = (Hops::default(), Mutex::default(), Condvar::new());
        Self(Arc::new(Owner(Arc::new(Shared { sizes, hops, state, work }))))
    }

    /// Connects to a device, gives `work` the link, and ends the session. Waits until the device has no other session. A call
    /// that is dropped is given up, wherever it is.
    ///
    /// # Errors
    /// What connecting or `work` found.
    pub async fn call<T: Send + 'static>(
        &self,
        device: Arc<Device>,
        work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
    ) -> Result<Done<T>, Error> {
        self.call_in(device.name.clone(), device, work).await
    }

    /// The same beside a session that is held open for a change ([`super::Held`]): the only second session a device ever has.
    ///
    /// # Errors
    /// What connecting or `work` found.
    pub async fn call_beside<T: Send + 'static>(
        &self,
        device: Arc<Device>,
        work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
    ) -> Result<Done<T>, Error> {
        // No name of a device has a line break in it.
        self.call_in(format!("{}\nbeside", device.name), device, work).await
    }

    async fn call_in<T: Send + 'static>(
        &self,
        lane: String,
        device: Arc<Device>,
        work: impl FnOnce(&mut Link) -> Result<T, Error> + Send + 'static,
    ) -> Result<Done<T>, Error> {
        let (tell, heard) = oneshot::channel();
        let cancel = Cancel::default();
        let _given_up = OnDrop(cancel.clone());
        let credential = device.at.login.credential.clone();
        let ours = cancel.clone();
        let run = move |hops: &Hops| {
            let done = Link::open(device, hops, &ours).and_then(|mut link| {
                let value = work(&mut link)?;
                let (host_key, jump_key) = link.keys();
                Ok(Done { value, host_key, jump_key })
            });
            ours.forget();
            // Nobody waits for what was given up.
            let _unheard = tell.send(done);
        };
        self.0.0.push(Job { lane, credential, cancel, run: Box::new(run) })?;
        heard.await.unwrap_or(Err(Error::Panicked))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Jobs run outside the lock, so nothing is half done in it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Self>, job: Job) -> Result<(), Error> {
        let mut state = self.state();
        state.queue.push_back(job);
        if state.queue.len() > state.idle && state.threads < self.sizes.workers.max(1) {
            let shared = self.clone();
            let thread = thread::Builder::new().name("device".to_owned()).stack_size(self.sizes.stack_bytes);
            match thread.spawn(move || shared.run()) {
                Ok(_) => state.threads += 1,
                // Those that are there will do it.
                Err(_) if state.threads > 0 => {}
                Err(e) => {
                    state.queue.pop_back();
                    return Err(Error::Settings(format!("no thread can be made: {e}")));
                }
            }
        }
        self.work.notify_one();
        Ok(())
    }

    fn run(&self) {
        while let Some(job) = self.take() {
            let Job { lane, credential, run, .. } = job;
            // A panic is told as one: what would have told is dropped with it.
            let _panicked = catch_unwind(AssertUnwindSafe(|| run(&self.hops)));
            let mut state = self.state();
            state.busy.remove(&lane);
            if let Some(count) = state.credentials.get_mut(&credential) {
                *count -= 1;
                if *count == 0 {
                    state.credentials.remove(&credential);
                }
            }
            // What waited for the device and what waited for the credential may be two.
            self.work.notify_one();
        }
    }

    /// The next job that may run; none is this thread's end.
    fn take(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.next(self.sizes.per_credential.max(1)) {
                return Some(job);
            }
            if state.closed {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let (woken, waited) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.queue.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl State {
    fn next(&mut self, per_credential: usize) -> Option<Job> {
        self.queue.retain(|job| !job.cancel.is_cancelled());
        let free = |job: &Job| {
            let used = self.credentials.get(&job.credential).copied().unwrap_or(0);
            !self.busy.contains(&job.lane) && used < per_credential
        };
        let at = self.queue.iter().position(free)?;
        let job = self.queue.remove(at).expect("it was found there");
        self.busy.insert(job.lane.clone());
        *self.credentials.entry(job.credential.clone()).or_default() += 1;
        Some(job)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.work.notify_all();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("sizes", &self.0.0.sizes).finish_non_exhaustive()
    }
}
