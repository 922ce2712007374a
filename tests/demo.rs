//! The demo as a program drives it: scripts, JSON, exit codes, and a lab that outlives its process.

use direttore_catalog::catalog;
use direttore_domain::{Role, role::Allowance};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command
        .arg("demo")
        .args(arguments)
        .env("DIRETTORE_DEMO_TASK_MS", "20,60")
        .env("DIRETTORE__JOBS__TASK_POLL_MS", "20");
    command.env("DIRETTORE__CACHE__REFRESH_MS", "200").stdin(Stdio::null());
    command
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts")
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

#[test]
fn every_command_as_every_role() {
    let script = scripts().join("every-command.txt");
    let lines: Vec<String> = std::fs::read_to_string(&script).expect("the script").lines().map(str::to_owned).collect();
    for who in ["", "@operator ", "@viewer "] {
        for command in catalog().commands() {
            let said = format!("{who}/{}", command.path);
            let is_said = |l: &String| l == &said || l.starts_with(&format!("{said} "));
            // Only an administrator's job can be cancelled and retried in the script's order; the others are refused it.
            let exempt = who.is_empty() && ["job cancel", "job retry"].contains(&command.path.as_str());
            assert!(exempt || lines.iter().any(is_said), "the script does not say {said}");
        }
    }
    let output = demo(&["--json", "--script", &script.to_string_lossy()]).output().expect("the demo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{errors}");
    let told = json_lines(&output);
    assert_eq!(told[0]["ready"], true);
    for key in ["url", "user", "password", "token_id", "token_secret", "fingerprint"] {
        assert!(told[0]["proxmox"][key].is_string(), "{key} for other programs");
    }
    let mut asked: Vec<&Value> = Vec::new();
    let mut at = 0;
    for reply in &told[1..] {
        if let Some(line) = reply.get("line") {
            at += 1;
            assert_eq!(line, at, "every line is followed by its number");
            check(&lines[at - 1], &asked);
            asked.clear();
        } else if reply["unasked"] != true {
            asked.push(reply);
        }
    }
    assert_eq!(at, lines.len());
    let failed: Vec<&Value> = told.iter().filter(|r| r["tone"] == "failed").collect();
    assert!(failed.is_empty(), "nothing fails in a healthy lab: {failed:?}");
}

/// What is said gets a reply, refused for the lack of a permission exactly where the table says so.
fn check(line: &str, replies: &[&Value]) {
    let (who, said) = match line.strip_prefix('@') {
        Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
        None => ("admin", line),
    };
    let Some(said) = said.strip_prefix('/') else { return };
    assert!(!replies.is_empty(), "no reply to {line}");
    let Ok(asked) = catalog().read(said) else { return };
    let role = who.parse::<Role>().ok();
    let allowed = asked.command.permission.allowed_to(role) != Allowance::No;
    let refused = replies.iter().any(|r| r["code"] == "not-allowed");
    // Giving a guest to somebody needs more than looking at it.
    let gives = asked.command.path == "guest owner" && asked.given.contains_key("account") && role != Some(Role::Admin);
    assert_eq!(refused, !allowed || gives, "{line}: {replies:?}");
}

#[test]
fn a_reservation_from_booking_to_its_end() {
    let script = scripts().join("reserve.txt");
    let output = demo(&["--json", "--script", &script.to_string_lossy()]).output().expect("the demo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{errors}");
    let told = json_lines(&output);
    let codes: Vec<&str> = told.iter().filter_map(|r| r["code"].as_str()).collect();
    assert_eq!(codes, ["conflict", "reason-needed"], "one finds it taken, one is asked why");
    let conflict = told.iter().find(|r| r["code"] == "conflict").expect("told");
    assert_eq!(conflict["actions"].as_array().map(Vec::len), Some(3), "{conflict}");
    assert!(conflict["title"].as_str().is_some_and(|t| t.contains("operator")), "{conflict}");
    let status = |of: &Value| of["table"]["rows"][0][4].as_str().map(str::to_owned);
    let lists = told.iter().filter(|r| r["table"]["columns"][0] == "vmid");
    let seen: Vec<Option<String>> = lists.map(status).collect();
    assert_eq!(seen, [Some("stopped".into()), Some("running".into()), Some("stopped".into())]);
    let titles: Vec<&str> = told.iter().filter_map(|r| r["title"].as_str()).collect();
    for wanted in ["you stand in line for db2 (104)", "R-1: db2 (104) is yours now", "R-1 is extended"] {
        assert!(titles.contains(&wanted), "{wanted}: {titles:?}");
    }
    let line = "R-2: db2 (104) did not become free in time";
    assert!(titles.contains(&line), "who waited in vain is told: {titles:?}");
    assert!(told.iter().all(|r| r["tone"] != "failed"), "{told:?}");
}

