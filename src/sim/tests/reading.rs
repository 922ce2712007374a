//! What is read: lists, states, charts.

use super::{Lab, settings};
use crate::{PveVersion, Settings};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn resources_are_a_picture_of_the_last_interval() {
    let lab = Lab::new(Settings { resources_lag: Duration::from_secs(3600), ..settings() }).await;
    let row = async || {
        let rows = lab.get("/cluster/resources?type=vm").await;
        rows.data().as_array().and_then(|rows| rows.iter().find(|r| r["vmid"] == 101)).expect("listed").clone()
    };
    assert_eq!(row().await["status"], "running");
    assert_eq!(lab.run(&format!("{}/status/stop", lab.at("web1")), &[]).await, "OK");
    assert_eq!(row().await["status"], "running", "the old state");
    assert_eq!(lab.status("web1").await["status"], "stopped", "the truth");
    lab.sim.tell("pve3 offline").expect("a known line");
    assert_eq!(row().await["status"], "stopped", "news of membership bring a new picture");
}

#[tokio::test]
async fn rows_have_what_the_real_ones_have() {
    let lab = Lab::new(settings()).await;
    let rows = lab.get("/cluster/resources").await;
    let rows = rows.data().as_array().expect("rows").clone();
    let of = |kind: &str| rows.iter().filter(|r| r["type"] == kind).count();
    assert_eq!((of("node"), of("storage"), of("pool"), of("qemu") + of("lxc")), (3, 6, 2, 40));
    let web1 = rows.iter().find(|r| r["id"] == "qemu/101").expect("web1");
    assert_eq!(
        (&web1["name"], &web1["pool"], &web1["tags"], &web1["template"]),
        (&json!("web1"), &json!("prod"), &json!("prod;web"), &json!(0))
    );
    assert_eq!(web1["disk"], json!(0), "unknown for a VM");
    let ids: Vec<&str> = rows.iter().filter_map(|r| r["id"].as_str()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_ne!(ids, sorted, "lists are not sorted");
    assert_eq!(lab.get("/cluster/status").await.data().as_array().map(Vec::len), Some(4));
    assert_eq!(lab.get("/cluster/nextid").await.data(), &json!("137"));
    assert_eq!(lab.get("/cluster/nextid?vmid=101").await.error("vmid"), "VM 101 already exists");
    assert_eq!(lab.get("/version").await.data()["version"], "9.2.3");
}

#[tokio::test]
async fn one_node_and_one_guest_closely() {
    let lab = Lab::new(settings()).await;
    let node = lab.get("/nodes/pve1/status").await;
    assert!(node.data()["memory"]["total"].is_u64() && node.data()["loadavg"][0].is_string());
    assert_eq!(lab.get("/nodes/pve1/network?type=any_bridge").await.data()[0]["bridge_vlan_aware"], json!(1));
    let chart = lab.get("/nodes/pve1/rrddata?timeframe=hour").await;
    assert_eq!(chart.data().as_array().map(Vec::len), Some(60));
    let config = lab.get(&format!("{}/config", lab.at("web1"))).await;
    let config = config.data();
    assert!(
        config["cores"].is_u64()
            && config["memory"].is_string()
            && config["digest"].as_str().is_some_and(|d| d.len() == 40)
    );
    let agent = lab.get(&format!("{}/agent/network-get-interfaces", lab.at("web1"))).await;
    assert_eq!(agent.data()["result"][1]["ip-addresses"][0]["ip-address-type"], "ipv4");
    let stopped = lab.get(&format!("{}/agent/network-get-interfaces", lab.at("db2"))).await;
    assert_eq!(stopped.no(), (500, format!("VM {} is not running", lab.vmid("db2")).as_str()));
    assert_eq!(lab.get(&format!("{}/interfaces", lab.at("dns1"))).await.data()[1]["name"], "eth0");
    let templates = lab.get("/nodes/pve1/storage/local/content?content=vztmpl").await;
    assert_eq!(templates.data().as_array().map(Vec::len), Some(2));
    assert_eq!(lab.get("/nodes/pve1/storage?content=images&enabled=1").await.data().as_array().map(Vec::len), Some(2));
    assert_eq!(lab.get("/pools?poolid=lab").await.data()[0]["poolid"], "lab");
}

#[tokio::test]
async fn charts_have_the_rows_of_their_version() {
    for (version, hour, day, step) in [(PveVersion::V9_2, 60, 1440, 60), (PveVersion::V8_4, 70, 70, 1800)] {
        let lab = Lab::new(Settings { version, ..settings() }).await;
        let rows = async |guest: &str, frame: &str| {
            let rows = lab.get(&format!("{}/rrddata?timeframe={frame}&cf=AVERAGE", lab.at(guest))).await;
            rows.data().as_array().expect("rows").clone()
        };
        let chart = rows("web1", "hour").await;
        assert_eq!(chart.len(), hour);
        let newest = chart.last().expect("rows");
        assert!(newest["cpu"].is_number() && newest["mem"].is_u64() && newest["maxmem"].is_u64(), "{newest}");
        let again = rows("web1", "hour").await;
        let known = |rows: &[serde_json::Value]| rows.iter().skip(10).take(40).cloned().collect::<Vec<_>>();
        assert!(
            known(&again).iter().filter(|row| known(&chart).contains(row)).count() >= 39,
            "the past stays as it was"
        );
        let stopped = rows("db2", "day").await;
        assert_eq!(stopped.len(), day);
        assert!(
            stopped.iter().all(|row| row.as_object().is_some_and(|row| row.len() == 1 && row.contains_key("time")))
        );
        assert_eq!(stopped[1]["time"].as_u64().zip(stopped[0]["time"].as_u64()).map(|(b, a)| b - a), Some(step));
        let at = lab.at("web1");
        assert!(lab.get(&format!("{at}/rrddata")).await.error("timeframe").contains("not optional"));
        assert!(lab.get(&format!("{at}/rrddata?timeframe=decade")).await.error("timeframe").contains("enumeration"));
        assert!(lab.get(&format!("{at}/rrddata?timeframe=hour&cf=LAST")).await.error("cf").contains("enumeration"));
        assert!(lab.get(&format!("{at}/rrddata?timeframe=hour&ds=cpu")).await.error("ds").contains("not defined"));
    }
}

#[tokio::test]
async fn version_8_answers_as_version_8() {
    let lab = Lab::new(Settings { version: PveVersion::V8_4, ..settings() }).await;
    assert_eq!(lab.get("/version").await.data()["release"], "8.4");
    let chart = lab.get(&format!("{}/rrddata?timeframe=hour", lab.at("web1"))).await;
    assert_eq!(chart.data().as_array().map(Vec::len), Some(70));
    let at = lab.at("web1");
    assert!(lab.put(&format!("{at}/config"), &[("allow-ksm", "1")]).await.error("allow-ksm").contains("not defined"));
    assert_eq!(lab.get(&format!("{at}/agent/network-get-interfaces")).await.status, 200, "by VM.Monitor");
    assert_eq!(lab.get(&format!("{}/migrate", lab.at("dns1"))).await.status, 501);
    let wrong = lab.with_token("direttore@pve!bot", "x");
    assert_eq!(wrong.get("/version").await.no(), (401, "invalid token value!"));
}

#[tokio::test]
async fn the_first_page_by_name_has_both_kinds_of_state() {
    let lab = Lab::new(settings()).await;
    let rows = lab.get("/cluster/resources?type=vm").await;
    let mut rows = rows.data().as_array().expect("rows").clone();
    rows.sort_by_key(|r| r["name"].as_str().map(str::to_owned));
    let first = &rows[..10];
    for status in ["running", "stopped"] {
        assert!(first.iter().any(|r| r["status"] == status && r.get("lock").is_none()), "{status}");
    }
}

#[tokio::test]
async fn a_large_world_starts_and_answers_quickly() {
    let began = Instant::now();
    let lab =
        Lab::new(Settings { nodes: 50, guests: 10_000, resources_lag: Duration::from_secs(3600), ..settings() }).await;
    let rows = lab.get("/cluster/resources").await;
    assert_eq!(rows.data().as_array().map(Vec::len), Some(10_000 + 50 + 100 + 2 + 50));
    let again = lab.get("/cluster/resources").await;
    assert_eq!(again.text, rows.text);
    // Far above what it takes, so that a slow machine does not fail; a quadratic slip does.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
