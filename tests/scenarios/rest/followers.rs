//! Many who follow one job, and what they hear when the server stops before it is over.

use super::{
    super::{
        calendars::program::Sidecar,
        peers::{fresh, lab_settings},
        story::{Story, on_a_new_database},
    },
    program::Script,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const FOLLOWERS: usize = 200;

/// Its tasks take long enough for everybody to come.
async fn slow(store: direttore_store::Store) -> Story {
    let time = Duration::from_secs(4);
    Story::with(store, direttore_sim::Settings { task_time: (time, time), ..lab_settings() }, fresh()).await
}

async fn begun(script: &Script<'_>) -> String {
    let told = script.post("/api/v1/commands/power/start", json!({ "guest": "db2" })).await;
    assert_eq!(told.status, 202, "{told:?}");
    format!("/api/v1/jobs/{}", told.json()["job"].as_str().expect("a job"))
}

async fn followed(script: &Script<'_>, path: &str) -> String {
    let told = Script::send(script.request("GET", path).header("Accept", "text/event-stream")).await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/event-stream"));
    told.text
}

fn jobs(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_follow_one_job_and_all_hear_its_end() {
    on_a_new_database(async |store| {
        let story = slow(store).await;
        let sidecar = Sidecar::of(&story).await;
        let script = Script::of(&sidecar, "operator").await;
        let path = begun(&script).await;
        let all = futures::future::join_all((0..FOLLOWERS).map(|_| followed(&script, &path))).await;
        let end = script.get(&path).await.json();
        assert_eq!(end["status"], "done");
        for text in &all {
            let heard = jobs(text);
            assert!(heard.len() > 1 && heard[0]["is_over"] == false, "{heard:?}");
            assert_eq!(heard.last(), Some(&end));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_job_does_not_hold_up_the_end() {
    on_a_new_database(async |store| {
        let story = slow(store).await;
        let sidecar = Sidecar::of(&story).await;
        let script = Script::of(&sidecar, "operator").await;
        let path = begun(&script).await;
        let request = script.request("GET", &path).header("Accept", "text/event-stream");
        let answer = request.send().await.expect("an answer");
        let began = Instant::now();
        sidecar.stop().await;
        let text = answer.text().await.expect("it ends as it should");
        assert!(began.elapsed() < Duration::from_secs(3), "the job goes on for longer: {:?}", began.elapsed());
        assert_eq!(jobs(&text).last().expect("the job as it was")["is_over"], false);
        assert!(text.ends_with(": stopping; ask again\n\n"), "{text:?}");
    })
    .await;
}
