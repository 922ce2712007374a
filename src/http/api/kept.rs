//! Lists of reservations as they went out, for as long as the reservations stay the same.

use axum::{body::Bytes, http::HeaderValue};
use direttore_domain::Instant;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant as Moment;

/// All of them together, in bytes, and how many there may be.
const LARGEST: usize = 32 << 20;
const MOST: usize = 128;
/// What guests are has no mark.
const FRESH: Duration = Duration::from_secs(60);

/// From when, until when.
pub type Key = (Instant, Instant);

#[derive(Clone)]
pub struct Entry {
    pub body: Bytes,
    pub etag: HeaderValue,
    pub mark: Option<i64>,
    made: Moment,
}

impl Entry {
    pub fn new(body: Vec<u8>, mark: Option<i64>, made: Moment) -> Self {
        // Half of it tells two lists apart.
        let digest: String = Sha256::digest(&body).iter().take(16).map(|b| format!("{b:02x}")).collect();
        let etag = HeaderValue::from_str(&format!("\"{digest}\"")).expect("digits and letters");
        Self { body: Bytes::from(body), etag, mark, made }
    }
}

#[derive(Default)]
pub struct Kept(Mutex<HashMap<Key, Entry>>);

impl Kept {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, key: &Key, now: Moment) -> Option<Entry> {
        self.lock().get(key).filter(|entry| now.duration_since(entry.made) < FRESH).cloned()
    }

    /// In place of what was there. The oldest make room.
    pub fn put(&self, key: Key, entry: Entry) {
        let mut entries = self.lock();
        entries.insert(key, entry);
        let mut size: usize = entries.values().map(|entry| entry.body.len()).sum();
        while entries.len() > MOST || size > LARGEST {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.made).map(|(key, _)| *key);
            let Some(gone) = oldest.and_then(|key| entries.remove(&key)) else { break };
            size -= gone.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_for_a_while_and_the_oldest_make_room() {
        let (kept, key) = (Kept::default(), |n: i64| (Instant(n), Instant(n)));
        let at = |begin: Moment, n: u64| begin + Duration::from_millis(n);
        let begin = Moment::now();
        for n in 0..200_u64 {
            let nth = i64::try_from(n).expect("a small number");
            kept.put(key(nth), Entry::new(b"[]".to_vec(), Some(1), at(begin, n)));
        }
        let now = at(begin, 200);
        assert!(kept.get(&key(0), now).is_none(), "there are more than may be");
        assert!(kept.get(&key(199), now).is_some());
        assert_eq!(kept.lock().len(), MOST);
        assert!(kept.get(&key(199), now + FRESH).is_none(), "it is too old");
        kept.put(key(7), Entry::new(vec![b'x'; LARGEST + 1], None, now));
        assert!(kept.lock().is_empty(), "nothing is so large");
    }
}
