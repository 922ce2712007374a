//! Webhooks of NetBox: who is let in, what is stored, and what rules make of it.

mod acts;
mod burst;
mod provisions;
mod received;
mod reconciled;

use super::{
    calendars::program::Sidecar,
    story::{Story, both},
};
use crate::support::skipped;
use direttore_core::{
    Rules,
    hooks::{Action, Condition, Hook, Rule, Sender, What},
};
use direttore_domain::{Origin, Surface};
use direttore_reply::Spoken;
use direttore_store::hook;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha512;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// That of the recordings.
pub const SECRET: &str = "throwaway-webhook-secret";

/// As NetBox signs it.
pub fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where announcements go in these stories.
fn ops() -> Origin {
    Origin { surface: Surface::Discord, channel: "ops".to_owned() }
}

fn with(upon_events: Vec<Rule>) -> Rules {
    Rules {
        hooks: vec![Hook { name: "default".to_owned(), from: Sender::Netbox, secret: SECRET.to_owned() }],
        channels: BTreeMap::from([("ops".to_owned(), ops())]),
        upon_events,
        ..Rules::default()
    }
}

fn rule(name: &str, object: &str, events: &[What], when: &[&str], action: Action) -> Rule {
    Rule {
        name: name.to_owned(),
        objects: vec![object.to_owned()],
        events: events.to_vec(),
        hook: None,
        when: when.iter().map(|text| text.parse::<Condition>().expect("a condition")).collect(),
        own: false,
        action,
    }
}

fn announce(title: &str) -> Action {
    let spoken = Spoken::new(title, "").expect("a template");
    Action::Announce { channel: "ops".to_owned(), origin: ops(), spoken }
}

/// What somebody does to an object, as NetBox posts it.
fn posted(event: &str, object_type: &str, request: &str, data: &Value) -> String {
    let snapshot = json!({ "name": data["name"], "status": data["status"]["value"] });
    let (before, after) = match event {
        "created" => (Value::Null, snapshot),
        "deleted" => (snapshot, Value::Null),
        _ => (json!({ "name": data["name"], "status": "another" }), snapshot),
    };
    json!({
        "event": event, "timestamp": "2040-01-02T09:00:00.000000+00:00", "object_type": object_type,
        "username": "alice", "request_id": request, "data": data,
        "request": { "id": request, "method": "PATCH", "path": "/api/", "user": "alice" },
        "snapshots": { "prechange": before, "postchange": after },
    })
    .to_string()
}

/// Posts it with its signature; gives the status.
async fn post(sidecar: &Sidecar, http: &reqwest::Client, body: &str) -> u16 {
    let request = http.post(sidecar.url("/hooks/netbox/default")).header("X-Hook-Signature", signature(body));
    request.body(body.to_owned()).send().await.expect("an answer").status().as_u16()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Carries out what rules ask for until nothing is left.
async fn act(s: &Story) {
    for _ in 0..50 {
        s.dispatch.do_runs().await.expect("the database answers");
        s.settle().await;
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let now = s.clock.now();
        let left = hook::ready(&mut tx, now, 1).await.expect("it can be read").len()
            + hook::running(&mut tx).await.expect("it can be read").len();
        if left == 0 {
            return;
        }
    }
    panic!("rules go on for ever");
}

/// What was said in the channel since this was last asked.
async fn said(s: &Story) -> Vec<String> {
    let waiting = s.dispatch.waiting(Surface::Discord).await.expect("the database answers");
    let mut said = Vec::new();
    for one in waiting.into_iter().filter(|one| one.origin == ops()) {
        said.push(one.reply.title.plain("UTC"));
        s.dispatch.was_told(one.id).await.expect("the database answers");
    }
    said
}

async fn deliveries(s: &Story) -> i64 {
    hook::count(&mut s.dispatch.store.read().await.expect("the database answers")).await.expect("it can be counted")
}

/// How the jobs stand, oldest first: title and status, and why it failed.
async fn jobs(s: &Story) -> Vec<String> {
    use direttore_store::job::{Filter, list};
    let filter = Filter { account_id: None, status: None, limit: 100, offset: 0 };
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let (mut rows, _) = list(&mut tx, filter).await.expect("it can be read");
    rows.reverse();
    let told = |why: Option<String>| why.map(|why| format!(": {why}")).unwrap_or_default();
    rows.into_iter().map(|row| format!("{} ({}) is {}{}", row.title, row.actor, row.status, told(row.error))).collect()
}

/// One story on both databases, with a NetBox and these rules.
async fn on_both_upon(rules: fn() -> Vec<Rule>, tell: impl AsyncFn(&Story)) {
    both(async |store| Story::with_netbox(store, with(rules())).await, tell).await;
}

/// What was recorded, by name; `None` where it is not there, which is said.
fn recordings() -> Option<Vec<(String, Value)>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    let folder = std::env::var_os("DIRETTORE_CONTRACTS").map_or_else(beside, PathBuf::from).join("netbox/recorded");
    let Ok(files) = std::fs::read_dir(&folder) else {
        skipped("scenarios::hooks: NetBox' recordings are not there; set DIRETTORE_CONTRACTS");
        return None;
    };
    let mut all = Vec::new();
    for file in files {
        let path = file.expect("a file").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("webhook-") {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            all.push((name, serde_json::from_str(&text).expect("JSON")));
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(all.len() > 30, "{} recordings", all.len());
    Some(all)
}

/// Body and signature of each POST of a recording.
fn bodies(recording: &Value) -> Vec<(String, Option<String>)> {
    let deliveries = recording["deliveries"].as_array().cloned().unwrap_or_default();
    let posts = deliveries.into_iter().filter(|one| one["method"] == "POST");
    let signature = |one: &Value| {
        let headers = one["headers"].as_array()?;
        let header =
            headers.iter().find(|h| h[0].as_str().is_some_and(|n| n.eq_ignore_ascii_case("x-hook-signature")))?;
        header[1].as_str().map(str::to_owned)
    };
    let body = |one: &Value| one["body_raw"].as_str().unwrap_or_default().to_owned();
    posts.map(|one| (body(&one), signature(&one))).collect()
}
