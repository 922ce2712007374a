//! The audit log in a channel: every row that is sealed, several in one message.

use super::Teller;
use crate::dispatch::AuditRow;
use direttore_domain::Failure;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How far the log was mirrored.
const NAME: &str = "mirror";

/// What a message takes.
#[derive(Clone, Copy)]
pub struct Page {
    /// At most so much of what `size` measures, a line's end being one.
    pub most: usize,
    pub size: fn(&str) -> usize,
    pub line: fn(&AuditRow) -> String,
    /// Between two messages.
    pub pause: Duration,
}

/// Mirrors it while this process leads, as long as the task lives. `post` is given the lines of a message, each with its
/// end, and the number of the last row: posted again with the same number, it is to be the same message.
pub async fn mirror<T: Teller>(
    teller: Arc<T>,
    mut leads: watch::Receiver<bool>,
    page: Page,
    post: impl Fn(String, i64) -> BoxFuture<'static, Result<(), String>>,
) {
    let (first, longest) = teller.tempo().back_off;
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match next(&*teller, page, &post).await {
            Ok(()) => {
                pause = first;
                tokio::time::sleep(page.pause).await;
            }
            Err(why) => {
                tracing::warn!("the audit log is not mirrored: {why}");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Note {
    /// The last row that is there.
    done: i64,
    /// The last row of the message that is being posted: one that may be there already is posted again as it was, for
    /// only then it is known for the same.
    trying: Option<i64>,
}

async fn keep<T: Teller>(teller: &T, note: Note) -> Result<(), String> {
    teller.dispatch().keep(teller.surface(), NAME, &json!(note)).await.map_err(said)
}

fn said(failure: Failure) -> String {
    failure.to_string()
}

/// One message with what is new.
async fn next<T: Teller>(
    teller: &T,
    page: Page,
    post: &impl Fn(String, i64) -> BoxFuture<'static, Result<(), String>>,
) -> Result<(), String> {
    let dispatch = teller.dispatch();
    let kept = dispatch.kept(teller.surface(), NAME).await.map_err(said)?;
    let Some(Note { done, trying }) = kept.and_then(|kept| serde_json::from_value(kept).ok()) else {
        // The first time it begins with what comes; the past is in the log.
        let newest = dispatch.newest_logged().await.map_err(said)?;
        return keep(teller, Note { done: newest, trying: None }).await;
    };
    let (mut text, mut length, mut last) = (String::new(), 0, done);
    for (number, row) in dispatch.logged_after(done).await.map_err(said)? {
        let line = (page.line)(&row);
        length += (page.size)(&line) + 1;
        if (!text.is_empty() && length > page.most) || trying.is_some_and(|to| number > to) {
            break;
        }
        text.push_str(&line);
        text.push('\n');
        last = number;
    }
    if last == done {
        return Ok(());
    }
    if trying != Some(last) {
        keep(teller, Note { done, trying: Some(last) }).await?;
    }
    post(text, last).await?;
    keep(teller, Note { done: last, trying: None }).await
}
