//! What the database said of somebody's rights, or of what things demand, for as long as it surely says the same.
//!
//! Whoever changes rights through this process makes all of it unsure before they hear that it is done
//! ([`Store::rights`]). Other processes are not seen, so nothing is sure for longer than a moment: what they take away
//! counts here within [`SURE`].

use direttore_store::Store;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long nobody is asked whether another process has changed something.
const SURE: Duration = Duration::from_secs(1);

/// Keys come from outside, so not more than this.
const MOST: usize = 10_000;

/// A moment before the database is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    rights: u64,
    at: Instant,
}

impl Seen {
    pub fn now(store: &Store) -> Self {
        Self { rights: store.rights(), at: Instant::now() }
    }
}

/// What was said, by what was asked for.
pub(crate) struct Sure<K, V> {
    said: Mutex<HashMap<K, (Seen, V)>>,
}

impl<K, V> Default for Sure<K, V> {
    fn default() -> Self {
        Self { said: Mutex::default() }
    }
}

impl<K: Eq + Hash, V: Clone> Sure<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, (Seen, V)>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only what is so now.
    pub fn get(&self, key: &K, now: Seen) -> Option<V> {
        let said = self.lock();
        let (seen, value) = said.get(key)?;
        (seen.rights == now.rights && now.at.duration_since(seen.at) < SURE).then(|| value.clone())
    }

    /// However long ago it was said: for while the database says nothing.
    pub fn last(&self, key: &K) -> Option<V> {
        self.lock().get(key).map(|(_, value)| value.clone())
    }

    /// `seen` is from before the database was asked.
    pub fn put(&self, key: K, value: V, seen: Seen) {
        let mut said = self.lock();
        if said.len() >= MOST && !said.contains_key(&key) {
            said.clear();
        }
        said.insert(key, (seen, value));
    }

    pub fn forget(&self, key: &K) {
        self.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sure_for_a_moment_while_no_rights_change() {
        let sure = Sure::default();
        let at = Instant::now();
        let seen = Seen { rights: 7, at };
        let later = |rights, millis| Seen { rights, at: at + Duration::from_millis(millis) };
        assert_eq!(sure.get(&"alice", seen), None);
        sure.put("alice", 1, seen);
        assert_eq!(sure.get(&"alice", later(7, 999)), Some(1));
        assert_eq!(sure.get(&"alice", later(8, 1)), None, "somebody's rights were changed here");
        assert_eq!(sure.get(&"alice", later(7, 1000)), None, "another process may have done so");
        assert_eq!(sure.last(&"alice"), Some(1));
        sure.put("alice", 2, later(8, 1000));
        assert_eq!(sure.get(&"alice", later(8, 1001)), Some(2));
        sure.forget(&"alice");
        assert_eq!(sure.last(&"alice"), None);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_sure_after_it() {
        let sure = Sure::default();
        let before = Seen { rights: 7, at: Instant::now() };
        // Read, then changed, then kept.
        sure.put("alice", "an operator", before);
        assert_eq!(sure.get(&"alice", Seen { rights: 8, ..before }), None);
    }

    #[test]
    fn not_everybody_is_kept() {
        let sure = Sure::default();
        let seen = Seen { rights: 0, at: Instant::now() };
        for n in 0..=2 * MOST {
            sure.put(n, (), seen);
        }
        assert!(sure.lock().len() <= MOST);
        assert_eq!(sure.get(&(2 * MOST), seen), Some(()));
    }
}
