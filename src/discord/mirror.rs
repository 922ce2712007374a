//! The audit log in a channel: every row that is sealed, several in one message.

use crate::{interaction::Id, message::Message, surface::Inner, transport::Error};
use direttore_core::dispatch::AuditRow;
use direttore_domain::{Surface, text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Characters of a message's content.
const MOST: usize = 2000;
/// Of one row.
const LINE: usize = 300;
/// How far the log was mirrored.
const NAME: &str = "mirror";

pub(crate) async fn run(inner: Arc<Inner>) {
    let Some(channel) = inner.settings.audit_channel else { return };
    let mut leads = inner.leads.subscribe();
    let (first, longest) = inner.settings.paces.back_off;
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match mirror(&inner, channel).await {
            Ok(()) => {
                pause = first;
                tokio::time::sleep(inner.settings.paces.mirror).await;
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
    /// only then Discord knows it for the same.
    trying: Option<i64>,
}

/// One message with what is new.
async fn mirror(inner: &Inner, channel: Id) -> Result<(), Error> {
    let keep = async |note: &Note| inner.dispatch.keep(Surface::Discord, NAME, &json!(note)).await;
    let kept = inner.dispatch.kept(Surface::Discord, NAME).await?;
    let Some(mut note) = kept.and_then(|kept| serde_json::from_value::<Note>(kept).ok()) else {
        // The first time it begins with what comes; the past is in the log.
        let newest = inner.dispatch.newest_logged().await?;
        return Ok(keep(&Note { done: newest, trying: None }).await?);
    };
    let mut content = String::new();
    let mut last = note.done;
    for (number, row) in inner.dispatch.logged_after(note.done).await? {
        let line = line(&row);
        let is_full = !content.is_empty() && content.chars().count() + line.chars().count() + 1 > MOST;
        if is_full || note.trying.is_some_and(|to| number > to) {
            break;
        }
        content += &line;
        content.push('\n');
        last = number;
    }
    if last == note.done {
        return Ok(());
    }
    if note.trying != Some(last) {
        note.trying = Some(last);
        keep(&note).await?;
    }
    let nonce = Some(format!("a{last}"));
    let message = Message { content: Some(content), nonce, enforce_nonce: true, ..Message::default() };
    inner.transport.post(channel, &message).await?;
    Ok(keep(&Note { done: last, trying: None }).await?)
}

/// `<when> alice  /power stop web1  done  web1 (101)`
fn line(row: &AuditRow) -> String {
    let entry = &row.entry;
    let code = |words: &str| match words.is_empty() {
        true => String::new(),
        false => format!(" `{}`", text::shorten(&text::visible(words), LINE / 2).replace('`', "'")),
    };
    let at = entry.at.millis().div_euclid(1000);
    let line = if entry.line.is_empty() { &entry.what } else { &entry.line };
    format!("<t:{at}:T>{}{} {}{}", code(&entry.who), code(line), entry.outcome, code(&entry.target))
}
