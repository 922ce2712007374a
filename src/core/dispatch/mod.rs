//! The one way in: every surface and every program comes through [`Dispatch::hear`].
//!
//! Hear, read, authorise, ask what is missing, plan, confirm, enqueue, tell. `say` walks that way for what is said,
//! `press` for buttons and forms, `carry` does what a plan says in one transaction with its audit row, `actor` finds out
//! who asks, `complete` offers what could follow, `draw` makes its picture,
//! `tell` brings the ends of jobs to their origin.
//!
//! Never here: a call to Proxmox (handlers and jobs do that), a surface's words, a second way to enqueue a job.

mod account;
mod actor;
mod alerts;
mod book;
mod calendars;
mod carry;
mod choices;
mod complete;
mod draw;
mod feed;
mod hooks;
mod inbox;
mod keep;
mod measured;
mod pagers;
mod press;
mod program;
mod pushes;
mod question;
mod record;
mod reserve;
mod say;
mod series;
mod surface;
mod tell;
pub mod unasked;
mod wizard;

pub use crate::jobs::Told;
pub use crate::plan::Hashed;
pub use crate::request::RequestId;
pub use crate::traced::continues;
pub use account::{first_admin, set_up_account};
pub use book::{Bookable, Event};
pub use calendars::{Bearer, Expects, Written};
pub use complete::{Completed, guests as complete_guests};
pub use direttore_store::audit::AuditRow;
pub use feed::{FeedContent, FeedFound, FeedKey, FeedMark, FeedSlot};
pub use hooks::{Header, Posted};
pub use inbox::{Incoming, ToDo};
pub use program::{
    Act, Allocated, Answered, Aside, Back, Begun, BridgeSeen, Caller, Done, Entered, JobSeen, Kept, Medium, NetBoxSeen,
    Password, Plain, PlainSeen, Request, ReservationSeen, ReservationsSeen, Sent, SignedIn, TaskSeen, Waits,
};
pub use series::{OneOf, Series};
pub use surface::Waiting;

use crate::{
    Clock,
    jobs::Engine,
    lab::Lab,
    password::{Cost, Passwords},
    reserve::Things,
    rules::Rules,
    sure::Sure,
};
use actor::Whose;
use direttore_domain::{Account, Claims, Failure, Identity, Origin, Refusal, Surface, Trouble};
use direttore_reply::{Reply, render_trouble};
use direttore_store::{
    Store,
    audit::{Pace, Recorder},
    token::TokenRow,
    who::Who,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use pagers::Pagers;
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::broadcast;

/// One thing heard on a surface.
#[derive(Debug, Clone)]
pub struct Heard {
    pub identity: Identity,
    pub claims: Claims,
    pub origin: Origin,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    /// A line of text: `/guest list`.
    Say(String),
    /// A button of the reply with that id.
    Press { on: String, label: String },
    /// Values for the form of the reply with that id, as `key`, `value`; what comes next is the answer.
    Fill { on: String, values: Vec<(String, String)> },
    /// As [`What::Fill`] for a page of questions, and the same page is the answer: for surfaces where each question is a
    /// widget of its own.
    Set { on: String, values: Vec<(String, String)> },
    /// The form of the reply with that id once more, with those choices of one question that have `part` in them.
    Find { on: String, key: String, part: String },
    /// The form of the reply with that id once more, as it is: for surfaces that ask for its answers elsewhere.
    Look { on: String },
}

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a question can be answered, in calendar time.
    pub question: Duration,
    /// How long a form or a pager stays usable, in calendar time.
    pub form: Duration,
    /// How long audit rows of what only reads are gathered, in elapsed time.
    pub gather: Duration,
    /// How long the buffer for hashing passwords outlives its last use, in elapsed time.
    pub password_buffer: Duration,
    /// What hashing a new password takes.
    pub password_cost: Cost,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            question: Duration::from_secs(60),
            form: Duration::from_secs(24 * 3600),
            gather: Duration::from_millis(500),
            password_buffer: Duration::from_secs(30),
            password_cost: Cost::default(),
        }
    }
}

/// Where an answered page leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Next,
    Stay,
}

