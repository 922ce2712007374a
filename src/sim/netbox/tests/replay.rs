//! Every recorded request that is served here is sent again, in order, to the lab that was recorded; status, headers and
//! body must be the same, but for moments and secrets.

use super::{Got, contracts};
use crate::netbox::{Seed, Settings, Sim, start};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fmt::Write as _, path::Path};

/// Recordings that are not played, each with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("614", "custom links are not served"),
    ("618", "the list of object types is not served"),
    ("619", "GraphQL is not served"),
    ("620", "GraphQL is not served"),
    ("621", "GraphQL is not served"),
    ("622", "GraphQL is not served"),
    ("623", "GraphQL is not served"),
    ("801", "background queues are not served"),
    ("802", "background tasks are not served"),
    ("803", "background tasks are not served"),
    ("804", "background workers are not served"),
    ("805", "background tasks are not served"),
];

/// Values that differ on every server: there only the kind is compared.
const VOLATILE: &[&str] = &["created", "last_updated", "time", "date_joined", "hostname", "request_id", "key", "token"];

/// The same in single recordings, with the reason.
const VOLATILE_IN: &[(&str, &[&str], &str)] = &[
    ("12", &["display"], "a token is called by its key"),
    ("13", &["display"], "a token is called by its key"),
    ("283", &["id", "url", "display_url", "count"], "changes count how the lab was made"),
    ("536", &["display"], "a journal entry is called by its moment"),
];

/// What a change keeps has more fields in the real one: it is not looked into.
const OPAQUE: &[&str] = &["prechange_data", "postchange_data"];

/// They were recorded later than their number says, when there were 1275 addresses.
const CROWDED: &[&str] = &["287", "288", "289", "290"];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Where two bodies differ.
struct Differences<'a> {
    volatile: Vec<&'a str>,
    found: Vec<String>,
}

impl Differences<'_> {
    fn look(&mut self, at: &str, wanted: &Value, got: &Value, is_exact: bool) {
        match (wanted, got) {
            (Value::Object(wanted), Value::Object(got)) => {
                let missing = wanted.keys().filter(|k| !got.contains_key(*k)).map(|k| format!("{at}.{k} is missing"));
                self.found.extend(missing);
                let surplus = got.keys().filter(|k| !wanted.contains_key(*k)).map(|k| format!("{at}.{k} is too much"));
                self.found.extend(surplus);
                for (name, value) in wanted.iter().filter(|(k, _)| !OPAQUE.contains(&k.as_str())) {
                    let is_exact = is_exact && !self.volatile.contains(&name.as_str());
                    if let Some(other) = got.get(name) {
                        self.look(&format!("{at}.{name}"), value, other, is_exact);
                    }
                }
            }
            (Value::Array(wanted), Value::Array(got)) => {
                if wanted.len() != got.len() {
                    self.found.push(format!("{at} has {} entries, not {}", got.len(), wanted.len()));
                }
                for (i, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                    self.look(&format!("{at}[{i}]"), wanted, got, is_exact);
                }
            }
            (wanted, got) if kind(wanted) != kind(got) || is_exact && wanted != got => {
                self.found.push(format!("{at} is {got}, not {wanted}"));
            }
            _ => {}
        }
    }
}

struct Player {
    sim: Sim,
    http: reqwest::Client,
    base: String,
    /// Recorded `ETag`s and those that this server gave for the same.
    tags: Vec<(String, String)>,
}

impl Player {
    async fn play(&self, recorded: &Value) -> Got {
        let request = &recorded["request"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let query = text(&request["query"]);
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{mark}{query}", self.base, text(&request["path"]));
        let method: Method = text(&request["method"]).parse().expect("a method");
        let mut sent = self.http.request(method, url);
        for (name, value) in request["headers"].as_object().expect("headers") {
            if matches!(
                name.to_ascii_lowercase().as_str(),
                "host" | "content-length" | "connection" | "accept-encoding"
            ) {
                continue;
            }
            let mut value = text(value);
            for (theirs, ours) in &self.tags {
                value = value.replace(theirs, ours);
            }
            sent = sent.header(name, value);
        }
        // What was no JSON was recorded as it was.
        let sent = match &request["body"] {
            Value::Null => sent,
            Value::String(raw) => sent.body(raw.clone()),
            body => sent.body(body.to_string()),
        };
        super::got(sent.send().await.expect("an answer")).await
    }
}

impl Player {
    async fn new() -> Self {
        let settings = Settings { world: Seed::Recorded, ..Settings::default() };
        let sim = start(settings).await.expect("loopback is there");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { http, base: sim.access().url.clone(), sim, tags: Vec::new() }
    }

