//! Sessions with many devices: 200 logins to one OpenSSH server, as nornir with netmiko makes them, as threads with bare
//! ssh2 do, and as ours does; and 1,000 simulated switches that think for two seconds. All in turns.

use super::{Figure, bare_ssh, median};
use direttore_clients::device::{
    Device, Key, Limits, Login, Peer, Policy, Pool, Secret, Sizes,
    platform::{self, Platform},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Instant,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinSet};

const LOGINS: usize = 200;
const WORKERS: usize = 32;
const ROUNDS: usize = 5;
/// What each command says, in bytes.
const OUTPUT: usize = 58_000;

const SLOW: usize = 1_000;
const SLOW_WORKERS: usize = 256;
const SLOW_ROUNDS: usize = 3;
const SHOW: &str = "show configuration | display set | no-more";

/// Wall and processor time of one run, in seconds.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

pub fn figures() -> Vec<Figure> {
    let mut all = many();
    all.extend(slow());
    all
}

// --- 200 logins -----------------------------------------------------------------------------------------------------

fn many() -> Vec<Figure> {
    let name = "200 logins by 32 workers, in a terminal";
    let missing = |measured: &str| {
        vec![Figure { name, wanted: "≥ 1.15 × nornir".to_owned(), measured: measured.to_owned(), holds: false }]
    };
    let Some(lab) = Lab::start() else { return missing("there is no sshd (Debian: openssh-server)") };
    let text = lab.folder.path().join("output.txt");
    fs::write(&text, configuration()).expect("it can be written");
    let command = format!("cat {}", text.display());
    let Some(mut nornir) = Nornir::start(&lab, &command) else {
        return missing("there is no nornir (tests/peers/devices/speed-requirements.txt)");
    };
    let runtime = Runtime::new().expect("a runtime can be made");
    let pool = Pool::new(Sizes { workers: WORKERS, per_credential: WORKERS, ..Sizes::default() });
    let linux = platform::by_slug("linux").expect("it is one");
    let devices: Vec<_> = (0..LOGINS).map(|n| Arc::new(device(&format!("host{n}"), lab.peer(), linux))).collect();
    let host = bare_ssh::Host { port: lab.port, user: lab.user.clone(), login: bare_ssh::Proof::Key(lab.key.clone()) };
    let hosts = vec![host; LOGINS];
    let (mut ours, mut theirs, mut bare) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        theirs.push(nornir.run());
        ours.push(took(|| runtime.block_on(in_terminals(&pool, &devices, &command))));
        bare.push(took(|| bare_ssh::in_terminals(&hosts, WORKERS, &command, OUTPUT)));
    }
    let wall = |runs: &[Took]| median(runs.iter().map(|t| t.wall).collect());
    let cpu = |runs: &[Took]| median(runs.iter().map(|t| t.cpu).collect());
    let rate = |runs: &[Took]| LOGINS as f64 / wall(runs);
    let (faster, less, near) = (rate(&ours) / rate(&theirs), cpu(&ours) / cpu(&theirs), rate(&ours) / rate(&bare));
    vec![
        Figure {
            name,
            wanted: "≥ 1.15 × nornir".to_owned(),
            measured: format!("{faster:.2} × ({:.0} of {:.0} a second)", rate(&ours), rate(&theirs)),
            holds: faster >= 1.15,
        },
        Figure {
            name: "their processor time",
            wanted: "≤ 0.33 × nornir".to_owned(),
            measured: format!("{less:.2} × ({:.2} of {:.2} s)", cpu(&ours), cpu(&theirs)),
            holds: less <= 1.0 / 3.0,
        },
        Figure {
            name: "200 logins, against threads with bare ssh2",
            wanted: "≥ 0.9 ×".to_owned(),
            measured: format!("{near:.2} × ({:.0} of {:.0} a second)", rate(&ours), rate(&bare)),
            holds: near >= 0.9,
        },
    ]
}

