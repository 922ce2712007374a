//! Traces: what a collector is told of one command, and that nobody waits for one that does not answer.

use crate::support::process::{Process, until};
use axum::{Router, body::Bytes, extract::State, routing::post};
use direttore_sim::{Settings as SimSettings, Sim};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::Span,
};
use prost::Message;
use serde_json::{Value, json};
use std::{
    fs,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const PASSWORD: &str = "planted-password-of-traces";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

type Spans = Arc<Mutex<Vec<Span>>>;

async fn take(State(spans): State<Spans>, body: Bytes) {
    let told = ExportTraceServiceRequest::decode(body).expect("it is OTLP");
    let of = told.resource_spans.into_iter();
    let all = of.inspect(|of| {
        let resource = of.resource.as_ref().expect("it says what it is");
        assert_eq!(text(&resource.attributes, "service.name"), "direttore");
    });
    let all = all.flat_map(|of| of.scope_spans).flat_map(|of| of.spans);
    spans.lock().expect("nobody panicked").extend(all);
}

/// A collector, and what it was told.
async fn collector() -> (String, Spans) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let (url, spans) = (format!("http://{}", listener.local_addr().expect("it is bound")), Spans::default());
    let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, spans)
}

fn text(of: &[KeyValue], key: &str) -> String {
    let value = of.iter().find(|one| one.key == key).and_then(|one| one.value.as_ref()?.value.clone());
    match value {
        Some(Any::StringValue(text)) => text,
        other => other.map(|other| format!("{other:?}")).unwrap_or_default(),
    }
}

/// A server with a lab, and where it is.
struct Served {
    process: Process,
    url: String,
    _sim: Sim,
    _folder: tempfile::TempDir,
}

async fn serve(endpoint: &str) -> Served {
    let lab =
        SimSettings { task_time: (Duration::from_millis(20), Duration::from_millis(60)), ..SimSettings::default() };
    let sim = direttore_sim::start(lab).await.expect("loopback can be listened on");
    let access = sim.access();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = format!(
        "[[proxmox]]\nname = 'lab'\nurl = '{}'\nfingerprint = '{}'\ntoken_id = '{}'\ntoken_secret = '{}'\n\
         [http]\nlisten = '127.0.0.1:0'\n[admin]\npassword = '{PASSWORD}'\n[telemetry]\nendpoint = '{endpoint}'\n",
        access.url,
        access.fingerprint.as_deref().unwrap_or_default(),
        access.token_id,
        access.token_secret
    );
    fs::write(folder.path().join("direttore.toml"), configuration).expect("the folder is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder.path()).env_clear();
    let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    let process = Process::start("a traced server", &mut command);
    let url = until("it says where it serves HTTP", || {
        Some(format!("http://{}", process.said().split("HTTP at ").nth(1)?.split_whitespace().next()?))
    });
    Served { process, url, _sim: sim, _folder: folder }
}

impl Served {
    /// `/power stop`, to the end of its job.
    async fn stops_a_guest(&self) {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let json = async |request: reqwest::RequestBuilder| -> Value {
            let answer = request.send().await.expect("an answer").error_for_status().expect("it is done");
            answer.json().await.expect("JSON")
        };
        let form = [("username", "admin"), ("password", PASSWORD)];
        let tokens = json(http.post(format!("{}/api/auth/token", self.url)).form(&form)).await;
        let token = tokens["access_token"].as_str().expect("a token");
        let post = |path: &str| http.post(format!("{}{path}", self.url)).bearer_auth(token);
        let planned = json(post("/api/v1/commands/power/stop").json(&json!({ "guest": "web1" }))).await;
        let path = format!("/api/v1/plans/{}/confirm", planned["plan"]["id"].as_str().expect("a plan"));
        let begun = json(post(&path).header("traceparent", format!("00-{TRACE}-{PARENT}-01"))).await;
        let path = format!("/api/v1/jobs/{}", begun["job"].as_str().expect("a job"));
        let follow = http.get(format!("{}{path}", self.url)).bearer_auth(token).header("Accept", "text/event-stream");
        let told = follow.send().await.expect("an answer").text().await.expect("text");
        assert!(told.contains("\"status\":\"done\""), "{told}");
    }

    /// Ends it in order; gives how long that took.
    fn ends(&mut self) -> Duration {
        let began = Instant::now();
        self.process.terminate();
        assert!(self.process.end().success(), "{}", self.process.said());
        began.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_is_told_what_made_what() {
    let (endpoint, spans) = collector().await;
    let mut served = serve(&endpoint).await;
    served.stops_a_guest().await;
    served.ends();
    let spans = std::mem::take(&mut *spans.lock().expect("nobody panicked"));
    let shown = || spans.iter().map(|s| format!("{} {:?}\n", s.name, s.attributes)).collect::<String>();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let find = |name: &str, parent: &str, fits: &dyn Fn(&Span) -> bool| {
        let found = spans.iter().find(|s| s.name == name && hex(&s.parent_span_id) == parent && fits(s));
        let found = found.unwrap_or_else(|| panic!("no {name} under {parent} in\n{}", shown()));
        assert_eq!(hex(&found.trace_id), TRACE);
        (found, hex(&found.span_id))
    };
    let (request, id) = find("request", PARENT, &|_| true);
    assert_eq!(text(&request.attributes, "http.route"), "/api/v1/plans/{id}/confirm");
    let (job, id) = find("job", &id, &|_| true);
    assert_eq!(text(&job.attributes, "request.id"), text(&request.attributes, "request.id"));
    let (step, id) = find("step", &id, &|_| true);
    assert_eq!(text(&step.attributes, "step"), "power-guest");
    let (call, _) = find("call", &id, &|s| text(&s.attributes, "http.method") == "POST");
    assert!(text(&call.attributes, "http.path").ends_with("/status/stop"), "{call:?}");
    assert!(
        step.start_time_unix_nano <= call.start_time_unix_nano && call.end_time_unix_nano <= step.end_time_unix_nano
    );
    let all = format!("{spans:?}");
    assert!(!all.contains(PASSWORD) && !all.contains("Bearer"), "nothing secret is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_does_not_answer_holds_nobody_up() {
    // One that is not there, and one that takes the connection and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let silent = (format!("http://{}", silent.local_addr().expect("it is bound")), silent);
    for endpoint in ["http://127.0.0.1:9", &silent.0] {
        let mut served = serve(endpoint).await;
        served.stops_a_guest().await;
        let took = served.ends();
        assert!(took < Duration::from_secs(15), "{endpoint}: {took:?}");
        assert!(!served.process.said().contains("ERROR"), "{}", served.process.said());
    }
}
