//! What was written into modals and refused, so that it can be mended instead of written again. Only in memory: it may be
//! a secret that belongs nowhere.

use direttore_reply::Form;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Nobody mends anything after that.
const KEPT: Duration = Duration::from_secs(900);

#[derive(Default)]
pub(crate) struct Written(Mutex<HashMap<String, Texts>>);

struct Texts {
    since: Instant,
    /// By the keys of their questions.
    all: Vec<(String, String)>,
}

impl Written {
    /// By the id of the reply that refused them.
    pub fn keep(&self, on: &str, all: Vec<(String, String)>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, texts| texts.since.elapsed() < KEPT);
        kept.insert(on.to_owned(), Texts { since: Instant::now(), all });
    }

    /// Into the places of the form's answers.
    pub fn put_into(&self, on: &str, form: &mut Form) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(texts) = kept.get(on) else { return };
        for ask in &mut form.ask {
            let text = texts.all.iter().find(|(key, _)| *key == ask.key).map(|(_, text)| text);
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                ask.value = Some(text.clone());
            }
        }
    }
}
