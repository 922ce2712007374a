//! Texts from the other side, made fit to be shown: visible, short, on one line, and without our own secrets.

use direttore_domain::text;
use std::{borrow::Cow, collections::BTreeMap};

/// A text from outside on one line, visible, of at most 500 characters.
pub(crate) fn tidy(given: &str) -> String {
    let lines: Vec<&str> = given.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    text::shorten(&text::visible(&lines.join("; ")), 500)
}

/// The text as UTF-8: borrowed when it is in order, else with marks in place of what is not.
pub(crate) fn utf8(body: &[u8]) -> Cow<'_, str> {
    // Megabytes of text that is in order are checked some times faster so.
    str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// A reason with what it says of single values: `not accepted (name: too short; size: missing)`.
pub(crate) fn with_errors(why: &str, errors: &BTreeMap<String, String>) -> String {
    if errors.is_empty() {
        return why.to_owned();
    }
    let errors: Vec<String> = errors.iter().map(|(name, what)| format!("{name}: {what}")).collect();
    format!("{} ({})", why.trim_end_matches('.'), errors.join("; "))
}

/// Our own secrets, to be cut out of texts that come back.
pub(crate) struct Secrets<'a>(pub(crate) Vec<&'a str>);

impl Secrets<'_> {
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.0.iter().filter(|s| !s.is_empty()) {
            text = text.replace(secret, "…");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_short_visible_and_on_one_line() {
        assert_eq!(tidy("first\r\n\n  second\u{1b}[2J \n"), "first; second\\u{1b}[2J");
        assert_eq!(tidy(&"x".repeat(10_000)).chars().count(), 500);
    }

    #[test]
    fn secrets_are_cut_out_and_an_empty_one_does_nothing() {
        assert_eq!(Secrets(vec!["", "pw"]).hide("the pw is pw"), "the … is …");
    }
}