#[test]
fn switches_from_a_template_to_a_rollback() {
    let script = scripts().join("devices.txt");
    let output = demo(&["--json", "--script", &script.to_string_lossy()]).output().expect("the demo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{errors}");
    let told = json_lines(&output);
    let codes: Vec<&str> = told.iter().filter_map(|r| r["code"].as_str()).collect();
    assert_eq!(codes, ["not-approver"], "nobody says yes to their own");
    assert!(told.iter().all(|r| r["tone"] != "failed"), "{told:?}");
    let titles: Vec<&str> = told.iter().filter_map(|r| r["title"].as_str()).collect();
    for wanted in [
        "push vlan to sw1 and sw2?",
        "P-1: operator asks to push vlan to sw1 and sw2",
        "J-1: vlan is on sw1 and sw2",
        "J-2: sw1 is rolled back",
        "J-3: vlan is live on sw3 and waits",
        "J-4: sw3 is back at what it was before P-3",
        "J-6: vlan is on sw3",
    ] {
        assert!(titles.contains(&wanted), "{wanted}: {titles:?}");
    }
    let seen = ["2 devices are as they should be", "sw1 is not as it should be", "sw1 is as it should be"];
    let drift: Vec<&&str> = titles
        .iter()
        .filter(|title| title.contains("as they should be") || title.contains("as it should be"))
        .collect();
    assert_eq!(drift, seen.iter().collect::<Vec<_>>(), "what is changed by hand is seen until it is taken back");
}

#[test]
fn a_line_that_cannot_be_used_stops_a_file_and_not_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script.txt");
    std::fs::write(&file, "/whoami\n[Yes]\n/whoami\n").expect("written");
    let output = demo(&["--json", "--script", &file.to_string_lossy()]).output().expect("the demo runs");
    let told = json_lines(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(told.iter().filter(|r| r["code"] == "unreadable-line").count(), 1);
    assert_eq!(told.iter().filter(|r| r["title"].as_str().is_some_and(|t| t.starts_with("you are"))).count(), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains('2'), "stderr has the line's number");

    let mut child =
        demo(&["--json", "--script", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"[Yes]\n~ nonsense\n% nonsense\n@nobody /help\n/nonsense\n/whoami")
        .expect("written");
    let output = child.wait_with_output().expect("ends");
    let told = json_lines(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(told.iter().filter(|r| r["code"] == "unreadable-line").count(), 4);
    assert_eq!(told.last().map(|r| r["line"].clone()), Some(Value::from(6)), "it went on to the end");
}

/// A demo driven line by line.
struct Driven {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driven {
    fn start(dir: &Path) -> (Self, Value) {
        Self::start_with(dir, &[])
    }

    fn start_with(dir: &Path, more: &[&str]) -> (Self, Value) {
        let dir = dir.to_string_lossy();
        let arguments = [&["--json", "--script", "-", "--dir", &dir], more].concat();
        let mut child = demo(&arguments)
            .env("DIRETTORE_DEMO_TASK_MS", "1500,1500")
            .env("DIRETTORE__JOBS__LEASE_MS", "1000")
            .env("DIRETTORE__JOBS__HEARTBEAT_MS", "200")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo runs");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut driven = Self { child, input, output: BufReader::new(output) };
        let ready = driven.next();
        (driven, ready)
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the demo talks");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Says a line and gives all that comes until its number does.
    fn say(&mut self, line: &str) -> Vec<Value> {
        writeln!(self.input, "{line}").expect("the demo listens");
        let mut replies = Vec::new();
        loop {
            let reply = self.next();
            if reply.get("line").is_some() {
                return replies;
            }
            replies.push(reply);
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_killed_demo_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut demo, first) = Driven::start(folder.path());
    let replies = demo.say("/power start db2");
    assert_eq!(replies[0]["job"], "J-1");
    // The task takes 1.5 s: once it is seen, the job is in the middle.
    while demo.say("/job show J-1").iter().all(|r| !r.to_string().contains("UPID:")) {}
    drop(demo);

    let (mut demo, second) = Driven::start(folder.path());
    assert_eq!(
        (&first["proxmox"], &first["accounts"]),
        (&second["proxmox"], &second["accounts"]),
        "the same lab, the same people"
    );
    let told = demo.say("...");
    assert!(
        told.iter().any(|r| r["job"] == "J-1" && r["tone"] == "success"),
        "the job ended as if nothing had happened: {told:?}"
    );
    let shown = demo.say("/guest show db2");
    assert_eq!(shown[0].to_string().matches("qmstart").count(), 1, "and only one was started: {}", shown[0]);
}

#[tokio::test]
async fn calendar_programs_are_served_by_a_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut demo, ready) = Driven::start_with(folder.path(), &["--http", "127.0.0.1:0"]);
    let url = ready["http"].as_str().expect("it says where").to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let made = demo.say("@viewer /token new caldav phone");
    let field = |name: &str| {
        let fields = made[0]["fields"].as_array().expect("fields");
        let found = fields.iter().find(|field| field["name"] == name).expect("it is shown");
        found["value"].as_str().expect("text").to_owned()
    };
    assert_eq!(field("server"), format!("{url}/dav/"));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let home = http.get(format!("{url}/dav/cal/viewer/personal/")).basic_auth("viewer", Some(field("secret")));
    let told = home.send().await.expect("an answer");
    assert_eq!(
        (told.status().as_u16(), told.headers()["content-type"].as_bytes()),
        (200, &b"text/calendar; charset=utf-8"[..])
    );
    let abroad = self::demo(&["--json", "--http", "0.0.0.0:8080"]).output().expect("it runs");
    assert_eq!(abroad.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&abroad.stderr).contains("the demo listens on loopback only"));
}
