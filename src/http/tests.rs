//! Requests on loopback, signed as Discord signs them.

use crate::{Hear, Server, Settings};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

mod connected;

const PING: &[u8] = br#"{"type":1}"#;
const AT: &str = "1767225600";

/// A server, Discord's key, and what was heard.
struct World {
    server: Server,
    key: Ed25519KeyPair,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        Self::with(Duration::from_secs(5)).await
    }

    async fn with(read: Duration) -> Self {
        Self::placed(read, crate::Places::default()).await
    }

    async fn placed(read: Duration, places: crate::Places) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed of 32 bytes");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let discord = Some(hear(key.public_key().as_ref().to_vec(), Arc::clone(&heard)));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let settings = Settings {
            tls: None,
            read,
            stop: Duration::from_secs(5),
            discord,
            dispatch: None,
            origins: crate::Origins::default(),
            is_simulated: false,
            explorer: true,
            places,
            trusted: vec![],
            naive_zone: direttore_domain::Zone::UTC,
            metrics_token: None,
        };
        let server = Server::start(listen, settings).await.expect("loopback has a free port");
        Self { server, key, heard, http: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr())
    }

    fn signature(&self, body: &[u8]) -> String {
        let signature = self.key.sign(&[AT.as_bytes(), body].concat());
        signature.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn request(&self, body: &[u8]) -> reqwest::RequestBuilder {
        let request = self.http.post(self.url("/discord/interactions")).header("Content-Type", "application/json");
        request.header("X-Signature-Timestamp", AT).body(body.to_vec())
    }

    async fn post(&self, body: &[u8]) -> Response {
        self.request(body).header("X-Signature-Ed25519", self.signature(body)).send().await.expect("an answer")
    }

    fn heard(&self) -> usize {
        self.heard.lock().expect("nobody panicked").len()
    }

    /// What a connection gets that sends `parts`, a moment between them.
    async fn told(&self, parts: &[&[u8]]) -> String {
        let mut stream = TcpStream::connect(self.server.addr()).await.expect("it listens");
        for part in parts {
            stream.write_all(part).await.expect("it reads");
            tokio::task::yield_now().await;
        }
        read(&mut stream).await
    }
}

/// As the surface does it: the signature over timestamp and body first, then a PING is answered, all else is taken.
fn hear(key: Vec<u8>, heard: Arc<Mutex<Vec<Vec<u8>>>>) -> Hear {
    Arc::new(move |signature, timestamp, body| {
        let refused = |why: &str| (401, Some(json!({ "error": why })));
        let (Some(signature), Some(timestamp)) = (signature, timestamp) else { return refused("missing") };
        let bytes = (0..signature.len() / 2).map(|at| u8::from_str_radix(&signature[at * 2..at * 2 + 2], 16));
        let bytes = bytes.collect::<Result<Vec<u8>, _>>().unwrap_or_default();
        let signed = [timestamp.as_bytes(), body].concat();
        if UnparsedPublicKey::new(&ED25519, &key).verify(&signed, &bytes).is_err() {
            return refused("wrong");
        }
        heard.lock().expect("nobody panicked").push(body.to_vec());
        match serde_json::from_slice::<Value>(body) {
            Ok(value) if value["type"] == 1 => (200, Some(json!({ "type": 1 }))),
            _ => (202, None),
        }
    })
}

async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is closed hard has ended as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).expect("text")
}

async fn is_error(response: Response, status: u16) {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.expect("JSON");
    // What hears Discord says it in words of its own.
    let why = body["detail"].as_str().or(body["error"].as_str());
    assert!(why.is_some_and(|why| !why.is_empty()), "{body}");
}

