//! Ten thousand who are connected and ask nothing, and somebody who does.

use crate::support::process::{Process, until};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

const IDLE: usize = 10_000;
/// Of each end: two processes on one machine, and what else is open.
const NEEDED: u64 = IDLE as u64 + 512;
/// KiB that an idle connection may cost, in a build without optimisation.
const EACH: f64 = 12.0;

const CONFIGURATION: &str = "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
    [http]\nlisten = '127.0.0.1:0'\n";

/// KiB.
fn resident(process: &Process) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says so");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_keep_nobody_out() {
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|most| most < NEEDED) {
        crate::support::skipped("idle connections: the hard limit of open files is below 10,512 (ulimit -Hn)");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("direttore.toml"), CONFIGURATION).expect("the folder is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder.path()).env_clear();
    let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    // It starts with the limit that a shell gives, and raises its own.
    let serve = Process::start("direttore serve", &mut command);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("a process may raise it");
    let addr = until("it says where it serves HTTP", || {
        Some(serve.said().split("HTTP at ").nth(1)?.split_whitespace().next()?.to_owned())
    });
    let ask = |stream: &mut TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("it reads");
        let mut first = [0; 12];
        stream.read_exact(&mut first).expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200");
    };
    ask(&mut TcpStream::connect(&addr).expect("it listens"));
    let before = resident(&serve);
    let mut idle: Vec<TcpStream> = Vec::new();
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(&addr).expect("it listens"));
    }
    let began = Instant::now();
    let mut late = TcpStream::connect(&addr).expect("it listens");
    ask(&mut late);
    let took = began.elapsed();
    // All are still there, the first one too.
    ask(&mut idle[0]);
    let each = (resident(&serve) - before) / IDLE as f64;
    println!("{IDLE} idle connections: {each:.2} KiB each, one more is answered in {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(each < EACH, "{each:.2} KiB for each");
}
