//! Files that only we can read: AES-256-GCM, each file with a nonce of its own.
//!
//! The library that is in the house anyway, and a key of the configuration: no second program, no key pair to look after.
//! Whoever has the repository alone sees which devices changed, when, and how large they are, and nothing else. A sealed
//! file begins with a word, so that a person who opens it knows why it cannot be read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use std::{fmt, sync::Arc};

const HEAD: &[u8] = b"direttore-sealed-1\n";

#[derive(Clone)]
pub struct Seal(Arc<RandomizedNonceKey>);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(RandomizedNonceKey::new(&AES_256_GCM, &key).expect("the key has the length of AES-256")))
    }

    pub(super) fn close(&self, text: &str) -> Vec<u8> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(HEAD), &mut sealed)
            .expect("a configuration is not too long for GCM");
        [HEAD, nonce.as_ref(), &sealed].concat()
    }

    /// What was kept before sealing began is read as it is.
    pub(super) fn open(&self, bytes: &[u8]) -> Option<String> {
        let Some(sealed) = bytes.strip_prefix(HEAD) else {
            return Some(String::from_utf8_lossy(bytes).into_owned());
        };
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let text = self.0.open_in_place(nonce, Aad::from(HEAD), &mut sealed).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}
