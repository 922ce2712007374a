//! Bodies as senders make them, and what is wrong with others.

use super::*;
use crate::alerts::Said;
use direttore_domain::{Instant, Severity};
use serde_json::{Value, json};

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn of_alertmanager() -> Value {
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"NodeDown\"}", "truncatedAlerts": 2, "status": "firing",
        "receiver": "direttore", "groupLabels": { "alertname": "NodeDown" }, "commonLabels": {},
        "commonAnnotations": {}, "externalURL": "http://alertmanager:9093", "something": { "new": true },
        "alerts": [
            {
                "status": "firing",
                "labels": { "alertname": "NodeDown", "severity": "critical", "instance": "pve1:9100" },
                "annotations": { "summary": "pve1 is down", "description": "for 5 minutes" },
                "startsAt": "2026-12-01T09:00:00.123+01:00", "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus:9090/graph?g0.expr=up", "fingerprint": "7c0f2a9d51b1b1aa",
            },
            {
                "status": "resolved",
                "labels": { "alertname": "NodeDown", "severity": "page" }, "annotations": {},
                "startsAt": "2026-12-01T08:00:00Z", "endsAt": "2026-12-01T08:30:00Z", "generatorURL": "",
                "fingerprint": "",
            },
        ],
    })
}

#[test]
fn what_alertmanager_sends() {
    let read = alertmanager(&bytes(&of_alertmanager())).expect("it is right");
    assert_eq!((read.reports.len(), read.left_out), (2, 2));
    let first = &read.reports[0];
    assert_eq!((first.name.as_str(), first.severity, first.said), ("NodeDown", Severity::Critical, Said::Firing));
    assert_eq!((first.summary.as_str(), first.description.as_str()), ("pve1 is down", "for 5 minutes"));
    assert_eq!(first.starts, Some(Instant(1_796_112_000_123)));
    assert_eq!(first.link.as_deref(), Some("http://prometheus:9090/graph?g0.expr=up"));
    assert_eq!((first.fingerprint.as_str(), first.labels.len()), ("7c0f2a9d51b1b1aa", 3));
    let second = &read.reports[1];
    assert_eq!((second.severity, second.said), (Severity::Warning, Said::Resolved));
    assert_eq!(second.labels["severity"], "page", "its word is kept");
    assert_eq!((second.fingerprint.len(), second.link.as_deref()), (16, None), "one of ours where none is given");
}

#[test]
fn more_alerts_than_are_read_are_counted() {
    let mut body = of_alertmanager();
    let one = body["alerts"][0].clone();
    body["alerts"] = Value::Array(vec![one; MOST + 7]);
    let read = alertmanager(&bytes(&body)).expect("it is right");
    assert_eq!((read.reports.len(), read.left_out), (MOST, 9));
}

#[test]
fn what_grafana_sends_more() {
    let body = json!({
        "receiver": "direttore", "status": "firing", "orgId": 1, "version": "1", "groupKey": "{}", "state": "alerting",
        "title": "[FIRING:1]", "message": "**Firing**", "truncatedAlerts": 0,
        "alerts": [{
            "status": "firing", "labels": { "alertname": "High CPU", "grafana_folder": "lab" },
            "annotations": { "summary": "it is hot" }, "startsAt": "2026-12-01T08:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://grafana/alerting", "fingerprint": "c6eadffa33fcdf37",
            "silenceURL": "https://grafana/silence", "dashboardURL": "https://grafana/d/1", "panelURL": "",
            "imageURL": "https://grafana/i.png", "values": { "B": 44.2, "C": null }, "valueString": "[ var='B' value=44.2 ]",
        }],
    });
    let read = grafana(&bytes(&body)).expect("it is right").reports.remove(0);
    assert_eq!((read.name.as_str(), read.summary.as_str()), ("High CPU", "it is hot"));
    assert_eq!(read.link.as_deref(), Some("https://grafana/d/1"), "the panel's, else the dashboard's");
    assert_eq!(read.description, "values: [ var='B' value=44.2 ]");
}

#[test]
fn grafanas_test_has_nothing_in_it() {
    for body in [json!({ "title": "test" }), json!({ "state": "alerting", "alerts": null }), json!({ "alerts": [] })] {
        assert_eq!(grafana(&bytes(&body)), Ok(Delivery::default()), "{body}");
    }
}

fn of_proxmox(severity: &str, fields: &Value) -> Value {
    json!({ "title": "backup of pve1", "message": "101: failed", "severity": severity, "timestamp": 1_796_112_000,
        "fields": fields })
}

