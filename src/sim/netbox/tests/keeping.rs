//! The world on disk.

use super::Lab;
use crate::netbox::{Seed, Settings};
use serde_json::json;

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let settings = || Settings { dir: Some(dir.path().to_owned()), ..Settings::default() };
    let lab = Lab::new(settings()).await;
    let before = (lab.sim.access().url.clone(), lab.sim.access().token.clone(), lab.sim.access().token_v1.clone());
    lab.post("/api/ipam/ip-addresses/", json!({"address": "10.0.30.9/24", "description": "kept"})).await.ok();
    lab.sim.tell("netbox take 10.0.30.10/24").expect("a line");
    let file = dir.path().join("netbox.json");
    let read = || std::fs::read_to_string(&file).expect("the world is kept");
    let kept = read();
    assert!(kept.contains("10.0.30.9/24"), "on disk before the answer");
    lab.get("/api/ipam/ip-addresses/").await.ok();
    assert_eq!(lab.post("/api/ipam/ip-addresses/", json!({"address": "10.0.30.9/24"})).await.status, 400);
    assert_eq!(read(), kept, "reading and refusing write nothing");
    let world = lab.sim.world();
    lab.sim.stop().await;

    let lab = Lab::new(settings()).await;
    let access = lab.sim.access();
    assert_eq!((access.url.clone(), access.token.clone(), access.token_v1.clone()), before);
    assert_eq!(lab.sim.world(), world);
    let again = lab.post("/api/ipam/ip-addresses/", json!({"address": "10.0.30.9/32"})).await;
    assert_eq!(again.status, 400, "addresses are read again: {again:?}");
}

#[tokio::test]
async fn two_worlds_that_did_the_same_are_equal() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let lab = Lab::new(Settings::default()).await;
        let vm =
            lab.post("/api/virtualization/virtual-machines/", json!({"name": "new", "cluster": {"name": "lab"}})).await;
        let body = json!({
            "assigned_object_type": "virtualization.virtualmachine", "assigned_object_id": vm.ok()["id"],
            "kind": "info", "comments": "made",
        });
        lab.post("/api/extras/journal-entries/", body).await.ok();
        seen.push(lab.sim.world());
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0]["journal"][0]["about"], "new");
}

#[tokio::test]
async fn a_large_world_is_paged() {
    let lab = Lab::new(Settings { world: Seed::Sized { prefixes: 2500, devices: 300 }, ..Settings::default() }).await;
    let mut path = "/api/ipam/prefixes/?limit=5000".to_owned();
    let mut seen = 0;
    let mut pages = 0;
    loop {
        let page = lab.get(&path).await.ok();
        seen += page["results"].as_array().expect("results").len();
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        path = next.strip_prefix(&lab.sim.access().url).expect("this server").to_owned();
    }
    assert_eq!((seen, pages), (2511, 3));
    assert_eq!(lab.get("/api/dcim/devices/?name__isw=dev&limit=1").await.ok()["count"], 300);
}
