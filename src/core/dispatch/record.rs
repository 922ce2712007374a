//! What goes into the audit log: every command, refusal and reveal of a secret.

use super::{Dispatch, Heard};
use crate::request::RequestId;
use direttore_catalog::{Command, Given};
use direttore_domain::{Actor, LinkCode, TokenSecret, text};
use direttore_store::audit::Entry;
use serde_json::{Value, json};

/// A line of text is kept up to this many characters.
const LINE: usize = 400;

/// One command on its way, as the audit log will have it.
#[derive(Clone)]
pub(super) struct Trace {
    entry: Entry,
    /// What belongs to it whatever comes of it.
    about: Value,
}

impl Trace {
    pub fn new(dispatch: &Dispatch, heard: &Heard, line: &str) -> Self {
        // Nobody has read yet what it means: a slip of the finger before a code leaves the code.
        Self::begun(dispatch, heard, heard.identity.to_string(), without_codes(&kept(line)))
    }

    /// Of a command that nobody had to read, by somebody who is known.
    pub fn of(dispatch: &Dispatch, heard: &Heard, actor: &Actor, command: &Command, given: &Given) -> Self {
        let mut trace = Self::begun(dispatch, heard, actor.name(), kept(&format!("/{}", command.line(given))));
        trace.entry.account_id = actor.account_id();
        trace.entry.what.clone_from(&command.path);
        trace
    }

    fn begun(dispatch: &Dispatch, heard: &Heard, who: String, line: String) -> Self {
        Self {
            entry: Entry {
                at: dispatch.clock.now(),
                who,
                account_id: None,
                identity: heard.identity.to_string(),
                channel: heard.origin.channel_name(),
                what: String::new(),
                line,
                target: String::new(),
                outcome: String::new(),
                detail: Value::Null,
                reference: None,
            },
            about: Value::Null,
        }
    }

    /// Why it is said, where nobody says it.
    pub fn about(&mut self, about: Value) {
        self.about = about;
    }

    pub fn actor(&mut self, actor: &Actor) {
        self.entry.who = actor.name();
        self.entry.account_id = actor.account_id();
    }

    pub fn command(&mut self, path: &str, line: &str) {
        path.clone_into(&mut self.entry.what);
        self.entry.line = kept(line);
    }

    /// `None` while nobody knows which command it is.
    pub fn command_path(&self) -> Option<&str> {
        Some(self.entry.what.as_str()).filter(|path| !path.is_empty())
    }

    pub fn target(&mut self, target: &str) {
        self.entry.target = text::shorten(&text::visible(target), LINE);
    }

    pub fn reference(&mut self, reference: Option<String>) {
        self.entry.reference = reference;
    }

    /// The entry of what was answered, without the request.
    pub fn answered(self) -> Entry {
        Entry { outcome: "answered".to_owned(), ..self.entry }
    }

    /// The entry with its outcome: a word, and what belongs to it.
    pub fn entry(&self, outcome: &str, mut detail: Value) -> Entry {
        // A refusal repeats the word that it is about.
        if let Some(said) = detail.get_mut("said") {
            let shown = said.as_str().map(masked).unwrap_or_default();
            *said = Value::from(match self.entry.what.as_str() {
                _ if is_link(&self.entry.line) => "(left out)".to_owned(),
                "" => without_codes(&shown),
                _ => shown,
            });
        }
        if let Value::Object(about) = &self.about {
            if detail.is_null() {
                detail = json!({});
            }
            if let Some(detail) = detail.as_object_mut() {
                detail.extend(about.clone());
            }
        }
        Entry { outcome: outcome.to_owned(), detail: with_request(detail), ..self.entry.clone() }
    }
}

/// With the request that it was done for, if any: its answer and the log have the same word.
pub(super) fn with_request(mut detail: Value) -> Value {
    let Some(id) = RequestId::now() else { return detail };
    if detail.is_null() {
        detail = json!({});
    }
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("request".to_owned(), Value::from(id.as_str()));
    }
    detail
}

