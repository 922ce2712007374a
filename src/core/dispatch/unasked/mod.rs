//! What a surface tells that nobody asked for just now, as far as all of them do it alike: how often the message of a
//! running job changes ([`progress`]), how the outbox is emptied ([`ends`]), how the audit log is mirrored ([`mirror`]),
//! and which message stands for something ([`stand`]).
//!
//! What a message looks like and where it stands is the surface's business, behind [`Teller`].

mod mirror;
mod outbox;
mod progress;
mod standing;
mod turns;

pub use mirror::{Page, mirror};
pub use outbox::ends;
pub use progress::progress;
pub use standing::{Stood, stand};
pub(super) use turns::Turns;

use super::{Dispatch, Waiting};
use direttore_domain::Surface;
use direttore_reply::{Cell, Reply};
use futures::future::BoxFuture;
use std::time::Duration;

/// A surface that tells.
pub trait Teller: Send + Sync + 'static {
    fn dispatch(&self) -> &Dispatch;

    fn surface(&self) -> Surface;

    fn tempo(&self) -> Tempo;

    /// Says how far a job is, in its message. What cannot be said is left out: more will come.
    fn tell_progress<'a>(&'a self, job: &'a str, channel: &'a str, reply: &'a Reply) -> BoxFuture<'a, ()>;

    /// Says what waited in the outbox; false when it is to wait on.
    fn tell<'a>(&'a self, one: &'a Waiting) -> BoxFuture<'a, bool>;

    /// Whether nothing can be said in a channel now, and probably soon.
    fn is_closed<'a>(&'a self, _channel: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(async { false })
    }
}

/// Elapsed times.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// Between two edits of a job's message; the first comes a sixth of it after the job began.
    pub edit: Duration,
    /// The same, when the job has gone on by a step.
    pub step: Duration,
    /// The same, once the job has run for [`Tempo::long`].
    pub edit_long: Duration,
    pub long: Duration,
    /// How often the outbox is looked at when nothing wakes it.
    pub look: Duration,
    /// The first and the longest pause before something is tried again.
    pub back_off: (Duration, Duration),
}

/// The jobs that a reply says are queued, and that are to be told of where it is said.
pub fn queued(reply: &Reply) -> Vec<String> {
    let listed = reply.table.iter().filter(|table| table.columns.first().is_some_and(|c| c == "job"));
    let cells = listed.flat_map(|table| table.rows.iter().filter_map(|row| row.first()));
    let named = cells.filter_map(|cell| if let Cell::Text(text) = cell { Some(text.clone()) } else { None });
    // A list of jobs is no news of them; that they are queued is.
    let is_news = reply.title_plain().contains("queued");
    reply.job.iter().cloned().chain(named).filter(|_| is_news && !reply.unasked && !reply.is_for_another).collect()
}

/// The job that goes on after it had ended.
pub fn queued_again(reply: &Reply) -> Option<String> {
    let title = reply.title_plain();
    let (job, _) = title.split_once(" is queued again")?;
    job.starts_with("J-").then(|| job.to_owned())
}
