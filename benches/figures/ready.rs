//! How soon the demo is there.

use super::{Figure, median};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const STARTS: usize = 9;

pub fn figures() -> Vec<Figure> {
    let times: Vec<Duration> = (0..STARTS).map(|_| start()).collect();
    let slowest = times.iter().max().copied().unwrap_or_default();
    let (median, under) = (median(times), Duration::from_secs(1));
    vec![Figure {
        name: "demo ready, from spawn to its first line",
        wanted: format!("< {under:?}"),
        measured: format!("{median:.0?}, slowest of {STARTS} {slowest:.0?}"),
        holds: median < under,
    }]
}

/// From the spawn to the line that says that it is ready. Its input stays open until then, and ends it.
fn start() -> Duration {
    let start = Instant::now();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_direttore"))
        .args(["demo", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the demo starts");
    let mut line = String::new();
    let output = demo.stdout.as_mut().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("it says something");
    let took = start.elapsed();
    assert!(line.contains("\"ready\":true"), "the first line says so: {line}");
    drop(demo.stdin.take());
    demo.wait().expect("it ends");
    took
}
