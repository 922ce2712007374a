//! What is let in: by its signature, once, whatever version of NetBox it is from.

use super::{
    super::calendars::program::Sidecar, SECRET, act, announce, bodies, client, deliveries, on_both_upon, post, posted,
    recordings, rule, said, signature,
};
use direttore_core::hooks::{Event, Rule, What};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn rules() -> Vec<Rule> {
    vec![rule(
        "tell",
        "dcim.device",
        &[],
        &["status != nowhere"],
        announce("{{ data.name }} was {{ event }} by {{ user }}"),
    )]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recording_is_let_in_once() {
    let Some(recordings) = recordings() else { return };
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let url = sidecar.url("/hooks/netbox/default");
        let mut keys = BTreeSet::new();
        for (name, recording) in &recordings {
            for (body, signed) in bodies(recording) {
                let send = async |signature: Option<&str>| {
                    let request = http.post(&url).body(body.clone());
                    let request = match signature {
                        Some(signature) => request.header("X-Hook-Signature", signature),
                        None => request,
                    };
                    request.send().await.expect("an answer").status().as_u16()
                };
                assert_eq!(send(None).await, 401, "{name}");
                assert_eq!(send(Some(&signature(&format!("{body} ")))).await, 401, "{name}");
                let Some(signed) = signed else { continue };
                match Event::read(body.as_bytes()) {
                    Err(_) => assert_eq!(send(Some(&signed)).await, 400, "{name}: a body of somebody's own making"),
                    Ok(event) => {
                        let is_new = keys.insert(event.key(body.as_bytes()));
                        assert_eq!(send(Some(&signed)).await, if is_new { 202 } else { 200 }, "{name}");
                        assert_eq!(send(Some(&signed)).await, 200, "{name}: the same again");
                    }
                }
            }
        }
        assert_eq!(deliveries(s).await, i64::try_from(keys.len()).expect("a few"));
        act(s).await;
        let said = said(s).await;
        assert!(said.contains(&"wh-sw was created by admin".to_owned()), "{said:?}");
        assert!(said.contains(&"wh-sw was deleted by admin".to_owned()), "{said:?}");
        act(s).await;
        assert_eq!(super::said(s).await, Vec::<String>::new(), "each is told once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_learns_nothing() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let body = posted("created", "dcim.device", "r1", &json!({ "id": 1, "name": "a" }));
        let mut told = BTreeSet::new();
        let other = "0".repeat(128);
        for (path, signed) in [
            ("/hooks/netbox/default", None),
            ("/hooks/netbox/default", Some(other.as_str())),
            ("/hooks/netbox/default", Some("nonsense")),
            ("/hooks/netbox/nobody", Some(signature(&body).as_str())),
            ("/hooks/grafana/default", Some(signature(&body).as_str())),
            ("/hooks/nagios/default", Some(signature(&body).as_str())),
        ] {
            let request = http.post(sidecar.url(path)).body(body.clone());
            let request = signed.iter().fold(request, |request, signed| request.header("x-hook-signature", *signed));
            let answer = request.send().await.expect("an answer");
            told.insert((answer.status().as_u16(), answer.text().await.expect("text")));
        }
        assert_eq!(told.len(), 1, "all the same: {told:?}");
        assert_eq!(told.first().map(|(status, _)| *status), Some(401));
        let bearer = http.post(sidecar.url("/hooks/netbox/default")).bearer_auth(SECRET).body(body.clone());
        assert_eq!(bearer.send().await.expect("an answer").status(), 401, "NetBox signs");
        let large = "x".repeat(1024 * 1024 + 1);
        assert_eq!(post(&sidecar, &http, &large).await, 413);
        assert_eq!(http.get(sidecar.url("/hooks/netbox/default")).send().await.expect("an answer").status(), 405);
        assert_eq!(deliveries(s).await, 0);
        assert_eq!(post(&sidecar, &http, &body).await, 202, "and what is right is let in all the same");
    })
    .await;
}

/// A body of one version as another one writes it.
fn as_of(version: &str, body: &str) -> String {
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    let all = body.as_object_mut().expect("an object");
    let model = all["object_type"].as_str().and_then(|kind| kind.split('.').nth(1)).unwrap_or_default().to_owned();
    match version {
        "4.2" => {
            all.remove("object_type");
            all.remove("request");
            all.insert("model".to_owned(), json!(model));
        }
        "4.4" => {
            all.remove("request");
            all.insert("model".to_owned(), json!(model));
        }
        "4.5" => drop(all.remove("request")),
        _ => {
            all.remove("username");
            all.remove("request_id");
        }
    }
    body.to_string()
}

#[tokio::test]
async fn every_version_tells_of_the_same_event() {
    let Some(recordings) = recordings() else { return };
    let mut seen = 0;
    for (name, recording) in &recordings {
        for (body, _) in bodies(recording) {
            let Ok(event) = Event::read(body.as_bytes()) else { continue };
            if event.what == What::JobEnded {
                continue;
            }
            for version in ["4.2", "4.4", "4.5", "4.7"] {
                let other = as_of(version, &body);
                let other_event = Event::read(other.as_bytes()).unwrap_or_else(|e| panic!("{name} of {version}: {e}"));
                assert_eq!(other_event, event, "{name} of {version}");
                assert_eq!(other_event.key(other.as_bytes()), event.key(body.as_bytes()), "{name} of {version}");
                seen += 1;
            }
            let is_noop = name.contains("noop");
            assert!(!is_noop || event.is_no_change(), "{name}");
            assert!(is_noop || event.what != What::Updated || !event.is_no_change(), "{name}");
        }
    }
    assert!(seen > 100, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn order_is_by_what_happened_first() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let at = |second: u32, name: &str, request: &str| {
            let body = posted("updated", "dcim.device", request, &json!({ "id": 1, "name": name }));
            body.replace("09:00:00", &format!("09:00:{second:02}"))
        };
        for body in [at(3, "third", "r3"), at(1, "first", "r1"), at(2, "second", "r2")] {
            assert_eq!(post(&sidecar, &http, &body).await, 202);
        }
        act(s).await;
        let said = said(s).await;
        assert_eq!(said, ["first was updated by alice", "second was updated by alice", "third was updated by alice"]);
    })
    .await;
}
