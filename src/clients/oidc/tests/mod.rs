//! A strict provider, what it proves, and its bad days.

mod bad_days;
mod proofs;
mod provider;
mod trust;

use super::*;
use provider::{NOW, World};
use serde_json::json;

#[tokio::test]
async fn a_code_becomes_what_the_provider_says() {
    let world = World::start().await;
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    let asked = world.query();
    assert_eq!(asked["scope"], "openid profile email");
    assert_eq!((&*asked["response_type"], &*asked["code_challenge_method"]), ("code", "S256"));
    assert_eq!(asked["redirect_uri"], "https://lab.example/api/auth/oidc/callback");
    assert_eq!((&*asked["state"], &*asked["nonce"]), ("the state", "the nonce"));
    assert!(!asked["code_challenge"].contains("verifier"), "{asked:?}");
    let said = provider.claims("good code", &secret, NOW).await.expect("proven");
    assert_eq!(said.subject, "u-1");
    assert_eq!(at_path(&said.claims, "realm_access.roles"), Some(&json!(["lab-admins"])));
    assert_eq!(at_path(&said.claims, "preferred_username"), Some(&json!("alice")));
    assert_eq!(world.paths(), ["/.well-known/openid-configuration", "/keys", "/token"]);
    // Known now, it is not asked about itself again.
    let secret = world.asked(&provider).await;
    provider.claims("good code", &secret, NOW).await.expect("proven");
    assert_eq!(world.paths().len(), 4);
}

#[tokio::test]
async fn who_sends_another_verifier_or_redirect_gets_nothing() {
    let world = World::start().await;
    let provider = world.provider();
    let mut secret = world.asked(&provider).await;
    secret.verifier = "another verifier that is long enough for the provider".to_owned();
    assert_eq!(provider.claims("good code", &secret, NOW).await, Err(Error::Code));
    let secret = world.asked(&provider).await;
    assert_eq!(provider.claims("another code", &secret, NOW).await, Err(Error::Code));
}

#[tokio::test]
async fn a_public_client_shows_no_secret_and_one_that_must_post_it_does() {
    let world = World::start().await;
    let settings = Settings { client_secret: None, ..world.settings() };
    world.bend(|state| state.is_public = true);
    let provider = Provider::new(settings).expect("settings");
    let secret = world.asked(&provider).await;
    provider.claims("good code", &secret, NOW).await.expect("proven");
    assert!(!world.server.seen().iter().any(|seen| seen.headers.contains_key("authorization")));
    let world = World::start().await;
    world.bend(|state| state.metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]));
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    provider.claims("good code", &secret, NOW).await.expect("proven");
    let sent = world.server.seen().pop().expect("a request");
    assert!(sent.body.contains("client_secret=its+secret") && !sent.headers.contains_key("authorization"));
}

#[tokio::test]
async fn what_the_token_lacks_is_asked_for_and_what_is_signed_comes_first() {
    let world = World::start().await;
    world.bend(|state| {
        state.claims.as_object_mut().expect("an object").remove("realm_access");
        let told = json!({ "sub": "u-1", "realm_access": { "roles": ["told"] }, "preferred_username": "mallory" });
        state.userinfo = Some(told);
    });
    let provider = world.provider();
    let secret = world.asked(&provider).await;
    let said = provider.claims("good code", &secret, NOW).await.expect("proven");
    assert_eq!(at_path(&said.claims, "realm_access.roles"), Some(&json!(["told"])));
    assert_eq!(said.claims["preferred_username"], "alice");
    assert_eq!(world.paths().last().map(String::as_str), Some("/userinfo"));
    world.bend(|state| state.userinfo = Some(json!({ "sub": "u-2", "realm_access": { "roles": ["told"] } })));
    let secret = world.asked(&provider).await;
    let refused = provider.claims("good code", &secret, NOW).await;
    assert!(matches!(&refused, Err(Error::NotProven { why }) if why.contains("userinfo")), "{refused:?}");
}

#[tokio::test]
async fn those_who_look_after_it_see_what_it_is() {
    let world = World::start().await;
    let looked = world.provider().look().await.expect("it answers");
    assert_eq!((looked.algorithms, looked.keys), (vec!["ES256".to_owned()], 1));
    let at = |path: &str| format!("{}{path}", world.server.url());
    assert_eq!(looked.endpoints, [at("/auth"), at("/token"), at("/userinfo")]);
}
