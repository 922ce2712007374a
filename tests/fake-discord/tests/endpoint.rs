//! The caller of an interactions endpoint, against a tiny endpoint that verifies signatures, or fails to.

use crate::support::{ask, callback, lab, lab_of, ops, webhook};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use bytes::Bytes;
use fake_discord::{AnswerKind, Deliver, Fake, Handle, World};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What the endpoint looks at before it believes a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Full,
    /// It takes every signature that is there.
    OnlyPresence,
    /// It verifies the parsed body put into words again, not the bytes that came.
    Reworded,
    Nothing,
}

struct Endpoint {
    url: String,
    /// Bodies of interactions that it took.
    heard: Arc<Mutex<Vec<Value>>>,
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok()).collect()
}

fn is_signed(key: &str, request: &http::HeaderMap, body: &[u8], care: Care) -> bool {
    let header = |name: &str| request.get(name).and_then(|v| v.to_str().ok());
    let (signature, timestamp) = (header("x-signature-ed25519"), header("x-signature-timestamp"));
    match (care, signature, timestamp) {
        (Care::Nothing, ..) => true,
        (_, None, _) | (_, _, None) => false,
        (Care::OnlyPresence, ..) => true,
        (_, Some(signature), Some(timestamp)) => {
            let body = match care {
                Care::Reworded => serde_json::from_slice::<Value>(body).expect("JSON").to_string().into_bytes(),
                _ => body.to_vec(),
            };
            let Some(signature) = bytes_of(signature) else { return false };
            let key = UnparsedPublicKey::new(&ED25519, bytes_of(key).expect("hexadecimal"));
            key.verify(&[timestamp.as_bytes(), &body].concat(), &signature).is_ok()
        }
    }
}

/// Listens, and answers interactions with that status and body.
async fn listen(fake: &Fake, care: Care, status: u16, answer: Value) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}/discord/interactions", listener.local_addr().expect("it is bound"));
    let (key, heard) = (fake.public_key(), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a caller");
            let (key, kept, answer) = (key.clone(), Arc::clone(&kept), answer.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (key, kept, answer) = (key.clone(), Arc::clone(&kept), answer.clone());
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.expect("a whole body").to_bytes();
                    let response = Response::builder().header("content-type", "application/json");
                    let give = |status: u16, body: String| {
                        Ok::<_, Infallible>(
                            response.status(status).body(Full::new(Bytes::from(body))).expect("a status of HTTP"),
                        )
                    };
                    if !is_signed(&key, &parts.headers, &body, care) {
                        return give(401, String::new());
                    }
                    let interaction: Value = serde_json::from_slice(&body).expect("JSON");
                    if interaction["type"] == 1 {
                        return give(200, json!({"type": 1}).to_string());
                    }
                    kept.lock().expect("no test panicked").push(interaction);
                    give(status, if answer.is_null() { String::new() } else { answer.to_string() })
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Endpoint { url, heard }
}

/// Waits until the endpoint has been called and the fake has seen what it says.
async fn settled(handle: &Handle) -> AnswerKind {
    handle.answer().await.kind
}

#[tokio::test]
async fn an_endpoint_answers_inline() {
    let Some(fake) = lab().await else { return };
    let inline = json!({"type": 4, "data": {"content": "inline", "flags": 64}});
    let endpoint = listen(&fake, Care::Full, 200, inline).await;
    fake.deliver(Deliver::Http(endpoint.url.clone())).await.unwrap();
    fake.ready().await;
    let asked = ops(&fake, "bob").slash("guest list", &[]).unwrap();
    assert_eq!(settled(&asked).await, AnswerKind::Message);
    assert_eq!(asked.reply().await.content, "inline");
    let heard = endpoint.heard.lock().unwrap().clone();
    assert_eq!((heard.len(), &heard[0]["data"]["options"][0]["name"]), (1, &json!("list")));
    // What follows goes by the webhook.
    let got = ask(&fake, "PATCH", &webhook(&fake, &asked, "/messages/@original"), json!({"content": "edited"})).await;
    assert_eq!(got.status, 200);
    // An inline answer is the one answer.
    let again = ask(&fake, "POST", &callback(&asked), json!({"type": 5})).await;
    assert_eq!(again.body["code"], 40060);
    fake.check_endpoint(&endpoint.url).await.unwrap();
    fake.assert_clean();
}

#[tokio::test]
async fn an_endpoint_says_202_and_calls_back() {
    let Some(fake) = lab().await else { return };
    let endpoint = listen(&fake, Care::Full, 202, Value::Null).await;
    fake.deliver(Deliver::Http(endpoint.url)).await.unwrap();
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    let got = ask(&fake, "POST", &callback(&asked), json!({"type": 4, "data": {"content": "by callback"}})).await;
    assert_eq!(got.status, 204);
    assert_eq!(asked.reply().await.content, "by callback");
    fake.assert_clean();
}

#[tokio::test]
async fn an_endpoint_that_does_not_look_is_not_saved() {
    let Some(fake) = lab().await else { return };
    for (care, says) in [
        (Care::Nothing, "Signature was answered with 200, not 401"),
        (Care::OnlyPresence, "Signature was answered with 200, not 401"),
        (Care::Reworded, "Body was answered with 200, not 401"),
    ] {
        let endpoint = listen(&fake, care, 200, Value::Null).await;
        let error = fake.deliver(Deliver::Http(endpoint.url)).await.unwrap_err();
        assert_eq!(error.to_string(), says);
    }
    fake.deliver(Deliver::Http("https://example.org/".to_owned())).await.unwrap_err();
    // Nothing was changed: interactions still go to the gateway.
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    assert!(asked.answer_now().is_none());
    fake.assert_clean();
}

#[tokio::test]
async fn wrong_inline_answers_are_breaches() {
    for (status, answer, says) in [
        (200, json!({"type": 7, "data": {"content": "c"}}), "Value must be one of {4, 5, 9, 10, 12}."),
        (200, json!({"type": 4, "data": {}}), "Cannot send an empty message"),
        (200, Value::Null, "no JSON"),
        (202, json!({"type": 4, "data": {"content": "c"}}), "answered with 202"),
        (500, Value::Null, "answered with 500"),
    ] {
        let Some(fake) = lab_of(World::lab()).await else { return };
        let endpoint = listen(&fake, Care::Full, status, answer).await;
        fake.deliver(Deliver::Http(endpoint.url)).await.unwrap();
        let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
        let violations = fake.until_violations(|all| !all.is_empty()).await;
        assert_eq!(violations[0].rule, "endpoint");
        assert!(violations[0].what.contains(says), "{}", violations[0]);
        // Nothing was answered, and in the end nobody does.
        fake.clock().advance(Duration::from_secs(4));
        assert_eq!(settled(&asked).await, AnswerKind::None);
    }
}