/// Everything between a surface and the lab. Used as `Arc<Dispatch>`.
pub struct Dispatch {
    pub lab: Lab,
    pub store: Store,
    pub clock: Clock,
    pub passwords: Passwords,
    rules: Arc<Rules>,
    engine: Arc<Engine>,
    recorder: Recorder,
    settings: Settings,
    /// Replies without a question have a number of this process.
    count: AtomicU64,
    /// Who is who.
    who: Sure<Whose, Who>,
    /// Whom tokens let in, by their hashes.
    bearers: Sure<String, (TokenRow, Account)>,
    /// What things demand of who books them.
    things: Arc<Things>,
    pagers: Pagers,
    /// Whom programs act for.
    callers: Sure<program::Key, Caller>,
    /// Pictures are drawn one after another: each holds its dots in memory, and a processor.
    drawing: tokio::sync::Mutex<()>,
    /// A reservation was made or changed: the calendar may have to be looked at.
    calendar: tokio::sync::Notify,
    /// Held while the calendar is looked after.
    keeping: tokio::sync::Mutex<()>,
    /// Of those who tell.
    turns: unasked::Turns,
    /// Held while the outbox is emptied.
    delivering: tokio::sync::Mutex<()>,
    /// When each last asked for a picture that a surface keeps fresh by asking again.
    live: Mutex<HashMap<Identity, tokio::time::Instant>>,
    looks: measured::Looks,
    hooks: hooks::Hooks,
    watching: alerts::Watching,
    /// Surfaces that cannot be used.
    stopped: Mutex<HashMap<Surface, String>>,
}

/// A surface that keeps a picture fresh asks again sooner than this.
const LIVE: Duration = Duration::from_secs(60);

