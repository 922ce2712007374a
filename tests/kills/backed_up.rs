//! Network devices are backed up, and the process dies: the next one ends the job, and each version is kept and noted once.

use crate::support::process::Process;
use serde_json::Value;
use std::{os::unix::process::ExitStatusExt, path::Path, process::Command};

/// Nothing is done; it is in the history and not noted; noted, and the job goes on; done, and the end is not written.
const PLACES: [&str; 5] = ["before", "answered", "stored", "happened", "after"];

fn demo(folder: &Path, breakpoint: Option<&str>) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["demo", "--json", "--script", "-", "--dir"]).arg(folder);
    let times = [("LEASE", "1200"), ("HEARTBEAT", "200"), ("POLL", "100"), ("TASK_POLL", "20")];
    command.envs(times.map(|(key, value)| (format!("DIRETTORE__JOBS__{key}_MS"), value)));
    command.envs(breakpoint.map(|at| ("DIRETTORE_BREAKPOINT", format!("{at}:back-up-devices"))));
    let mut process = Process::start("the demo", &mut command);
    process.hear("that it is ready", |line| line.contains("\"ready\""));
    process
}

/// Says a line and gives the reply to it.
fn ask(process: &mut Process, line: &str) -> Value {
    process.say(line);
    let told = process.hear("an answer", |line| !line.contains("\"unasked\":true") && !line.starts_with("{\"line\""));
    serde_json::from_str(&told).expect("a reply is JSON")
}

#[test]
fn a_backup_survives_wherever_it_is_killed() {
    for place in PLACES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut first = demo(folder.path(), Some(place));
        first.say("/device backup sw1 sw2");
        let status = first.end();
        assert_eq!(status.signal(), Some(9), "{place}: it was not killed: {}", first.said());
        let mut next = demo(folder.path(), None);
        next.say("...");
        next.hear("that all is over", |line| line.starts_with("{\"line\""));
        let jobs = ask(&mut next, "/job list");
        assert_eq!(jobs["table"]["rows"][0][3], "done", "{place}: {jobs:#}");
        for device in ["sw1", "sw2"] {
            let history = ask(&mut next, &format!("/device history {device}"));
            let rows = history["table"]["rows"].as_array().expect("a table").clone();
            assert_eq!(rows.len(), 1, "{place}: {history:#}");
            assert_eq!(rows[0][3], "J-1", "{place}: {history:#}");
        }
    }
}
