//! `!lab status live`: a message of the room that is kept fresh. It is edited when something changed, and says so when it
//! ends; who deletes it, or says it anew, ends it too. Where its room is replaced it goes on in the new one.

use crate::{
    render::{self, Shown},
    roles,
    talk::{Talk, say::Place},
    wire::Error,
};
use direttore_catalog::catalog;
use direttore_core::dispatch::{Heard, What};
use direttore_domain::{Identity, Instant, Origin, Surface};
use direttore_reply::{Reply, Tone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::watch;

/// For so long it is kept fresh.
const LASTS: Duration = Duration::from_secs(12 * 3600);
/// All of them together, by their rooms: they are looked at often.
const NAME: &str = "live";

/// A room has one at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    user: String,
    line: String,
    /// Empty until there is one in a room that took another's place.
    message: String,
    /// In milliseconds.
    begun: i64,
    /// What it showed last.
    shown: String,
}

type Notes = BTreeMap<String, Note>;

pub(crate) fn is_wanted(line: &str) -> bool {
    catalog().read(line).is_ok_and(|asked| asked.command.path == "lab status" && asked.given.contains_key("live"))
}

pub(crate) async fn begin(
    talk: &Talk,
    event: &crate::wire::Event,
    place: Place<'_>,
    heard: Heard,
    line: &str,
) -> Result<(), Error> {
    let user = event.sender.clone();
    let Some(reply) = Box::pin(talk.dispatch.hear(heard)).await.into_iter().next() else { return Ok(()) };
    let txn = format!("l/{}", event.id);
    let shown = render::shown(&reply, talk.manner());
    if !matches!(reply.tone, Tone::Info | Tone::Success | Tone::Warning) {
        return talk.reply(place, &shown, &txn).await.map(drop);
    }
    let message = talk.post(place.room, None, &shown, &txn).await?;
    let begun = talk.dispatch.now().millis();
    let note = Note { user, line: line.to_owned(), message, begun, shown: fingerprint(&shown) };
    let before = change(talk, |notes| notes.insert(place.room.to_owned(), note.clone())).await?;
    if let Some(before) = before.filter(|before| before.message != note.message) {
        // Two of them would be read as two labs.
        if let Err(error) = talk.wire.redact(place.room, &before.message, &format!("{txn}/d")).await {
            tracing::debug!("the live message before could not be taken away: {error}");
        }
    }
    let said = Reply::new(Tone::Success, "the message below is kept fresh for 12 hours; delete it to end that");
    talk.reply(place, &render::shown(&said, talk.manner()), &format!("{txn}/s")).await.map(drop)
}

/// Whether a message that somebody deleted was kept fresh.
pub(crate) async fn end_by(talk: &Talk, room: &str, message: &str) -> Result<bool, Error> {
    if notes(talk).await?.get(room).is_none_or(|note| note.message != message) {
        return Ok(false);
    }
    change(talk, |notes| notes.remove(room)).await?;
    Ok(true)
}

async fn notes(talk: &Talk) -> Result<Notes, Error> {
    let kept = talk.dispatch.kept(Surface::Matrix, NAME).await?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default())
}

async fn change<T>(talk: &Talk, how: impl FnOnce(&mut Notes) -> T) -> Result<T, Error> {
    let work = async {
        let mut notes = notes(talk).await?;
        let done = how(&mut notes);
        talk.dispatch.keep(Surface::Matrix, NAME, &json!(notes)).await?;
        Ok(done)
    };
    talk.dispatch.in_turn(Surface::Matrix, NAME, work).await
}

/// What a message shows but for the times in it: what changes with each look is no news.
fn fingerprint(shown: &Shown) -> String {
    let is_time = |word: &str| word.len() >= 5 && word.bytes().all(|b| b.is_ascii_digit() || b"-:.".contains(&b));
    shown.body.split_whitespace().filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ")
}

