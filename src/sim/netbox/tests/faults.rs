//! The fault grammar, line by line.

use super::{Lab, bearer, got};
use crate::netbox::Settings;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const IPS: &str = "/api/ipam/ip-addresses/";

async fn lab() -> Lab {
    Lab::new(Settings::default()).await
}

fn count(lab: &Lab, address: &str) -> usize {
    let world = lab.sim.world();
    world["addresses"].as_array().expect("addresses").iter().filter(|a| a["address"] == address).count()
}

#[tokio::test]
async fn statuses_strike_before_or_after() {
    let lab = lab().await;
    lab.sim.tell("netbox status=500 on=\"POST ip-addresses\"").expect("a line");
    assert_eq!(lab.sim.waiting(), 1);
    lab.get(IPS).await.ok();
    let got = lab.post(IPS, json!({"address": "10.0.30.5/24"})).await;
    assert_eq!((got.status, got.body["exception"].as_str()), (500, Some("OperationalError")));
    assert_eq!((count(&lab, "10.0.30.5/24"), lab.sim.waiting()), (0, 0));

    lab.sim.tell("netbox status=500 on=\"POST ip-addresses\" after").expect("a line");
    assert_eq!(lab.post(IPS, json!({"address": "10.0.30.5/24"})).await.status, 500);
    assert_eq!(count(&lab, "10.0.30.5/24"), 1, "it was done all the same");

    lab.sim.tell("netbox status=429 retry=2 times=2").expect("a line");
    for _ in 0..2 {
        let got = lab.get(IPS).await;
        assert_eq!((got.status, got.header("retry-after")), (429, Some("2")));
    }
    lab.get(IPS).await.ok();
}

#[tokio::test]
async fn answers_that_are_none() {
    let lab = lab().await;
    lab.sim.tell("netbox html").expect("a line");
    let got = lab.get(IPS).await;
    assert_eq!((got.status, got.header("content-type")), (502, Some("text/html")));
    lab.sim.tell("netbox garbage").expect("a line");
    let answer = lab.get(IPS).await;
    assert!(answer.status == 200 && answer.body.is_null(), "{answer:?}");
    lab.sim.tell("netbox drop on=GET").expect("a line");
    lab.request(Method::GET, IPS).send().await.expect_err("dropped");
    lab.sim.tell("netbox hang").expect("a line");
    lab.request(Method::GET, IPS).timeout(Duration::from_millis(80)).send().await.expect_err("nobody answers");
    lab.sim.tell("netbox drop times=always").expect("a line");
    lab.sim.tell("netbox clear").expect("a line");
    lab.get(IPS).await.ok();
}

