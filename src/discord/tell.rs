//! What nobody asked for just now: how far a job is, how it ended, cards for the operations channel.
//!
//! A job has one message. It is told by the token of the interaction that began it while that lives (15 minutes), then by
//! the bot itself; in a new message where the old one is gone or too old to be edited. Which message tells of which job
//! is kept in the database, so that another start, or another process, goes on with it.

use crate::{
    interaction::{Id, Interaction},
    message::Message,
    render,
    settings::Paces,
    standing,
    surface::Inner,
    transport::{Error, code},
};
use direttore_core::dispatch::{
    Dispatch, Waiting,
    unasked::{self, Teller, Tempo},
};
use direttore_domain::{Instant, Surface};
use direttore_reply::Reply;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// A token answers for 15 minutes; the last one is left alone.
const TOKEN_LIVES: Duration = Duration::from_secs(14 * 60);
/// Discord hardly lets messages be edited that are older than an hour.
const EDITABLE: Duration = Duration::from_secs(55 * 60);

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
    for job in replies.iter().filter_map(unasked::queued_again) {
        // Its end is news, where it was first asked for: an edit of what was said then calls nobody.
        if let Err(failure) = inner.dispatch.forget(Surface::Discord, &name(&job)).await {
            tracing::debug!("where {job} was told of could not be forgotten: {failure}");
        }
    }
    for job in replies.iter().flat_map(unasked::queued) {
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

impl Teller for Inner {
    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn surface(&self) -> Surface {
        Surface::Discord
    }

    fn tempo(&self) -> Tempo {
        let Paces { edit, edit_long, long, look, back_off, .. } = self.settings.paces;
        Tempo { edit, step: edit / 3, edit_long, long, look, back_off }
    }

    fn tell_progress<'a>(&'a self, job: &'a str, channel: &'a str, reply: &'a Reply) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Err(error) = tell(self, job, channel, render::message(reply, false), None).await {
                tracing::debug!("how far {job} is could not be told: {error}");
            }
        })
    }

    fn tell<'a>(&'a self, one: &'a Waiting) -> BoxFuture<'a, bool> {
        Box::pin(is_told(self, one))
    }
}

/// Whether it need not be told again.
async fn is_told(inner: &Inner, one: &Waiting) -> bool {
    let (reply, channel) = (&one.reply, one.origin.channel.as_str());
    let message = render::message(reply, false);
    let nonce = format!("t{}", one.id);
    let is_card = reply.id.ends_with(".card");
    let told = match (&reply.standing, reply.job.as_deref().filter(|_| !is_card)) {
        (Some(standing), _) => standing::tell(inner, standing, channel, message).await,
        (None, Some(job)) => tell(inner, job, channel, message, Some(&nonce)).await,
        (None, None) => post(inner, channel, message, &nonce).await.map(drop),
    };
    match told {
        Ok(()) => true,
        Err(error) if error.is_temporary() || error == Error::Token => {
            tracing::warn!("a message waits: {error}");
            false
        }
        // It will never be taken there: what it says stands in the audit log and in /job show.
        Err(error) => {
            tracing::error!("a message for channel {channel} could not be told: {error}");
            true
        }
    }
}

/// Tells of a job in its message, or in a new one. With a nonce it is the job's last word.
async fn tell(inner: &Inner, job: &str, channel: &str, message: Message, last: Option<&str>) -> Result<(), Error> {
    // Whoever asked for it may be among them: where it is told is not noted yet, or Discord still shows "thinking…" and
    // would take this for the answer.
    inner.answered(channel).await;
    let work = told(inner, job, channel, message, last);
    inner.dispatch.in_turn(Surface::Discord, &name(job), work).await
}

async fn told(inner: &Inner, job: &str, channel: &str, message: Message, last: Option<&str>) -> Result<(), Error> {
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
    Ok(inner.dispatch.keep(Surface::Discord, &name(job), &json!(note)).await?)
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
