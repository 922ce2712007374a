//! Secrets of a configuration, made unreadable.
//!
//! A mask is stable: the same secret is always the same mark, so that a diff shows that a secret changed, and not what it
//! is. The mark is keyed, for many secrets are words that anybody could try (`public`).

use super::Rules;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{fmt, fmt::Write};

/// How a mark begins; what begins so is masked already.
const BEGIN: &str = "<masked:";

/// With the installation's own key.
#[derive(Clone)]
pub struct Mask([u8; 32]);

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

impl Mask {
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// `text` with its secrets masked. Masking twice changes nothing.
    pub fn text(&self, text: &str, rules: &Rules) -> String {
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let (words, feed) = line.strip_suffix('\n').map_or((line, ""), |words| (words, "\n"));
            out.push_str(&self.line(words, rules));
            out.push_str(feed);
        }
        out
    }

    fn line(&self, line: &str, rules: &Rules) -> String {
        // Places are found in the line as it was: a pattern shall not see another's mark.
        let mut places: Vec<(usize, usize)> = Vec::new();
        for pattern in rules.secret_patterns() {
            for found in pattern.captures_iter(line) {
                let groups: Vec<_> = found.iter().skip(1).flatten().collect();
                let whole = found.get(0).into_iter().filter(|_| pattern.captures_len() == 1);
                places.extend(groups.into_iter().chain(whole).map(|place| (place.start(), place.end())));
            }
        }
        places.sort_unstable();
        let mut out = String::with_capacity(line.len());
        let mut done = 0;
        for (start, end) in joined(places) {
            out.push_str(&line[done..start]);
            out.push_str(&self.mark(&line[start..end]));
            done = end;
        }
        out.push_str(&line[done..]);
        out
    }

    fn mark(&self, secret: &str) -> String {
        if secret.is_empty() || secret.trim_matches('"').starts_with(BEGIN) {
            return secret.to_owned();
        }
        // A quoted secret and a bare one are the same.
        let bare = secret.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(secret);
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(bare.as_bytes());
        let mut mark = BEGIN.to_owned();
        for byte in &mac.finalize().into_bytes()[..4] {
            write!(mark, "{byte:02x}").expect("a string takes all");
        }
        mark.push('>');
        if bare.len() == secret.len() { mark } else { format!("\"{mark}\"") }
    }
}

/// Places that overlap or touch as one.
fn joined(places: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in places.into_iter().filter(|(start, end)| start < end) {
        match out.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}
