//! What nobody asked for just now: how far a job is, how it ended, cards for the operations channel.
//!
//! A job has one message. It is told by the token of the interaction that began it while that lives (15 minutes), then by
//! the bot itself; in a new message where the old one is gone or too old to be edited. Which message tells of which job
//! is kept in the database, so that another start, or another process, goes on with it.

use crate::{
    interaction::{Id, Interaction},
    message::Message,
    render, standing,
    surface::Inner,
    transport::{Error, code},
};
use direttore_core::dispatch::Waiting;
use direttore_domain::{Instant, Surface};
use direttore_reply::{Cell, Reply};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant as Elapsed;

/// A token answers for 15 minutes; the last one is left alone.
const TOKEN_LIVES: Duration = Duration::from_secs(14 * 60);
/// Discord hardly lets messages be edited that are older than an hour.
const EDITABLE: Duration = Duration::from_secs(55 * 60);
/// As many messages at once.
const AT_ONCE: usize = 8;

/// Where a job is told of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    channel: String,
    /// Of the interaction that began it, and until when it is used, in milliseconds.
    token: Option<String>,
    until: i64,
    message: Option<String>,
    /// When the message was posted.
    posted: i64,
    has_ended: bool,
}

fn name(job: &str) -> String {
    format!("job/{job}")
}

/// Notes the interaction by whose token its jobs can be told of.
pub(crate) async fn note_jobs(inner: &Inner, it: &Interaction, replies: &[Reply]) {
    for job in replies.iter().filter_map(retried) {
        // Its end is news, where it was first asked for: an edit of what was said then calls nobody.
        if let Err(failure) = inner.dispatch.forget(Surface::Discord, &name(&job)).await {
            tracing::debug!("where {job} was told of could not be forgotten: {failure}");
        }
    }
    for job in replies.iter().flat_map(jobs_of) {
        let note = Note {
            channel: it.channel.to_string(),
            token: Some(it.token.clone()),
            until: (inner.dispatch.now() + TOKEN_LIVES).millis(),
            message: None,
            posted: 0,
            has_ended: false,
        };
        // Without it the job is told of by the bot itself.
        let kept = inner.dispatch.keep(Surface::Discord, &name(&job), &json!(note)).await;
        if let Err(failure) = kept {
            tracing::debug!("where {job} is told of could not be kept: {failure}");
        }
    }
}

/// The jobs that a reply says are queued.
fn jobs_of(reply: &Reply) -> Vec<String> {
    let listed = reply.table.iter().filter(|table| table.columns.first().is_some_and(|c| c == "job"));
    let cells = listed.flat_map(|table| table.rows.iter().filter_map(|row| row.first()));
    let named = cells.filter_map(|cell| if let Cell::Text(text) = cell { Some(text.clone()) } else { None });
    // A list of jobs is no news of them; that they are queued is.
    let is_news = reply.title_plain().contains("queued");
    reply.job.iter().cloned().chain(named).filter(|_| is_news && !reply.unasked).collect()
}

/// The job that goes on after it had ended.
fn retried(reply: &Reply) -> Option<String> {
    let title = reply.title_plain();
    let (job, _) = title.split_once(" is queued again")?;
    job.starts_with("J-").then(|| job.to_owned())
}

