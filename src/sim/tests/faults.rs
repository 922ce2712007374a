//! Faults on demand.

use super::{Lab, settings};
use crate::{Settings, serve_control};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn requests_are_struck_as_told() {
    let lab = Lab::new(settings()).await;
    let tell = |line: &str| lab.sim.tell(line).expect(line);
    let at = lab.at("web1");
    tell("status=596 on=\"POST status/stop\"");
    assert_eq!(lab.get("/version").await.status, 200);
    let lost = lab.post(&format!("{at}/status/stop"), &[]).await;
    assert_eq!((lost.no(), lost.text.as_str()), ((596, "Connection timed out"), "Connection timed out"));
    assert!(lab.sim.tasks().is_empty(), "it was not done");
    tell("status=596 on=\"POST status/stop\" after");
    assert_eq!(lab.post(&format!("{at}/status/stop"), &[]).await.status, 596);
    assert_eq!(lab.sim.tasks().len(), 1, "this time it was");
    tell("garbage on=/version");
    let garbage = lab.get("/version").await;
    assert_eq!((garbage.status, garbage.body), (200, Value::Null));
    tell("drop on=POST after");
    let request = lab
        .http
        .post(lab.url(&format!("{}/status/stop", lab.at("db1"))))
        .header("Authorization", super::token_of(lab.sim.access()));
    assert!(request.send().await.is_err());
    assert_eq!(lab.sim.tasks().len(), 2);
    tell("hang on=/version");
    let request = lab.http.get(lab.url("/version")).timeout(Duration::from_millis(50));
    assert!(request.send().await.expect_err("no answer").is_timeout());
    tell("drop times=always");
    tell("clear");
    assert_eq!(lab.get("/version").await.status, 200);
}

#[tokio::test]
async fn tasks_fail_as_told() {
    let lab = Lab::new(settings()).await;
    lab.sim.tell("pve2 fail=snapshot text='lvcreate failed'").expect("a line");
    let at = lab.at("web1");
    let upid = lab.post(&format!("{at}/snapshot"), &[("snapname", "ab")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "lvcreate failed");
    let log = lab.task(&upid, "log").await;
    assert_eq!(
        log.data().as_array().and_then(|l| l.last()).map(|l| &l["t"]),
        Some(&json!("TASK ERROR: lvcreate failed"))
    );
    assert_eq!(lab.status("web1").await.get("lock"), None, "cleaned up");
    assert_eq!(lab.run(&format!("{at}/snapshot"), &[("snapname", "ab")]).await, "OK", "it struck once");
}

#[tokio::test]
async fn nodes_tokens_and_guests_are_changed_behind_everyones_back() {
    let lab = Lab::new(settings()).await;
    let tell = |line: &str| lab.sim.tell(line).expect(line);
    tell("pve2 offline");
    assert_eq!(lab.get("/nodes/pve2/qemu").await.no(), (595, "No route to host"));
    let nodes = lab.get("/nodes").await;
    assert!(nodes.data().as_array().expect("rows").iter().any(|n| n["node"] == "pve2" && n["status"] == "offline"));
    tell("pve2 online");
    assert_eq!(lab.status("web1").await["status"], "running");

    tell("guest 101 lock=backup");
    assert_eq!(lab.status("web1").await["lock"], "backup");
    tell("guest 101 unlock");
    tell("guest 101 status=paused");
    assert_eq!(lab.status("web1").await["qmpstatus"], "paused");
    tell("guest 101 name=\\u{1b}[31m@everyone \\u{202e}x");
    let current = lab.get("/nodes/pve2/qemu/101/status/current").await;
    assert_eq!(current.data()["name"], "\u{1b}[31m@everyone \u{202e}x");
    tell("guest 101 gone");
    assert_eq!(lab.get("/nodes/pve2/qemu/101/status/current").await.status, 500);

    tell("token revoked");
    assert_eq!(lab.get("/version").await.no(), (401, "Authentication failed!"));
    tell("token restored");
    assert_eq!(lab.get("/version").await.status, 200);
    for wrong in ["pve9 offline", "guest 5 gone", "pve9 fail=start", "what"] {
        assert!(lab.sim.tell(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn latency_and_the_brake_are_waits() {
    let lab = Lab::new(Settings { brake: Duration::from_millis(80), ..settings() }).await;
    let took = async |path: &str| {
        let began = std::time::Instant::now();
        lab.get(path).await;
        began.elapsed()
    };
    lab.sim.tell("pve1 latency=80ms").expect("a line");
    assert!(took("/nodes/pve1/status").await >= Duration::from_millis(80));
    lab.sim.tell("all latency=80ms").expect("a line");
    assert!(took("/version").await >= Duration::from_millis(80));
    lab.sim.tell("all latency=0s").expect("a line");
    lab.sim.tell("token revoked").expect("a line");
    assert!(took("/version").await >= Duration::from_millis(80), "the brake before a 401");
}

#[tokio::test]
async fn the_control_line_answers_each_line() {
    let lab = Lab::new(settings()).await;
    let mut answers = Vec::new();
    let lines = "guest 101 lock=backup\nnonsense\n\ntasks\nworld\nrequests\nunserved\n";
    serve_control(&lab.sim, None, &[], lines.as_bytes(), &mut answers).await.expect("nothing to fail");
    let answers = String::from_utf8(answers).expect("text");
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), 6);
    assert_eq!((answers[0], answers[2], answers[4], answers[5]), ("ok", "[]", "0", "[]"));
    assert!(answers[1].starts_with("error a line is"), "{}", answers[1]);
    let world: Value = serde_json::from_str(answers[3]).expect("JSON");
    assert_eq!(world["guests"]["101"]["lock"], "backup");
}
