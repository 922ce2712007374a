//! The table of 10,000 interfaces, as our client reads it and as net-snmp's `snmpbulkwalk` does: the same agent in a process
//! of its own, the same number of values asked for at once, one after the other in turns.

use super::{Figure, median};
use direttore_clients::device::snmp::{Limits, Login, count};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const INTERFACES: &str = "10000";
/// ifXTable.
const TABLE: [u32; 10] = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1];
/// Columns that the agent has of it.
const VALUES: usize = 60_000;
const ROUNDS: usize = 7;
/// Of its time to ours.
const AT_LEAST: f64 = 0.8;

/// Ended with what measures it.
struct Agent {
    process: Child,
    addr: SocketAddr,
    community: String,
}

impl Agent {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_direttore"))
            .args(["sim", "--plain", "--control", "--snmp", "127.0.0.1:0", "--interfaces", INTERFACES])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulation starts");
        let mut line = String::new();
        let output = process.stdout.as_mut().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("it says something");
        let ready: Value = serde_json::from_str(&line).expect("it says how it is reached");
        let text = |key: &str| ready["snmp"][key].as_str().expect("it has an agent").to_owned();
        Self { process, addr: text("addr").parse().expect("an address"), community: text("community") }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

pub fn figures() -> Vec<Figure> {
    let name = "ifXTable of 10,000 interfaces, against snmpbulkwalk";
    let wanted = format!("≥ {AT_LEAST} ×");
    if Command::new("snmpbulkwalk").arg("-V").stderr(Stdio::null()).status().is_err() {
        let measured = "there is no snmpbulkwalk (Debian: snmp)".to_owned();
        return vec![Figure { name, wanted, measured, holds: false }];
    }
    let agent = Agent::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let login = Login::V2c { community: agent.community.clone() };
    let limits = Limits { retries: 3, ..Limits::default() };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(walk(&agent, limits.repetitions));
        let begin = Instant::now();
        let counted = count("127.0.0.1", agent.addr.port(), &login, &limits, &TABLE);
        let (values, cut) = runtime.block_on(counted).expect("the agent answers");
        ours.push(begin.elapsed());
        assert_eq!((values, cut), (VALUES, None), "all of it was read");
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    let measured = format!("{ratio:.2} × ({ours:.0?}, snmpbulkwalk {theirs:.0?})");
    vec![Figure { name, wanted, measured, holds: ratio >= AT_LEAST }]
}

fn walk(agent: &Agent, repetitions: u32) -> Duration {
    let begin = Instant::now();
    let told = Command::new("snmpbulkwalk")
        .args(["-v2c", "-On", "-m", "", "-c", &agent.community, &format!("-Cr{repetitions}")])
        .args([agent.addr.to_string(), TABLE.map(|arc| arc.to_string()).join(".")])
        .output()
        .expect("it is there");
    let took = begin.elapsed();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    // After the last value it says that there is no more.
    let said = String::from_utf8_lossy(&told.stdout);
    let values = said.lines().filter(|line| !line.contains("No more variables")).count();
    assert_eq!(values, VALUES, "all of it was read");
    took
}
