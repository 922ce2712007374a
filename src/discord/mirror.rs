//! The audit log in a channel.

use crate::{message::Message, surface::Inner};
use direttore_core::dispatch::{
    AuditRow,
    unasked::{self, Page},
};
use direttore_domain::text;
use std::sync::Arc;

/// Characters of a message's content.
const MOST: usize = 2000;
/// Of one row.
const LINE: usize = 300;

pub(crate) async fn run(inner: Arc<Inner>) {
    let Some(channel) = inner.settings.audit_channel else { return };
    let size = |line: &str| line.chars().count();
    let page = Page { most: MOST, size, line, pause: inner.settings.paces.mirror };
    let (teller, leads) = (Arc::clone(&inner), inner.leads.subscribe());
    unasked::mirror(teller, leads, page, move |text, last| {
        let inner = Arc::clone(&inner);
        Box::pin(async move {
            let nonce = Some(format!("a{last}"));
            let message = Message { content: Some(text), nonce, enforce_nonce: true, ..Message::default() };
            inner.transport.post(channel, &message).await.map(drop).map_err(|error| error.to_string())
        })
    })
    .await;
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
