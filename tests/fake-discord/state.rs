//! All that the fake knows, behind one lock. Whoever changes it tells so: nothing here waits by sleeping.

use crate::{
    clock::Clock,
    deliver::{Deliver, Signer},
    faults::Faults,
    gateway::Gateway,
    interactions::Interaction,
    message::Message,
    record::{Request, Violation},
    validate::Schema,
    world::{Id, Place, World},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::watch;

/// Real time after which a test that waits for something fails instead of hanging.
const GUARD: Duration = Duration::from_secs(30);

/// 2015-01-01, where Discord's ids begin, in milliseconds since 1970.
const EPOCH: u64 = 1_420_070_400_000;

#[derive(Debug, Clone)]
pub struct Command {
    pub id: Id,
    pub version: Id,
    /// `None`: global.
    pub guild: Option<Id>,
    /// As it was registered.
    pub body: Value,
}

#[derive(Debug)]
pub struct State {
    pub place: Place,
    pub commands: Vec<Command>,
    /// When which scope got a new command, for the limit of a day.
    pub creations: Vec<(Option<Id>, u64)>,
    pub messages: BTreeMap<Id, Message>,
    pub interactions: BTreeMap<Id, Interaction>,
    pub gateway: Gateway,
    pub faults: Faults,
    pub requests: Vec<Request>,
    pub violations: Vec<Violation>,
    pub deliver: Deliver,
    counter: u64,
}

impl State {
    pub fn new(place: Place) -> Self {
        Self {
            place,
            commands: Vec::new(),
            creations: Vec::new(),
            messages: BTreeMap::new(),
            interactions: BTreeMap::new(),
            gateway: Gateway::default(),
            faults: Faults::default(),
            requests: Vec::new(),
            violations: Vec::new(),
            deliver: Deliver::Gateway,
            counter: 0,
        }
    }

    /// A new id, larger than all before, with the time in it as Discord's have.
    pub fn id(&mut self, now_ms: u64) -> Id {
        self.counter += 1;
        (((now_ms - EPOCH) << 22) | (1 << 17)) + self.counter
    }

    pub fn violate(&mut self, rule: &'static str, what: impl Into<String>) {
        self.violations.push(Violation { rule, what: what.into() });
    }

    /// A message that is still there.
    pub fn message(&self, id: Id) -> Option<&Message> {
        self.messages.get(&id).filter(|m| !m.is_deleted)
    }

    /// What a user sees in a channel, oldest first.
    pub fn seen_by(&self, user: Id, channel: Id) -> Vec<Message> {
        if !self.place.sees_channel(user, channel) {
            return Vec::new();
        }
        let here = self.messages.values().filter(|m| m.channel == channel && !m.is_deleted);
        here.filter(|m| m.only_for.is_none_or(|only| only == user)).cloned().collect()
    }
}

#[derive(Debug)]
pub struct Inner {
    pub schema: Arc<Schema>,
    pub clock: Clock,
    pub settings: World,
    pub signer: Signer,
    pub addr: SocketAddr,
    pub tls_addr: Option<SocketAddr>,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    /// Held requests go on when this grows.
    pub released: watch::Sender<u64>,
}

impl Inner {
    pub fn new(
        schema: Arc<Schema>,
        settings: World,
        signer: Signer,
        addr: SocketAddr,
        tls_addr: Option<SocketAddr>,
    ) -> Self {
        Self {
            schema,
            clock: Clock::new(settings.starts_at_ms, settings.is_clock_running),
            signer,
            addr,
            tls_addr,
            state: Mutex::new(State::new(Place::build(&settings))),
            settings,
            changed: watch::Sender::new(0),
            released: watch::Sender::new(0),
        }
    }

    /// Looks without changing.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes, and wakes whoever waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.changed.send_modify(|n| *n += 1);
        done
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the state is changed")
    }

    /// Waits until there is something to see.
    ///
    /// # Panics
    /// It did not come within half a minute of real time.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&State) -> Option<T>) -> T {
        let (mut changed, mut moved) = (self.changed.subscribe(), self.clock.watch());
        let waiting = async {
            loop {
                changed.mark_unchanged();
                moved.mark_unchanged();
                if let Some(found) = self.look(&look) {
                    return found;
                }
                tokio::select! {
                    _ = changed.changed() => {}
                    _ = moved.changed() => {}
                }
            }
        };
        match tokio::time::timeout(GUARD, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("{what}: not within {GUARD:?}; {}", self.look(summary)),
        }
    }
}

/// What had happened when a wait failed.
fn summary(state: &State) -> String {
    let last = state.requests.iter().rev().take(8).rev();
    let last: Vec<String> = last.map(|r| format!("{} {} {}", r.method, r.path, r.status)).collect();
    let sessions = state.gateway.sessions.iter().filter(|s| s.is_connected()).count();
    format!("{sessions} sessions connected, violations {:?}, last requests {last:#?}", state.violations)
}
