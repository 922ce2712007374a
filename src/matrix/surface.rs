//! The surface as a whole: what its parts share, its lease, and its long-running tasks.

use crate::{keys::Standing, sdk::Sdk, settings::Settings, sync, talk::Talk, wire::Wire};
use direttore_core::dispatch::Dispatch;
use direttore_domain::{Surface, measure};
use futures::future::join_all;
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

/// How much that was taken back is remembered, of what nobody was about to act on among it.
const WITHDRAWN: usize = 1000;

/// A running surface. It ends when this is dropped; [`Matrix::stop`] ends it in order.
pub struct Matrix {
    inner: Arc<Inner>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

pub(crate) struct Inner {
    pub dispatch: Arc<Dispatch>,
    pub settings: Arc<Settings>,
    pub sdk: Arc<Sdk>,
    pub talk: Arc<Talk>,
    pub holder: String,
    /// Whether this process holds the connection.
    pub leads: watch::Sender<bool>,
    /// It never will: somebody has to do something first.
    pub gives_up: watch::Sender<bool>,
    /// How much is being answered.
    pub at_work: watch::Sender<usize>,
    /// What was taken back after it was put into the inbox.
    withdrawn: Mutex<HashSet<String>>,
    state: watch::Sender<State>,
    standing: Mutex<Option<Standing>>,
    heard: AtomicU64,
}

/// How it stands with the connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    /// Another process has it.
    #[default]
    Waiting,
    Connecting,
    Connected,
    /// It is tried again.
    Away(String),
    /// Somebody has to do something.
    Stopped(String),
}

impl Inner {
    pub fn is(&self, state: State) {
        self.state.send_if_modified(|before| std::mem::replace(before, state.clone()) != state);
    }

    pub fn stands(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }

    /// Somebody took back what they said.
    pub fn withdraw(&self, event: &str) {
        let mut withdrawn = self.withdrawn.lock().unwrap_or_else(PoisonError::into_inner);
        if withdrawn.len() >= WITHDRAWN {
            withdrawn.clear();
        }
        withdrawn.insert(event.to_owned());
    }

    pub fn is_withdrawn(&self, event: &str) -> bool {
        self.withdrawn.lock().unwrap_or_else(PoisonError::into_inner).remove(event)
    }

    pub fn heard(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }
}

/// For whoever watches from outside.
pub(crate) fn is_connected(is_connected: bool) {
    let surface = Surface::Matrix.as_str();
    metrics::gauge!(measure::CHAT_CONNECTED, "surface" => surface).set(if is_connected { 1.0 } else { 0.0 });
}

impl Matrix {
    /// # Errors
    /// The machine has no random bytes.
    pub fn new(settings: Settings, dispatch: Arc<Dispatch>) -> Result<Self, String> {
        let mut bytes = [0u8; 4];
        getrandom::fill(&mut bytes).map_err(|e| e.to_string())?;
        let drawn: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let settings = Arc::new(settings);
        let sdk = Arc::new(Sdk::new(&settings.user));
        let wire: Arc<dyn Wire> = Arc::clone(&sdk) as Arc<dyn Wire>;
        let talk = Talk::new(Arc::clone(&dispatch), wire, Arc::clone(&settings));
        let inner = Inner {
            dispatch,
            settings,
            sdk,
            talk,
            holder: format!("{}-{drawn}", std::process::id()),
            leads: watch::Sender::new(false),
            gives_up: watch::Sender::new(false),
            at_work: watch::Sender::new(0),
            withdrawn: Mutex::default(),
            state: watch::Sender::default(),
            standing: Mutex::default(),
            heard: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner), tasks: Mutex::default() })
    }

    /// Connects and keeps at it.
    pub fn start(&self) {
        let inner = || Arc::clone(&self.inner);
        let mut tasks = vec![tokio::spawn(lead(inner())), tokio::spawn(sync::run(inner()))];
        tasks.extend(self.inner.talk.tasks(self.inner.leads.subscribe()));
        *self.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
    }

    pub fn state(&self) -> watch::Receiver<State> {
        self.inner.state.subscribe()
    }

    /// What keeps it from being of use, for whoever watches from outside.
    pub fn trouble(&self) -> Option<String> {
        match &*self.inner.state.borrow() {
            State::Stopped(why) | State::Away(why) => Some(why.clone()),
            State::Waiting | State::Connecting | State::Connected => None,
        }
    }

    /// How many events were put into the inbox by this process.
    pub fn heard(&self) -> u64 {
        self.inner.heard.load(Ordering::Relaxed)
    }

    /// Waits until nobody waits for an answer.
    pub async fn rest(&self) {
        let mut at_work = self.inner.at_work.subscribe();
        let _ = at_work.wait_for(|count| *count == 0).await;
        self.inner.talk.rest().await;
    }

    /// Answers what is being answered, then lets another process lead. What is not answered by then is in the inbox.
    pub async fn stop(&self) {
        let _ = tokio::time::timeout(Duration::from_secs(10), self.rest()).await;
        let tasks: Vec<JoinHandle<()>> = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        tasks.iter().for_each(JoinHandle::abort);
        join_all(tasks).await;
        let _ = self.inner.dispatch.step_down(Surface::Matrix, &self.inner.holder).await;
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(JoinHandle::abort);
    }
}

/// Takes the lead again and again. Two processes with one device each would hear everything twice, and spoil its keys.
async fn lead(inner: Arc<Inner>) {
    let paces = inner.settings.paces;
    let mut gives_up = inner.gives_up.subscribe();
    let leading = async {
        loop {
            let has = match inner.dispatch.lead(Surface::Matrix, &inner.holder, paces.lead).await {
                Ok(has) => has,
                Err(failure) => {
                    tracing::debug!("who leads is not known: {failure}");
                    // For as long as it was taken, nobody else can have it.
                    *inner.leads.borrow()
                }
            };
            inner.leads.send_if_modified(|leads| std::mem::replace(leads, has) != has);
            tokio::time::sleep(paces.lead / 3).await;
        }
    };
    tokio::select! {
        () = leading => {}
        _ = gives_up.wait_for(|gives_up| *gives_up) => {}
    }
    inner.leads.send_replace(false);
    let _ = inner.dispatch.step_down(Surface::Matrix, &inner.holder).await;
}
