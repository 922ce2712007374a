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

#[test]
fn a_body_is_read_however_it_is_written() {
    let body = br#"
        { "data": 7, "event": "cr\u0065ated", "object_type": 3, "model": "Device", "username": null, "timestamp": "x",
          "request": ["a list"], "snapshots": 8,
          "d\u0061ta": { "url": "/api/dcim/devices/1/", "id": "7", "id": 8, "n\u00e4me": "sw\u00e41", "more": [1.5, true, {}] } } "#;
    let event = Event::read(body).expect("a webhook");
    assert_eq!((event.what, event.object_type.as_str(), event.id), (What::Created, "dcim.device", Some(8)));
    assert_eq!((&event.user, &event.request, event.at), (&None, &None, None));
    assert_eq!((&event.before, &event.after), (&None, &None));
    assert_eq!(event.data["näme"], json!("swä1"));
    assert_eq!(json!({ "data": event.data })["data"]["more"], json!([1.5, true, {}]));
    let from_request = read(&json!({ "event": "created", "object_type": "dcim.device", "data": {}, "username": "",
        "request": { "id": "r", "user": "alice" } }));
    assert_eq!((from_request.user, from_request.request), (None, Some("r".to_owned())));
}

/// Also where nobody looks into it: whoever sends it is told at once.
#[test]
fn what_cannot_be_read_is_refused_wherever_it_stands() {
    let with = |value: &str| format!(r#"{{"event":"created","object_type":"dcim.device","data":{{"a":[{value}]}}}}"#);
    assert!(Event::read(with("1").as_bytes()).is_ok());
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for bad in [r#""\ud800""#, "1e999", "01", r#"{"a":1,}"#, "\"a\nb\"", &deep] {
        let body = with(bad);
        let said = Event::read(body.as_bytes()).expect_err(bad).to_string();
        let value = serde_json::from_str::<Value>(&body).expect_err(bad).to_string();
        assert!(said.contains(&value), "{said} for {value}");
    }
    let mut bytes = with("\"x\"").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'x').expect("it is there");
    bytes[at] = 0xff;
    assert!(matches!(Event::read(&bytes), Err(Unreadable::NoJson(_))));
}

#[test]
fn a_change_is_one_of_meaning() {
    let event = |before: &str, after: &str| {
        let body = format!(
            r#"{{"event":"updated","object_type":"dcim.device","data":{{}},"snapshots":{{"prechange":{before},"postchange":{after}}}}}"#
        );
        Event::read(body.as_bytes()).expect("a webhook").is_no_change()
    };
    assert!(event(r#"{"a": {"b": [1, 2]}, "c": "é"}"#, r#"{"c":"\u00e9","a":{"b":[1,2]}}"#));
    assert!(!event(r#"{"a": {"b": [1, 2]}}"#, r#"{"a":{"b":[2,1]}}"#));
    assert!(!event(r#"{"a": null}"#, "{}"), "one that is there and none that is not");
    assert!(!event("{}", r#"{"a": null}"#));
}
