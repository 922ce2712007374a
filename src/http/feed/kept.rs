//! What was rendered, within bounds.

use crate::caldav::http_date;
use axum::{body::Bytes, http::HeaderValue};
use direttore_core::dispatch::{FeedContent, FeedKey, FeedMark};
use direttore_domain::Instant;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant as Moment;

/// All of it together, in bytes, and how many there may be.
const LARGEST: usize = 32 << 20;
const MOST: usize = 512;

/// How long nobody is asked whether another process has changed something.
const SURE: Duration = Duration::from_secs(1);

/// A calendar as it goes out.
#[derive(Clone)]
pub struct Shown {
    pub body: Bytes,
    pub etag: HeaderValue,
    pub modified: HeaderValue,
}

pub struct Entry {
    pub shown: Shown,
    pub mark: Option<FeedMark>,
    pub until: Instant,
    /// What had been written through this process when the database was asked, and when that was.
    written: u64,
    asked: Moment,
}

impl Entry {
    pub fn new(content: &FeedContent, body: String, (written, asked): (u64, Moment)) -> Self {
        // Half of it tells two calendars apart.
        let digest: String = Sha256::digest(&body).iter().take(16).map(|b| format!("{b:02x}")).collect();
        let header = |text: &str| HeaderValue::from_str(text).expect("digits, letters and blanks");
        let shown = Shown {
            body: Bytes::from(body),
            etag: header(&format!("\"{digest}\"")),
            modified: header(&http_date(content.changed)),
        };
        Self { shown, mark: content.mark.clone(), until: content.until, written, asked }
    }

    /// The database has just said that it is still right.
    pub fn seen_again(&self, (written, asked): (u64, Moment)) -> Self {
        let Self { shown, mark, until, .. } = self;
        Self { shown: shown.clone(), mark: mark.clone(), until: *until, written, asked }
    }

    /// Whether the database need not be asked.
    pub fn is_sure(&self, (written, moment): (u64, Moment), now: Instant) -> bool {
        self.written == written && now < self.until && moment.duration_since(self.asked) < SURE
    }
}

#[derive(Default)]
pub struct Kept {
    entries: Mutex<HashMap<FeedKey, Arc<Entry>>>,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, HashMap<FeedKey, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, key: &FeedKey) -> Option<Arc<Entry>> {
        self.lock().get(key).cloned()
    }

    /// In place of what was there. What was not asked for longest makes room.
    pub fn put(&self, key: FeedKey, entry: Entry) {
        let mut entries = self.lock();
        entries.insert(key, Arc::new(entry));
        let mut size: usize = entries.values().map(|entry| entry.shown.body.len()).sum();
        while entries.len() > MOST || size > LARGEST {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.asked).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| entries.remove(&key)) else { break };
            size -= gone.shown.body.len();
        }
    }

    pub fn forget(&self, key: &FeedKey) {
        self.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> FeedKey {
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let letters = (0..28).map(|at| char::from(LETTERS[n.checked_shr(at * 5).unwrap_or(0) % 32]));
        FeedKey::of(&letters.collect::<String>()).expect("a secret")
    }

    fn entry(bytes: usize, asked: Moment) -> Entry {
        let content = FeedContent {
            mark: None,
            title: String::new(),
            zone: None,
            changed: Instant(0),
            until: Instant(1000),
            slots: vec![],
        };
        Entry::new(&content, "x".repeat(bytes), (7, asked))
    }

    #[test]
    fn it_is_sure_for_a_moment_while_nothing_is_written() {
        let (before, after, at) = (Instant(999), Instant(1000), Moment::now());
        let entry = entry(1, at);
        assert!(entry.is_sure((7, at), before));
        assert!(!entry.is_sure((8, at), before) && !entry.is_sure((7, at), after));
        assert!(!entry.is_sure((7, at + SURE), before));
        assert!(entry.seen_again((8, at + SURE)).is_sure((8, at + SURE), before));
    }

    #[test]
    fn what_was_not_asked_for_longest_makes_room() {
        let (kept, at) = (Kept::default(), Moment::now());
        let later = |n: usize| at + Duration::from_millis(n as u64);
        for n in 0..=MOST {
            kept.put(key(n), entry(1, later(n)));
        }
        assert!(kept.get(&key(0)).is_none() && kept.get(&key(1)).is_some());
        kept.put(key(MOST + 1), entry(LARGEST - 10, later(MOST + 1)));
        let left = kept.lock().len();
        assert_eq!((left, kept.get(&key(MOST)).is_some()), (11, true), "as many as there is room for");
        kept.put(key(0), entry(LARGEST + 1, later(MOST + 2)));
        assert_eq!(kept.lock().len(), 0, "what is too large is shown, and not kept");
    }
}
