//! Webhooks of NetBox that are on disk when they are answered: 32 connections with one delivery in flight each, none of
//! which any rule is about.
//!
//! The floor is a bare axum route in this process that checks the same signature and inserts the body into a SQLite
//! database of its own, where those that wait share a commit.

use super::{
    Figure,
    book::{connected, free_port},
    bot::Bot,
    client::Client,
    median,
    speed::ratio,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha512;
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

const SECRET: &str = "a secret of figures that hooks have";
const PATH: &str = "/hooks/netbox/figures";
const CONNECTIONS: usize = 32;
const OF_EACH: usize = 25;
const ROUNDS: usize = 11;
/// As many of those that wait as share a commit.
const TOGETHER: usize = 256;

pub fn figures() -> Vec<Figure> {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let addr = free_port();
    let more =
        format!("[http]\nlisten = \"{addr}\"\n[[hooks]]\nname = \"figures\"\nfrom = \"netbox\"\nsecret = {SECRET:?}\n");
    let _bot = Bot::start_with(3, 40, None, &more);
    let floor = runtime.block_on(Floor::start(&folder.path().join("floor.db")));
    drop(connected(addr));
    let (mut ours, mut floors) = (vec![], vec![]);
    for nth in 0..=ROUNDS {
        // In turns, so that a busy machine slows down both.
        let took = [addr, floor].map(|addr| round(addr, nth));
        // The first is to get warm.
        if nth > 0 {
            ours.push(took[0]);
            floors.push(took[1]);
        }
    }
    let ratio = ratio(&floors, &ours);
    let rate = |times: Vec<Duration>| (CONNECTIONS * OF_EACH) as f64 / median(times).as_secs_f64();
    vec![Figure {
        name: "webhook verified, stored and answered",
        wanted: ">= 0.6 x axum".to_owned(),
        measured: format!("{ratio:.2} x axum ({:.0}/s, {:.0}/s)", rate(ours), rate(floors)),
        holds: ratio >= 0.6,
    }]
}

/// How long all connections together take.
fn round(addr: SocketAddr, nth: usize) -> Duration {
    let of = |connection: usize| (0..OF_EACH).map(|n| delivery(&format!("{nth}-{connection}-{n}"))).collect();
    let mut clients: Vec<(Client, Vec<String>)> = (0..CONNECTIONS).map(|c| (Client::connect(addr), of(c))).collect();
    let start = Instant::now();
    thread::scope(|all| {
        for (client, deliveries) in &mut clients {
            all.spawn(move || {
                for delivery in deliveries.iter() {
                    let answer = client.ask(delivery);
                    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
                }
            });
        }
    });
    start.elapsed()
}

/// Of about 3 kB, as a device's is; each of another request.
fn delivery(nth: &str) -> String {
    let fields: Vec<String> = (0..40).map(|n| format!("what NetBox says of field {n} of it")).collect();
    let (before, after) = (json!({ "status": "planned", "of": fields }), json!({ "status": "active" }));
    let body = json!({
        "event": "updated", "timestamp": "2026-01-01T00:00:00.000000+00:00", "object_type": "dcim.device",
        "username": "somebody", "request_id": format!("figures-{nth}"),
        "data": { "id": 7, "url": "/api/dcim/devices/7/", "name": "sw1", "fields": fields },
        "snapshots": { "prechange": before, "postchange": after },
    });
    let body = body.to_string();
    let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
    mac.update(body.as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\nX-Hook-Signature: {signature}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

type Stored = oneshot::Sender<()>;

struct Floor {
    writer: mpsc::Sender<(Bytes, Stored)>,
}

impl Floor {
    async fn start(file: &std::path::Path) -> SocketAddr {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut db = SqliteConnection::connect_with(&options).await.expect("it is made");
        let table = "create table delivery (id integer primary key, body text not null) strict";
        sqlx::query(table).execute(&mut db).await.expect("made");
        let (writer, waiting) = mpsc::channel(TOGETHER);
        tokio::spawn(Self::write(db, waiting));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let app = Router::new().route(PATH, post(Self::hear)).with_state(Arc::new(Self { writer }));
        tokio::spawn(async move { axum::serve(listener, app).await });
        addr
    }

    async fn write(mut db: SqliteConnection, mut waiting: mpsc::Receiver<(Bytes, Stored)>) {
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
            let mut tx = db.begin_with("begin immediate").await.expect("a transaction");
            for (body, _) in &batch {
                let text = std::str::from_utf8(body).expect("it is text");
                let insert = sqlx::query("insert into delivery (body) values ($1)").bind(text);
                insert.execute(&mut *tx).await.expect("written");
            }
            tx.commit().await.expect("committed");
            for (_, stored) in batch.drain(..) {
                let _ = stored.send(());
            }
        }
    }

    async fn hear(State(floor): State<Arc<Self>>, headers: HeaderMap, body: Bytes) -> Response {
        let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
        mac.update(&body);
        let given = headers.get("x-hook-signature").map_or(&[][..], |given| given.as_bytes());
        let given: Vec<u8> = given.chunks_exact(2).filter_map(byte).collect();
        if mac.verify_slice(&given).is_err() {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let (stored, is_stored) = oneshot::channel();
        floor.writer.send((body, stored)).await.expect("the writer is there");
        is_stored.await.expect("it is stored");
        (StatusCode::ACCEPTED, "{}").into_response()
    }
}

fn byte(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}
