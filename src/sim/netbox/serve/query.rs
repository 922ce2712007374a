//! Query strings, as Django reads and writes them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

/// Names and values in their order.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string().replace(' ', "+")
}

/// A query to be changed and written again.
pub struct Pairs(Vec<(String, String)>);

impl From<&[(String, String)]> for Pairs {
    fn from(pairs: &[(String, String)]) -> Self {
        Self(pairs.to_vec())
    }
}

impl Pairs {
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// Sorted by name; values of one name keep their order.
    pub fn sorted(mut self) -> String {
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        let parts: Vec<String> = self.0.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
        parts.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_and_written() {
        let pairs = pairs("limit=3&fields=id%2Cname&q=a+b&q=c");
        let mut query = Pairs::from(pairs.as_slice());
        query.set("offset", "3");
        assert_eq!(query.sorted(), "fields=id%2Cname&limit=3&offset=3&q=a+b&q=c");
    }
}
