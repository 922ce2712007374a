//! Resident memory of `serve`, a minute after its first start: the first administrator's password was hashed, and the
//! buffer for it must have been given back. The simulated clusters are processes of their own.

use super::Figure;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    thread::sleep,
    time::Duration,
};
use tempfile::TempDir;

const IDLE: Duration = Duration::from_secs(60);

pub fn figures() -> Vec<Figure> {
    let small = Bot::start(3, 40);
    let large = Bot::start(50, 10_000);
    sleep(IDLE);
    vec![
        small.figure("serve idle 60 s after its first start, 3 nodes", 30.0),
        large.figure("the same with 50 nodes and 10,000 guests cached", 60.0),
    ]
}

/// A bot and its cluster.
struct Bot {
    bot: Ended,
    _lab: Ended,
    _dir: TempDir,
}

impl Bot {
    fn start(nodes: usize, guests: usize) -> Self {
        let (nodes, guests) = (nodes.to_string(), guests.to_string());
        let (lab, access) = Ended::start(direttore().args(["sim", "--nodes", &nodes, "--guests", &guests]));
        let access: Value = serde_json::from_str(&access).expect("the simulation says how one gets in");
        let access = |key: &str| access["proxmox"][key].as_str().expect("it is text").to_owned();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let config = dir.path().join("direttore.toml");
        // Only what has no default: the figures are those of the bot as it comes.
        let text = format!(
            "data_dir = {:?}\n[[proxmox]]\nname = \"lab\"\nurl = {:?}\nfingerprint = {:?}\ntoken_id = {:?}\ntoken_secret = {:?}\n",
            dir.path(),
            access("url"),
            access("fingerprint"),
            access("token_id"),
            access("token_secret"),
        );
        std::fs::write(&config, text).expect("it can be written");
        let (bot, first) = Ended::start(direttore().arg("serve").arg("--config").arg(&config).env_clear());
        assert!(first.contains("password"), "the first administrator was made: {first}");
        Self { bot, _lab: lab, _dir: dir }
    }

    fn figure(&self, name: &'static str, under: f64) -> Figure {
        let resident = self.bot.resident("VmRSS");
        let (own, peak) = (self.bot.resident("RssAnon"), self.bot.resident("VmHWM"));
        Figure {
            name,
            wanted: format!("< {under} MiB"),
            measured: format!("{resident:.1} MiB ({own:.1} of it heap and stacks, peak {peak:.1})"),
            holds: resident < under,
        }
    }
}

fn direttore() -> Command {
    Command::new(env!("CARGO_BIN_EXE_direttore"))
}

/// A process that ends with this.
struct Ended {
    child: Child,
    /// Kept open: a process that cannot write any more may stop.
    _output: BufReader<ChildStdout>,
}

impl Ended {
    /// Started, with the first line it said.
    fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("it says something");
        (Self { child, _output: output }, line)
    }

    /// A line of the kernel's account of the process, in MiB.
    fn resident(&self, key: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it still runs");
        let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':')).expect("Linux says so");
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes / 1024.0
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