#[tokio::test]
async fn a_ping_is_answered() {
    let world = World::start().await;
    let response = world.post(PING).await;
    assert_eq!(
        (response.status(), response.headers()["content-type"].as_bytes()),
        (StatusCode::OK, &b"application/json"[..])
    );
    assert_eq!(response.text().await.expect("text"), r#"{"type":1}"#);
}

#[tokio::test]
async fn an_interaction_is_taken_without_a_body() {
    let world = World::start().await;
    // As it came, with what a parser would lose.
    let body = "{ \"type\": 2,\n \"id\": \"1\", \"é\": 1.0 }".as_bytes();
    let response = world.post(body).await;
    assert_eq!((response.status(), response.content_length()), (StatusCode::ACCEPTED, Some(0)));
    assert_eq!(*world.heard.lock().expect("nobody panicked"), [body]);
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let world = World::start().await;
    is_error(world.request(PING).send().await.expect("an answer"), 401).await;
    let other = world.request(PING).header("X-Signature-Ed25519", "00".repeat(64));
    is_error(other.send().await.expect("an answer"), 401).await;
    let garbage = world.request(PING).header("X-Signature-Ed25519", "zz");
    is_error(garbage.send().await.expect("an answer"), 401).await;
    let without_time = world.http.post(world.url("/discord/interactions")).body(PING);
    let signed = without_time.header("X-Signature-Ed25519", world.signature(PING));
    is_error(signed.send().await.expect("an answer"), 401).await;
    assert_eq!(world.heard(), 0);
}

#[tokio::test]
async fn one_byte_changed_is_refused() {
    let world = World::start().await;
    let signature = world.signature(PING);
    for at in 0..PING.len() {
        let mut changed = PING.to_vec();
        changed[at] ^= 1;
        let request = world.request(&changed).header("X-Signature-Ed25519", &signature);
        is_error(request.send().await.expect("an answer"), 401).await;
    }
    assert_eq!(world.heard(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let world = World::start().await;
    let largest = 1024 * 1024;
    assert_eq!(world.post(&vec![b' '; largest]).await.status(), StatusCode::ACCEPTED);
    is_error(world.post(&vec![b' '; largest + 1]).await, 413).await;
    let far = b"POST /discord/interactions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n";
    let told = world.told(&[far]).await;
    assert!(told.starts_with("HTTP/1.1 413 ") && told.contains("connection: close"), "{told}");
    assert_eq!(world.heard(), 1);
}

#[tokio::test]
async fn a_stream_without_end_is_refused() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.server.addr()).await.expect("it listens");
    let head = b"POST /discord/interactions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head).await.expect("it reads");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
    let (mut reading, mut writing) = stream.into_split();
    let endless = tokio::spawn(async move { while writing.write_all(&chunk).await.is_ok() {} });
    let mut first = [0; 12];
    reading.read_exact(&mut first).await.expect("it says why");
    assert_eq!(&first, b"HTTP/1.1 413");
    drop(reading);
    endless.await.expect("it ends, for the connection does");
    assert_eq!(world.heard(), 0);
}

#[tokio::test]
async fn other_methods_and_other_paths() {
    let world = World::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let response = world.http.request(method, world.url("/discord/interactions")).send().await.expect("an answer");
        assert_eq!(response.headers()["allow"], "POST");
        is_error(response, 405).await;
    }
    assert_eq!(world.http.get(world.url("/healthz")).send().await.expect("an answer").status(), StatusCode::OK);
    is_error(world.http.post(world.url("/healthz")).send().await.expect("an answer"), 405).await;
    for path in ["/", "/readyz", "/dav/", "/discord", "/discord/interactions/", "/discord/interactions/1", "/metrics"] {
        is_error(world.http.post(world.url(path)).body(PING).send().await.expect("an answer"), 404).await;
    }
}

#[tokio::test]
async fn without_discord_there_is_no_such_path() {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let second = Duration::from_secs(1);
    let settings = Settings {
        tls: None,
        read: second,
        stop: second,
        discord: None,
        dispatch: None,
        origins: crate::Origins::default(),
        naive_zone: direttore_domain::Zone::UTC,
        metrics_token: None,
        is_simulated: false,
        explorer: true,
        places: crate::Places::default(),
        trusted: vec![],
    };
    let server = Server::start(listen, settings).await.expect("a port");
    let url = format!("http://{}/discord/interactions", server.addr());
    is_error(reqwest::Client::new().post(url).body(PING).send().await.expect("an answer"), 404).await;
}

#[tokio::test]
async fn who_is_too_slow_is_not_waited_for() {
    let world = World::with(Duration::from_millis(100)).await;
    let half = b"POST /discord/interactions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"ty";
    let told = world.told(&[half]).await;
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("application/json"), "{told}");
    // A head that does not end: nothing was asked, so nothing needs to be said.
    let told = world.told(&[b"POST /discord/inter"]).await;
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 408 "), "{told}");
    assert_eq!(world.heard(), 0);
}

#[tokio::test]
async fn what_has_begun_is_answered_when_it_stops() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.server.addr()).await.expect("it listens");
    let head = format!(
        "POST /discord/interactions HTTP/1.1\r\nHost: x\r\nX-Signature-Timestamp: {AT}\r\nX-Signature-Ed25519: {}\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        world.signature(PING),
        PING.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    // It asks for the body once it is at it.
    let mut go_on = [0; 12];
    stream.read_exact(&mut go_on).await.expect("it goes on");
    assert_eq!(&go_on, b"HTTP/1.1 100");
    let addr = world.server.addr();
    let finish = async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
        stream.write_all(PING).await.expect("it still reads");
        read(&mut stream).await
    };
    let ((), told) = tokio::join!(world.server.stop(), finish);
    assert!(told.contains("HTTP/1.1 200 ") && told.ends_with(r#"{"type":1}"#), "{told}");
    assert_eq!(world.heard(), 1);
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_it_up() {
    let world = World::start().await;
    assert_eq!(world.post(PING).await.status(), StatusCode::OK);
    // The client keeps its connection for the next request.
    let begin = std::time::Instant::now();
    world.server.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}
