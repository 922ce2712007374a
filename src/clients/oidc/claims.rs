//! What an ID token and the provider's userinfo say, once it is proven who says it.

use super::{
    Error,
    found::{Found, Tokens},
};
use crate::said::tidy;
use chrono::{DateTime, Utc};
use direttore_domain::Instant;
use openidconnect::{
    AccessTokenHash, AdditionalClaims, ClaimsVerificationError, Nonce, OAuth2TokenResponse, SignatureVerificationError,
    TokenResponse, core::CoreJwsSigningAlgorithm,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// Claims that no standard names: groups, above all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rest {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl AdditionalClaims for Rest {}

/// Who holds the key signs, and only they: with the others everybody who can check could sign, or nobody signs.
const SIGNED_BY_ONE: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How far the provider's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);

/// Those of the provider's that we take.
pub(super) fn algorithms(said: &[CoreJwsSigningAlgorithm]) -> Vec<CoreJwsSigningAlgorithm> {
    SIGNED_BY_ONE.into_iter().filter(|ours| said.contains(ours)).collect()
}

/// Why an ID token is not accepted.
pub(super) enum Not {
    /// Of the keys that we know none signed it: there may be others by now.
    OfAKnownKey(Error),
    Accepted(Error),
}

/// Signature, issuer, audience, times, nonce, and that it is of this access token (OpenID Connect Core, 3.1.3.7 and 8).
/// Gives all that it claims.
pub(super) fn proven(found: &Found, tokens: &Tokens, nonce: &str, now: Instant) -> Result<Map<String, Value>, Not> {
    let not = |why: &str| Not::Accepted(Error::NotProven { why: tidy(why) });
    let token = tokens.id_token().ok_or_else(|| not("there is none; is openid among the scopes?"))?;
    let time = |at: Instant| DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let (now, latest) = (time(now), time(now + AHEAD));
    let verifier = found
        .client
        .id_token_verifier()
        .set_allowed_algs(found.algorithms.clone())
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= latest { Ok(()) } else { Err("it was issued in the future".to_owned()) }
        });
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| not_accepted(&error))?;
    if claims.authorized_party().is_some_and(|party| party != found.client.client_id()) {
        return Err(not("it was made for another client (azp)"));
    }
    if let Some(said) = claims.access_token_hash() {
        let hash = token.signing_alg().and_then(|algorithm| {
            let key = token.signing_key(&verifier)?;
            AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| SignatureVerificationError::Other(error.to_string()))
        });
        if hash.map_err(|error| not(&error.to_string()))? != *said {
            return Err(not("it is of another access token (at_hash)"));
        }
    }
    match serde_json::to_value(claims) {
        Ok(Value::Object(all)) => Ok(all),
        _ => Err(not("its claims cannot be read")),
    }
}

fn not_accepted(error: &ClaimsVerificationError) -> Not {
    let inner = match error {
        ClaimsVerificationError::SignatureVerification(inner) => inner,
        ClaimsVerificationError::InvalidNonce(_) => return Not::Accepted(Error::OtherSignIn),
        error => return Not::Accepted(Error::NotProven { why: tidy(&error.to_string()) }),
    };
    let said = Error::NotProven { why: tidy(&inner.to_string()) };
    match inner {
        // Some providers give a new key the name of the old one.
        SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_) => {
            Not::OfAKnownKey(said)
        }
        _ => Not::Accepted(said),
    }
}

/// What stands at a path like `realm_access.roles`. A claim whose own name has the dots comes first.
pub fn at_path<'c>(claims: &'c Map<String, Value>, path: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at_path(claims.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_into_a_claim() {
        let Value::Object(claims) = json!({
            "groups": ["a"], "realm_access": { "roles": ["b"] }, "https://lab.example/groups": ["c"], "x": "y",
        }) else {
            panic!("an object")
        };
        let at = |path: &str| at_path(&claims, path).cloned();
        assert_eq!(at("groups"), Some(json!(["a"])));
        assert_eq!(at("realm_access.roles"), Some(json!(["b"])));
        assert_eq!(at("https://lab.example/groups"), Some(json!(["c"])));
        assert_eq!((at("x.y"), at("realm_access.more"), at("")), (None, None, None));
    }

    #[test]
    fn what_everybody_or_nobody_can_sign_is_never_taken() {
        use CoreJwsSigningAlgorithm as Alg;
        let said = [Alg::None, Alg::HmacSha256, Alg::EcdsaP256Sha256, Alg::HmacSha512, Alg::RsaSsaPkcs1V15Sha256];
        assert_eq!(algorithms(&said), [Alg::RsaSsaPkcs1V15Sha256, Alg::EcdsaP256Sha256]);
        assert_eq!(algorithms(&said[..2]), []);
    }
}