/// Keeps them fresh while this process leads, as long as the task lives.
pub(crate) async fn run(talk: Arc<Talk>, mut leads: watch::Receiver<bool>) {
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match notes(&talk).await {
            Ok(notes) => {
                for (room, note) in notes {
                    if let Err(error) = refresh(&talk, &room, note).await {
                        tracing::warn!("the live message of {room} could not be kept fresh: {error}");
                    }
                }
            }
            Err(error) => tracing::debug!("which messages are live is not known: {error}"),
        }
        tokio::time::sleep(talk.settings.paces.live).await;
    }
}

async fn refresh(talk: &Talk, room: &str, note: Note) -> Result<(), Error> {
    let seen = talk.wire.room(room).await?;
    if seen.is_left_behind {
        return Ok(());
    }
    if seen.id != room {
        return follow(talk, room, seen.id, note).await;
    }
    let now = talk.dispatch.now();
    if Instant(note.begun) + LASTS <= now {
        let title = "no longer kept fresh: 12 hours are over; say it again";
        return end(talk, room, &note, &Reply::new(Tone::Info, title)).await;
    }
    // The roles of this moment: whoever lost them shows the lab to nobody any more.
    let heard = Heard {
        identity: Identity { surface: Surface::Matrix, subject: note.user.clone() },
        claims: roles::claims(talk.wire.as_ref(), &talk.settings, &note.user).await?,
        origin: Origin { surface: Surface::Matrix, channel: room.to_owned() },
        what: What::Say(note.line.clone()),
    };
    let Some(reply) = Box::pin(talk.dispatch.hear(heard)).await.into_iter().next() else { return Ok(()) };
    if reply.tone == Tone::Refused {
        let title = format!("no longer kept fresh: {}", reply.title_plain());
        let last = Reply { code: reply.code.clone(), ..Reply::new(Tone::Refused, title) };
        return end(talk, room, &note, &last).await;
    }
    let shown = render::shown(&reply, talk.manner());
    let print = fingerprint(&shown);
    if note.message.is_empty() {
        let message = talk.post(room, None, &shown, &format!("l/{room}/{}", note.begun)).await?;
        return change(talk, |notes| {
            if let Some(kept) = notes.get_mut(room).filter(|kept| kept.message.is_empty()) {
                (kept.message, kept.shown) = (message, print);
            }
        })
        .await;
    }
    if print == note.shown {
        return Ok(());
    }
    match talk.edit(room, &note.message, &shown, &format!("l/{}/{}", note.message, now.millis())).await {
        Ok(()) => {}
        Err(error @ Error::Refused { .. }) => {
            forget(talk, room, &note.message).await?;
            return Err(error);
        }
        Err(error) => return Err(error),
    }
    // Another one may stand in its place by now.
    change(talk, |notes| {
        if let Some(kept) = notes.get_mut(room).filter(|kept| kept.message == note.message) {
            kept.shown = print;
        }
    })
    .await
}

/// Its room was replaced: what was kept fresh there is in the new one, unless that has one already.
async fn follow(talk: &Talk, old: &str, new: String, note: Note) -> Result<(), Error> {
    change(talk, |notes| {
        if notes.remove(old).is_some() {
            notes.entry(new).or_insert(Note { message: String::new(), shown: String::new(), ..note });
        }
    })
    .await
}

async fn forget(talk: &Talk, room: &str, message: &str) -> Result<(), Error> {
    change(talk, |notes| notes.retain(|of, note| of != room || note.message != message)).await
}

/// The last words, in the message itself.
async fn end(talk: &Talk, room: &str, note: &Note, last: &Reply) -> Result<(), Error> {
    let shown = render::shown(last, talk.manner());
    match talk.edit(room, &note.message, &shown, &format!("l/{}/end", note.message)).await {
        Err(error) if error.is_temporary() => Err(error),
        _ => forget(talk, room, &note.message).await,
    }
}
