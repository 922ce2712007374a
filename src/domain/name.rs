//! Names and numbers that have a form. Each parses with `FromStr`, prints as it was, and travels as plain text in serde.
//! Clones of a name share its text: ten thousand guests are on fifty nodes.

use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

/// A value that does not have the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no {what}: {right}")]
pub struct WrongForm {
    /// What it should have been, in the field's word: "node name".
    pub what: &'static str,
    /// What was given, shortened and with control characters made visible.
    pub given: String,
    /// What would be right.
    pub right: &'static str,
}

impl WrongForm {
    pub fn new(what: &'static str, given: &str, right: &'static str) -> Self {
        Self { what, given: crate::text::shorten(&crate::text::visible(given), 60), right }
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $right:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(Arc<str>);

        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = WrongForm;
            fn from_str(given: &str) -> Result<Self, WrongForm> {
                let valid: fn(&str) -> bool = $valid;
                if valid(given) { Ok(Self(given.into())) } else { Err(WrongForm::new($what, given, $right)) }
            }
        }

        impl TryFrom<String> for $type {
            type Error = WrongForm;
            fn try_from(given: String) -> Result<Self, WrongForm> {
                given.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

/// One label of a DNS name: letters, digits and inner hyphens, at most 63.
pub(crate) fn is_dns_label(s: &str) -> bool {
    !s.is_empty()
        && s.len() <= 63
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !s.starts_with('-')
        && !s.ends_with('-')
}

/// A word of ours: lower-case letter first, then letters, digits, `-`, `_` and `.`, 2 to 32 in all.
fn is_word(s: &str) -> bool {
    (2..=32).contains(&s.len())
        && s.starts_with(|c: char| c.is_ascii_lowercase())
        && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
}

/// Proxmox's `pve-configid`: letter first, then letters, digits, `_` and `-`, at least 2.
fn is_configid(s: &str) -> bool {
    s.len() >= 2
        && s.starts_with(|c: char| c.is_ascii_alphabetic())
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

name!(
    /// A Proxmox node (`pve-node`: a DNS label).
    NodeName, "node name", "letters, digits and inner hyphens, like pve1", is_dns_label);
name!(
    /// A Proxmox cluster as named in the configuration.
    ClusterName, "cluster name", "letters, digits and inner hyphens, like lab", is_dns_label);
name!(
    /// A storage (`pve-storage-id`).
    StorageName, "storage name", "a letter, then letters, digits, - _ and ., like local-lvm",
    |s| s.len() >= 2 && s.len() <= 100 && s.starts_with(|c: char| c.is_ascii_alphabetic())
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && s.ends_with(|c: char| c.is_ascii_alphanumeric()));
name!(
    /// A bridge or SDN vnet (`pve-bridge-id`).
    BridgeName, "bridge name", "letters, digits, - _ and ., at most 15, like vmbr0",
    |s| !s.is_empty() && s.len() <= 15
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')));
name!(
    /// A Proxmox resource pool, nested ones with `/` (`pve-poolid`).
    PoolName, "pool name", "letters, digits, - _ and ., parts joined by /",
    |s| !s.is_empty() && s.len() <= 128 && s.split('/').count() <= 3
        && s.split('/').all(|p| !p.is_empty()
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))));
name!(
    /// A guest's name: a DNS name. NetBox takes 64 characters of it.
    Hostname, "DNS name", "letters, digits and inner hyphens, parts joined by dots, at most 64 in all, like web1",
    |s| s.len() <= 64 && s.split('.').all(is_dns_label));
name!(
    /// A snapshot (`pve-configid`, 2 to 40). `current`, `pending` and `vzdump` are Proxmox's own words.
    SnapshotName, "snapshot name",
    "a letter, then letters, digits, - and _, 2 to 40 in all, and not current, pending or vzdump",
    |s| is_configid(s) && s.len() <= 40
        && !["current", "pending", "vzdump"].iter().any(|w| s.eq_ignore_ascii_case(w)));
name!(
    /// A guest's tag, lower case (Proxmox folds tags unless told not to).
    Tag, "tag", "letters, digits, _ first, then also - + and .",
    |s| !s.is_empty() && s.len() <= 124 && s.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'.')));
name!(
    /// What NetBox calls a site or a tenant in its links.
    Slug, "slug", "letters, digits, - and _, at most 100, like lab-1",
    |s| !s.is_empty() && s.len() <= 100 && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
name!(
    /// An account of direttore.
    AccountName, "account name", "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all", is_word);

impl AccountName {
    /// For somebody whom others call so elsewhere: as much of it as can stand in a name. `nth` tells those apart who are
    /// called alike.
    pub fn like(called: &str, nth: usize) -> Self {
        let lower = called.to_lowercase();
        let kept =
            lower.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
        let kept: String = kept.skip_while(|c| !c.is_ascii_lowercase()).take(26).collect();
        let word = if kept.len() < 2 { "member".to_owned() } else { kept };
        let name = if nth > 1 { format!("{word}-{nth}") } else { word };
        name.parse().expect("only what may stand in a name is left")
    }
}

name!(
    /// A group of accounts.
    GroupName, "group name", "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all", is_word);
name!(
    /// A saved command line.
    AliasName, "alias name", "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all", is_word);
name!(
    /// An account's public SSH key, as its owner calls it.
    KeyName, "key name", "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all", is_word);

name!(
    /// What an account calls one of its tokens.
    TokenName, "token name", "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all", is_word);

/// A guest's number in its cluster, 100 to 999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Vmid(u32);

impl Vmid {
    pub const MIN: u32 = 100;
    pub const MAX: u32 = 999_999_999;

    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Vmid {
    type Error = WrongForm;
    fn try_from(n: u32) -> Result<Self, WrongForm> {
        if (Self::MIN..=Self::MAX).contains(&n) {
            Ok(Self(n))
        } else {
            Err(WrongForm::new("VMID", &n.to_string(), "a number from 100 to 999999999"))
        }
    }
}

impl From<Vmid> for u32 {
    fn from(vmid: Vmid) -> u32 {
        vmid.0
    }
}

impl FromStr for Vmid {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let wrong = || WrongForm::new("VMID", given, "a number from 100 to 999999999");
        if given.starts_with('0') || !given.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        given.parse::<u32>().map_err(|_| wrong()).and_then(Self::try_from)
    }
}

impl fmt::Display for Vmid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A job of ours, shown as `J-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

impl FromStr for JobId {
    type Err = WrongForm;
    /// `J-12`, `j-12` and `12`.
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let digits = given.strip_prefix("J-").or_else(|| given.strip_prefix("j-")).unwrap_or(given);
        match digits.parse::<i64>() {
            Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(n)),
            _ => Err(WrongForm::new("job", given, "a job's name like J-12")),
        }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "J-{}", self.0)
    }
}

impl Serialize for JobId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_is_called_becomes_an_account_name() {
        let like = |called: &str, nth| AccountName::like(called, nth).as_str().to_owned();
        assert_eq!(like("Ann Lee", 1), "annlee");
        assert_eq!(like("4nn_O'Neil-2.x", 2), "nn_oneil-2.x-2");
        for none in ["", "x", "李", "123", "\u{202e}", "É"] {
            assert_eq!((like(none, 1), like(none, 3)), ("member".to_owned(), "member-3".to_owned()), "{none:?}");
        }
        assert_eq!(like(&"Z".repeat(500), 100), format!("{}-100", "z".repeat(26)));
    }
}