async fn in_terminals(pool: &Pool, devices: &[Arc<Device>], command: &str) {
    let mut calls = JoinSet::new();
    for device in devices {
        let (pool, device, command) = (pool.clone(), device.clone(), vec![command.to_owned()]);
        calls.spawn(async move { pool.call(device, move |link| link.run_in_shell(&command)).await });
    }
    while let Some(done) = calls.join_next().await {
        let done = done.expect("it does not panic").expect("it is let in");
        assert!(done.value[0].text.len() >= OUTPUT - 1, "all of it came");
    }
}

/// Something like a configuration.
fn configuration() -> String {
    let mut text = String::with_capacity(OUTPUT);
    for n in 0.. {
        let line = format!("set interfaces ge-0/0/{n} unit 0 description \"to rack {} of room 1\"\n", n % 40);
        if text.len() + line.len() > OUTPUT {
            break;
        }
        text.push_str(&line);
    }
    text.extend(std::iter::repeat_n('!', OUTPUT - text.len() - 1));
    text.push('\n');
    text
}

/// The OpenSSH server of the lab of devices.
struct Lab {
    folder: TempDir,
    port: u16,
    user: String,
    key: PathBuf,
}

impl Lab {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let told =
            Command::new("python3").args([program(), "start".into()]).arg(folder.path()).arg("linux").output().ok()?;
        if !told.status.success() {
            return None;
        }
        let list = fs::read(folder.path().join("lab.json")).expect("the lab says what it has");
        let list: Value = serde_json::from_slice(&list).expect("it is JSON");
        let row = &list["devices"][0];
        let text = |key: &str| row[key].as_str().expect("a text").to_owned();
        let port = row["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        Some(Self { port, user: text("user"), key: text("key").into(), folder })
    }

    fn peer(&self) -> Peer {
        let key = Key::File { path: self.key.clone(), passphrase: None };
        peer(self.port, Login::key("lab", &self.user, key))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ended = Command::new("python3").args([program(), "stop".into()]).arg(self.folder.path()).status();
    }
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/devices/lab")
}

