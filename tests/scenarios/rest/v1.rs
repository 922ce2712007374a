//! Every command over HTTP: what it needs, its plan, the yes, and its job.

use super::{
    super::{calendars::program::Sidecar, story::on_both},
    program::{PASSWORD, Script, Told},
};
use serde_json::{Value, json};
use std::time::Duration;

/// `409 changed-since-asked`: the status and the problem's code.
fn problem(told: &Told) -> String {
    assert_eq!(told.header("content-type"), "application/problem+json", "{told:?}");
    let body = told.json();
    assert_eq!(body["status"], told.status, "{told:?}");
    format!("{} {}", told.status, body["code"].as_str().expect("a code"))
}

/// The job when it is over.
async fn ended(script: &Script<'_>, job: &str) -> Value {
    let path = format!("/api/v1/jobs/{job}");
    let request = script.request("GET", &path).header("Accept", "text/event-stream");
    // It ends by itself, with the job.
    let told = tokio::time::timeout(Duration::from_secs(60), Script::send(request)).await.expect("the job ends");
    assert_eq!((told.status, told.header("content-type")), (200, "text/event-stream"));
    let events: Vec<Value> = told
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let last = events.last().expect("at least the job as it was").clone();
    assert!(events.iter().all(|event| event["id"] == job), "{events:?}");
    assert_eq!(last["is_over"], true, "{events:?}");
    assert_eq!(script.get(&path).await.json(), last);
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_asked_for_confirmed_and_followed() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let script = Script::of(&sidecar, "operator").await;
        let list = script.get("/api/v1/commands").await.json();
        let paths: Vec<&str> =
            list["commands"].as_array().expect("a list").iter().filter_map(|c| c["path"].as_str()).collect();
        assert!(paths.contains(&"power/stop") && !paths.contains(&"user/create"), "{paths:?}");
        let stop = script.get("/api/v1/commands/power/stop").await.json();
        assert_eq!((&stop["confirm"], &stop["options"][0]["name"]), (&json!("yes"), &json!("guest")));
        // What only reads is answered at once.
        let shown = script.post("/api/v1/commands/guest/list", json!({ "find": "web1" })).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        let table = &shown.json()["replies"][0]["table"];
        assert_eq!((&table["columns"][1], &table["rows"][0][1]), (&json!("name"), &json!("web1")));
        // What asks gives a plan.
        let planned = script.post("/api/v1/commands/power/stop", json!({ "guest": ["web1"] })).await;
        let plan = planned.json()["plan"].clone();
        assert_eq!((planned.status, &plan["confirm"]), (200, &json!("yes")));
        let confirm = format!("/api/v1/plans/{}/confirm", plan["id"].as_str().expect("an id"));
        let viewer = Script::of(&sidecar, "viewer").await;
        assert_eq!(problem(&viewer.post(&confirm, json!({})).await), "403 not-the-asker");
        let done = Script::send(script.request("POST", &confirm)).await;
        assert_eq!(done.status, 202, "{done:?}");
        let job = done.json()["job"].as_str().expect("a job").to_owned();
        let job = ended(&script, &job).await;
        assert_eq!((&job["status"], &job["command"]), (&json!("done"), &json!("power stop")));
        assert!(job["steps"][0]["task"].as_str().is_some_and(|upid| upid.starts_with("UPID:")), "{job}");
        assert_eq!(problem(&script.post(&confirm, json!({})).await), "409 answered-already");
        // What asks nothing is begun at once.
        let begun = script.post("/api/v1/commands/power/start", json!({ "guest": "web1" })).await;
        assert_eq!(begun.status, 202, "{begun:?}");
        let job = begun.json()["job"].as_str().expect("a job").to_owned();
        assert_eq!(problem(&viewer.get(&format!("/api/v1/jobs/{job}")).await), "403 not-yours");
        assert_eq!(ended(&script, &job).await["status"], "done");
        assert_eq!(problem(&script.get("/api/v1/jobs/J-999").await), "404 no-such-job");
        assert_eq!(problem(&script.get("/api/v1/jobs/x").await), "404 no-such-job");
        story.ask("admin", "/guest list find=web1").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_dropped_named_or_made_anew() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let admin = Script::of(&sidecar, "admin").await;
        let planned = async |command: &str, body: Value| {
            let told = admin.post(&format!("/api/v1/commands/{command}"), body).await.json();
            told["plan"].clone()
        };
        let path = |plan: &Value| format!("/api/v1/plans/{}", plan["id"].as_str().expect("an id"));
        let plan = planned("power/stop", json!({ "guest": "web1" })).await;
        assert_eq!(admin.delete(&path(&plan)).await.status, 204);
        assert_eq!(problem(&admin.delete(&path(&plan)).await), "409 answered-already");
        let plan = planned("guest/delete", json!({ "guest": "ci-runner-2" })).await;
        assert_eq!(plan["confirm"], "name");
        let confirm = format!("{}/confirm", path(&plan));
        assert_eq!(problem(&admin.post(&confirm, json!({})).await), "422 missing-option");
        assert_eq!(problem(&admin.post(&confirm, json!({ "name": "web1" })).await), "422 name-mismatch");
        assert_eq!(problem(&admin.post(&confirm, json!({ "nam": "web1" })).await), "400 unreadable-request");
        let done = admin.post(&confirm, json!({ "name": "ci-runner-2" })).await;
        assert_eq!(done.status, 202, "{done:?}");
        let job = done.json()["job"].as_str().expect("a job").to_owned();
        assert_eq!(ended(&admin, &job).await["status"], "done");
        // Somebody else was faster: what would be done now is asked about anew.
        let plan = planned("power/stop", json!({ "guest": ["db1", "web2"] })).await;
        story.sim.tell("guest 103 status=stopped").expect("the grammar of faults");
        story.cluster.refresh().await.expect("the lab answers");
        let changed = admin.post(&format!("{}/confirm", path(&plan)), json!({})).await;
        assert_eq!(problem(&changed), "409 changed-since-asked");
        let anew = changed.json()["plan"].clone();
        assert_ne!(anew["id"], plan["id"]);
        assert_eq!(admin.post(&format!("{}/confirm", path(&anew)), json!({})).await.status, 202);
        // Nobody's: a question that was never asked.
        assert_eq!(problem(&admin.post("/api/v1/plans/q999/confirm", json!({})).await), "410 nothing-open");
        assert_eq!(problem(&admin.post("/api/v1/plans/..%2F/confirm", json!({})).await), "410 nothing-open");
        story.ask("admin", "/guest list find=ci-runner").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_by_its_code() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let (nobody, viewer) = (Script::nobody(&sidecar), Script::of(&sidecar, "viewer").await);
        assert_eq!(problem(&nobody.get("/api/v1/commands").await), "401 not-signed-in");
        assert_eq!(problem(&nobody.post("/api/v1/commands/guest/list", json!({})).await), "401 not-signed-in");
        let give = async |command: &str, body: Value| {
            let told = viewer.post(&format!("/api/v1/commands/{command}"), body).await;
            problem(&told)
        };
        for (command, body, code) in [
            ("power/stop", json!({ "guest": "web1" }), "403 not-allowed"),
            ("guest/show", json!({}), "422 missing-option"),
            ("guest/show", json!({ "guest": "nobody" }), "404 no-such-guest"),
            ("guest/show", json!({ "guest": "web1", "nod": "pve1" }), "422 unknown-option"),
            ("guest/show", json!({ "guest": { "a": 1 } }), "422 bad-value"),
            ("guest/list", json!({ "page": "x" }), "422 bad-value"),
            ("guest/list", json!([]), "400 unreadable-request"),
            ("guest/lst", json!({}), "404 unknown-command"),
        ] {
            assert_eq!(give(command, body.clone()).await, code, "{command} {body}");
        }
        let bad = viewer.request("POST", "/api/v1/commands/guest/list").body("{\"find\":");
        assert_eq!(problem(&Script::send(bad).await), "400 unreadable-request");
        assert_eq!(problem(&viewer.get("/api/v1/nothing").await), "404 no-such-path");
        assert_eq!(viewer.delete("/api/v1/commands").await.said(), "405 Method Not Allowed");
        let long = viewer.request("POST", "/api/v1/commands/guest/list").body(vec![b' '; 100 * 1024]);
        assert_eq!(problem(&Script::send(long).await), "413 unreadable-request");
        story.ask("admin", "/audit who=viewer").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_is_done_once() {
    on_both(async |story| {
        let sidecar = Sidecar::of(story).await;
        let script = Script::of(&sidecar, "admin").await;
        let keyed = async |key: &str, path: &str, body: &Value| {
            let request = script.request("POST", path).header("Idempotency-Key", key).json(body);
            Script::send(request).await
        };
        let alice = json!({ "username": "alice", "password": "secure1234" });
        let first = keyed("k-1", "/api/users/", &alice).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
        let again = keyed("k-1", "/api/users/", &alice).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
        assert_eq!(again.json(), first.json());
        assert_eq!(keyed("k-2", "/api/users/", &alice).await.said(), "409 Username already exists");
        let bob = json!({ "username": "bob", "password": "secure1234" });
        let other = keyed("k-1", "/api/users/", &bob).await;
        assert_eq!(other.said(), "422 this Idempotency-Key was used for another request");
        // What was refused was not done: the key is free.
        assert_eq!(keyed("k-2", "/api/users/", &bob).await.status, 201);
        let start = json!({ "guest": "db2" });
        let begun = keyed("k-3", "/api/v1/commands/power/start", &start).await;
        let replayed = keyed("k-3", "/api/v1/commands/power/start", &start).await;
        assert_eq!((begun.status, replayed.status), (202, 202));
        assert_eq!(begun.json()["job"], replayed.json()["job"]);
        // What is shown once is not kept.
        let token = json!({ "kind": "api", "name": "laptop" });
        let made = keyed("k-4", "/api/v1/commands/token/new", &token).await;
        assert!(made.text.contains("secret"), "{made:?}");
        let replayed = keyed("k-4", "/api/v1/commands/token/new", &token).await;
        assert!(replayed.status == 200 && replayed.said().contains("not kept"), "{replayed:?}");
        for key in ["", "a b", "\t"] {
            assert_eq!(keyed(key, "/api/users/", &alice).await.status, 400, "{key:?}");
        }
        let mut nobody = Script::nobody(&sidecar);
        let request = nobody.request("POST", "/api/users/").header("Idempotency-Key", "k-1").json(&alice);
        assert_eq!(Script::send(request).await.said(), "401 Not authenticated");
        assert_eq!(nobody.sign_in("alice", "secure1234").await.status, 200);
        assert_ne!(PASSWORD, "secure1234");
        story.ask("admin", "/user list").await;
    })
    .await;
}
