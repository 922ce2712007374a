//! A public SSH key on one line, as `authorized_keys` and cloud-init take it: type, base64, comment.

use crate::WrongForm;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest line taken: an RSA key of 16,384 bits and a comment.
const MAX_LINE: usize = 3000;
const MAX_COMMENT: usize = 200;

/// The types that OpenSSH makes, with how many fields follow the type's name inside the key (RFC 4253 6.6, RFC 5656
/// 3.1, RFC 8709 4, OpenSSH's PROTOCOL.u2f).
const TYPES: [(&str, usize); 7] = [
    ("ssh-ed25519", 1),
    ("ssh-rsa", 2),
    ("ecdsa-sha2-nistp256", 2),
    ("ecdsa-sha2-nistp384", 2),
    ("ecdsa-sha2-nistp521", 2),
    ("sk-ssh-ed25519@openssh.com", 2),
    ("sk-ecdsa-sha2-nistp256@openssh.com", 3),
];

/// One key, in its normal form: single spaces between type, base64 and comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(String);

impl PublicKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `ssh-ed25519`.
    pub fn algorithm(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// What the owner wrote behind it, often `name@computer`; may be empty.
    pub fn comment(&self) -> &str {
        self.0.splitn(3, ' ').nth(2).unwrap_or_default()
    }
}

impl FromStr for PublicKey {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        // A private key that was pasted by mistake is not repeated in an answer or a log.
        let shown = if is_private(text) { "a private key" } else { text };
        let right = "a public key on one line, as in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… you@computer";
        let wrong = || WrongForm::new("public SSH key", shown, right);
        if text.len() > MAX_LINE || text.trim().chars().any(char::is_control) {
            return Err(wrong());
        }
        let mut words = text.split_whitespace();
        let (Some(algorithm), Some(base64)) = (words.next(), words.next()) else { return Err(wrong()) };
        let comment = words.collect::<Vec<_>>().join(" ");
        let (_, fields) = TYPES.iter().find(|(name, _)| *name == algorithm).ok_or_else(wrong)?;
        let key = decode(base64).ok_or_else(wrong)?;
        let parts = fields_of(&key).ok_or_else(wrong)?;
        let is_whole = parts.first() == Some(&algorithm.as_bytes())
            && parts.len() == fields + 1
            && parts.iter().all(|p| !p.is_empty())
            && (!algorithm.contains("ed25519") || parts[1].len() == 32);
        if !is_whole || comment.chars().count() > MAX_COMMENT {
            return Err(wrong());
        }
        Ok(Self(format!("{algorithm} {base64} {comment}").trim_end().to_owned()))
    }
}

/// Also without its first line: the base64 of `openssh-key-v1`, or of the DER of PKCS#1 and SEC1.
fn is_private(text: &str) -> bool {
    text.contains("PRIVATE KEY")
        || text
            .split_whitespace()
            .any(|word| ["b3BlbnNzaC1rZXktdjE", "MII", "MHc", "MHQ"].iter().any(|s| word.starts_with(s)))
}

impl TryFrom<String> for PublicKey {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Strings with their length before them in four bytes, to the last byte.
fn fields_of(mut key: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !key.is_empty() {
        let (length, rest) = key.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (part, rest) = rest.split_at_checked(length)?;
        parts.push(part);
        key = rest;
    }
    Some(parts)
}

/// Base64 with padding, and nothing after it (RFC 4648 section 4). Bits that carry nothing must be zero, so that one
/// key has one spelling.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if digits.is_empty() || !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn a_key_and_its_parts() {
        let key: PublicKey = format!("  {ED25519}   alice at home ").parse().expect("a key");
        assert_eq!(key.as_str(), format!("{ED25519} alice at home"));
        assert_eq!((key.algorithm(), key.comment()), ("ssh-ed25519", "alice at home"));
        assert_eq!(ED25519.parse::<PublicKey>().expect("a key").comment(), "");
    }

    #[test]
    fn what_is_no_public_key() {
        let base64 = &ED25519[12..];
        for text in [
            String::new(),
            "ssh-ed25519".to_owned(),
            base64.to_owned(),
            format!("ssh-rsa {base64}"),
            format!("ssh-dss {base64}"),
            format!("SSH-ED25519 {base64}"),
            format!("ssh-ed25519 {}", &base64[..base64.len() - 4]),
            format!("ssh-ed25519 {base64}AAAA"),
            format!("ssh-ed25519 {base64}="),
            format!("ssh-ed25519 {}é", &base64[..base64.len() - 2]),
            format!("command=\"sh\" {ED25519}"),
            format!("{ED25519} a\n{ED25519} b"),
            format!("{ED25519} {}", "c".repeat(300)),
        ] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_private_key_is_not_repeated() {
        let wrong =
            "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNz".parse::<PublicKey>().expect_err("it is no public key");
        assert_eq!(wrong.given, "a private key");
    }

    #[test]
    fn base64_of_the_standard() {
        for (text, bytes) in [("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        for text in ["", "Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zm 9", "Zg==Zg=="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(ssh-(ed25519|rsa) )?[A-Za-z0-9+/= ]{0,80}|\\PC{0,80}") {
            if let Ok(key) = text.parse::<PublicKey>() {
                prop_assert_eq!(key.as_str().parse::<PublicKey>(), Ok(key.clone()));
            }
        }
    }
}