/// nornir, which runs once for each line that it is given.
struct Nornir {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Nornir {
    fn start(lab: &Lab, command: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let venv = root.join("target/venv/bin/python");
        let mut process = Command::new(if venv.exists() { venv } else { "python3".into() })
            .arg(root.join("tests/peers/devices/speed.py"))
            .args(["--port", &lab.port.to_string(), "--user", &lab.user, "--command", command])
            .args(["--hosts", &LOGINS.to_string(), "--workers", &WORKERS.to_string(), "--key"])
            .arg(&lab.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut ready = String::new();
        output.read_line(&mut ready).expect("it can be read");
        (ready == "ready\n").then_some(Self { process, input, output })
    }

    fn run(&mut self) -> Took {
        writeln!(self.input.as_mut().expect("it is piped"), "run").expect("it still runs");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it says what it took");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("nornir said {line:?}"));
        let number = |key: &str| told[key].as_f64().expect("a number");
        assert!(number("bytes") >= (LOGINS * (OUTPUT - 1)) as f64, "all of it came: {line}");
        Took { wall: number("wall"), cpu: number("cpu") }
    }
}

impl Drop for Nornir {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ended = self.process.wait();
    }
}

// --- 1,000 switches that think --------------------------------------------------------------------------------------

fn slow() -> Vec<Figure> {
    let switches = Switches::start();
    let runtime = Runtime::new().expect("a runtime can be made");
    let pool = Pool::new(Sizes { workers: SLOW_WORKERS, per_credential: SLOW_WORKERS, ..Sizes::default() });
    let junos = platform::by_slug("juniper_junos").expect("it is one");
    let login = || Login::password("lab", &switches.user, Secret::new(&switches.password));
    let devices: Vec<_> = (switches.ports.iter().enumerate())
        .map(|(n, port)| Arc::new(device(&format!("sw{n}"), peer(*port, login()), junos)))
        .collect();
    let proof = bare_ssh::Proof::Password(switches.password.clone());
    let hosts: Vec<_> = (switches.ports.iter())
        .map(|port| bare_ssh::Host { port: *port, user: switches.user.clone(), login: proof.clone() })
        .collect();
    // Ours comes first, so that what the others left behind is not ours to use.
    let before = resident();
    forget_peak();
    let mut ours = vec![took(|| runtime.block_on(each(&pool, &devices))).wall];
    let grown = peak() - before;
    let mut bare = Vec::new();
    for round in 0..SLOW_ROUNDS {
        bare.push(took(|| bare_ssh::each(&hosts, SLOW_WORKERS, SHOW)).wall);
        if round > 0 {
            ours.push(took(|| runtime.block_on(each(&pool, &devices))).wall);
        }
    }
    let (ours, bare) = (median(ours), median(bare));
    let ratio = ours / bare;
    vec![
        Figure {
            name: "1,000 switches that think for 2 s, 256 workers",
            wanted: "≤ 1.2 × bare ssh2".to_owned(),
            measured: format!("{ratio:.2} × ({ours:.1} of {bare:.1} s)"),
            holds: ratio <= 1.2,
        },
        Figure {
            name: "memory that they take",
            wanted: "≤ 100 MiB".to_owned(),
            measured: format!("{grown:.0} MiB"),
            holds: grown <= 100.0,
        },
    ]
}

async fn each(pool: &Pool, devices: &[Arc<Device>]) {
    let mut calls = JoinSet::new();
    for device in devices {
        let (pool, device) = (pool.clone(), device.clone());
        calls.spawn(async move { pool.call(device, |link| link.run(&[SHOW.to_owned()])).await });
    }
    while let Some(done) = calls.join_next().await {
        let done = done.expect("it does not panic").expect("it is let in");
        assert!(done.value[0].text.contains("set "), "it showed its configuration: {}", done.value[0].text);
    }
}

/// Simulated switches in a process of their own.
struct Switches {
    process: Child,
    ports: Vec<u16>,
    user: String,
    password: String,
}

impl Switches {
    fn start() -> Self {
        let mut simulation = Command::new(env!("CARGO_BIN_EXE_direttore"));
        simulation.args(["sim", "--plain", "--control"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        for n in 0..SLOW {
            simulation.args(["--switch", &format!("sw{n}=junos@127.0.0.1:0")]);
            simulation.args(["--fault", &format!("switch sw{n} slow=2s")]);
        }
        let mut process = simulation.spawn().expect("the simulation starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("it is piped")).read_line(&mut line).expect("it says something");
        let ready: Value = serde_json::from_str(&line).expect("it says how it is reached");
        let rows = ready["switches"].as_array().expect("it has switches");
        let port = |row: &Value| row["ssh"].as_str()?.rsplit(':').next()?.parse().ok();
        let ports = rows.iter().map(|row| port(row).expect("an address")).collect();
        let text = |key: &str| rows[0][key].as_str().expect("a text").to_owned();
        Self { ports, user: text("user"), password: text("password"), process }
    }
}

impl Drop for Switches {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

// --- both -----------------------------------------------------------------------------------------------------------

fn peer(port: u16, login: Login) -> Peer {
    let host = "127.0.0.1".to_owned();
    Peer { host, port, login, policy: Policy::FirstUse, known: Vec::new(), legacy_ssh: false }
}

fn device(name: &str, at: Peer, platform: &'static Platform) -> Device {
    Device { name: name.to_owned(), at, jump: None, platform, limits: Limits::default(), read: Vec::new() }
}

fn took(work: impl FnOnce()) -> Took {
    let (begin, cpu) = (Instant::now(), used());
    work();
    Took { wall: begin.elapsed().as_secs_f64(), cpu: used() - cpu }
}

/// Processor time of this process so far, in seconds: proc(5) counts it in hundredths.
fn used() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux says so");
    let after_name = stat.rsplit(") ").next().expect("the name ends");
    let ticks = |at: usize| after_name.split(' ').nth(at).and_then(|n| n.parse::<f64>().ok()).expect("a number");
    // Fields 14 and 15; the two before the name's end are not here.
    (ticks(11) + ticks(12)) / 100.0
}

fn resident() -> f64 {
    status("VmRSS:")
}

/// The most since [`forget_peak`].
fn peak() -> f64 {
    status("VmHWM:")
}

fn forget_peak() {
    // proc(5): 5 sets the peak to what is resident now.
    fs::write("/proc/self/clear_refs", "5").expect("Linux lets us");
}

/// In MiB.
fn status(key: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux says so");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("it has such a line");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
