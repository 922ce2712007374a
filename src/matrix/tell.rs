//! What nobody asked for just now: how far a job is, how it ended, cards for the operations room.
//!
//! A job has one message in the thread where it was asked for, edited while it runs and once more when it ends; then a
//! short reply calls whoever asked, since edits call nobody. Where a job is told of is kept in the database, so that another
//! start, or another process, goes on with it. What it is to be told of in a room that was replaced waits a while until the
//! bot is in the new one, and is told there in a message of its own.

use crate::{
    render::{self, Shown},
    settings::Paces,
    standing,
    talk::{Talk, note::Posted, say::Place},
    wire::Error,
};
use direttore_core::dispatch::{
    Dispatch, Waiting,
    unasked::{self, Teller, Tempo},
};
use direttore_domain::{Role, Surface};
use direttore_reply::Reply;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

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
    for job in replies.iter().filter_map(unasked::queued_again) {
        // Its end is news where it was first asked for: an edit of what was said then calls nobody.
        let _ = change(talk, &job, |note| (note.has_ended, note.message) = (false, None)).await;
    }
    for job in replies.iter().flat_map(unasked::queued) {
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
    talk.dispatch.keep(Surface::Matrix, &name(job), &json!(note)).await.map_err(Error::from)
}

async fn noted(talk: &Talk, job: &str) -> Result<Option<Note>, Error> {
    let kept = talk.dispatch.kept(Surface::Matrix, &name(job)).await?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
}

impl Teller for Talk {
    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn surface(&self) -> Surface {
        Surface::Matrix
    }

    fn tempo(&self) -> Tempo {
        let Paces { edit, edit_long, long, look, back_off, .. } = self.settings.paces;
        // Each edit is an event for everybody in the room, and counts against the bot's own rate.
        Tempo { edit, step: edit * 2 / 3, edit_long, long, look, back_off }
    }

    fn tell_progress<'a>(&'a self, job: &'a str, channel: &'a str, reply: &'a Reply) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let shown = render::shown(reply, self.manner());
            if let Err(error) = tell(self, job, channel, &shown, &format!("p/{job}/{}", reply.id), None).await {
                tracing::debug!("how far {job} is could not be told: {error}");
            }
        })
    }

    fn tell<'a>(&'a self, one: &'a Waiting) -> BoxFuture<'a, bool> {
        Box::pin(is_told(self, one))
    }

    /// The room was replaced, and the bot is not in the new one yet.
    fn is_closed<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, bool> {
        // What else is the matter with it is found out when something is told there.
        Box::pin(async move { self.wire.room(channel).await.is_ok_and(|room| room.is_left_behind) })
    }
}

/// Whether it need not be told again.
async fn is_told(talk: &Talk, one: &Waiting) -> bool {
    let (reply, room) = (&one.reply, one.origin.channel.as_str());
    let shown = render::shown(reply, talk.manner());
    let txn = format!("t/{}", one.id);
    let is_card = reply.id.ends_with(".card");
    let told = match (&reply.standing, reply.job.as_deref().filter(|_| !is_card)) {
        (Some(standing), _) => standing::tell(talk, standing, room, (reply, &shown)).await,
        (None, Some(job)) => tell(talk, job, room, &shown, &txn, Some(&one.to)).await,
        (None, None) => announce(talk, one, &shown, &txn).await,
    };
    match told {
        Ok(()) => true,
        Err(Error::Refused { status, code, why }) => {
            // It will never be taken there: what it says stands in the audit log and in `/job show`.
            tracing::error!("a message for the room {room} could not be told: {status} {why} ({code})");
            true
        }
        Err(error) => {
            tracing::warn!("a message waits: {error}");
            false
        }
    }
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
    let known = talk.dispatch.identities(Surface::Matrix).await?;
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

/// Tells of a job in its message, or in a new one. With the account that asked for it, it is the job's last word.
async fn tell(
    talk: &Talk,
    job: &str,
    room: &str,
    shown: &Shown,
    txn: &str,
    last_for: Option<&str>,
) -> Result<(), Error> {
    let is_last = last_for.is_some();
    // Whoever asked for it may be among them: where it is told of is not noted yet.
    talk.answered(room).await;
    let work = async {
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
        let calls = match last_for {
            Some(account) => asker(talk, &note, account).await?.into_iter().collect(),
            None => vec![],
        };
        let before = note.message.clone();
        match &before {
            Some(message) => talk.edit(&note.room, message, shown, &format!("{txn}/e")).await?,
            None => {
                let place = note.root.as_ref().map(|root| Place { room: &note.room, root, to: root });
                note.message = Some(talk.put(&note.room, place, shown, &calls, txn).await?);
            }
        }
        if let (false, Some(message)) = (calls.is_empty(), &before) {
            let title = shown.body.lines().next().unwrap_or_default();
            let place = Place { room: &note.room, root: note.root.as_deref().unwrap_or(message), to: message };
            talk.put(&note.room, Some(place), &render::words(title), &calls, &format!("{txn}/c")).await?;
        }
        (note.has_ended, note.told) = (is_last, is_last.then(|| txn.to_owned()));
        Ok(talk.dispatch.keep(Surface::Matrix, &name(job), &json!(note)).await?)
    };
    talk.dispatch.in_turn(Surface::Matrix, &name(job), work).await
}

/// Who is called when a job ends: whoever asked for it here, else whom the account is in the room.
async fn asker(talk: &Talk, note: &Note, account: &str) -> Result<Option<String>, Error> {
    if note.asker.is_some() {
        return Ok(note.asker.clone());
    }
    let known = talk.dispatch.identities(Surface::Matrix).await?;
    for (user, _) in known.into_iter().filter(|(_, of)| of == account) {
        if talk.wire.power(&note.room, &user).await?.is_some() {
            return Ok(Some(user));
        }
    }
    Ok(None)
}
