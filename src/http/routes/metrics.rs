//! `GET /metrics`: the numbers, for Prometheus.

use crate::measured;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::Dispatch;
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub const PATH: &str = "/metrics";

const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who may look.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches it: only where the server listens on loopback.
    Anybody,
    /// Who shows the token of this hash. Hashes of what somebody guesses cannot be chosen byte by byte, so comparing them
    /// tells nothing.
    Token([u8; 32]),
}

impl Access {
    /// `None`: nobody, and there is no such path.
    pub fn of(token: Option<&str>, is_loopback: bool) -> Option<Self> {
        match token {
            Some(token) => Some(Self::Token(Sha256::digest(token).into())),
            None => is_loopback.then_some(Self::Anybody),
        }
    }

    fn allows(&self, headers: &HeaderMap) -> bool {
        let Self::Token(hash) = self else { return true };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|given| given.trim().split_once(' '));
        token.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && <[u8; 32]>::from(Sha256::digest(token.trim())) == *hash
        })
    }
}

#[derive(Clone)]
pub struct Metrics {
    pub access: Access,
    pub dispatch: Arc<Dispatch>,
}

pub async fn metrics(State(served): State<Metrics>, headers: HeaderMap) -> Response {
    if !served.access.allows(&headers) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "a token is wanted").into_response();
    }
    served.dispatch.measure().await;
    let head = [(header::CONTENT_TYPE, TYPE), (header::CACHE_CONTROL, "no-store")];
    (head, measured::shown()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_token_they_do_not_leave_the_machine() {
        assert!(Access::of(None, false).is_none());
        assert!(Access::of(None, true).expect("on loopback").allows(&HeaderMap::new()));
        // With one, the machine itself is asked for it too.
        for is_loopback in [true, false] {
            let access = Access::of(Some("0123456789abcdef"), is_loopback).expect("there is a token");
            let allows = |given: Option<&'static str>| {
                let mut headers = HeaderMap::new();
                headers.extend(given.map(|given| (header::AUTHORIZATION, given.parse().expect("a header"))));
                access.allows(&headers)
            };
            assert!(allows(Some("Bearer 0123456789abcdef")) && allows(Some("bearer  0123456789abcdef")));
            for wrong in ["0123456789abcdef", "Basic 0123456789abcdef", "Bearer 0123456789abcde", "Bearer ", "Bearer"] {
                assert!(!allows(Some(wrong)), "{wrong}");
            }
            assert!(!allows(None));
        }
    }
}
