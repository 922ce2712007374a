//! The surface as a whole: what its parts share, and its long-running tasks.

use crate::{
    commands::{describe, difference},
    endpoint::Endpoint,
    gateway,
    interaction::{Id, Interaction, Unreadable},
    mirror,
    settings::{Delivery, Settings},
    transport::{Error, Transport},
    written::Written,
};
use direttore_catalog::catalog;
use direttore_core::dispatch::{Dispatch, unasked};
use direttore_domain::{Surface, measure};
use futures::future::join_all;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

/// An answer that takes longer is none that could be waited for.
const ANSWERED: Duration = Duration::from_secs(60);

/// A running surface. It ends when this is dropped; [`Discord::stop`] ends it in order.
pub struct Discord {
    pub(crate) inner: Arc<Inner>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

pub(crate) struct Inner {
    pub dispatch: Arc<Dispatch>,
    pub transport: Transport,
    pub settings: Settings,
    pub holder: String,
    /// Where all of it lives but the gateway, which has its own: that one ends with the connection.
    runtime: Handle,
    counts: Tallies,
    /// What modals were refused with.
    pub written: Written,
    /// The interactions that are being answered, by their tokens, and their channels.
    at_work: watch::Sender<HashMap<String, Id>>,
    /// Whether this process holds the connection.
    pub leads: watch::Sender<bool>,
}

#[derive(Default)]
struct Tallies {
    heard: AtomicU64,
    unreadable: AtomicU64,
    unanswered: AtomicU64,
    connects: AtomicU64,
}

/// What happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub heard: u64,
    /// Interactions that Discord sent and nobody could read.
    pub unreadable: u64,
    /// Interactions whose answer Discord did not take.
    pub unanswered: u64,
    /// Connections to the gateway.
    pub connects: u64,
}

impl Inner {
    /// Answers an interaction in a task of its own; one that cannot be read is counted and logged.
    pub fn hear(self: &Arc<Self>, interaction: Result<Interaction, Unreadable>) {
        match interaction {
            Ok(interaction) => {
                self.counts.heard.fetch_add(1, Ordering::Relaxed);
                let (inner, token) = (Arc::clone(self), interaction.token.clone());
                inner.at_work.send_modify(|at| {
                    at.insert(token.clone(), interaction.channel);
                });
                self.runtime.spawn(async move {
                    crate::answer::answer(&inner, interaction).await;
                    inner.at_work.send_modify(|at| {
                        at.remove(&token);
                    });
                });
            }
            Err(error) => {
                self.counts.unreadable.fetch_add(1, Ordering::Relaxed);
                tracing::error!("Discord sent {error}; whoever did it sees that the bot did not respond");
            }
        }
    }

    /// Waits until those who are being answered in a channel now have their answers; not for ever, since others wait for
    /// what is to be told.
    pub async fn answered(&self, channel: &str) {
        let mut at_work = self.at_work.subscribe();
        let here = |at: &HashMap<String, Id>| -> Vec<String> {
            at.iter().filter(|(_, of)| of.to_string() == channel).map(|(token, _)| token.clone()).collect()
        };
        let now = here(&at_work.borrow());
        let all = at_work.wait_for(|at| !now.iter().any(|token| at.contains_key(token)));
        let _ = tokio::time::timeout(ANSWERED, all).await;
    }

    pub fn unanswered(&self, error: &Error) {
        self.counts.unanswered.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("an interaction was not answered: {error}");
    }

    pub fn connected(&self) {
        self.counts.connects.fetch_add(1, Ordering::Relaxed);
        is_connected(true);
    }
}

/// For whoever watches from outside.
pub(crate) fn is_connected(is_connected: bool) {
    let surface = Surface::Discord.as_str();
    metrics::gauge!(measure::CHAT_CONNECTED, "surface" => surface).set(if is_connected { 1.0 } else { 0.0 });
}

impl Discord {
    /// Inside a runtime, in which it will live.
    ///
    /// # Errors
    /// The certificate of a stand-in cannot be read.
    pub fn new(settings: Settings, dispatch: Arc<Dispatch>) -> Result<Self, String> {
        let transport = Transport::new(&settings)?;
        let mut bytes = [0u8; 4];
        getrandom::fill(&mut bytes).map_err(|e| e.to_string())?;
        let drawn: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let holder = format!("{}-{drawn}", std::process::id());
        let inner = Inner {
            dispatch,
            transport,
            settings,
            holder,
            runtime: Handle::current(),
            counts: Tallies::default(),
            written: Written::default(),
            at_work: watch::Sender::default(),
            leads: watch::Sender::new(false),
        };
        Ok(Self { inner: Arc::new(inner), tasks: Mutex::default() })
    }

    /// Connects and keeps at it.
    pub fn start(&self) {
        let inner = || Arc::clone(&self.inner);
        let runtime = &self.inner.runtime;
        let mut tasks = vec![
            runtime.spawn(lead(inner())),
            runtime.spawn(unasked::progress(inner())),
            runtime.spawn(unasked::ends(inner(), self.inner.leads.subscribe())),
            runtime.spawn(mirror::run(inner())),
            runtime.spawn(crate::live::run(inner())),
            runtime.spawn(register(inner())),
        ];
        if self.inner.settings.delivery == Delivery::Gateway {
            tasks.push(runtime.spawn(gateway::run(inner())));
        }
        *self.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
    }

    /// What the HTTP server mounts.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new(Arc::clone(&self.inner))
    }

    pub fn counts(&self) -> Counts {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let all = &self.inner.counts;
        Counts {
            heard: read(&all.heard),
            unreadable: read(&all.unreadable),
            unanswered: read(&all.unanswered),
            connects: read(&all.connects),
        }
    }

    /// Waits until nobody waits for an answer.
    pub async fn rest(&self) {
        let mut at_work = self.inner.at_work.subscribe();
        let _ = at_work.wait_for(HashMap::is_empty).await;
    }

    /// Answers what is being answered, then lets another process lead.
    pub async fn stop(&self) {
        let _ = tokio::time::timeout(Duration::from_secs(10), self.rest()).await;
        let tasks: Vec<JoinHandle<()>> = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        tasks.iter().for_each(JoinHandle::abort);
        join_all(tasks).await;
        let _ = self.inner.dispatch.step_down(Surface::Discord, &self.inner.holder).await;
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(JoinHandle::abort);
    }
}

/// Takes the lead again and again. Two processes with one connection each would hear everything twice.
async fn lead(inner: Arc<Inner>) {
    let paces = inner.settings.paces;
    loop {
        let has = match inner.dispatch.lead(Surface::Discord, &inner.holder, paces.lead).await {
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
}

/// Puts the commands when Discord has others: creating them is limited to 200 a day.
async fn register(inner: Arc<Inner>) {
    let (first, longest) = inner.settings.paces.back_off;
    let mut leads = inner.leads.subscribe();
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match registered(&inner.transport, inner.settings.guild).await {
            Ok(true) => return tracing::info!("the commands of Discord are put anew"),
            Ok(false) => return,
            Err(error) if error.is_temporary() => tracing::warn!("the commands cannot be registered yet: {error}"),
            Err(error) => return tracing::error!("the commands cannot be registered: {error}"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Whether anything had to be put.
pub(crate) async fn registered(transport: &Transport, guild: u64) -> Result<bool, Error> {
    let ours = describe(catalog());
    if difference(&ours, &transport.commands(guild).await?).is_empty() {
        return Ok(false);
    }
    transport.put_commands(guild, &ours).await?;
    Ok(true)
}
