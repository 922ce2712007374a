//! How fast a calendar feed is answered, beside a bare axum route that answers with the same bytes: a demo with 1,000
//! events, asked over connections that stay.

use super::{
    Figure,
    client::{Answer, Client},
    median,
    speed::ratio,
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    routing::get,
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, runtime::Runtime};

const SERIES: usize = 10;
const OF_EACH: usize = 100;
const ROUNDS: usize = 31;
const CONNECTIONS: usize = 4;
const REQUESTS: u32 = 250;

pub fn figures() -> Vec<Figure> {
    let mut demo = Demo::start();
    demo.fill();
    let (addr, path) = demo.feed();
    let first = Client::connect(addr).ask(&asked(&path, ""));
    assert_eq!(first.status, 200);
    let events = first.body.windows(14).filter(|line| line == b"BEGIN:VEVENT\r\n").count();
    assert_eq!(events, SERIES * OF_EACH, "all are in it");
    let etag = format!("If-None-Match: {}\r\n", first.header("etag"));
    let floor = Floor::start(&first);
    println!("floor: an axum route of its own for {} kB and their 304", first.body.len() / 1000);
    let same = asked(&path, &etag);
    vec![
        against("feed of 1,000 events, not modified", 0.7, [addr, floor.addr], &same, 304),
        against("  the same, all of it", 0.5, [addr, floor.addr], &asked(&path, ""), 200),
    ]
}

/// In turns, so that a busy machine slows down both.
fn against(name: &'static str, least: f64, addrs: [SocketAddr; 2], request: &str, status: u16) -> Figure {
    let (mut ours, mut floors) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(round(addrs[0], request, status));
        floors.push(round(addrs[1], request, status));
    }
    // As fast as the floor is 1, half as fast 0.5.
    let ratio = ratio(&floors, &ours);
    let all = f64::from(REQUESTS) * CONNECTIONS as f64;
    let rate = |times: Vec<Duration>| all / median(times).as_secs_f64();
    Figure {
        name,
        wanted: format!(">= {least} x axum"),
        measured: format!("{ratio:.2} x axum ({:.0}/s, {:.0}/s)", rate(ours), rate(floors)),
        holds: ratio >= least,
    }
}

/// How long all connections together take for their requests.
fn round(addr: SocketAddr, request: &str, status: u16) -> Duration {
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::connect(addr)).collect();
    // Whatever is made at first use is made.
    clients.iter_mut().for_each(|client| assert_eq!(client.ask(request).status, status));
    let start = Instant::now();
    thread::scope(|all| {
        for client in &mut clients {
            all.spawn(move || (0..REQUESTS).for_each(|_| assert_eq!(client.ask(request).status, status)));
        }
    });
    start.elapsed()
}

fn asked(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: lab\r\n{more}\r\n")
}

/// A route that knows nothing but what it says.
struct Floor {
    addr: SocketAddr,
    _runtime: Runtime,
}

impl Floor {
    fn start(like: &Answer) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let names = ["content-type", "etag", "last-modified", "cache-control"];
        let value = |name: &str| HeaderValue::from_str(like.header(name)).expect("it came as one");
        let headers: HeaderMap = names.iter().map(|name| (HeaderName::from_static(name), value(name))).collect();
        let body = Bytes::from(like.body.clone());
        let route = get(async move |asked: HeaderMap| match asked.contains_key(header::IF_NONE_MATCH) {
            true => (StatusCode::NOT_MODIFIED, headers.clone(), Bytes::new()),
            false => (StatusCode::OK, headers.clone(), body.clone()),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        let app = Router::new().route("/calendar/{file}", route);
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { addr, _runtime: runtime }
    }
}

/// A demo, talked to by lines. Its end is the end of its input.
struct Demo {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Demo {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_direttore"))
            .args(["demo", "--json", "--http", "127.0.0.1:0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut demo = Self { input: process.stdin.take(), process, output };
        assert_eq!(demo.next()["ready"], true);
        demo
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the demo talks");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// The reply to a line.
    fn say(&mut self, line: &str) -> Value {
        writeln!(self.input.as_mut().expect("it is open"), "{line}").expect("the demo listens");
        let reply = self.next();
        while self.next().get("line").is_none() {}
        reply
    }

    fn fill(&mut self) {
        for nth in 1..=SERIES {
            let line = format!(
                "/reserve new pve1 from=\"in {nth} h\" for=45m title=\"kernel tests, part {nth}\" \
                 repeat=\"FREQ=DAILY;COUNT={OF_EACH}\""
            );
            let reply = self.say(&line);
            assert_eq!(reply["tone"], "success", "{reply}");
        }
    }

    /// Where a feed of them is.
    fn feed(&mut self) -> (SocketAddr, String) {
        let reply = self.say("/reserve feed all");
        let fields = reply["fields"].as_array().expect("it has fields");
        let address = fields.iter().find(|field| field["name"] == "address").expect("it is shown");
        let rest = address["value"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
        let (addr, path) = rest.split_once('/').expect("it has a path");
        (addr.parse().expect("an address of loopback"), format!("/{path}"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}
