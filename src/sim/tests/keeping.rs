//! The world on disk.

use super::{ENDLESS, Lab, settings};
use crate::Settings;
use std::time::Duration;

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let kept = |task_time| Settings { dir: Some(dir.path().to_owned()), tls: true, task_time, ..settings() };
    let secure = |lab: Lab| Lab {
        http: reqwest::Client::builder().danger_accept_invalid_certs(true).build().expect("a client"),
        ..lab
    };

    let lab = secure(Lab::new(kept((Duration::from_millis(400), Duration::from_millis(400)))).await);
    let before = serde_json::to_value(lab.sim.access()).expect("JSON");
    let upid = lab.post(&format!("{}/snapshot", lab.at("web1")), &[("snapname", "kept")]).await.upid();
    lab.sim.tell("guest 102 lock=backup").expect("a line");
    lab.sim.stop().await;

    let lab = secure(Lab::new(kept(ENDLESS)).await);
    assert_eq!(
        serde_json::to_value(lab.sim.access()).expect("JSON"),
        before,
        "port, certificate, passwords and tokens"
    );
    assert_eq!(lab.ended(&upid).await, "OK", "the task went on by wall time");
    let world = lab.sim.world();
    assert!(world["guests"]["101"]["snapshots"]["kept"].is_object());
    assert_eq!(world["guests"]["102"]["lock"], "backup");
    assert_eq!(lab.sim.tasks().len(), 1);
}

#[tokio::test]
async fn what_was_accepted_is_on_disk_before_the_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let lab = Lab::new(Settings { dir: Some(dir.path().to_owned()), task_time: ENDLESS, ..settings() }).await;
    let file = dir.path().join("proxmox.json");
    let read = || std::fs::read_to_string(&file).expect("the world is kept");
    let before = read();
    lab.get("/cluster/resources").await;
    assert_eq!(read(), before, "reading writes nothing");
    let upid = lab.post(&format!("{}/status/stop", lab.at("web1")), &[]).await.upid();
    assert!(read().contains(&upid));
}

#[tokio::test]
async fn two_worlds_of_one_seed_that_did_the_same_are_equal() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let lab = Lab::new(settings()).await;
        assert_eq!(lab.run(&format!("{}/snapshot", lab.at("web1")), &[("snapname", "ab")]).await, "OK");
        let form = [("newid", "500"), ("name", "copy")];
        assert_eq!(lab.run(&format!("{}/clone", lab.at("debian-13-cloud")), &form).await, "OK");
        seen.push(lab.sim.world());
    }
    assert_eq!(seen[0], seen[1]);
}