/// Tells of running jobs at the paces of the settings, as long as the task lives.
pub(crate) async fn progress(inner: Arc<Inner>) {
    let mut told = inner.dispatch.told();
    let mut running: HashMap<String, Running> = HashMap::new();
    let tick = inner.settings.paces.edit / 6;
    loop {
        match tokio::time::timeout(tick.max(Duration::from_millis(5)), told.recv()).await {
            Ok(Ok(told)) if told.origin.surface == Surface::Discord && told.reply.job.is_some() => {
                let Some(job) = told.reply.job.clone() else { continue };
                let known = running.entry(job).or_insert_with(|| Running::new(told.origin.channel.clone()));
                known.take(told.reply);
            }
            Ok(Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_))) => {}
            Ok(Err(tokio::sync::broadcast::error::RecvError::Closed)) => return,
            Err(_) => {}
        }
        let due: Vec<(String, String, Reply)> = running
            .iter_mut()
            .filter_map(|(job, known)| Some((job.clone(), known.channel.clone(), known.due(&inner)?)))
            .collect();
        for (job, channel, reply) in due {
            let inner = Arc::clone(&inner);
            tokio::spawn(async move {
                let message = render::message(&reply, false);
                if let Err(error) = tell(&inner, &job, &channel, message, None).await {
                    tracing::debug!("how far {job} is could not be told: {error}");
                }
            });
        }
        // A job that has said nothing for so long has ended, here or elsewhere.
        running.retain(|_, known| known.newest.is_some() || known.heard.elapsed() < Duration::from_secs(3600));
    }
}

struct Running {
    channel: String,
    began: Elapsed,
    heard: Elapsed,
    /// When it was told of last, and at which step.
    told: Option<(Elapsed, u32)>,
    /// What is not told yet.
    newest: Option<Reply>,
}

impl Running {
    fn new(channel: String) -> Self {
        Self { channel, began: Elapsed::now(), heard: Elapsed::now(), told: None, newest: None }
    }

    fn take(&mut self, reply: Reply) {
        self.heard = Elapsed::now();
        self.newest = Some(reply);
    }

    fn due(&mut self, inner: &Inner) -> Option<Reply> {
        let paces = inner.settings.paces;
        let step = self.newest.as_ref()?.progress.map_or(u32::MAX, |p| p.done);
        let is_due = match self.told {
            // A short job ends before anybody could read of it.
            None => self.began.elapsed() >= paces.edit / 6,
            Some((at, before)) if before != step => at.elapsed() >= paces.edit / 3,
            Some((at, _)) if self.began.elapsed() >= paces.long => at.elapsed() >= paces.edit_long,
            Some((at, _)) => at.elapsed() >= paces.edit,
        };
        if !is_due {
            return None;
        }
        self.told = Some((Elapsed::now(), step));
        self.newest.take()
    }
}

