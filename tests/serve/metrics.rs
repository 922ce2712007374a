//! What a running process tells whoever watches it: its numbers and its log, and that no secret is in either.

use crate::support::process::{Process, until};
use serde_json::{Value, json};
use std::process::Command;

const TOKEN: &str = "metrics-token-9c41";
const ASKED: &str = "asked-by-a-test.1";

/// A simulated lab, watched.
struct Demo {
    process: Process,
    ready: Value,
    http: reqwest::Client,
}

impl Demo {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args(["demo", "--json", "--http", "127.0.0.1:0"]).env_clear();
        let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
        command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
        command.env("DIRETTORE__LOG__LEVEL", "debug").env("DIRETTORE__LOG__FORMAT", "json");
        command.env("DIRETTORE__METRICS__TOKEN", TOKEN).env("DIRETTORE_DEMO_TASK_MS", "20,60");
        let mut process = Process::start("a watched demo", &mut command);
        let ready = process.hear("that it is ready", |line| line.contains("\"ready\":true"));
        let ready = serde_json::from_str(&ready).expect("it is JSON");
        Self { process, ready, http: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }

    fn text(&self, pointer: &str) -> String {
        self.ready.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}")).to_owned()
    }

    fn request(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.text("/http"))).header("X-Request-Id", ASKED);
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    async fn sign_in(&self, password: &str) -> (u16, Value) {
        let form = [("username", "operator"), ("password", password)];
        let answer = self.request("POST", "/api/auth/token", "").form(&form).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("it is JSON"))
    }

    async fn metrics(&self) -> String {
        let answer = self.request("GET", "/metrics", TOKEN).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.text().await.expect("text")
    }

    /// Lines of the log, among what else it says.
    fn log(&self) -> Vec<Value> {
        let said = self.process.said();
        let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["level"].is_string() && line["timestamp"].is_string()).collect()
    }
}

/// A line of the log that was written for a request of ours.
fn is_asked(line: &Value) -> bool {
    line["spans"].as_array().is_some_and(|spans| spans.iter().any(|span| span["request.id"] == ASKED))
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_log_tell_what_is_done_and_no_secret() {
    let demo = Demo::start();
    assert_eq!(demo.sign_in("planted-wrong-password-7d1").await.0, 401);
    let password = demo.text("/accounts/operator");
    let (status, tokens) = demo.sign_in(&password).await;
    assert_eq!(status, 200, "{tokens}");
    let access = tokens["access_token"].as_str().expect("a token").to_owned();
    let nodes = demo.request("GET", "/api/proxmox/nodes?secret=planted-query-3e8", &access).send().await;
    assert_eq!(nodes.expect("an answer").status(), 200);
    let stop = demo.request("POST", "/api/proxmox/nodes/pve2/vms/101/stop", &access).json(&json!({}));
    let stop = stop.send().await.expect("an answer");
    assert_eq!((stop.status().as_u16(), stop.headers()["x-request-id"].as_bytes()), (202, ASKED.as_bytes()));
    let feed = demo.request("GET", "/calendar/planted-feed-secret-55aa.ics", "").send().await;
    assert_eq!(feed.expect("an answer").status(), 404);
    let of = |line: &Value| line["fields"]["message"].as_str().unwrap_or_default().to_owned();
    let log = until("the log has the job's end", || {
        let log = demo.log();
        log.iter().any(|line| is_asked(line) && of(line).ends_with("is done")).then_some(log)
    });
    // The call to Proxmox was made by a job, for the request that asked for it.
    let posted = log.iter().find(|line| of(line).starts_with("POST /nodes/pve2/qemu/101/status/stop"));
    let posted = posted.unwrap_or_else(|| panic!("{}", demo.process.said()));
    assert!(is_asked(posted) && posted["fields"]["status"] == 200, "{posted}");
    let served = "POST /api/proxmox/nodes/{node}/vms/{vmid}/{action} 202";
    assert!(log.iter().any(|line| is_asked(line) && of(line) == served), "{}", demo.process.said());
    let metrics = demo.metrics().await;
    assert!(metrics.contains("direttore_job_step_duration_seconds_count{step=\"power-guest\",outcome=\"done\"} 1\n"));
    let age = metrics.lines().find_map(|line| line.strip_prefix("direttore_queue_age_seconds "));
    let age: f64 = age.and_then(|age| age.parse().ok()).expect("the queue has an age");
    assert!(age < 60.0, "nothing has waited for so long: {age} s");
    let told: Vec<String> = log.iter().map(Value::to_string).collect();
    for secret in [
        TOKEN,
        &access,
        &password,
        &demo.text("/accounts/admin"),
        &demo.text("/proxmox/token_secret"),
        &demo.text("/netbox/token"),
        tokens["refresh_token"].as_str().expect("a token"),
        "planted-wrong-password-7d1",
        "planted-query-3e8",
        "planted-feed-secret-55aa",
    ] {
        assert!(!metrics.contains(secret), "{secret} in\n{metrics}");
        let line = told.iter().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}
