//! `/lab status live`: a message of the channel that is kept fresh. It is edited when something changed, posted anew
//! before it is too old to be edited, and says so when it ends.

use crate::{
    answer::{edit, first, heard},
    interaction::{Command, Id, Interaction},
    message::{Callback, Message},
    render,
    surface::Inner,
    tell::{self, is_gone},
    transport::{Answers, Error, code},
};
use direttore_core::dispatch::{Heard, What};
use direttore_domain::{Claims, Identity, Instant, Origin, Surface};
use direttore_reply::{Reply, Tone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Discord hardly lets messages be edited that are older than an hour.
const EDITABLE: Duration = Duration::from_secs(55 * 60);
/// For so long it is kept fresh.
const LASTS: Duration = Duration::from_secs(12 * 3600);
const PREFIX: &str = "live/";

/// A channel has one at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    user: Id,
    name: String,
    line: String,
    message: Id,
    /// In milliseconds.
    posted: i64,
    begun: i64,
    /// What it showed last.
    shown: String,
}

pub(crate) fn is_wanted(command: &Command) -> bool {
    command.path == "lab status" && command.options.iter().any(|(name, value)| name == "live" && *value == json!(true))
}

pub(crate) async fn begin(inner: &Arc<Inner>, it: &Interaction, answers: &Answers, line: String) -> Result<(), Error> {
    let asked = heard(inner, it, What::Say(line.clone()));
    let defer = Callback::Defer { is_ephemeral: true };
    let (taken, replies) = futures::join!(first(answers, &defer), inner.dispatch.hear(asked));
    taken?;
    let Some(reply) = replies.into_iter().next() else { return Ok(()) };
    if !matches!(reply.tone, Tone::Info | Tone::Success | Tone::Warning) {
        return edit(answers, render::message(&reply, true)).await;
    }
    let message = render::message(&reply, false);
    let shown = fingerprint(&message);
    let said = match tell::post(inner, &it.channel.to_string(), message, &format!("l{}", it.id)).await {
        Ok(posted) => {
            let now = inner.dispatch.now().millis();
            let (user, name) = (it.user.id, it.user.name.clone());
            let note = Note { user, name, line, message: posted, posted: now, begun: now, shown };
            let channel = it.channel.to_string();
            let before = notes(inner).await.into_iter().find(|(of, _)| *of == channel);
            keep(inner, &channel, &note).await?;
            if let Some((_, before)) = before {
                let _ = inner.transport.delete(it.channel, before.message).await;
            }
            let title = "the message below is kept fresh for 12 hours; delete it to end that";
            Reply::new(Tone::Success, title)
        }
        Err(error) => {
            let title = "I cannot post in this channel, so I cannot keep a message fresh here";
            tracing::warn!("a live message could not be posted: {error}");
            Reply { code: Some("missing-permission".to_owned()), ..Reply::new(Tone::Refused, title) }
        }
    };
    edit(answers, render::message(&said, true)).await
}

async fn keep(inner: &Inner, channel: &str, note: &Note) -> Result<(), Error> {
    Ok(inner.dispatch.keep(Surface::Discord, &format!("{PREFIX}{channel}"), &json!(note)).await?)
}

async fn notes(inner: &Inner) -> Vec<(String, Note)> {
    let kept = inner.dispatch.all_kept(Surface::Discord, PREFIX).await.unwrap_or_else(|failure| {
        tracing::debug!("which messages are live is not known: {failure}");
        vec![]
    });
    let read = |(name, value): (String, _)| {
        Some((name.strip_prefix(PREFIX)?.to_owned(), serde_json::from_value::<Note>(value).ok()?))
    };
    kept.into_iter().filter_map(read).collect()
}

/// What a message shows but for the times in it: what changes with each look is no news.
fn fingerprint(message: &Message) -> String {
    let text: String = message.embeds.iter().map(|e| format!("{}\n{}", e.title, e.description)).collect();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<t:") {
        out.push_str(before);
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Keeps them fresh while this process leads, as long as the task lives.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut leads = inner.leads.subscribe();
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        for (channel, note) in notes(&inner).await {
            let outcome = refresh(&inner, &channel, note).await;
            if let Err(error) = outcome {
                tracing::warn!("the live message of channel {channel} could not be kept fresh: {error}");
            }
        }
        tokio::time::sleep(inner.settings.paces.live).await;
    }
}

async fn refresh(inner: &Inner, channel: &str, mut note: Note) -> Result<(), Error> {
    let place: Id = channel.parse().unwrap_or(1);
    let now = inner.dispatch.now();
    if Instant(note.begun) + LASTS <= now {
        let title = "no longer kept fresh: 12 hours are over; say /lab status live again";
        return end(inner, channel, &note, &Reply::new(Tone::Info, title)).await;
    }
    // The roles of this moment: whoever lost them shows the lab to nobody any more.
    let roles = match inner.transport.roles_of(inner.settings.guild, note.user).await {
        Ok(roles) => roles.iter().map(Id::to_string).collect(),
        Err(error) if error.code() == Some(code::UNKNOWN_MEMBER) => vec![],
        Err(error) => return Err(error),
    };
    let heard = Heard {
        identity: Identity { surface: Surface::Discord, subject: note.user.to_string() },
        claims: Claims { name: note.name.clone(), roles },
        origin: Origin { surface: Surface::Discord, channel: channel.to_owned() },
        what: What::Say(note.line.clone()),
    };
    let Some(reply) = inner.dispatch.hear(heard).await.into_iter().next() else { return Ok(()) };
    if reply.tone == Tone::Refused {
        let title = format!("no longer kept fresh: {}", reply.title_plain());
        return end(inner, channel, &note, &Reply { code: reply.code.clone(), ..Reply::new(Tone::Refused, title) })
            .await;
    }
    let message = render::message(&reply, false);
    let shown = fingerprint(&message);
    let is_old = Instant(note.posted) + EDITABLE <= now;
    if !is_old && shown == note.shown {
        return Ok(());
    }
    let told = if is_old { None } else { Some(inner.transport.edit(place, note.message, &message).await) };
    match told {
        Some(Ok(())) => note.shown = shown,
        // Somebody deleted it, to end it.
        Some(Err(error)) if error.code() == Some(code::UNKNOWN_MESSAGE) => return forget(inner, channel).await,
        Some(Err(error)) if is_gone(&error) && error.code() != Some(code::TOO_MANY_LATE_EDITS) => {
            forget(inner, channel).await?;
            return Err(error);
        }
        Some(Err(error)) if error.code() != Some(code::TOO_MANY_LATE_EDITS) => return Err(error),
        None | Some(Err(_)) => {
            let posted = tell::post(inner, channel, message, &format!("l{}.{}", note.begun, now.millis())).await?;
            let before = std::mem::replace(&mut note.message, posted);
            (note.posted, note.shown) = (now.millis(), shown);
            keep(inner, channel, &note).await?;
            // Two of them would be read as two labs.
            let _ = inner.transport.delete(place, before).await;
            return Ok(());
        }
    }
    keep(inner, channel, &note).await
}

async fn forget(inner: &Inner, channel: &str) -> Result<(), Error> {
    Ok(inner.dispatch.forget(Surface::Discord, &format!("{PREFIX}{channel}")).await?)
}

/// The last words, in the message itself.
async fn end(inner: &Inner, channel: &str, note: &Note, last: &Reply) -> Result<(), Error> {
    let told = inner.transport.edit(channel.parse().unwrap_or(1), note.message, &render::message(last, false)).await;
    match told {
        Err(error) if error.is_temporary() => Err(error),
        _ => forget(inner, channel).await,
    }
}
