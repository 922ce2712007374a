//! A message that stands for something as it is now, and is edited whenever that changes; a new one in its place where it
//! is gone. Which message it is, and which state it shows, is kept in the database.

use crate::{
    interaction::Id,
    message::Message,
    surface::Inner,
    tell::{is_gone, post, turns},
    transport::Error,
};
use direttore_domain::Surface;
use direttore_reply::Standing;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::{Arc, PoisonError};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    channel: String,
    message: String,
    told: i64,
}

/// Shows it, unless something newer is shown already.
pub(crate) async fn tell(
    inner: &Arc<Inner>,
    standing: &Standing,
    channel: &str,
    message: Message,
) -> Result<(), Error> {
    let name = format!("standing/{}", standing.name);
    let key = format!("{}/{name}", inner.holder);
    let turn = Arc::clone(turns().lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
    let done = {
        let _turn = turn.lock().await;
        show(inner, standing, &name, channel, message).await
    };
    let mut all = turns().lock().unwrap_or_else(PoisonError::into_inner);
    // Two are ours: whoever waits for it has another.
    if Arc::strong_count(&turn) <= 2 {
        all.remove(&key);
    }
    done
}

async fn show(inner: &Inner, standing: &Standing, name: &str, channel: &str, message: Message) -> Result<(), Error> {
    let kept = inner.dispatch.kept(Surface::Discord, name).await?;
    let note: Option<Note> = kept.and_then(|kept| serde_json::from_value(kept).ok());
    if note.as_ref().is_some_and(|note| note.told >= standing.told) {
        return Ok(());
    }
    let mut nonce = format!("s{}", standing.name.rsplit('/').next().unwrap_or_default());
    let mut edited = None;
    if let Some(note) = &note {
        let ids = (note.channel.parse().unwrap_or(1), note.message.parse::<Id>().unwrap_or(1));
        match inner.transport.edit(ids.0, ids.1, &message).await {
            Ok(()) => edited = Some(note.clone()),
            // Not with the first one's nonce: that would be the message that is gone.
            Err(error) if is_gone(&error) => nonce = format!("{nonce}.{}", standing.told),
            Err(error) => return Err(error),
        }
    }
    let note = match edited {
        Some(note) => Note { told: standing.told, ..note },
        None => {
            let message = post(inner, channel, message, &nonce).await?.to_string();
            Note { channel: channel.to_owned(), message, told: standing.told }
        }
    };
    inner.dispatch.keep(Surface::Discord, name, &json!(note)).await?;
    Ok(())
}
