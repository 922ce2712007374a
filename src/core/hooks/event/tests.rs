use super::*;
use serde_json::json;

fn body() -> Value {
    json!({
        "event": "updated", "timestamp": "2026-11-22T02:46:03.148591+00:00", "object_type": "dcim.device",
        "username": "admin", "request_id": "9454f336",
        "data": { "id": 11, "url": "/api/dcim/devices/11/", "name": "wh-sw" },
        "request": { "id": "9454f336", "method": "PATCH", "path": "/api/dcim/devices/11/", "user": "admin" },
        "snapshots": {
            "prechange": { "name": "wh-sw", "status": "active", "last_updated": "2026-11-22T02:45:00Z" },
            "postchange": { "name": "wh-sw", "status": "offline", "last_updated": "2026-11-22T02:46:00Z" },
        },
    })
}

fn read(body: &Value) -> Event {
    Event::read(body.to_string().as_bytes()).expect("a webhook")
}

/// The same event as each version writes it.
fn of_each_version() -> Vec<(&'static str, Value)> {
    let mut all = vec![("4.6", body())];
    let change = |name, change: fn(&mut serde_json::Map<String, Value>)| {
        let mut body = body();
        change(body.as_object_mut().expect("an object"));
        (name, body)
    };
    all.push(change("4.2", |body| {
        body.remove("object_type");
        body.remove("request");
        body.insert("model".into(), json!("device"));
    }));
    all.push(change("4.4", |body| {
        body.remove("request");
        body.insert("model".into(), json!("device"));
    }));
    all.push(change("4.5", |body| {
        body.remove("request");
    }));
    all.push(change("4.7", |body| {
        body.remove("username");
        body.remove("request_id");
    }));
    all
}

#[test]
fn every_version_says_the_same() {
    let right = read(&body());
    assert_eq!((right.object().as_str(), right.what), ("dcim.device/11", What::Updated));
    assert_eq!(right.key(b"x").0, "9454f336/dcim.device/11/updated");
    for (version, body) in of_each_version() {
        assert_eq!(read(&body), right, "{version}");
    }
}

#[test]
fn what_a_job_ended_with_is_told_by_its_body() {
    let body = json!({
        "event": "job_ended", "timestamp": "2026-11-22T02:46:03+00:00", "object_type": "extras.script",
        "username": "admin", "request_id": null, "data": { "log": [], "output": "done" },
    });
    let event = read(&body);
    assert_eq!((event.what, event.id, event.request.as_deref()), (What::JobEnded, None, None));
    assert_eq!(event.key(b"one"), event.key(b"one"));
    assert_ne!(event.key(b"one"), event.key(b"two"));
}

#[test]
fn no_change_is_seen() {
    let mut body = body();
    assert!(!read(&body).is_no_change());
    body["snapshots"]["postchange"]["status"] = json!("active");
    assert!(read(&body).is_no_change(), "when it was saved last is no change");
    body["snapshots"]["postchange"]["more"] = json!(1);
    assert!(!read(&body).is_no_change());
    body["snapshots"] = json!({ "prechange": null, "postchange": null });
    assert!(!read(&body).is_no_change());
}

#[test]
fn what_is_no_webhook_is_said() {
    let why = |body: &[u8]| Event::read(body).expect_err("no webhook").to_string();
    assert!(why(b"Device {{ x }}").starts_with("the body is no JSON"));
    assert!(why(b"{}").contains("no event"));
    assert!(why(br#"{"event": "exploded", "data": {}}"#).contains("\"exploded\""));
    assert!(why(br#"{"event": "created", "data": 7}"#).contains("no data"));
    assert!(why(br#"{"event": "created", "data": {}}"#).contains("no object_type"));
    assert!(why(br"[]").contains("no event"));
}
