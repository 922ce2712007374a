//! The audit log in a room.

use crate::{render::words, talk::Talk};
use direttore_core::dispatch::{
    AuditRow,
    unasked::{self, Page},
};
use direttore_domain::text;
use direttore_reply::format;
use std::sync::Arc;
use tokio::sync::watch;

/// Bytes of a message; its HTML says the same.
const MOST: usize = 6000;
/// Of one row, in characters.
const LINE: usize = 300;

pub(crate) async fn run(talk: Arc<Talk>, leads: watch::Receiver<bool>) {
    let Some(room) = talk.settings.audit_room.clone() else { return };
    let page = Page { most: MOST, size: str::len, line, pause: talk.settings.paces.mirror };
    let teller = Arc::clone(&talk);
    unasked::mirror(teller, leads, page, move |text, last| {
        let (talk, room) = (Arc::clone(&talk), room.clone());
        Box::pin(async move {
            let mut shown = words(text.trim_end());
            shown.html = shown.html.replace('\n', "<br>");
            let posted = talk.post(&room, None, &shown, &format!("m/{last}")).await;
            posted.map(drop).map_err(|error| error.to_string())
        })
    })
    .await;
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
