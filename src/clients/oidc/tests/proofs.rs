//! ID tokens that prove nothing, and keys that change.

use super::{
    super::*,
    provider::{Key, NOW, Signs, State, World, base64, signed},
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

async fn refused(bend: impl FnOnce(&mut State)) -> String {
    let world = World::start().await;
    world.bend(bend);
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    match provider.claims("good code", &secret, NOW).await {
        Ok(said) => panic!("taken: {said:?}"),
        Err(error) => {
            let text = error.to_string().replace(&world.server.url(), "<issuer>");
            assert!(!text.contains("good code") && !text.contains("its secret") && !text.contains("eyJ"), "{text}");
            text
        }
    }
}

async fn refused_when(name: &'static str, value: Value) -> String {
    refused(move |state| state.claims[name] = value).await
}

async fn refused_signed(signs: impl Fn(&Key, &Value) -> String + Send + Sync + 'static) -> String {
    refused(move |state| state.signs = std::sync::Arc::new(signs) as Signs).await
}

#[tokio::test]
async fn claims_that_are_not_for_us_or_not_for_now() {
    let at = NOW.millis() / 1000;
    let all = [
        refused_when("iss", json!("https://other.example")).await,
        refused_when("aud", json!("another")).await,
        refused_when("aud", json!(["direttore", "another"])).await,
        refused_when("azp", json!("another")).await,
        refused_when("exp", json!(at)).await,
        refused_when("iat", json!(at + 3600)).await,
        refused_when("nonce", json!("another")).await,
        refused_when("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")).await,
        refused_when("sub", json!("")).await,
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    the ID token is not accepted: Invalid issuer: expected `<issuer>` (found `https://other.example`)
    the ID token is not accepted: Invalid audiences: must contain `direttore` (found audiences: `another`)
    the ID token is not accepted: Invalid audiences: `another` is not a trusted audience
    the ID token is not accepted: it was made for another client (azp)
    the ID token is not accepted: Expired: ID token expired at 2026-03-07 16:13:20 UTC (current time is 2026-03-07 16:13:20 UTC)
    the ID token is not accepted: Expired: it was issued in the future
    the ID token was made for another sign-in
    the ID token is not accepted: it is of another access token (at_hash)
    the ID token is not accepted: it is of nobody (sub)
    "#);
}

#[tokio::test]
async fn signatures_that_anybody_could_have_made() {
    let parts = |token: String| -> (String, String) {
        let (head, rest) = token.split_once('.').expect("three parts");
        (head.to_owned(), rest.to_owned())
    };
    let all = [
        // Nobody signed it.
        refused_signed(|_, claims| {
            let head = base64(json!({ "alg": "none", "typ": "JWT" }).to_string().as_bytes());
            format!("{head}.{}.", base64(claims.to_string().as_bytes()))
        })
        .await,
        // The public key, taken for a shared secret.
        refused_signed(|key, claims| signed(Algorithm::HS256, key.id, &EncodingKey::from_secret(&key.point), claims))
            .await,
        // Our own secret, which the provider and we could sign with.
        refused_signed(|key, claims| {
            signed(Algorithm::HS256, key.id, &EncodingKey::from_secret(b"its secret"), claims)
        })
        .await,
        // Another key under the right name.
        refused_signed(|_, claims| signed(Algorithm::ES256, "k1", &Key::new("k1").sign, claims)).await,
        // The head of another token: what is signed is no more what is said.
        refused_signed(move |key, claims| {
            let (_, rest) = parts(signed(Algorithm::ES256, key.id, &key.sign, claims));
            let head = base64(json!({ "alg": "ES256", "kid": "k1" }).to_string().as_bytes());
            format!("{head}.{rest}")
        })
        .await,
        refused_signed(|_, _| "no token at all".to_owned()).await,
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    the ID token is not accepted: No signature found
    the ID token is not accepted: Disallowed signature algorithm: algorithm `HS256` is not one of: ES256
    the ID token is not accepted: Disallowed signature algorithm: algorithm `HS256` is not one of: ES256
    the ID token is not accepted: Crypto error: EC Signature was wrong
    the ID token is not accepted: Crypto error: EC Signature was wrong
    the answer makes no sense: no tokens can be read from it (at .)
    "#);
}

#[tokio::test]
async fn what_fits_the_access_token_is_taken() {
    use sha2::{Digest, Sha256};
    let world = World::start().await;
    let hash = base64(&Sha256::digest(b"opens userinfo")[..16]);
    world.bend(|state| {
        state.claims["at_hash"] = json!(hash);
        state.claims["azp"] = json!("direttore");
        state.claims["realm_access"] = json!({ "roles": (0..10_000).map(|n| format!("g{n}")).collect::<Vec<_>>() });
    });
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    let said = provider.claims("good code", &secret, NOW).await.expect("proven");
    let groups = at_path(&said.claims, "realm_access.roles").and_then(Value::as_array).map(Vec::len);
    assert_eq!(groups, Some(10_000));
}

#[tokio::test]
async fn new_keys_are_looked_for_once_in_a_while() {
    let world = World::start().await;
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    provider.claims("good code", &secret, NOW).await.expect("proven");
    let looks = || world.paths().iter().filter(|path| *path == "/keys").count();
    assert_eq!(looks(), 1);
    world.bend(|state| state.key = Key::new("k2"));
    let secret = world.asked(&provider).await;
    provider.claims("good code", &secret, NOW).await.expect("with the new key");
    assert_eq!(looks(), 2);
    // It says so no more, but signs with a third one: nobody makes us ask again and again.
    let third = Key::new("k3");
    world.bend(|state| {
        state.signs = std::sync::Arc::new(move |_, claims| signed(Algorithm::ES256, "k3", &third.sign, claims));
    });
    for _ in 0..3 {
        let secret = world.asked(&provider).await;
        let refused = provider.claims("good code", &secret, NOW).await;
        assert!(matches!(&refused, Err(Error::NotProven { .. })), "{refused:?}");
    }
    assert_eq!(looks(), 2);
}
