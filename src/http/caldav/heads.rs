//! What is in calendars, without the texts, kept in memory: programs ask for all of it again and again.
//!
//! It is kept under the number of the calendar's last change, which is read anew with each request, so that nobody is
//! given what is not so any more, whichever process changed it. What was read is never older than the number it is kept
//! under, for that was read before.

use super::calendar::Object;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// As many objects are kept in all: some tens of megabytes. Above that all of it is read anew.
const MOST: usize = 200_000;

pub type Listed = Arc<Vec<Arc<Object>>>;

#[derive(Default)]
pub struct Heads(Mutex<HashMap<i64, (i64, Listed)>>);

impl Heads {
    pub fn get(&self, calendar: i64, rev: i64) -> Option<Listed> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&calendar).filter(|(at, _)| *at == rev).map(|(_, listed)| Arc::clone(listed))
    }

    pub fn keep(&self, calendar: i64, rev: i64, listed: &Listed) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others: usize = kept.iter().filter(|(id, _)| **id != calendar).map(|(_, (_, all))| all.len()).sum();
        if others + listed.len() > MOST {
            kept.clear();
        }
        // Two may have read at once, the later one first.
        if kept.get(&calendar).is_none_or(|(at, _)| *at <= rev) {
            kept.insert(calendar, (rev, Arc::clone(listed)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::Instant;
    use direttore_store::plain_object::Span;

    fn listed(count: usize) -> Listed {
        let object = Arc::new(Object {
            name: "a".into(),
            etag: "e".into(),
            component: "VEVENT".into(),
            body: String::new(),
            size: 1,
            changed: Instant(0),
            span: Span::default(),
        });
        Arc::new((0..count).map(|_| Arc::clone(&object)).collect())
    }

    #[test]
    fn only_what_is_still_so_is_given() {
        let heads = Heads::default();
        heads.keep(1, 5, &listed(2));
        assert_eq!(heads.get(1, 5).map(|all| all.len()), Some(2));
        assert!(heads.get(1, 6).is_none() && heads.get(2, 5).is_none());
        heads.keep(1, 6, &listed(3));
        heads.keep(1, 5, &listed(2));
        assert_eq!(heads.get(1, 6).map(|all| all.len()), Some(3), "what is newer stays");
    }

    #[test]
    fn there_is_an_end_of_what_is_kept() {
        let heads = Heads::default();
        heads.keep(1, 1, &listed(MOST));
        heads.keep(2, 1, &listed(1));
        assert!(heads.get(1, 1).is_none() && heads.get(2, 1).is_some());
    }
}
