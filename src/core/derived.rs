//! What is made from a key of the installation, and is nowhere kept.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64ct::{Base64, Encoding};
use direttore_domain::{Instant, JobId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// Passwords made from a key and a job's number: the job can set what its asker was shown, and neither keeps it.
#[derive(Default)]
pub struct Derived(Vec<u8>);

impl Derived {
    pub fn new(key: &[u8]) -> Self {
        Self(key.to_vec())
    }

    /// The password that a job gives to the guest it makes: 20 letters and digits, 100 bits and more.
    pub fn password(&self, job: JobId, created: Instant) -> String {
        /// Without those that look alike.
        const LETTERS: &[u8; 54] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz234567";
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("password of the guest of {job}.{:x}", created.millis()).as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(20).map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect()
    }
}

impl Derived {
    /// A text that nobody can make, or check a guess by, without the key.
    pub fn sealed(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"seal of a request\0");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl Derived {
    /// A secret, to be kept where others may read: nobody can without the key. `None` where the machine has no random
    /// bytes.
    pub fn hidden(&self, secret: &str) -> Option<String> {
        let mut bytes = secret.as_bytes().to_vec();
        let nonce = self.hiding()?.seal_in_place_append_tag(Aad::empty(), &mut bytes).ok()?;
        Some(Base64::encode_string(&[&nonce.as_ref()[..], &bytes].concat()))
    }

    /// What was hidden with the same key, else nothing.
    pub fn shown(&self, hidden: &str) -> Option<String> {
        let mut bytes = Base64::decode_vec(hidden).ok()?;
        if bytes.len() < NONCE_LEN {
            return None;
        }
        let (nonce, rest) = bytes.split_at_mut(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let secret = self.hiding()?.open_in_place(nonce, Aad::empty(), rest).ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }

    fn hiding(&self) -> Option<RandomizedNonceKey> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"what hides secrets of jobs");
        RandomizedNonceKey::new(&AES_256_GCM, &mac.finalize().into_bytes()).ok()
    }
}

impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Derived(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_jobs_own_and_always_the_same() {
        let key = Derived::new(b"a key of these tests");
        let password = key.password(JobId(7), Instant(1));
        assert_eq!(password, key.password(JobId(7), Instant(1)));
        assert_ne!(password, key.password(JobId(8), Instant(1)));
        assert_ne!(password, key.password(JobId(7), Instant(2)), "a restored database's next job is another one");
        assert_ne!(password, Derived::new(b"another").password(JobId(7), Instant(1)));
        assert!(password.len() == 20 && password.bytes().all(|b| b.is_ascii_alphanumeric()), "{password}");
        assert!(!format!("{key:?}").contains("key of"));
    }

    #[test]
    fn what_is_hidden_is_shown_by_the_same_key_alone() {
        let key = Derived::new(b"a key of these tests");
        let hidden = key.hidden("s3cret of a guest").expect("random bytes");
        assert_eq!(key.shown(&hidden).as_deref(), Some("s3cret of a guest"));
        assert_ne!(Some(&hidden), key.hidden("s3cret of a guest").as_ref(), "each time otherwise");
        assert_eq!(Derived::new(b"another").shown(&hidden), None);
        let (first, rest) = hidden.split_at(1);
        let other = format!("{}{rest}", if first == "A" { "B" } else { "A" });
        for wrong in [other.as_str(), rest, "", "AAAA", "no base64"] {
            assert_eq!(key.shown(wrong), None, "{wrong}");
        }
    }
}
