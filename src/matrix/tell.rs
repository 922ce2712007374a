//! What nobody asked for just now: how far a job is, how it ended, cards for the operations room.
//!
//! A job has one message in the thread where it was asked for, edited while it runs and once more when it ends; then a
//! short reply calls whoever asked, since edits call nobody. Where a job is told of is kept in the database, so that another
//! start, or another process, goes on with it. What it is to be told of in a room that was replaced waits a while until the
//! bot is in the new one, and is told there in a message of its own.

use crate::{
    render::{self, Shown},
    standing,
    talk::{
        Talk,
        note::{Posted, away},
        say::Place,
    },
    wire::Error,
};
use direttore_core::dispatch::Waiting;
use direttore_domain::{Role, Surface};
use direttore_reply::{Cell, Reply};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::Instant as Elapsed,
};

/// As many messages at once.
const AT_ONCE: usize = 8;
/// How long what is for a room that was replaced waits for the new one.
const FOLLOWED: Duration = Duration::from_secs(600);
/// As many are called at once.
const CALLED: usize = 20;

/// Where a job is told of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Note {
    room: String,
    /// Of the thread, and who asked for it there.
    root: Option<String>,
    asker: Option<String>,
    message: Option<String>,
    has_ended: bool,
    /// The last word, by its transaction.
    told: Option<String>,
}

fn name(job: &str) -> String {
    format!("job/{job}")
}

/// Notes in which thread the jobs of an answer are told of.
pub(crate) async fn note_jobs(talk: &Talk, place: Place<'_>, asker: &str, replies: &[Reply]) {
    for job in replies.iter().filter_map(retried) {
        // Its end is news where it was first asked for: an edit of what was said then calls nobody.
        let _ = change(talk, &job, |note| (note.has_ended, note.message) = (false, None)).await;
    }
    for job in replies.iter().flat_map(jobs_of) {
        let kept = change(talk, &job, |note| {
            if note.room.is_empty() {
                place.room.clone_into(&mut note.room);
                (note.root, note.asker) = (Some(place.root.to_owned()), Some(asker.to_owned()));
            }
        });
        // Without it the job is told of in the room.
        if let Err(error) = kept.await {
            tracing::debug!("where {job} is told of could not be kept: {error}");
        }
    }
}

async fn change(talk: &Talk, job: &str, how: impl FnOnce(&mut Note)) -> Result<(), Error> {
    let mut note = noted(talk, job).await?.unwrap_or_default();
    how(&mut note);
    if note.room.is_empty() {
        return Ok(());
    }
    talk.dispatch.keep(Surface::Matrix, &name(job), &json!(note)).await.map_err(away)
}

async fn noted(talk: &Talk, job: &str) -> Result<Option<Note>, Error> {
    let kept = talk.dispatch.kept(Surface::Matrix, &name(job)).await.map_err(away)?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
}

