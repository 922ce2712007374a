//! A provider that is away, slow, broken, somebody else, or says no.

use super::{
    super::*,
    provider::{NOW, World, told},
};
use crate::server_for_tests::{Reply, nobody};
use direttore_domain::Failure;
use serde_json::{Value, json};
use std::time::Duration;

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn secret() -> Secret {
    Secret { state: "s".to_owned(), nonce: "n".to_owned(), verifier: "v".repeat(43) }
}

async fn looked(world: &World, settings: Settings) -> String {
    let provider = Provider::new(settings).expect("settings");
    let error = provider.address(&secret()).await.expect_err("it cannot be used");
    let said = format!("{}: {error}", Failure::from(error.clone()).code());
    said.replace(&world.server.url(), "<issuer>").replace(&world.server.name(), "<host>")
}

async fn instead(path: &'static str, reply: Reply) -> String {
    let world = World::start().await;
    world.bend(|state| drop(state.instead.insert(path, reply)));
    looked(&world, Settings { read: Duration::from_millis(300), ..world.settings() }).await
}

async fn metadata(name: &'static str, value: Value) -> String {
    let world = World::start().await;
    world.bend(|state| state.metadata[name] = value);
    looked(&world, world.settings()).await
}

#[tokio::test]
async fn what_it_says_of_itself_may_be_useless() {
    let json =
        |body: &[u8]| Reply::Headed("200 OK", vec![("content-type", "application/json".to_owned())], body.to_vec());
    let away = World::start().await;
    let nobody = nobody().await;
    let all = [
        looked(&away, Settings { issuer: nobody.url(), ..away.settings() }).await.replace(&nobody.name(), "<nobody>"),
        looked(&away, Settings { issuer: "http://lab.example".to_owned(), ..away.settings() }).await,
        instead(DISCOVERY, Reply::Hang).await,
        instead(DISCOVERY, Reply::Drop).await,
        instead(DISCOVERY, told("500 Internal Server Error", &json!({}))).await,
        instead(DISCOVERY, told("429 Too Many Requests", &json!({}))).await,
        instead(DISCOVERY, told("404 Not Found", &json!({}))).await,
        instead(DISCOVERY, Reply::Headed("302 Found", vec![("location", "/else".to_owned())], vec![])).await,
        instead(DISCOVERY, json(b"<html>")).await,
        instead(DISCOVERY, json(b"[1, 2]")).await,
        instead(DISCOVERY, json(&vec![b' '; 2 << 20])).await,
        instead("/keys", json(b"garbage")).await,
        instead("/keys", told("503 Service Unavailable", &json!({}))).await,
        metadata("issuer", json!("https://other.example")).await,
        metadata("token_endpoint", json!("http://other.example/token?x=1")).await,
        metadata("jwks_uri", json!("http://other.example/keys")).await,
        metadata("token_endpoint", Value::Null).await,
        metadata("id_token_signing_alg_values_supported", json!(["HS256", "none"])).await,
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    unreachable: 127.0.0.1 cannot be reached: Connection refused
    upstream-garbage: http://lab.example/.well-known/openid-configuration is no https
    no-answer: 127.0.0.1 did not answer within 0 s
    unreachable: 127.0.0.1 broke the connection before it answered: connection closed before message completed
    upstream-error: 127.0.0.1 is not available (500)
    upstream-error: 127.0.0.1 is not available (429)
    upstream-garbage: the answer makes no sense: there is no /.well-known/openid-configuration below the issuer
    upstream-garbage: the answer makes no sense: <issuer>/.well-known/openid-configuration is answered with a redirect (302 Found)
    upstream-garbage: the answer makes no sense: expected value at line 1 column 1
    upstream-garbage: the answer makes no sense: invalid type: sequence, expected struct ProviderMetadata at line 1 column 0
    upstream-garbage: the answer makes no sense: it is larger than 1 MiB
    upstream-garbage: the answer makes no sense: expected value at line 1 column 1
    upstream-error: 127.0.0.1 is not available (503)
    upstream-garbage: it is another issuer than the one configured: Validation error: unexpected issuer URI `https://other.example` (expected `<issuer>`)
    upstream-garbage: http://other.example/token is no https
    upstream-garbage: http://other.example/keys is no https
    upstream-garbage: the answer makes no sense: it names no token_endpoint
    upstream-garbage: the answer makes no sense: it signs ID tokens with no algorithm that proves anything: right would be RS256 or ES256
    "#);
}

async fn exchanged(reply: Reply) -> String {
    let world = World::start().await;
    world.bend(|state| drop(state.instead.insert("/token", reply)));
    let provider = Provider::new(Settings { read: Duration::from_millis(300), ..world.settings() }).expect("settings");
    let secret = world.asked(&provider).await;
    let error = provider.claims("good code", &secret, NOW).await.expect_err("no tokens");
    let said = format!("{}: {error}", error.kind());
    assert!(!said.contains("good code") && !said.contains("its secret") && !said.contains("a-token"), "{said}");
    said
}

#[tokio::test]
async fn a_code_may_become_nothing() {
    let json = |status, body: &str| {
        Reply::Headed(status, vec![("content-type", "application/json".to_owned())], body.as_bytes().to_vec())
    };
    let bad = "400 Bad Request";
    let all = [
        exchanged(told(bad, &json!({ "error": "invalid_grant", "error_description": "good code is used" }))).await,
        exchanged(told(bad, &json!({ "error": "invalid_scope", "error_description": "good code, its secret" }))).await,
        exchanged(told("401 Unauthorized", &json!({ "error": "invalid_client" }))).await,
        exchanged(told("502 Bad Gateway", &json!({ "error": "invalid_grant" }))).await,
        exchanged(json(bad, "")).await,
        exchanged(json("200 OK", r#"{"access_token":"a-token","token_type":"Bearer","id_token":7}"#)).await,
        exchanged(json("200 OK", r#"{"access_token":"a-token","token_type":"Bearer"}"#)).await,
        exchanged(json("200 OK", "a-token")).await,
        exchanged(Reply::Hang).await,
        exchanged(Reply::Drop).await,
    ];
    let host = all.join("\n").replace("127.0.0.1", "<host>");
    insta::assert_snapshot!(host, @r#"
    refused: the code is not accepted
    refused: refused: invalid_scope: …, …
    credentials: it does not accept our client_id or client_secret: invalid_client
    unavailable: <host> is not available (502)
    garbage: the answer makes no sense: server returned empty error response
    garbage: the answer makes no sense: no tokens can be read from it (at .)
    garbage: the ID token is not accepted: there is none; is openid among the scopes?
    garbage: the answer makes no sense: no tokens can be read from it (at .)
    timed-out: <host> did not answer within 0 s
    dropped: <host> broke the connection before it answered: connection closed before message completed
    "#);
}

/// So much time has passed since it was asked.
async fn pass(provider: &Provider, time: Duration) {
    let mut known = provider.known.lock().await;
    let Known { found, vain, .. } = &mut *known;
    let times = found.iter_mut().map(|(_, since)| since).chain(vain.iter_mut().map(|(_, since)| since));
    for since in times {
        *since = since.checked_sub(time).expect("clocks begin earlier");
    }
}

#[tokio::test]
async fn it_is_asked_again_when_it_may_have_come_back() {
    let world = World::start().await;
    world.bend(|state| drop(state.instead.insert(DISCOVERY, told("500 Internal Server Error", &json!({})))));
    let provider = world.provider();
    for _ in 0..3 {
        provider.address(&secret()).await.expect_err("away");
    }
    assert_eq!(world.paths().len(), 1, "who comes at the same moment does not ask again");
    world.bend(|state| state.instead.clear());
    pass(&provider, Duration::from_secs(3)).await;
    provider.address(&secret()).await.expect("back");
    assert_eq!(world.paths().len(), 3);
    // What it said is old, and it is away again: what it said is taken still.
    world.bend(|state| drop(state.instead.insert(DISCOVERY, Reply::Drop)));
    pass(&provider, Duration::from_secs(2 * 3600)).await;
    provider.address(&secret()).await.expect("as it was");
    assert!(world.paths().len() > 3);
}

#[test]
fn settings_that_cannot_be_right() {
    let settings = |issuer: &str| Settings {
        issuer: issuer.to_owned(),
        client_id: "direttore".to_owned(),
        client_secret: Some("its secret".to_owned()),
        scopes: vec![],
        redirect: "https://lab.example/back".to_owned(),
        wants: vec![],
        ca_pem: None,
        connect: Duration::from_secs(1),
        read: Duration::from_secs(1),
    };
    let error = Provider::new(settings("no address")).expect_err("no address");
    assert_eq!(error.to_string(), "the identity provider cannot be set up: no address is no address (issuer)");
    let right = Provider::new(settings("https://id.example/realms/lab")).expect("right");
    assert!(!format!("{right:?}").contains("secret"));
}