#[tokio::test]
async fn down_and_up_again() {
    let lab = lab().await;
    lab.get(IPS).await.ok();
    lab.sim.tell("netbox down").expect("a line");
    for _ in 0..2 {
        lab.request(Method::GET, IPS).send().await.expect_err("not to be reached");
    }
    lab.sim.tell("netbox up").expect("a line");
    lab.get(IPS).await.ok();
    lab.sim.tell("netbox down 30ms").expect("a line");
    while lab.request(Method::GET, IPS).send().await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn latency_is_waited_for() {
    let lab = lab().await;
    lab.sim.tell("netbox latency=60ms").expect("a line");
    let begin = std::time::Instant::now();
    lab.get("/api/status/").await.ok();
    assert!(begin.elapsed() >= Duration::from_millis(60));
    lab.sim.tell("netbox latency=0s").expect("a line");
}

#[tokio::test]
async fn what_the_bot_may() {
    let lab = lab().await;
    let body = || json!({"address": "10.0.30.5/24"});
    let forbidden = (403, json!({"detail": "You do not have permission to perform this action."}).to_string());
    lab.sim.tell("netbox deny=ipam.add_ipaddress").expect("a line");
    assert_eq!(lab.post(IPS, body()).await.no(), forbidden);
    lab.get(IPS).await.ok();
    let user = lab.get("/api/authentication-check/").await.ok();
    let add = user["permissions"].as_array().expect("permissions").iter().find(|p| p["actions"][0] == "add");
    assert!(!add.expect("a permission")["object_types"].to_string().contains("ipam.ipaddress"));
    lab.sim.tell("netbox allow=ipam.add_ipaddress").expect("a line");
    lab.post(IPS, body()).await.ok();

    lab.sim.tell("netbox readonly").expect("a line");
    assert_eq!(lab.patch(&format!("{IPS}1/"), json!({})).await.no(), forbidden);
    lab.get(IPS).await.ok();
    lab.sim.tell("netbox writable").expect("a line");
    lab.sim.tell("netbox token revoked").expect("a line");
    assert_eq!(lab.get(IPS).await.no(), (403, json!({"detail": "Token disabled"}).to_string()));
    lab.sim.tell("netbox token restored").expect("a line");
    lab.get(IPS).await.ok();
}

#[tokio::test]
async fn somebody_else_works_here_too() {
    let lab = lab().await;
    lab.sim.tell("netbox take 10.0.30.1/24").expect("a line");
    lab.sim.tell("netbox take 10.0.10.5/24 vrf=blue").expect("a line");
    assert!(lab.sim.tell("netbox take 10.0.30.1/24").expect_err("it is taken").contains("Duplicate"));
    let prefix = lab.id("/api/ipam/prefixes/?prefix=10.0.30.0/24").await;
    let given = lab.post(&format!("/api/ipam/prefixes/{prefix}/available-ips/"), json!({})).await.ok();
    assert_eq!(given["address"], "10.0.30.2/24");
    lab.sim.tell("netbox release 10.0.30.1").expect("a line");
    assert_eq!(count(&lab, "10.0.30.1/24"), 0);

    lab.sim.tell("netbox vm web9").expect("a line");
    lab.id("/api/virtualization/virtual-machines/?name=WEB9").await;
    lab.sim.tell("netbox vm web9 gone").expect("a line");
    assert_eq!(lab.get("/api/virtualization/virtual-machines/?name=web9").await.ok()["count"], 0);

    lab.sim.tell("netbox prefix 10.0.30.0/24 status=reserved").expect("a line");
    lab.sim.tell("netbox prefix 10.0.30.0/24 mark_utilized").expect("a line");
    let seen = lab.get(&format!("/api/ipam/prefixes/{prefix}/")).await.ok();
    assert_eq!((&seen["status"]["value"], &seen["mark_utilized"]), (&json!("reserved"), &json!(true)));
    for wrong in
        ["netbox release 10.9.9.9", "netbox vm nobody gone", "netbox prefix 1.0.0.0/8 is_pool", "netbox deny=x.y_z"]
    {
        lab.sim.tell(wrong).expect_err(wrong);
    }
}

#[tokio::test]
async fn calls_are_counted_and_told() {
    let lab = lab().await;
    lab.get("/api/status/").await.ok();
    assert_eq!(lab.get("/api/dcim/regions/").await.status, 404);
    lab.get("/api/ipam/prefixes/?vlann=5").await.ok();
    lab.post(IPS, json!({"address": "10.0.30.5/24"})).await.ok();
    assert_eq!(lab.sim.requests(), 4);
    assert_eq!(lab.sim.calls()[3], "POST /api/ipam/ip-addresses/");
    assert_eq!(lab.sim.unserved(), ["GET /api/dcim/regions/", "GET /api/ipam/prefixes/?vlann"]);
}

#[tokio::test]
async fn the_first_kind_of_token_opens_it_too() {
    let lab = lab().await;
    let access = lab.sim.access();
    assert!(bearer(access).starts_with("Bearer nbt_"));
    let url = format!("{}/api/status/", access.url);
    let answer = lab.http.get(&url).header("Authorization", format!("Token {}", access.token_v1)).send().await;
    assert_eq!(got(answer.expect("an answer")).await.ok()["netbox-version"], "4.6.8");
    let shown = serde_json::to_string(access).expect("JSON");
    assert!(!shown.contains(&access.token_v1) && !format!("{access:?}").contains("nbt_"), "no secret is printed");
}
