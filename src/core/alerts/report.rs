//! One alert as its source reports it, cut to sizes that can be kept.

use direttore_domain::{Instant, Severity, text};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};

/// Longer texts are cut.
const NAME: usize = 120;
const SUMMARY: usize = 300;
const DESCRIPTION: usize = 2000;
const KEY: usize = 100;
const VALUE: usize = 300;
const LINK: usize = 1000;
const FINGERPRINT: usize = 128;
/// More labels are left out.
const LABELS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Firing,
    Resolved,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub fingerprint: String,
    pub name: String,
    pub severity: Severity,
    pub summary: String,
    pub description: String,
    pub labels: BTreeMap<String, String>,
    pub link: Option<String>,
    pub said: Said,
    /// Since when it fires; none where the source does not say.
    pub starts: Option<Instant>,
    /// When it ended; of one that fires it is no more than the source's guess.
    pub ends: Option<Instant>,
    /// The source says nothing when it is over: it is taken to be over so long after it began.
    pub lasts: Option<Duration>,
}

impl Report {
    /// A report of nothing but a name.
    pub fn new(fingerprint: &str, name: &str, said: Said) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            name: name.to_owned(),
            severity: Severity::Warning,
            summary: String::new(),
            description: String::new(),
            labels: BTreeMap::new(),
            link: None,
            said,
            starts: None,
            ends: None,
            lasts: None,
        }
    }

    /// With every text as long as it may be at most.
    pub fn cut(mut self) -> Self {
        if self.fingerprint.is_empty() || self.fingerprint.chars().count() > FINGERPRINT {
            self.fingerprint = of_labels(&self.labels);
        }
        self.name = text::shorten(&self.name, NAME);
        self.summary = text::shorten(self.summary.trim(), SUMMARY);
        self.description = text::shorten(self.description.trim(), DESCRIPTION);
        let labels = std::mem::take(&mut self.labels).into_iter().take(LABELS);
        self.labels = labels.map(|(key, value)| (text::shorten(&key, KEY), text::shorten(&value, VALUE))).collect();
        // Half a link leads elsewhere.
        self.link = self.link.filter(|link| link.chars().count() <= LINK && is_web(link));
        self
    }
}

fn is_web(link: &str) -> bool {
    (link.starts_with("https://") || link.starts_with("http://")) && !link.contains(char::is_whitespace)
}

/// What stands for a fingerprint where none is given: two alerts with the same labels are one.
fn of_labels(labels: &BTreeMap<String, String>) -> String {
    let text = serde_json::to_string(labels).expect("texts are JSON");
    Sha256::digest(text).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_what_is_no_link_left_out() {
        let labels = (0..80).map(|n| (format!("{n:03}{}", "k".repeat(200)), "v".repeat(999))).collect();
        let long = Report {
            summary: "s".repeat(9999),
            description: "d".repeat(99_999),
            labels,
            link: Some("javascript:alert(1)".to_owned()),
            ..Report::new("", &"n".repeat(999), Said::Firing)
        };
        let cut = long.cut();
        assert_eq!((cut.name.chars().count(), cut.summary.chars().count(), cut.labels.len()), (NAME, SUMMARY, LABELS));
        assert!(cut.labels.iter().all(|(k, v)| k.chars().count() == KEY && v.chars().count() == VALUE));
        assert_eq!((cut.link.as_deref(), cut.fingerprint.len()), (None, 16));
        let short = Report { link: Some("https://x.org/a".to_owned()), ..Report::new("f", "n", Said::Firing) }.cut();
        assert_eq!((short.link.as_deref(), short.fingerprint.as_str()), (Some("https://x.org/a"), "f"));
    }
}
