//! A thousand programs that follow one job by server-sent events: how much memory the server has while they do, and that
//! all of them hear the end. The server is `serve`, its cluster a process of its own, whose tasks take their time.

use super::{Figure, bot::Bot};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

const FOLLOWERS: usize = 1000;
const UNDER: f64 = 100.0;
/// Of a task, in ms: longer than all of them take to come.
const TASK: &str = "15000,15000";

pub fn figures() -> Vec<Figure> {
    // All keep a connection, at both ends.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, raised).expect("a process may raise it");
    let addr = free();
    let bot = Bot::start_slow(3, 40, TASK, None, &format!("[http]\nlisten = \"{addr}\"\n"));
    let token = {
        let form = format!("username=admin&password={}", bot.password);
        let told = ask(addr, "POST", "/api/auth/token", "", ("application/x-www-form-urlencoded", &form));
        told["access_token"].as_str().expect("a token").to_owned()
    };
    let begun = ask(addr, "POST", "/api/v1/commands/power/start", &token, ("application/json", r#"{"guest":"db2"}"#));
    let path = format!("/api/v1/jobs/{}", begun["job"].as_str().unwrap_or_else(|| panic!("a job: {begun}")));
    let began = Instant::now();
    let mut followers: Vec<BufReader<TcpStream>> = (0..FOLLOWERS).map(|_| follow(addr, &path, &token)).collect();
    // The first event of each says that it is served.
    followers.iter_mut().for_each(|follower| assert!(!job(follower)["is_over"].as_bool().expect("it says so")));
    let came = began.elapsed();
    let resident = bot.memory("VmRSS");
    let ended = followers.iter_mut().map(hears_the_end).filter(|hears| *hears).count();
    let peak = bot.memory("VmHWM");
    vec![Figure {
        name: "1,000 followers of one job by server-sent events",
        wanted: format!("< {UNDER} MiB, all hear"),
        measured: format!("{resident:.1} MiB (peak {peak:.1}), {ended} heard, came in {:.1} s", came.as_secs_f64()),
        holds: peak < UNDER && ended == FOLLOWERS,
    }]
}

/// An address that nobody listens on.
fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound")
}

fn connect(addr: SocketAddr) -> TcpStream {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match TcpStream::connect(addr) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < end, "{addr}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One request on a connection of its own, answered with JSON.
fn ask(addr: SocketAddr, method: &str, path: &str, token: &str, (kind, body): (&str, &str)) -> Value {
    let mut stream = connect(addr);
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("it reads");
    let mut told = String::new();
    stream.read_to_string(&mut told).expect("an answer");
    let body = told.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn follow(addr: SocketAddr, path: &str, token: &str) -> BufReader<TcpStream> {
    let mut stream = connect(addr);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
    )
    .expect("it reads");
    BufReader::with_capacity(1024, stream)
}

/// The job of the next event.
fn job(follower: &mut BufReader<TcpStream>) -> Value {
    let mut line = String::new();
    while follower.read_line(&mut line).expect("it talks") > 0 {
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str(data).expect("JSON");
        }
        line.clear();
    }
    Value::Null
}

fn hears_the_end(follower: &mut BufReader<TcpStream>) -> bool {
    loop {
        match job(follower) {
            Value::Null => return false,
            job if job["is_over"] == true => return true,
            _ => {}
        }
    }
}
