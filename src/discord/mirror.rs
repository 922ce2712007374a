//! The audit log in a channel: every row that is sealed, several in one message.

use crate::{interaction::Id, message::Message, surface::Inner, transport::Error};
use direttore_core::dispatch::AuditRow;
use direttore_domain::{Surface, text};
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

/// One message with what is new.
async fn mirror(inner: &Inner, channel: Id) -> Result<(), Error> {
    let kept = inner.dispatch.kept(Surface::Discord, NAME).await?;
    let Some(before) = kept.and_then(|kept| kept.as_i64()) else {
        // The first time it begins with what comes; the past is in the log.
        let newest = inner.dispatch.newest_logged().await?;
        return Ok(inner.dispatch.keep(Surface::Discord, NAME, &json!(newest)).await?);
    };
    let mut content = String::new();
    let mut last = before;
    for (number, row) in inner.dispatch.logged_after(before).await? {
        let line = line(&row);
        if !content.is_empty() && content.chars().count() + line.chars().count() + 1 > MOST {
            break;
        }
        content += &line;
        content.push('\n');
        last = number;
    }
    if last == before {
        return Ok(());
    }
    let nonce = Some(format!("a{last}"));
    let message = Message { content: Some(content), nonce, enforce_nonce: true, ..Message::default() };
    inner.transport.post(channel, &message).await?;
    Ok(inner.dispatch.keep(Surface::Discord, NAME, &json!(last)).await?)
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
