//! The audit log in a room: every row that is sealed, several in one message.

use crate::{
    render::words,
    talk::{Talk, note::away},
    wire::Error,
};
use direttore_core::dispatch::AuditRow;
use direttore_domain::{Surface, text};
use direttore_reply::format;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// Bytes of a message; its HTML says the same.
const MOST: usize = 6000;
/// Of one row, in characters.
const LINE: usize = 300;
/// How far the log was mirrored.
const NAME: &str = "mirror";

pub(crate) async fn run(talk: Arc<Talk>, mut leads: watch::Receiver<bool>) {
    let Some(room) = talk.settings.audit_room.clone() else { return };
    let (first, longest) = talk.settings.paces.back_off;
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match mirror(&talk, &room).await {
            Ok(()) => {
                pause = first;
                tokio::time::sleep(talk.settings.paces.mirror).await;
            }
            Err(error) => {
                tracing::warn!("the audit log is not mirrored: {error}");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

/// How far it was mirrored.
#[derive(Default, Serialize, Deserialize)]
struct Note {
    /// The last row that is there.
    done: i64,
    /// The last row of the message that is being posted: one that may be there already is posted again as it was, for
    /// only then it is the same.
    trying: Option<i64>,
}

async fn keep(talk: &Talk, note: &Note) -> Result<(), Error> {
    talk.dispatch.keep(Surface::Matrix, NAME, &json!(note)).await.map_err(away)
}

/// One message with what is new.
async fn mirror(talk: &Talk, room: &str) -> Result<(), Error> {
    let kept = talk.dispatch.kept(Surface::Matrix, NAME).await.map_err(away)?;
    let Some(mut note) = kept.and_then(|kept| serde_json::from_value::<Note>(kept).ok()) else {
        // The first time it begins with what comes; the past is in the log.
        let newest = talk.dispatch.newest_logged().await.map_err(away)?;
        return keep(talk, &Note { done: newest, trying: None }).await;
    };
    let mut lines: Vec<String> = Vec::new();
    let (mut length, mut last) = (0, note.done);
    for (number, row) in talk.dispatch.logged_after(note.done).await.map_err(away)? {
        let line = line(&row);
        length += line.len() + 1;
        if (!lines.is_empty() && length > MOST) || note.trying.is_some_and(|to| number > to) {
            break;
        }
        lines.push(line);
        last = number;
    }
    if last == note.done {
        return Ok(());
    }
    if note.trying != Some(last) {
        note.trying = Some(last);
        keep(talk, &note).await?;
    }
    let mut shown = words(&lines.join("\n"));
    shown.html = shown.html.replace('\n', "<br>");
    talk.post(room, None, &shown, &format!("m/{last}")).await?;
    keep(talk, &Note { done: last, trying: None }).await
}

/// `2026-01-02 10:00 UTC  alice  /power stop web1  done  web1 (101)`
fn line(row: &AuditRow) -> String {
    let entry = &row.entry;
    let line = if entry.line.is_empty() { &entry.what } else { &entry.line };
    let short = |words: &str| text::shorten(&text::visible(words), LINE / 2);
    let parts =
        [format::when(entry.at, "UTC"), short(&entry.who), short(line), entry.outcome.clone(), short(&entry.target)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}