/// A line as the log may have it. A private key that was pasted where a public one belongs is not written down.
fn kept(line: &str) -> String {
    if is_link(line) {
        return if line.split_whitespace().nth(1).is_some() { "/link (left out)" } else { "/link" }.to_owned();
    }
    match line.split_once("PRIVATE KEY") {
        None => text::shorten(&text::visible(&masked(line)), LINE),
        Some((before, _)) => {
            let words = before.split_whitespace().take(2).map(|word| text::shorten(&text::visible(word), LINE / 4));
            words.chain(["(a private key, left out)".to_owned()]).collect::<Vec<_>>().join(" ")
        }
    }
}

/// Whether what follows is a code by which anybody could become the one who asked for it.
fn is_link(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    first.trim_start_matches('/').eq_ignore_ascii_case("link")
}

/// Without words that have the form of such a code.
fn without_codes(line: &str) -> String {
    without(line, is_code, |word| LinkCode::typed(word).is_some())
}

fn is_code(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// Without the words that are secret; `is_part` is what words are made of.
fn without(line: &str, is_part: impl Fn(char) -> bool, is_secret: impl Fn(&str) -> bool) -> String {
    let split = |part: &'_ str| part.trim_end_matches(|c: char| !is_part(c)).len();
    let parts = || line.split_inclusive(|c: char| !is_part(c)).map(|part| part.split_at(split(part)));
    // Of almost every line.
    if !parts().any(|(word, _)| is_secret(word)) {
        return line.to_owned();
    }
    parts().flat_map(|(word, rest)| [if is_secret(word) { "(left out)" } else { word }, rest]).collect()
}

/// As long as a line of a private key at least. Such a key that is pasted into a terminal comes line by line, and only
/// the first one says what it is.
const SECRET: usize = 40;

/// Without words that have a secret's form: a token's, or part of a private key.
fn masked(line: &str) -> String {
    without_keys(&without(line, is_code, |word| TokenSecret::typed(word).is_some()))
}

/// Without words that may be part of a private key. Those of a public one begin with the length of its type.
fn without_keys(line: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let is_secret = |word: &str| {
        word.len() >= SECRET
            && !word.starts_with("AAAA")
            && word.chars().all(is_base64)
            && word.contains(|c: char| c.is_ascii_digit())
            && word.contains(|c: char| c.is_ascii_alphabetic())
    };
    without(line, is_base64, is_secret)
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
    fn a_private_key_comes_line_by_line() {
        let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ";
        assert_eq!(kept(body), "(left out)");
        assert_eq!(kept(&format!("/key add laptop \"{body}\"")), "/key add laptop \"(left out)\"");
        assert_eq!(
            masked(&format!("there is no command {:?}", body.to_lowercase())),
            "there is no command \"(left out)\""
        );
        let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@home";
        assert_eq!(kept(public), public);
        let volid = "local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst";
        assert_eq!(kept(volid), volid);
    }

    #[test]
    fn a_code_is_left_out() {
        for line in ["/link k8m2p-x9q4d", "LINK code=k8m2p-x9q4d", "/link k8m2p x9q4d"] {
            assert_eq!(kept(line), "/link (left out)");
        }
        assert_eq!(kept(" /link "), "/link");
        assert_eq!(without_codes("/lnik K8M2P-X9Q4D"), "/lnik (left out)");
        assert_eq!(without_codes("there is no command \"k8m2px9q4d\""), "there is no command \"(left out)\"");
        let others = "/guest show web-server db01-replica alpha-bravo 10.0.10.5/24";
        assert_eq!(without_codes(others), others);
    }

    #[test]
    fn a_tokens_secret_is_left_out() {
        let secret = "abcdefg-hijkmnp-qrstuvw-xyz2345";
        assert_eq!(kept(&format!("/token revoke {secret}")), "/token revoke (left out)");
        assert_eq!(kept(&secret.replace('-', "").to_uppercase()), "(left out)");
        let others = "/token new caldav my-old-telephone-in-the-kitchen";
        assert_eq!(kept(others), others);
    }

    #[test]
    fn what_is_kept_is_visible_and_not_without_end() {
        assert_eq!(kept("a\u{1b}b"), "a\\u{1b}b");
        assert_eq!(kept(&"x".repeat(1000)).chars().count(), LINE);
    }
}