impl Dispatch {
    pub fn new(
        lab: Lab,
        store: Store,
        clock: Clock,
        rules: Arc<Rules>,
        engine: Arc<Engine>,
        settings: Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            lab,
            recorder: Recorder::start_with(store.clone(), Pace { gather: settings.gather, ..Pace::default() }),
            pagers: Pagers::new(store.clone()),
            store,
            clock,
            passwords: Passwords::new(settings.password_buffer, settings.password_cost),
            rules,
            engine,
            settings,
            count: AtomicU64::new(0),
            who: Sure::default(),
            bearers: Sure::default(),
            things: Arc::default(),
            callers: Sure::default(),
            live: Mutex::default(),
            looks: measured::Looks::default(),
            hooks: hooks::Hooks::default(),
            watching: alerts::Watching::default(),
            stopped: Mutex::default(),
            drawing: tokio::sync::Mutex::default(),
            calendar: tokio::sync::Notify::new(),
            keeping: tokio::sync::Mutex::default(),
            delivering: tokio::sync::Mutex::default(),
            turns: unasked::Turns::default(),
        })
    }

    /// Answers. It never fails and never panics: whatever goes wrong becomes a reply.
    pub async fn hear(&self, heard: Heard) -> Vec<Reply> {
        let identity = heard.identity.to_string();
        match AssertUnwindSafe(inbox::once(self.act(heard))).catch_unwind().await {
            Ok(replies) => replies,
            Err(_) => {
                let reference = reference();
                tracing::error!(reference, "panic while answering {identity}");
                let mut reply = direttore_reply::render_bug(&reference);
                reply.id = self.next_id();
                reply.to = identity;
                vec![reply]
            }
        }
    }

    fn act<'s>(&'s self, heard: Heard) -> BoxFuture<'s, Vec<Reply>> {
        Box::pin(async move {
            match &heard.what {
                // Each way is long; boxed, they do not lie on the stack of all the others.
                What::Say(line) => Box::pin(self.say(&heard, line)).await,
                What::Press { on, label } => Box::pin(self.press(&heard, on, label)).await,
                What::Fill { on, values } => Box::pin(self.fill(&heard, on, values, Then::Next)).await,
                What::Set { on, values } => Box::pin(self.fill(&heard, on, values, Then::Stay)).await,
                What::Find { on, key, part } => Box::pin(self.look(&heard, on, Some((key, part)))).await,
                What::Look { on } => Box::pin(self.look(&heard, on, None)).await,
            }
        })
    }

    /// Replies that nobody asked for just now: progress and ends of jobs.
    pub fn told(&self) -> broadcast::Receiver<Told> {
        self.engine.listen()
    }

    /// Checks a name and a password.
    ///
    /// # Errors
    /// `wrong-password`, whichever of the two is wrong; `account-disabled` after the right password.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<(), Trouble> {
        let mut tx = self.store.read().await?;
        let name = name.parse().ok();
        let (stored, account) = match &name {
            Some(name) => (
                direttore_store::account::password_hash(&mut tx, name).await?,
                direttore_store::account::by_name(&mut tx, name).await?,
            ),
            None => (None, None),
        };
        drop(tx);
        let fits = self.passwords.check(password, stored.as_deref()).await.map_err(Trouble::bug)?;
        let is_let_in = fits && account.as_ref().is_some_and(|account| !account.is_disabled);
        measured::sign_in(if is_let_in { "accepted" } else { "refused" });
        match account {
            Some(account) if fits && account.is_disabled => {
                Err(Refusal::AccountDisabled { account: account.name.to_string() }.into())
            }
            Some(_) if fits => Ok(()),
            _ => Err(Refusal::WrongPassword.into()),
        }
    }

    /// Waits until no job of the channel that is due is queued or running, and the ends of its jobs have been told. Gives
    /// the names of what is still at it when the time is up.
    pub async fn settle(&self, channel: &str, within: Duration) -> Vec<String> {
        let end = tokio::time::Instant::now() + within;
        loop {
            let ended = self.engine.ended.notified();
            let unfinished = async {
                let mut tx = self.store.read().await?;
                direttore_store::job::unfinished_due(&mut tx).await
            };
            let left: Vec<String> = match unfinished.await {
                Ok(jobs) => {
                    let ours = jobs.iter().filter(|j| j.origin.channel == channel);
                    ours.map(|j| format!("{} {}", j.id, j.title)).collect()
                }
                // Not knowing is not the same as there being none.
                Err(error) => vec![format!("the database ({error})")],
            };
            let is_over = left.is_empty() || tokio::time::Instant::now() >= end;
            if is_over {
                self.deliver(Surface::Console, Some(channel)).await;
                let _ = self.pagers.flush().await;
                let _ = self.recorder.flush().await;
                return left;
            }
            let _ = tokio::time::timeout(Duration::from_millis(200), ended).await;
        }
    }

    /// Writes what still waits in memory: before the process ends.
    pub async fn flush(&self) {
        if let Err(error) = self.pagers.flush().await {
            tracing::warn!("the buttons of the last lists could not be kept: {error}");
        }
        if let Err(error) = self.recorder.flush().await {
            tracing::warn!("the audit log's last rows could not be written: {error}");
        }
        if let Err(error) = self.leave_alerts().await {
            tracing::debug!("another process looks after alerts a little later: {error}");
        }
    }

    /// Whether this is one more look at a picture that is kept fresh: a poll, which the audit log has no line for.
    fn is_poll(&self, identity: &Identity, command: &str, is_live: bool) -> bool {
        if command != "lab status" || !is_live {
            return false;
        }
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|_, at| at.elapsed() < LIVE);
        live.insert(identity.clone(), tokio::time::Instant::now()).is_some()
    }

    fn next_id(&self) -> String {
        format!("r{}", self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// A trouble as a reply; a bug's chain goes to the log under the same reference.
    fn trouble(&self, trouble: &Trouble) -> (Reply, Option<String>) {
        let reference = matches!(trouble, Trouble::Bug(_)).then(reference);
        if let (Trouble::Bug(bug), Some(reference)) = (trouble, &reference) {
            tracing::error!(reference, "bug: {}", chain(bug));
        }
        (render_trouble(trouble, reference.as_deref().unwrap_or_default()), reference)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        out += &format!(": {error}");
        source = error.source();
    }
    out
}

/// What a person is told and the log is searched for: `E-7f3a01`.
pub fn reference() -> String {
    let mut bytes = [0u8; 3];
    // Without random bytes all bugs of this process share a reference, which is still found in the log.
    let _ = getrandom::fill(&mut bytes);
    format!("E-{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
}

/// Whether a failure is our own database's.
fn is_store(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Failure(Failure::Store { .. }))
}
