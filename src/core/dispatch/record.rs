//! What goes into the audit log: every command, refusal and reveal of a secret.

use super::{Dispatch, Heard};
use direttore_domain::{Actor, text};
use direttore_store::audit::Entry;
use serde_json::Value;

/// A line of text is kept up to this many characters.
const LINE: usize = 400;

/// One command on its way, as the audit log will have it.
#[derive(Clone)]
pub(super) struct Trace {
    entry: Entry,
}

impl Trace {
    pub fn new(dispatch: &Dispatch, heard: &Heard, line: &str) -> Self {
        Self {
            entry: Entry {
                at: dispatch.clock.now(),
                who: heard.identity.to_string(),
                account_id: None,
                identity: heard.identity.to_string(),
                channel: heard.origin.channel_name(),
                what: String::new(),
                line: text::shorten(&text::visible(line), LINE),
                target: String::new(),
                outcome: String::new(),
                detail: Value::Null,
                reference: None,
            },
        }
    }

    pub fn actor(&mut self, actor: &Actor) {
        self.entry.who = actor.name();
        self.entry.account_id = actor.account_id();
    }

    pub fn command(&mut self, path: &str, line: &str) {
        path.clone_into(&mut self.entry.what);
        self.entry.line = text::shorten(&text::visible(line), LINE);
    }

    pub fn target(&mut self, target: &str) {
        self.entry.target = text::shorten(&text::visible(target), LINE);
    }

    pub fn reference(&mut self, reference: Option<String>) {
        self.entry.reference = reference;
    }

    /// The entry with its outcome: a word, and what belongs to it.
    pub fn entry(&self, outcome: &str, detail: Value) -> Entry {
        Entry { outcome: outcome.to_owned(), detail, ..self.entry.clone() }
    }
}