/// Empties the outbox while this process leads.
pub(crate) async fn ends(inner: Arc<Inner>) {
    let (first, longest) = inner.settings.paces.back_off;
    let mut leads = inner.leads.subscribe();
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match deliver(&inner).await {
            Some(true) => pause = first,
            Some(false) => inner.dispatch.something_ended(inner.settings.paces.look).await,
            None => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

/// Whether there was anything; none when something is to be tried again later.
async fn deliver(inner: &Arc<Inner>) -> Option<bool> {
    let waiting = match inner.dispatch.waiting(Surface::Discord).await {
        Ok(waiting) => waiting,
        Err(failure) => {
            tracing::debug!("the outbox cannot be read: {failure}");
            return None;
        }
    };
    let was_there = !waiting.is_empty();
    let told = futures::stream::iter(waiting).map(|one| deliver_one(inner, one)).buffer_unordered(AT_ONCE);
    let all: Vec<bool> = told.collect().await;
    all.into_iter().all(|done| done).then_some(was_there)
}

/// Whether it is out of the outbox.
async fn deliver_one(inner: &Arc<Inner>, one: Waiting) -> bool {
    let message = render::message(&one.reply, false);
    let nonce = format!("t{}", one.id);
    let is_card = one.reply.id.ends_with(".card");
    if let Some(standing) = &one.reply.standing {
        let told = standing::tell(inner, standing, &one.origin.channel, message).await;
        return is_told(inner, &one, told).await;
    }
    let told = match one.reply.job.as_deref().filter(|_| !is_card) {
        Some(job) => tell(inner, job, &one.origin.channel, message, Some(&nonce)).await,
        None => post(inner, &one.origin.channel, message, &nonce).await.map(drop),
    };
    is_told(inner, &one, told).await
}

async fn is_told(inner: &Inner, one: &Waiting, told: Result<(), Error>) -> bool {
    match told {
        Ok(()) => {}
        Err(error) if error.is_temporary() || error == Error::Token => {
            tracing::warn!("a message waits: {error}");
            return false;
        }
        // It will never be taken there: what it says stands in the audit log and in /job show.
        Err(error) => tracing::error!("a message for channel {} could not be told: {error}", one.origin.channel),
    }
    inner.dispatch.was_told(one.id).await.is_ok()
}

/// Jobs whose message is being sent: one at a time each.
pub(crate) fn turns() -> &'static Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>> {
    static TURNS: std::sync::LazyLock<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>> =
        std::sync::LazyLock::new(Mutex::default);
    &TURNS
}

/// Tells of a job in its message, or in a new one. With a nonce it is the job's last word.
async fn tell(inner: &Arc<Inner>, job: &str, channel: &str, message: Message, last: Option<&str>) -> Result<(), Error> {
    // Whoever asked for it may be among them: where it is told is not noted yet, or Discord still shows "thinking…" and
    // would take this for the answer.
    inner.answered(channel).await;
    let key = format!("{}/{job}", inner.holder);
    let turn = Arc::clone(turns().lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
    let _turn = turn.lock().await;
    let kept = inner.dispatch.kept(Surface::Discord, &name(job)).await?;
    let mut note: Note = kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_else(|| Note {
        channel: channel.to_owned(),
        token: None,
        until: 0,
        message: None,
        posted: 0,
        has_ended: false,
    });
    if note.has_ended && last.is_none() {
        return Ok(());
    }
    let now = inner.dispatch.now();
    let is_told = match note.message.as_deref().and_then(|id| id.parse::<Id>().ok()) {
        Some(id) if Instant(note.posted) + EDITABLE > now => edited(inner, &note, id, &message, now).await?,
        _ => false,
    };
    if !is_told {
        let nonce = last.map_or_else(|| format!("p{job}.{}", note.posted), str::to_owned);
        note.message = Some(posted(inner, &mut note, message, &nonce, now).await?.to_string());
        note.posted = now.millis();
    }
    note.has_ended = last.is_some();
    inner.dispatch.keep(Surface::Discord, &name(job), &json!(note)).await?;
    if last.is_some() {
        turns().lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
    Ok(())
}

/// What says that another message is needed, or another way to it.
pub(crate) fn is_gone(error: &Error) -> bool {
    let codes = [
        code::UNKNOWN_MESSAGE,
        code::UNKNOWN_CHANNEL,
        code::UNKNOWN_INTERACTION,
        code::TOO_MANY_LATE_EDITS,
        code::MISSING_ACCESS,
        code::MISSING_PERMISSIONS,
        code::INVALID_WEBHOOK_TOKEN,
        // Unknown Webhook: what an old token gets as well.
        10_015,
    ];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// False when the message cannot be edited any more.
async fn edited(inner: &Inner, note: &Note, id: Id, message: &Message, now: Instant) -> Result<bool, Error> {
    if let Some(token) = note.token.as_ref().filter(|_| now.millis() < note.until) {
        match inner.transport.of_interaction(id, token.clone()).edit_follow_up(id, message).await {
            Ok(()) => return Ok(true),
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    match inner.transport.edit(note.channel.parse().unwrap_or(1), id, message).await {
        Ok(()) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn posted(inner: &Inner, note: &mut Note, message: Message, nonce: &str, now: Instant) -> Result<Id, Error> {
    if let Some(token) = note.token.clone().filter(|_| now.millis() < note.until) {
        match inner.transport.of_interaction(1, token).follow_up(&message).await {
            Err(error) if is_gone(&error) => note.token = None,
            other => return other,
        }
    }
    post(inner, &note.channel, message, nonce).await
}

/// By the bot itself; the same nonce makes it one message, however often it is sent.
pub(crate) async fn post(inner: &Inner, channel: &str, message: Message, nonce: &str) -> Result<Id, Error> {
    let message = Message { nonce: Some(nonce.chars().take(25).collect()), enforce_nonce: true, ..message };
    inner.transport.post(channel.parse().unwrap_or(1), &message).await
}
