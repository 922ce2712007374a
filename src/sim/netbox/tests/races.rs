//! Many at the same moment, with the counts that were measured on the real one.

use super::Lab;
use crate::netbox::Settings;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Statuses, sorted, and addresses that were given.
async fn at_once(lab: &Lab, path: &str, bodies: Vec<Value>) -> (Vec<u16>, Vec<String>) {
    let calls = bodies.into_iter().map(|body| {
        let request = lab.request(reqwest::Method::POST, path).json(&body);
        tokio::spawn(async move { super::got(request.send().await.expect("an answer")).await })
    });
    let calls: Vec<_> = calls.collect();
    let (mut statuses, mut given) = (Vec::new(), Vec::new());
    for call in calls {
        let got = call.await.expect("it ran");
        statuses.push(got.status);
        if got.status == 201 {
            given.push(got.body["address"].as_str().or(got.body["prefix"].as_str()).expect("an address").to_owned());
        }
    }
    statuses.sort_unstable();
    (statuses, given)
}

fn counted(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|s| **s == status).count()
}

async fn prefix(lab: &Lab, prefix: &str) -> String {
    let made = lab.post("/api/ipam/prefixes/", json!({"prefix": prefix})).await.ok();
    format!("/api/ipam/prefixes/{}", made["id"])
}

fn distinct(given: &[String]) -> usize {
    given.iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn no_address_is_handed_out_twice() {
    let lab = Lab::new(Settings::default()).await;
    let wide = prefix(&lab, "10.0.77.0/24").await;
    let (statuses, given) = at_once(&lab, &format!("{wide}/available-ips/"), vec![json!({}); 50]).await;
    assert_eq!((counted(&statuses, 201), distinct(&given)), (50, 50));

    let narrow = prefix(&lab, "10.0.78.0/27").await;
    let (statuses, given) = at_once(&lab, &format!("{narrow}/available-ips/"), vec![json!({}); 50]).await;
    assert_eq!((counted(&statuses, 201), counted(&statuses, 409), distinct(&given)), (30, 20, 30));
}

#[tokio::test]
async fn one_address_is_created_once() {
    let lab = Lab::new(Settings::default()).await;
    let body = json!({"address": "10.0.36.77/24"});
    let (statuses, _) = at_once(&lab, "/api/ipam/ip-addresses/", vec![body; 20]).await;
    assert_eq!((counted(&statuses, 201), counted(&statuses, 400)), (1, 19));
}

#[tokio::test]
async fn networks_of_a_container_are_distinct() {
    let lab = Lab::new(Settings::default()).await;
    let id = lab.id("/api/ipam/prefixes/?prefix=10.0.0.0/16").await;
    let path = format!("/api/ipam/prefixes/{id}/available-prefixes/");
    let (statuses, given) = at_once(&lab, &path, vec![json!({"prefix_length": 28}); 20]).await;
    assert_eq!((counted(&statuses, 201), distinct(&given)), (20, 20));
}

#[tokio::test]
async fn allocation_is_serial_and_reading_is_not() {
    let settings = Settings { write_time: std::time::Duration::from_millis(20), ..Settings::default() };
    let lab = Lab::new(settings).await;
    let begin = std::time::Instant::now();
    let path = prefix(&lab, "10.0.77.0/24").await;
    assert!(begin.elapsed().as_millis() < 20 * 5, "prefixes do not wait");
    let begin = std::time::Instant::now();
    at_once(&lab, &format!("{path}/available-ips/"), vec![json!({}); 5]).await;
    assert!(begin.elapsed().as_millis() >= 100, "five of 20 ms, one after the other");
}