#[test]
fn what_proxmox_sends_by_our_template() {
    let fields = json!({ "type": "vzdump", "hostname": "pve1", "job-id": "backup-1" });
    let read = |body: &Value| proxmox(&bytes(body)).expect("it is right").reports.remove(0);
    let failed = read(&of_proxmox("error", &fields));
    assert_eq!((failed.severity, failed.said, failed.lasts), (Severity::Critical, Said::Firing, None));
    assert_eq!((failed.fingerprint.as_str(), failed.name.as_str()), ("vzdump/pve1/backup-1", "vzdump"));
    let well = read(&of_proxmox("info", &fields));
    assert_eq!((well.said, &well.fingerprint), (Said::Resolved, &failed.fingerprint));
    assert_eq!(well.ends, Some(Instant(1_796_112_000_000)));
    let updates = read(&of_proxmox("info", &json!({ "type": "package-updates", "hostname": "pve1" })));
    assert_eq!((updates.severity, updates.said), (Severity::Info, Said::Firing));
    assert!(updates.lasts.is_some(), "nobody says when it is over");
    let fenced = read(&of_proxmox("error", &json!({ "type": "fencing", "hostname": "pve2" })));
    assert_eq!((fenced.severity, fenced.fingerprint.as_str()), (Severity::Critical, "fencing/pve2"));
    let bare = read(&json!({ "title": "Test notification" }));
    assert_eq!((bare.name.as_str(), bare.severity, bare.said), ("notification", Severity::Info, Said::Firing));
}

#[test]
fn what_cannot_be_read_names_the_field_and_what_would_be_right() {
    fn changed(mut body: Value, pointer: &str, value: Value) -> Vec<u8> {
        *body.pointer_mut(pointer).expect("it is there") = value;
        bytes(&body)
    }
    let am = |pointer: &str, value: Value| {
        alertmanager(&changed(of_alertmanager(), pointer, value)).expect_err("it is wrong").to_string()
    };
    assert_eq!(am("/version", json!("3")), "version is \"3\"; right is \"4\", Alertmanager's webhook");
    assert_eq!(am("/version", json!(4)), "version is 4; right is a text");
    assert_eq!(am("/alerts", Value::Null), "alerts is null; right is a list of alerts");
    assert_eq!(am("/alerts", json!({})), "alerts is an object; right is a list of alerts");
    assert_eq!(am("/alerts/1", json!("x")), "alerts[1] is \"x\"; right is an object");
    assert_eq!(am("/alerts/1/status", json!("open")), "alerts[1].status is \"open\"; right is firing or resolved");
    assert_eq!(
        am("/alerts/0/startsAt", json!("yesterday")),
        "alerts[0].startsAt is \"yesterday\"; right is an instant like 2026-12-01T09:00:00Z"
    );
    assert_eq!(am("/alerts/0/labels/severity", json!(["x"])), "alerts[0].labels.severity is a list; right is a text");
    assert_eq!(am("/alerts/0/labels", json!({})), "alerts[0].labels.alertname is missing; right is the alert's name");
    assert_eq!(am("/truncatedAlerts", json!(-1)), "truncatedAlerts is -1; right is a number from 0");
    let px = |pointer: &str, value: Value| {
        proxmox(&changed(of_proxmox("error", &json!({ "type": "vzdump" })), pointer, value))
            .expect_err("wrong")
            .to_string()
    };
    assert_eq!(px("/title", json!(" ")), "title is \" \"; right is {{ escape title }}");
    assert_eq!(px("/severity", json!("bad")), "severity is \"bad\"; right is info, notice, warning, error or unknown");
    assert_eq!(px("/timestamp", json!("now")), "timestamp is \"now\"; right is {{ timestamp }}, without quotes");
    assert_eq!(px("/fields", json!("{}")), "fields is \"{}\"; right is an object");
    for garbage in [&b""[..], b"null", b"[]", b"\xff\xfe", b"{\"version\":", b"{}", b"7"] {
        for read in [alertmanager, grafana, proxmox] {
            let wrong = read(garbage).expect_err("it is wrong").to_string();
            assert!(wrong.contains("; right is "), "{wrong}");
        }
    }
}

#[test]
fn a_body_nested_too_deep_is_refused_and_no_panic() {
    let deep = format!("{{\"alerts\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for read in [alertmanager, grafana, proxmox] {
        assert!(read(deep.as_bytes()).is_err());
    }
}
