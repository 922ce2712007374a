//! Whether the box is the one it was. Nothing is kept here: what is known comes in, what was seen goes out.

use super::error::Error;
use base64ct::{Base64, Base64Unpadded, Encoding};
use sha2::{Digest, Sha256};
use std::str::FromStr;

/// What is done about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// One that is not known is refused.
    Strict,
    /// The first one seen is believed, a changed one refused.
    #[default]
    FirstUse,
    /// Any will do. Whoever is between us and the device can read and change everything.
    Off,
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match given {
            "strict" => Ok(Self::Strict),
            "tofu" => Ok(Self::FirstUse),
            "off" => Ok(Self::Off),
            _ => Err(format!("{given:?} is no policy for host keys; right would be strict, tofu or off")),
        }
    }
}

/// A key that was accepted before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// `SHA256:…`, as ssh-keygen shows it.
    pub fingerprint: String,
    /// `ssh-ed25519 AAAA…`, where it is known: then the same kind of key is asked for.
    pub key: Option<String>,
}

/// A key that a device showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub fingerprint: String,
    /// `ssh-ed25519 AAAA…`
    pub key: String,
    /// Whether it is to be kept: it was believed at first sight.
    pub is_new: bool,
}

impl From<Seen> for Known {
    fn from(seen: Seen) -> Self {
        Self { fingerprint: seen.fingerprint, key: Some(seen.key) }
    }
}

/// `SHA256:…` of a key's wire form.
pub(super) fn fingerprint_of(blob: &[u8]) -> String {
    format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(blob)))
}

/// The kind of key that its wire form begins with: a length and a name.
fn kind_of(blob: &[u8]) -> Option<&str> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let name = rest.get(..u32::from_be_bytes(*length) as usize)?;
    str::from_utf8(name).ok()
}

pub(super) fn judge(policy: Policy, known: &[Known], blob: &[u8]) -> Result<Seen, Error> {
    let kind = kind_of(blob).ok_or_else(|| Error::Garbage { why: "its host key has no form".to_owned() })?;
    let fingerprint = fingerprint_of(blob);
    let mut seen = Seen { key: format!("{kind} {}", Base64::encode_string(blob)), fingerprint, is_new: false };
    if policy == Policy::Off || known.iter().any(|k| k.fingerprint == seen.fingerprint) {
        return Ok(seen);
    }
    match (known.first(), policy) {
        (Some(first), _) => Err(Error::HostKeyChanged { known: first.fingerprint.clone(), seen }),
        (None, Policy::Strict) => Err(Error::HostKeyUnknown { seen }),
        (None, _) => {
            seen.is_new = true;
            Ok(seen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(kind: &str, key: &[u8]) -> Vec<u8> {
        let length = u32::try_from(kind.len()).expect("it is short");
        [&length.to_be_bytes()[..], kind.as_bytes(), key].concat()
    }

    #[test]
    fn a_key_is_believed_once_and_then_only_that_one() {
        let (one, two) = (blob("ssh-ed25519", b"one"), blob("ssh-ed25519", b"two"));
        let seen = judge(Policy::FirstUse, &[], &one).expect("the first is believed");
        assert!(seen.is_new && seen.key.starts_with("ssh-ed25519 ") && seen.fingerprint.starts_with("SHA256:"));
        let known = [Known::from(seen.clone())];
        assert!(!judge(Policy::FirstUse, &known, &one).expect("it is known").is_new);
        let changed = judge(Policy::FirstUse, &known, &two);
        assert!(matches!(changed, Err(Error::HostKeyChanged { known, .. }) if known == seen.fingerprint));
        assert!(matches!(judge(Policy::Strict, &known, &two), Err(Error::HostKeyChanged { .. })));
        assert!(judge(Policy::Off, &known, &two).is_ok());
    }

    #[test]
    fn strict_believes_none_at_first_sight() {
        let unknown = judge(Policy::Strict, &[], &blob("ssh-rsa", b"x"));
        assert!(matches!(unknown, Err(Error::HostKeyUnknown { seen }) if seen.key.starts_with("ssh-rsa ")));
        assert!(matches!(judge(Policy::Off, &[], b"\0\0\0\xffssh"), Err(Error::Garbage { .. })));
    }
}
