//! What somebody is to look at: alerts by their senders' names and labels, how bad they are, and which of them are
//! silenced.

use crate::{grant::pattern_fits, name::WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! numbered {
    ($(#[$doc:meta])* $type:ident, $letter:literal, $what:literal, $right:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub i64);

        impl FromStr for $type {
            type Err = WrongForm;
            fn from_str(given: &str) -> Result<Self, WrongForm> {
                let upper = given.to_ascii_uppercase();
                let digits = upper.strip_prefix(concat!($letter, "-")).unwrap_or(&upper);
                match digits.parse::<i64>() {
                    Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(n)),
                    _ => Err(WrongForm::new($what, given, $right)),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "-{}"), self.0)
            }
        }

        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

numbered!(
    /// Shown as `A-12`; `a-12` and `12` are read too.
    AlertId, "A", "alert", "an alert's name like A-12");
numbered!(
    /// Shown as `S-3`.
    SilenceId, "S", "silence", "a silence's name like S-3");

/// An alert or a silence, by its name. A number alone is an alert's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertRef {
    Alert(AlertId),
    Silence(SilenceId),
}

impl FromStr for AlertRef {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let wrong = |_| WrongForm::new("alert", given, "an alert's name like A-12, or a silence's like S-3");
        match given.as_bytes().first() {
            Some(b'S' | b's') => given.parse().map(Self::Silence).map_err(wrong),
            _ => given.parse().map(Self::Alert).map_err(wrong),
        }
    }
}

impl fmt::Display for AlertRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(id) => id.fmt(f),
            Self::Silence(id) => id.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for AlertRef {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How bad it is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    Warning,
    Info,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Info];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }

    /// A sender's word; one that is none of ours is a warning.
    pub fn said(word: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.as_str().eq_ignore_ascii_case(word.trim())).unwrap_or(Self::Warning)
    }
}

impl FromStr for Severity {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let found = Self::ALL.into_iter().find(|s| s.as_str() == given);
        found.ok_or_else(|| WrongForm::new("severity", given, "critical, warning or info"))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a silence is about: `name=NodeDown node=pve*`. Every pair must fit; `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matchers(Vec<(String, String)>);

impl Matchers {
    const MOST: usize = 8;
    const LONGEST: usize = 400;
    const RIGHT: &str =
        "pairs like name=NodeDown node=pve1, with * for any run of characters and double quotes around spaces";

    /// Exactly one alert.
    pub fn of_alert(id: AlertId) -> Self {
        Self(vec![("alert".to_owned(), id.to_string())])
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The one alert that it names, where it names one.
    pub fn alert(&self) -> Option<AlertId> {
        self.0.iter().find(|(key, _)| key == "alert").and_then(|(_, value)| value.parse().ok())
    }

    /// `value` gives what an alert has by a key.
    pub fn fits<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|(key, pattern)| value(key).is_some_and(|value| pattern_fits(pattern, value)))
    }
}

impl FromStr for Matchers {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let wrong = || WrongForm::new("matcher", given, Self::RIGHT);
        if given.chars().count() > Self::LONGEST || given.chars().any(char::is_control) {
            return Err(wrong());
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut rest = given.trim();
        while !rest.is_empty() {
            let (key, after) = rest.split_once('=').ok_or_else(wrong)?;
            let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
            if key.is_empty() || !key.chars().all(is_key) || pairs.iter().any(|(other, _)| other == key) {
                return Err(wrong());
            }
            let (value, left) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(wrong)?,
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            if value.is_empty() || value.contains('"') || left.starts_with(|c: char| !c.is_whitespace()) {
                return Err(wrong());
            }
            pairs.push((key.to_owned(), value.to_owned()));
            rest = left.trim_start();
        }
        if pairs.is_empty() || pairs.len() > Self::MOST {
            return Err(wrong());
        }
        Ok(Self(pairs))
    }
}

impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.0.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            let quote = if value.contains(char::is_whitespace) { "\"" } else { "" };
            write!(f, "{space}{key}={quote}{value}{quote}")?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Matchers {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Matchers {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_printed_in_one() {
        for (given, read) in [("A-12", "A-12"), ("a-12", "A-12"), ("12", "A-12"), ("s-3", "S-3"), ("S-3", "S-3")] {
            assert_eq!(given.parse::<AlertRef>().expect(given).to_string(), read);
        }
        for wrong in ["", "A-", "A-0", "S-", "R-1", "A--1", "A-+1", "S-x", "12a"] {
            assert!(wrong.parse::<AlertRef>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_of_a_sender_that_is_none_of_ours_is_a_warning() {
        for (word, severity) in [
            ("critical", Severity::Critical),
            (" CRITICAL ", Severity::Critical),
            ("info", Severity::Info),
            ("warning", Severity::Warning),
            ("page", Severity::Warning),
            ("", Severity::Warning),
        ] {
            assert_eq!(Severity::said(word), severity, "{word:?}");
        }
    }

    #[test]
    fn every_pair_of_a_matcher_must_fit() {
        let value = |key: &str| match key {
            "name" => Some("NodeDown"),
            "node" => Some("pve1"),
            "summary" => Some("it is down"),
            _ => None,
        };
        for (matcher, fits) in [
            ("name=NodeDown", true),
            ("name=nodedown", false),
            ("name=Node*", true),
            ("name=* node=pve*", true),
            ("name=NodeDown node=pve2", false),
            ("rack=*", false),
            ("summary=\"it is*\"", true),
        ] {
            let read: Matchers = matcher.parse().expect(matcher);
            assert_eq!(read.fits(value), fits, "{matcher}");
            assert_eq!(read.to_string(), matcher);
        }
    }

    #[test]
    fn what_is_no_matcher_says_what_would_be() {
        let many: String = (0..9).map(|n| format!("k{n}=v ")).collect();
        let long = format!("name={}", "x".repeat(400));
        for wrong in
            ["", "  ", "name", "=x", "name=", "name=a name=b", "na me=x", "name=\"x", "name=\"x\"y", &many, &long]
        {
            assert!(wrong.parse::<Matchers>().is_err(), "{wrong:?}");
        }
        let wrong = "name".parse::<Matchers>().expect_err("no pair");
        assert_eq!(
            wrong.to_string(),
            "\"name\" is no matcher: pairs like name=NodeDown node=pve1, with * for any run of characters and double \
             quotes around spaces"
        );
    }
}
