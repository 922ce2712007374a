//! Runs, versions, remotes, and days on which the disk or another program is in the way.

mod bad_days;
mod remotes;
mod runs;

use super::{Entry, History, Run, Seal, Settings};
use direttore_domain::Instant;
use std::path::Path;

const AT: Instant = Instant(1_795_341_600_000);

async fn open(path: &Path) -> History {
    History::open(settings(path, None)).await.expect("it can be opened")
}

fn settings(path: &Path, seal: Option<Seal>) -> Settings {
    Settings { path: path.to_owned(), name: "direttore".to_owned(), email: "direttore@example.net".to_owned(), seal }
}

fn entry(device: &str, text: &str) -> Entry {
    Entry { device: device.to_owned(), group: None, text: text.to_owned(), author: None }
}

fn run(minutes: i64, entries: Vec<Entry>) -> Run {
    Run { at: Instant(AT.0 + minutes * 60_000), why: "scheduled backup".to_owned(), entries }
}
