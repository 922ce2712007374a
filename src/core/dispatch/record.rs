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
                line: kept(line),
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
        self.entry.line = kept(line);
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

/// A line as the log may have it. A private key that was pasted where a public one belongs is not written down.
fn kept(line: &str) -> String {
    match line.split_once("PRIVATE KEY") {
        None => text::shorten(&text::visible(line), LINE),
        Some((before, _)) => {
            let words = before.split_whitespace().take(2).map(|word| text::shorten(&text::visible(word), LINE / 4));
            words.chain(["(a private key, left out)".to_owned()]).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_left_out() {
        let pasted = "/key add laptop -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA";
        assert_eq!(kept(pasted), "/key add (a private key, left out)");
        assert_eq!(kept("PRIVATE KEY-----b3BlbnNzaC1"), "(a private key, left out)");
        assert_eq!(kept("-----BEGIN RSA PRIVATE KEY-----MIIE x"), "-----BEGIN RSA (a private key, left out)");
        assert_eq!(kept("/key add laptop ssh-ed25519 AAAA alice"), "/key add laptop ssh-ed25519 AAAA alice");
    }

    #[test]
    fn what_is_kept_is_visible_and_not_without_end() {
        assert_eq!(kept("a\u{1b}b"), "a\\u{1b}b");
        assert_eq!(kept(&"x".repeat(1000)).chars().count(), LINE);
    }
}
