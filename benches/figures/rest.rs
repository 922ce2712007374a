//! How fast programs are answered over HTTP, beside bare axum routes in this process that do the least that could be
//! done: the same check of the token, the same bytes, and where a database is asked, one statement that makes the JSON.

use super::{
    Figure,
    book::{connected, free_port},
    bot::Bot,
    client::{Answer, Client},
    median,
    speed::ratio,
};
use crate::postgres::settings;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use direttore_core::{
    Clock, Rules,
    dispatch::{self, Dispatch},
    jobs::{self, Engine},
    lab::Lab,
    password::{Cost, Passwords},
};
use direttore_domain::{Instant as At, Role};
use direttore_store::{Store, account};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, SqlitePool, raw_sql, sqlite::SqlitePoolOptions};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, runtime::Runtime};

const PASSWORD: &str = "a password of figures";
const KEY: &str = "a key of figures that is long enough";
const RESERVATIONS: i64 = 1000;
const NODES: usize = 3;

const ROUNDS: usize = 31;
const CONNECTIONS: usize = 4;
/// Asked while others sign in, and between two of them.
const ASKED: usize = 1000;
const PAUSE: Duration = Duration::from_millis(3);
const SIGNING_IN: usize = 4;
const STARTS: usize = 9;
const CHECKS: u32 = 301;

pub fn figures() -> Vec<Figure> {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = format!("sqlite://{}/rest.db", folder.path().display());
    let addr = free_port();
    let more = format!("[database]\nurl = {file:?}\n[http]\nlisten = \"{addr}\"\n[sign_in]\nkey = {KEY:?}\n");
    let mut bot = Bot::start_with(NODES, 100, None, &more);
    runtime.block_on(fill(&file));
    let mut client = connected(addr);
    let token = sign_in(&mut client);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let nodes = asked("/api/proxmox/nodes", &bearer);
    let list = asked("/api/reservations/", &bearer);
    let (all_nodes, all) = (client.ask(&nodes), client.ask(&list));
    assert_eq!(rows(&all_nodes).len(), NODES, "all nodes are in it");
    assert_eq!(rows(&all).len(), usize::try_from(RESERVATIONS).expect("few"), "all are in it");
    let floor = runtime.block_on(Floor::start(&file, Bytes::from(all_nodes.body)));
    let of_floor = Client::connect(floor).ask(&list);
    assert_eq!(rows(&of_floor), rows(&all), "the floor says the same");
    println!("floor: axum routes of their own that check the token, for {} kB of reservations", all.body.len() / 1000);
    let same = asked("/api/reservations/", &format!("{bearer}If-None-Match: {}\r\n", all.header("etag")));
    let mut figures = vec![
        against("list of nodes", 0.7, [addr, floor], &nodes, 500),
        against("list of 1,000 reservations", 0.7, [addr, floor], &list, 50),
        not_modified(addr, &same),
        while_others_sign_in(addr, &nodes),
    ];
    figures.push(starts(&mut bot, addr));
    figures.push(runtime.block_on(token_checked()));
    figures
}

fn rows(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("a list in JSON")
}

fn asked(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: lab\r\n{more}\r\n")
}

fn sign_in(client: &mut Client) -> String {
    let answer = client.ask(&signing_in());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let said: Value = serde_json::from_slice(&answer.body).expect("JSON");
    said["access_token"].as_str().expect("a token").to_owned()
}