    /// Plays one recording; what is different.
    async fn compare(&mut self, dir: &Path, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(dir.join(file)).expect("a recording");
        let recorded: Value = serde_json::from_str(&text.replace("http://127.0.0.1:18477", &self.base)).expect("JSON");
        let got = self.play(&recorded).await;
        if let (Some(theirs), Some(ours)) = (recorded["response"]["headers"]["etag"].as_str(), got.header("etag")) {
            self.tags.push((theirs.to_owned(), ours.to_owned()));
        }
        compare(file, &recorded["response"], &got)
    }

    /// Something that was done between two recordings and not recorded.
    async fn unrecorded(&self, method: Method, path: &str, body: Option<Value>) {
        let admin = "Bearer nbt_AdminThrow01.ThrowawayAdminTokenThrowawayAdminToken01";
        let sent = self.http.request(method, format!("{}{path}", self.base)).header("Authorization", admin);
        let sent = if let Some(body) = body { sent.json(&body) } else { sent };
        let got = super::got(sent.send().await.expect("an answer")).await;
        assert!(got.status < 300, "{got:?}");
    }
}

#[tokio::test]
async fn the_recordings_come_out_alike() {
    let Some(dir) = contracts("replay") else { return };
    let dir = dir.join("recorded");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .expect("recordings")
        .filter_map(|f| Some(f.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|f| f.ends_with(".json") && f.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    files.sort();
    let mut player = Player::new().await;
    let mut crowded = Player::new().await;
    let many: Vec<Value> =
        (0..1263).map(|i| json!({"address": format!("172.20.{}.{}/16", i / 200, 1 + i % 200)})).collect();
    crowded.unrecorded(Method::POST, "/api/ipam/ip-addresses/", Some(Value::Array(many))).await;
    let (mut played, mut report) = (0, String::new());
    for file in &files {
        let number = &file[..3];
        if LEFT_OUT.iter().any(|(left, _)| *left == number) {
            continue;
        }
        if number == "201" {
            player.unrecorded(Method::DELETE, "/api/ipam/ip-addresses/14/", None).await;
        }
        let found = match CROWDED.contains(&number) {
            true => crowded.compare(&dir, file).await,
            false => player.compare(&dir, file).await,
        };
        played += 1;
        if !found.is_empty() {
            let _ = writeln!(report, "{file}\n    {}\n", found.join("\n    "));
        }
    }
    println!("{played} of {} recordings played and compared", files.len());
    for (number, reason) in LEFT_OUT {
        println!("{number} left out: {reason}");
    }
    for (number, fields, reason) in VOLATILE_IN {
        println!("{number}…: {fields:?} not compared: {reason}");
    }
    assert!(report.is_empty(), "{report}");
    assert_eq!((played, files.len()), (files.len() - LEFT_OUT.len(), 303));
    let unserved = ["GET /api/dcim/devices/?no_such_filter", "GET /api/no/such/endpoint/", "POST /api/dcim/devices"];
    assert_eq!(player.sim.unserved(), unserved, "every other path and filter is known");
}

fn compare(file: &str, wanted: &Value, got: &Got) -> Vec<String> {
    let here = VOLATILE_IN.iter().filter(|(number, ..)| file.starts_with(number)).flat_map(|(_, fields, _)| *fields);
    let volatile = VOLATILE.iter().chain(here).copied().collect();
    let mut differences = Differences { volatile, found: Vec::new() };
    let status = wanted["status"].as_u64().expect("a status");
    if u64::from(got.status) != status {
        return vec![format!("status {} instead of {status}: {}", got.status, &got.text[..got.text.len().min(300)])];
    }
    for name in ["content-type", "allow", "api-version"] {
        let (theirs, ours) = (wanted["headers"][name].as_str(), got.header(name));
        if theirs != ours {
            differences.found.push(format!("header {name} is {ours:?} instead of {theirs:?}"));
        }
    }
    for name in ["etag", "location", "x-request-id"] {
        let theirs = &wanted["headers"][name];
        if theirs.is_string() != got.header(name).is_some() {
            differences.found.push(format!("header {name} is {:?}, recorded {theirs}", got.header(name)));
        }
    }
    let theirs = &wanted["body"];
    if theirs.as_str().is_some_and(|b| b.starts_with("<!DOCTYPE")) {
        if !got.text.starts_with("<!DOCTYPE html>") {
            differences.found.push("no page".to_owned());
        }
    } else if theirs.is_string() && got.body.is_null() {
        if theirs.as_str() != Some(&got.text) {
            differences.found.push(format!("text {:?} instead of {theirs}", got.text));
        }
    } else if CROWDED.contains(&&file[..3]) {
        // Other ids: count, links and the length of the page are the same.
        for (name, form) in [("count", true), ("next", true), ("previous", true)] {
            differences.look(name, &theirs[name], &got.body[name], form);
        }
        differences.look("results", &theirs["results"], &got.body["results"], false);
    } else {
        differences.look("", theirs, &got.body, true);
    }
    differences.found
}
