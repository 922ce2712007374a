//! `serve` as a process, with a simulated cluster that is a process of its own.

use crate::stand_in::{self, StandIn};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;

/// The bot's token at a stand-in.
pub const TOKEN: &str = "ours";

/// A bot and its cluster. Both end when this is dropped.
pub struct Bot {
    bot: Ended,
    /// The first administrator's.
    pub password: String,
    _lab: Ended,
    dir: TempDir,
}

impl Bot {
    /// Started and past its first words, with Discord at the stand-in if there is one.
    pub fn start(nodes: usize, guests: usize, discord: Option<&StandIn>) -> Self {
        Self::start_with(nodes, guests, discord, "")
    }

    /// As [`Bot::start`], with more sections of the configuration.
    pub fn start_with(nodes: usize, guests: usize, discord: Option<&StandIn>, more: &str) -> Self {
        Self::start_slow(nodes, guests, "300,3000", discord, more)
    }

    /// As [`Bot::start_with`]; `task_ms` is how long the cluster's tasks take.
    pub fn start_slow(nodes: usize, guests: usize, task_ms: &str, discord: Option<&StandIn>, more: &str) -> Self {
        let (nodes, guests) = (nodes.to_string(), guests.to_string());
        let mut sim = Command::new(PROGRAM);
        sim.args(["sim", "--nodes", &nodes, "--guests", &guests, "--task-ms", task_ms]);
        let (lab, access) = Ended::start(sim);
        let access: Value = serde_json::from_str(&access).expect("the simulation says how one gets in");
        let dir = tempfile::tempdir().expect("a temporary folder");
        let config = dir.path().join(CONFIG);
        let discord = discord.map(|discord| section(discord, dir.path())).unwrap_or_default();
        std::fs::write(&config, configuration(&access, dir.path()) + discord.as_str() + more)
            .expect("it can be written");
        let (bot, first) = Ended::start(serve(&dir));
        let password = first.split("the password ").nth(1).and_then(|rest| rest.split(' ').next());
        let password = password.unwrap_or_else(|| panic!("the first administrator was made: {first}")).to_owned();
        Self { bot, password, _lab: lab, dir }
    }

    /// Killed, if it still runs.
    pub fn end(&mut self) {
        self.bot.end();
    }

    /// Started once more with what it has kept, after [`Bot::end`]. It has not said anything yet.
    pub fn start_again(&mut self) {
        self.bot = Ended::spawn(serve(&self.dir));
    }

    /// A line of the kernel's account of its memory, in MiB.
    pub fn memory(&self, key: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.bot.child.id())).expect("it still runs");
        let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':')).expect("Linux says so");
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes / 1024.0
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_direttore");
const CONFIG: &str = "direttore.toml";

/// With no environment, as in the service and the image.
pub fn alike(command: &mut Command) -> &mut Command {
    command.env_clear()
}

fn serve(dir: &TempDir) -> Command {
    let mut serve = Command::new(PROGRAM);
    alike(&mut serve).arg("serve").arg("--config").arg(dir.path().join(CONFIG));
    serve
}

/// Only what has no default: the figures are those of the bot as it comes.
fn configuration(access: &Value, folder: &Path) -> String {
    let access = |key: &str| access["proxmox"][key].as_str().expect("it is text").to_owned();
    format!(
        "data_dir = {folder:?}\n[[proxmox]]\nname = \"lab\"\nurl = {:?}\nfingerprint = {:?}\ntoken_id = {:?}\ntoken_secret = {:?}\n",
        access("url"),
        access("fingerprint"),
        access("token_id"),
        access("token_secret"),
    )
}

fn section(discord: &StandIn, folder: &Path) -> String {
    std::fs::write(folder.join("ca.pem"), &discord.ca_pem).expect("it can be written");
    format!(
        "[discord]\ntoken = {TOKEN:?}\napplication_id = {}\nguild_id = {}\nstand_in = {{ addr = \"{}\", ca_file = \"ca.pem\" }}\n[discord.roles]\n\"{}\" = \"operator\"\n",
        stand_in::APPLICATION,
        stand_in::GUILD,
        discord.addr,
        stand_in::ROLE,
    )
}

/// A process that ends with this.
pub struct Ended {
    child: Child,
    /// Kept open: a process that cannot write any more may stop.
    output: BufReader<ChildStdout>,
}

impl Ended {
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, output }
    }

    /// Started, with the first line it said.
    fn start(command: Command) -> (Self, String) {
        let mut started = Self::spawn(command);
        let mut line = String::new();
        started.output.read_line(&mut line).expect("it says something");
        (started, line)
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}