fn signing_in() -> String {
    let form = format!("username=program&password={}", PASSWORD.replace(' ', "+"));
    format!(
        "POST /api/auth/token HTTP/1.1\r\nHost: lab\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// With a password.
async fn somebody(store: &Store) {
    let passwords = Passwords::new(Duration::ZERO, Cost::default());
    let hash = passwords.hash(PASSWORD).await.expect("it can be hashed");
    let mut tx = store.write().await.expect("it answers");
    let name = "program".parse().expect("a name");
    account::create(&mut tx, &name, Some(Role::Operator), Some(&hash), At(0)).await.expect("a new name");
    tx.commit().await.expect("it answers");
}

/// Somebody, and what there is to be listed: hour after hour on one node.
async fn fill(url: &str) {
    let store = Store::open(&settings(url)).await.expect("a database of ours");
    somebody(&store).await;
    store.close().await;
    let db = SqlitePoolOptions::new().max_connections(1).connect(url).await.expect("it is there");
    let first = "(4000000000 + n.i * 3600)";
    let sql = format!(
        "begin immediate;
        insert or ignore into resource (kind, key, name) values ('node', 'node/lab/n1', 'n1');
        with recursive n (i) as (select 1 union all select i + 1 from n where i < {RESERVATIONS})
            insert into reservation (id, uid, title, holder, surface, channel, starts_at, ends_at, status, due_at)
            select n.i, 'u' || n.i, 'kernel tests, part ' || n.i, 'program', 'http', 'api', {first} * 1000,
                ({first} + 3000) * 1000, 'booked', {first} * 1000 from n;
        insert into reservation_claim (reservation, resource, from_s, to_s)
            select r.id, c.id, r.starts_at / 1000, r.ends_at / 1000 from reservation r, resource c
            where c.key = 'node/lab/n1';
        insert into reservation_resource (reservation, resource)
            select r.id, c.id from reservation r, resource c where c.key = 'node/lab/n1';
        commit;"
    );
    db.execute(raw_sql(AssertSqlSafe(sql))).await.expect("written");
    db.close().await;
}

/// In turns, so that a busy machine slows down both.
fn against(name: &'static str, least: f64, addrs: [SocketAddr; 2], request: &str, times: u32) -> Figure {
    let (mut ours, mut floors) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(round(addrs[0], request, 200, times));
        floors.push(round(addrs[1], request, 200, times));
    }
    // As fast as the floor is 1, half as fast 0.5.
    let ratio = ratio(&floors, &ours);
    Figure {
        name,
        wanted: format!(">= {least} x axum"),
        measured: format!("{ratio:.2} x axum ({:.0}/s, {:.0}/s)", rate(ours, times), rate(floors, times)),
        holds: ratio >= least,
    }
}

fn not_modified(addr: SocketAddr, request: &str) -> Figure {
    let times = (0..ROUNDS).map(|_| round(addr, request, 304, 50)).collect();
    Figure {
        name: "  the same, not modified",
        wanted: "(told)".to_owned(),
        measured: format!("{:.0}/s", rate(times, 50)),
        holds: true,
    }
}

fn rate(rounds: Vec<Duration>, times: u32) -> f64 {
    f64::from(times) * CONNECTIONS as f64 / median(rounds).as_secs_f64()
}

/// How long all connections together take for their requests.
fn round(addr: SocketAddr, request: &str, status: u16, times: u32) -> Duration {
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::connect(addr)).collect();
    // Whatever is made at first use is made.
    clients.iter_mut().for_each(|client| assert_eq!(client.ask(request).status, status));
    let start = Instant::now();
    thread::scope(|all| {
        for client in &mut clients {
            all.spawn(move || (0..times).for_each(|_| assert_eq!(client.ask(request).status, status)));
        }
    });
    start.elapsed()
}

/// What 99 of 100 requests take, beside what they take when nobody signs in.
fn while_others_sign_in(addr: SocketAddr, request: &str) -> Figure {
    let quiet = late(addr, request);
    let is_over = AtomicBool::new(false);
    let (busy, signed_in) = thread::scope(|all| {
        let one = || {
            let (mut client, mut count) = (Client::connect(addr), 0u32);
            while !is_over.load(Ordering::Relaxed) {
                sign_in(&mut client);
                count += 1;
            }
            count
        };
        let threads: Vec<_> = (0..SIGNING_IN).map(|_| all.spawn(one)).collect();
        let busy = late(addr, request);
        is_over.store(true, Ordering::Relaxed);
        (busy, threads.into_iter().map(|thread| thread.join().expect("nobody panicked")).sum::<u32>())
    });
    let times = busy.as_secs_f64() / quiet.as_secs_f64();
    Figure {
        name: "99 of 100 lists within, while 4 sign in",
        wanted: "< 5 x without them".to_owned(),
        measured: format!("{times:.2} x ({busy:.1?}, {quiet:.1?}; {signed_in} sign-ins)"),
        holds: times < 5.0,
    }
}

