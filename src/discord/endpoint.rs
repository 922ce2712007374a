//! Interactions by HTTP: a request that Discord has signed. Whoever serves HTTP mounts [`Endpoint::hear`].

use crate::{interaction::Interaction, surface::Inner};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// How far the time of a request may be from ours: older ones may have been recorded by somebody.
const SKEW: Duration = Duration::from_secs(300);

#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

/// What the request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// JSON; none is no body.
    pub body: Option<Value>,
}

impl Answer {
    fn refused(status: u16, why: &str) -> Self {
        Self { status, body: Some(json!({ "error": why })) }
    }
}

impl Endpoint {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// `signature` and `timestamp` are the headers `X-Signature-Ed25519` and `X-Signature-Timestamp`, `body` the very
    /// bytes that came. Discord itself tries wrong signatures now and then, and wants 401 for them.
    pub fn hear(&self, signature: Option<&str>, timestamp: Option<&str>, body: &[u8]) -> Answer {
        let inner = &self.0;
        let Some(key) = &inner.settings.public_key else {
            return Answer::refused(404, "no public key is configured");
        };
        let (Some(signature), Some(timestamp)) = (signature, timestamp) else {
            return Answer::refused(401, "the signature is missing");
        };
        if !is_signed(key, signature, timestamp, body) {
            return Answer::refused(401, "the signature does not fit");
        }
        let now = inner.dispatch.now().millis().div_euclid(1000);
        let is_near = timestamp.parse::<i64>().is_ok_and(|at| now.abs_diff(at) <= SKEW.as_secs());
        if !is_near {
            return Answer::refused(401, "the signature is too old");
        }
        let parsed = serde_json::from_slice::<Value>(body);
        let Ok(value) = parsed else { return Answer::refused(400, "the body is no JSON") };
        if value["type"] == json!(1) {
            return Answer { status: 200, body: Some(json!({ "type": 1 })) };
        }
        // Answered as over the gateway, by the callback route: one way for both.
        inner.hear(Interaction::parse(value));
        Answer { status: 202, body: None }
    }
}

/// Ed25519 over the timestamp and the body.
fn is_signed(key: &[u8; 32], signature: &str, timestamp: &str, body: &[u8]) -> bool {
    let Some(signature) = bytes(signature) else { return false };
    let signed = [timestamp.as_bytes(), body].concat();
    UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature).is_ok()
}

fn bytes(hex: &str) -> Option<[u8; 64]> {
    let mut out = [0u8; 64];
    if hex.len() != 128 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 2: the message is one byte, here split into a timestamp and an empty body.
    #[test]
    fn a_signature_is_over_the_timestamp_and_the_body() {
        let key: [u8; 32] = [
            0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98,
            0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
        ];
        let right = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert!(is_signed(&key, right, "r", b""));
        assert!(is_signed(&key, right, "", b"r"));
        assert!(!is_signed(&key, right, "r", b"r"));
        assert!(!is_signed(&key, &right.replace("92a0", "92a1"), "r", b""));
        for wrong in ["", "zz", &right[..126], &right.replace("92", "é")] {
            assert!(!is_signed(&key, wrong, "r", b""), "{wrong}");
        }
    }
}