/// The jobs that a reply says are queued.
pub(crate) fn jobs_of(reply: &Reply) -> Vec<String> {
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
pub(crate) async fn progress(talk: Arc<Talk>) {
    let mut told = talk.dispatch.told();
    let mut running: HashMap<String, Running> = HashMap::new();
    let tick = (talk.settings.paces.edit / 6).max(Duration::from_millis(5));
    loop {
        match tokio::time::timeout(tick, told.recv()).await {
            Ok(Ok(told)) if told.origin.surface == Surface::Matrix => {
                if let Some(job) = told.reply.job.clone() {
                    let known = running.entry(job).or_insert_with(|| Running::new(told.origin.channel.clone()));
                    (known.heard, known.newest) = (Elapsed::now(), Some(told.reply));
                }
            }
            Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            Ok(Err(RecvError::Closed)) => return,
        }
        for (job, known) in &mut running {
            let Some(reply) = known.due(&talk) else { continue };
            let (talk, job, room) = (Arc::clone(&talk), job.clone(), known.room.clone());
            tokio::spawn(async move {
                let shown = render::shown(&reply, talk.manner());
                let txn = format!("p/{job}/{}", reply.id);
                if let Err(error) = tell(&talk, &job, &room, &shown, &txn, false).await {
                    tracing::debug!("how far {job} is could not be told: {error}");
                }
            });
        }
        // A job that has said nothing for so long has ended, here or elsewhere.
        running.retain(|_, known| known.newest.is_some() || known.heard.elapsed() < Duration::from_secs(3600));
    }
}

struct Running {
    room: String,
    began: Elapsed,
    heard: Elapsed,
    /// When it was told of last, and at which step.
    told: Option<(Elapsed, u32)>,
    /// What is not told yet.
    newest: Option<Reply>,
}

impl Running {
    fn new(room: String) -> Self {
        Self { room, began: Elapsed::now(), heard: Elapsed::now(), told: None, newest: None }
    }

    fn due(&mut self, talk: &Talk) -> Option<Reply> {
        let paces = talk.settings.paces;
        let step = self.newest.as_ref()?.progress.map_or(u32::MAX, |p| p.done);
        let is_due = match self.told {
            // A short job ends before anybody could read of it.
            None => self.began.elapsed() >= paces.edit / 6,
            // Each edit is an event for everybody in the room, and counts against the bot's own rate.
            Some((at, before)) if before != step => at.elapsed() >= paces.edit * 2 / 3,
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
pub(crate) async fn ends(talk: Arc<Talk>, mut leads: watch::Receiver<bool>) {
    let (first, longest) = talk.settings.paces.back_off;
    let (mut pause, mut waits) = (first, HashMap::new());
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match deliver(&talk, &mut waits).await {
            Some(true) => pause = first,
            Some(false) => talk.dispatch.something_ended(talk.settings.paces.look).await,
            None => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

/// Whether there was anything; none when something is to be tried again later. `waits` is since when something waits for
/// its room.
async fn deliver(talk: &Talk, waits: &mut HashMap<i64, Elapsed>) -> Option<bool> {
    let mut waiting = match talk.dispatch.waiting(Surface::Matrix).await {
        Ok(waiting) => waiting,
        Err(failure) => {
            tracing::debug!("the outbox cannot be read: {failure}");
            return None;
        }
    };
    waits.retain(|id, _| waiting.iter().any(|one| one.id == *id));
    let mut is_left_behind = HashSet::new();
    for room in waiting.iter().map(|one| one.origin.channel.as_str()).collect::<HashSet<_>>() {
        // What else is the matter with it is found out when something is told there.
        if talk.wire.room(room).await.is_ok_and(|room| room.is_left_behind) {
            is_left_behind.insert(room.to_owned());
        }
    }
    waiting.retain(|one| {
        let waits = is_left_behind.contains(&one.origin.channel)
            && waits.entry(one.id).or_insert_with(Elapsed::now).elapsed() < FOLLOWED;
        !waits
    });
    let was_there = !waiting.is_empty();
    let told = futures::stream::iter(waiting).map(|one| deliver_one(talk, one)).buffer_unordered(AT_ONCE);
    let all: Vec<bool> = told.collect().await;
    all.into_iter().all(|done| done).then_some(was_there)
}

/// Whether it is out of the outbox.
async fn deliver_one(talk: &Talk, one: Waiting) -> bool {
    let (reply, room) = (&one.reply, one.origin.channel.as_str());
    let shown = render::shown(reply, talk.manner());
    let txn = format!("t/{}", one.id);
    let is_card = reply.id.ends_with(".card");
    let told = match (&reply.standing, reply.job.as_deref().filter(|_| !is_card)) {
        (Some(standing), _) => standing::tell(talk, standing, room, (reply, &shown)).await,
        (None, Some(job)) => tell(talk, job, room, &shown, &txn, true).await,
        (None, None) => announce(talk, &one, &shown, &txn).await,
    };
    match told {
        Ok(()) => {}
        Err(Error::Refused { status, code, why }) => {
            // It will never be taken there: what it says stands in the audit log and in `/job show`.
            tracing::error!("a message for the room {room} could not be told: {status} {why} ({code})");
        }
        Err(error) => {
            tracing::warn!("a message waits: {error}");
            return false;
        }
    }
    talk.dispatch.was_told(one.id).await.is_ok()
}

/// What stands by itself. Whose yes it asks for are called.
async fn announce(talk: &Talk, one: &Waiting, shown: &Shown, txn: &str) -> Result<(), Error> {
    let room = one.origin.channel.as_str();
    let calls = if one.reply.asks_of.is_empty() { vec![] } else { asked(talk, room, one).await? };
    post(talk, room, (&one.reply, shown), &calls, txn).await.map(drop)
}

/// Those in a room whose yes a reply asks for: of the accounts that it names, and administrators by the configuration; never
/// the one for whom it is asked.
async fn asked(talk: &Talk, room: &str, one: &Waiting) -> Result<Vec<String>, Error> {
    let known = talk.dispatch.identities(Surface::Matrix).await.map_err(away)?;
    let is_askers = |user: &str| known.iter().any(|(subject, account)| subject == user && *account == one.to);
    let named = known.iter().filter(|(_, account)| one.reply.asks_of.contains(account)).map(|(subject, _)| subject);
    let admins = talk.settings.users.iter().filter(|(_, role)| *role == Role::Admin).map(|(user, _)| user);
    let all: BTreeSet<&String> = named.chain(admins).filter(|user| !is_askers(user)).collect();
    let mut there = Vec::new();
    for user in all {
        if there.len() < CALLED && talk.wire.power(room, user).await?.is_some() {
            there.push(user.clone());
        }
    }
    Ok(there)
}

/// A message of its own, with what can be answered to it.
pub(crate) async fn post(
    talk: &Talk,
    room: &str,
    (reply, shown): (&Reply, &Shown),
    calls: &[String],
    txn: &str,
) -> Result<String, Error> {
    let id = talk.put(room, None, shown, calls, txn).await?;
    may_be_answered(talk, room, &id, reply, shown, txn).await?;
    Ok(id)
}

/// Notes and offers what can be answered to a message that came by itself, in its own thread.
pub(crate) async fn may_be_answered(
    talk: &Talk,
    room: &str,
    message: &str,
    reply: &Reply,
    shown: &Shown,
    txn: &str,
) -> Result<(), Error> {
    if let Some(posted) = Posted::new(&reply.id, shown, message, None) {
        talk.note(room, message, &posted, txn).await?;
        talk.offer(room, message, &posted, txn);
    }
    Ok(())
}

/// Tells of a job in its message, or in a new one.
async fn tell(talk: &Talk, job: &str, room: &str, shown: &Shown, txn: &str, is_last: bool) -> Result<(), Error> {
    // Whoever asked for it may be among them: where it is told of is not noted yet.
    talk.answered(room).await;
    talk.in_turn(&name(job), async {
        let mut note = noted(talk, job).await?.unwrap_or_default();
        if note.room.is_empty() {
            room.clone_into(&mut note.room);
        }
        let is_told = note.told.as_deref() == Some(txn);
        if is_told || (note.has_ended && !is_last) {
            return Ok(());
        }
        let here = talk.wire.room(&note.room).await?.id;
        if here != note.room {
            // Thread and message are in the room before.
            (note.room, note.root, note.message) = (here, None, None);
        }
        let before = note.message.clone();
        match &before {
            Some(message) => talk.edit(&note.room, message, shown, &format!("{txn}/e")).await?,
            None => note.message = Some(post_job(talk, &note, shown, txn, is_last).await?),
        }
        let calls: Vec<String> = note.asker.iter().filter(|_| is_last).cloned().collect();
        if let (false, Some(message)) = (calls.is_empty(), &before) {
            let title = shown.body.lines().next().unwrap_or_default();
            let place = Place { room: &note.room, root: note.root.as_deref().unwrap_or(message), to: message };
            talk.put(&note.room, Some(place), &render::words(title), &calls, &format!("{txn}/c")).await?;
        }
        (note.has_ended, note.told) = (is_last, is_last.then(|| txn.to_owned()));
        talk.dispatch.keep(Surface::Matrix, &name(job), &json!(note)).await.map_err(away)
    })
    .await
}

async fn post_job(talk: &Talk, note: &Note, shown: &Shown, txn: &str, is_last: bool) -> Result<String, Error> {
    let place = note.root.as_ref().map(|root| Place { room: &note.room, root, to: root });
    let calls: Vec<String> = note.asker.iter().filter(|_| is_last).cloned().collect();
    talk.put(&note.room, place, shown, &calls, txn).await
}