fn late(addr: SocketAddr, request: &str) -> Duration {
    let mut client = Client::connect(addr);
    let mut times: Vec<Duration> = (0..ASKED)
        .map(|_| {
            thread::sleep(PAUSE);
            let start = Instant::now();
            assert_eq!(client.ask(request).status, 200);
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() * 99 / 100]
}

/// From the spawn to an answer that says that it can work, with the database that there is.
fn starts(bot: &mut Bot, addr: SocketAddr) -> Figure {
    let ready = asked("/readyz", "");
    let times: Vec<Duration> = (0..STARTS)
        .map(|_| {
            bot.end();
            let start = Instant::now();
            bot.start_again();
            while std::net::TcpStream::connect(addr).is_err() {
                assert!(start.elapsed() < Duration::from_secs(10), "nobody listens at {addr}");
                thread::sleep(Duration::from_micros(200));
            }
            assert_eq!(Client::connect(addr).ask(&ready).status, 200);
            start.elapsed()
        })
        .collect();
    let slowest = times.iter().max().copied().unwrap_or_default();
    let (median, under) = (median(times), Duration::from_millis(150));
    Figure {
        name: "serve, from spawn to its first 200",
        wanted: format!("< {under:?}"),
        measured: format!("{median:.0?}, slowest of {STARTS} {slowest:.0?}"),
        holds: median < under,
    }
}

/// How long it takes to know whom a token of somebody who signed in lets in.
async fn token_checked() -> Figure {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = format!("sqlite://{}/token.db", folder.path().display());
    let (store, clock) = (Store::open(&settings(&file)).await.expect("a database of ours"), Clock::default());
    somebody(&store).await;
    let (lab, rules) = (Lab::new(vec![]), Arc::new(Rules::default()));
    let paces = jobs::Settings::default();
    let engine = Engine::start(lab.clone(), store.clone(), clock.clone(), Arc::clone(&rules), paces);
    let dispatch = Dispatch::new(lab, store, clock, rules, engine, dispatch::Settings::default());
    let signed = dispatch.sign_in_program("program", PASSWORD).await.expect("it answers").expect("they are let in");
    let mut times = Vec::new();
    for _ in 0..CHECKS {
        let start = Instant::now();
        for _ in 0..CHECKS {
            let caller = dispatch.enter(&signed.access).await.expect("it answers").expect("they are let in");
            assert_eq!(caller.account().name.as_str(), "program");
        }
        times.push(start.elapsed() / CHECKS);
    }
    let (median, under) = (median(times), Duration::from_micros(20));
    Figure {
        name: "token of somebody who signed in, checked",
        wanted: format!("< {under:?}"),
        measured: format!("{median:.1?}"),
        holds: median < under,
    }
}

/// What the routes of the floor are answered from.
struct Floor {
    key: DecodingKey,
    terms: Validation,
    nodes: Bytes,
    pool: SqlitePool,
}

impl Floor {
    async fn start(url: &str, nodes: Bytes) -> SocketAddr {
        let pool = SqlitePoolOptions::new().max_connections(8).connect(url).await.expect("it is there");
        let mut terms = Validation::new(Algorithm::HS256);
        terms.set_audience(&["direttore"]);
        terms.set_issuer(&["direttore"]);
        let floor = Arc::new(Self { key: DecodingKey::from_secret(KEY.as_bytes()), terms, nodes, pool });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let app = Router::new()
            .route("/api/proxmox/nodes", get(Self::nodes))
            .route("/api/reservations/", get(Self::reservations))
            .with_state(floor);
        tokio::spawn(async move { axum::serve(listener, app).await });
        addr
    }

    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|given| given.strip_prefix("Bearer "));
        token.is_some_and(|token| decode::<Value>(token, &self.key, &self.terms).is_ok())
    }

    async fn nodes(State(floor): State<Arc<Self>>, headers: HeaderMap) -> Response {
        if !floor.lets_in(&headers) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        ([(header::CONTENT_TYPE, "application/json")], floor.nodes.clone()).into_response()
    }

    async fn reservations(State(floor): State<Arc<Self>>, headers: HeaderMap) -> Response {
        const LIST: &str = "select json_group_array(json_object('id', r.id, 'title', r.title, 'requester', r.holder,
            'resource_type', 'vm', 'proxmox_node', c.name, 'vmid', null,
            'start_dt', strftime('%Y-%m-%dT%H:%M:%S', r.starts_at / 1000, 'unixepoch'),
            'end_dt', strftime('%Y-%m-%dT%H:%M:%S', r.ends_at / 1000, 'unixepoch'),
            'status', case r.status when 'active' then 'active' when 'booked' then 'pending' else 'completed' end,
            'notes', nullif(r.note, '')))
            from reservation r join reservation_resource l on l.reservation = r.id join resource c on c.id = l.resource";
        if !floor.lets_in(&headers) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let body: String = sqlx::query_scalar(LIST).fetch_one(&floor.pool).await.expect("read");
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
