//! What NetBox has, as scripts ask for it, and addresses that they take.

use super::{
    super::{
        calendars::program::Sidecar,
        story::{Story, netbox_client, on_both, on_both_with_netbox},
    },
    program::Script,
};
use direttore_clients::netbox::AddressFilter;
use serde_json::{Value, json};

const PREFIXES: &str = "/api/inventory/prefixes";

async fn list(script: &Script<'_>, path: &str) -> Vec<Value> {
    let told = script.get(path).await;
    assert_eq!(told.status, 200, "{path}: {told:?}");
    told.json().as_array().expect("a list").clone()
}

fn texts<'v>(list: &'v [Value], key: &str) -> Vec<&'v str> {
    list.iter().map(|one| one[key].as_str().expect("text")).collect()
}

/// Of a prefix of a VRF.
async fn id_of(script: &Script<'_>, prefix: &str, vrf: &str) -> u64 {
    let all = list(script, PREFIXES).await;
    let found = all.iter().find(|one| one["prefix"] == prefix && one["vrf"] == vrf);
    found.and_then(|one| one["id"].as_u64()).expect("the prefix")
}

/// As the story's NetBox has them.
async fn addresses(s: &Story) -> usize {
    netbox_client(s.netbox()).addresses(&AddressFilter::default()).await.expect("the addresses").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_netbox_has_in_a_few_words() {
    on_both_with_netbox(async |s| {
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "viewer").await;
        let status = script.get("/api/inventory/netbox-status").await.json();
        assert_eq!((&status["reachable"], &status["url"]), (&json!(true), &json!(netbox_client(s.netbox()).url())));
        assert!(status["version"].as_str().is_some_and(|version| version.starts_with("4.")), "{status}");
        let all = list(&script, PREFIXES).await;
        let servers = all.iter().find(|one| one["prefix"] == "10.0.10.0/24" && one["vrf"] == "global").expect("it");
        let keys: Vec<&String> = servers.as_object().expect("an object").keys().collect();
        let right = [
            "id",
            "prefix",
            "family",
            "status",
            "vrf",
            "description",
            "site",
            "role",
            "tags",
            "gateway",
            "dns_servers",
            "custom_fields",
        ];
        assert_eq!(keys.len(), right.len());
        assert!(right.iter().all(|key| servers.get(key).is_some()), "{servers}");
        assert_eq!(
            (&servers["family"], &servers["status"], &servers["site"], &servers["gateway"], &servers["dns_servers"]),
            (&json!(4), &json!("active"), &json!("lab"), &json!("10.0.10.1"), &json!(""))
        );
        assert_eq!(servers["custom_fields"]["gateway"], "10.0.10.1");
        assert!(all.iter().any(|one| one["prefix"] == "10.0.10.0/24" && one["vrf"] == "blue"), "{all:?}");
        let six = list(&script, "/api/inventory/prefixes?family=6&status=active&site=lab&limit=2").await;
        assert_eq!(texts(&six, "prefix"), ["2001:db8:10::/64", "2001:db8:20::/64"]);
        let of = list(&script, "/api/inventory/ip-addresses?prefix=10.0.99.0/29&family=4&status=active").await;
        assert_eq!(of.len(), 6, "{of:?}");
        assert_eq!(
            (&of[0]["address"], &of[0]["vrf"], &of[0]["prefix_gateway"]),
            (&json!("10.0.99.1/29"), &json!("global"), &Value::Null)
        );
        s.say("operator", "/ipam allocate 10.0.10.0/24 name=web1 count=2").await;
        s.press("operator", "Yes").await;
        s.settle().await;
        let web = list(&script, "/api/inventory/ip-addresses?dns_name=WEB1&limit=1").await;
        assert_eq!(
            (web.len(), &web[0]["prefix_gateway"], &web[0]["family"]),
            (1, &json!("10.0.10.1"), &json!(4)),
            "{web:?}"
        );
        let router = list(&script, "/api/inventory/ip-addresses?prefix=10.0.20.0/24&limit=500").await;
        let router = router.iter().find(|one| one["address"] == "10.0.20.1/24").expect("it");
        assert_eq!((&router["tags"], &router["description"]), (&json!(["gateway"]), &json!("router of lab")));
        let vlans = list(&script, "/api/inventory/vlans?group=lab-vlans&q=serv&status=active").await;
        assert_eq!(
            (vlans.len(), &vlans[0]["vid"], &vlans[0]["group"]),
            (1, &json!(100), &json!("lab VLANs")),
            "{vlans:?}"
        );
        assert_eq!((&vlans[0]["name"], &vlans[0]["tags"]), (&json!("servers"), &json!([])));
        assert_eq!(list(&script, "/api/inventory/vlans").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_devices_as_netbox_has_them() {
    on_both_with_netbox(async |s| {
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "viewer").await;
        let all = list(&script, "/api/inventory/devices").await;
        let there = netbox_client(s.netbox()).devices(&Default::default()).await.expect("the devices");
        assert_eq!(all.len(), there.len());
        let switch = all.iter().find(|one| one["name"] == "sw1").expect("a switch");
        assert_eq!(switch["status"], json!({ "value": "active", "label": "Active" }));
        assert_eq!(switch["device_type"]["manufacturer"]["name"], "Arista");
        assert!(switch["url"].as_str().is_some_and(|url| url.starts_with(netbox_client(s.netbox()).url())), "{switch}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_taken_by_a_job_and_none_is_burnt() {
    on_both_with_netbox(async |s| {
        let sidecar = Sidecar::of(s).await;
        let (operator, viewer) = (Script::of(&sidecar, "operator").await, Script::of(&sidecar, "viewer").await);
        let before = addresses(s).await;
        let path = format!("{PREFIXES}/{}/allocate", id_of(&viewer, "10.0.10.0/24", "global").await);
        let first = operator.post(&path, json!({})).await;
        assert_eq!(first.status, 200, "{first:?}");
        let first = first.json();
        assert_eq!(
            (&first["prefix_gateway"], &first["family"], &first["vrf"]),
            (&json!("10.0.10.1"), &json!(4), &json!("global"))
        );
        assert_eq!((&first["status"], &first["dns_name"]), (&json!("active"), &json!("")));
        let second = operator.post(&path, json!({ "description": "mine" })).await.json();
        assert_eq!(second["prefix_gateway"], "10.0.10.1", "the second time too");
        assert!(second["description"].as_str().is_some_and(|text| text.contains("for operator: mine")), "{second}");
        assert_ne!(first["address"], second["address"]);
        assert_eq!(addresses(s).await, before + 2, "one for each, and no others");
        // In a VRF, in IPv6, and without a body.
        let blue = format!("{PREFIXES}/{}/allocate", id_of(&viewer, "10.0.10.0/24", "blue").await);
        let in_blue = operator.post(&blue, json!({ "description": null })).await.json();
        assert_eq!((&in_blue["vrf"], &in_blue["address"]), (&json!("blue"), &json!("10.0.10.2/24")));
        assert_eq!(in_blue["prefix_gateway"], "10.0.10.1", "the first host is taken for one");
        let six = format!("{PREFIXES}/{}/allocate", id_of(&viewer, "2001:db8:10::/64", "global").await);
        let six = Script::send(operator.request("POST", &six)).await.json();
        assert_eq!((&six["family"], &six["prefix_gateway"]), (&json!(6), &json!("2001:db8:10::1")));
        // It is a job like everybody's.
        let jobs: String = s.ask("operator", "/job list").await.iter().map(|r| r.to_json().to_string()).collect();
        assert!(jobs.contains("take an address of 10.0.10.0/24"), "{jobs}");
        let count = addresses(s).await;
        let full = format!("{PREFIXES}/{}/allocate", id_of(&viewer, "10.0.99.0/29", "global").await);
        let said = operator.post(&full, json!({})).await.said();
        assert!(said.starts_with("502 NetBox error: "), "{said}");
        assert_eq!(viewer.post(&path, json!({})).await.said(), "403 Requires one of: ['operator', 'admin']");
        let nobody = Script::nobody(&sidecar);
        assert_eq!(nobody.post(&path, json!({})).await.said(), "401 Not authenticated");
        for (path, body, said) in [
            ("/api/inventory/prefixes/999999/allocate", json!({}), "404 there is no prefix \"999999\""),
            ("/api/inventory/prefixes/-1/allocate", json!({}), "404 Prefix not found"),
            (
                "/api/inventory/prefixes/abc/allocate",
                json!({}),
                "422 path.prefix_id: Input should be a valid integer, unable to parse string as an integer",
            ),
            (path.as_str(), json!({ "description": 7 }), "422 body.description: Input should be a valid string"),
            (
                path.as_str(),
                json!({ "description": "x".repeat(151) }),
                "422 body.description: String should have at most 150 characters",
            ),
            (path.as_str(), json!([]), "422 body: Input should be a valid dictionary or object to extract fields from"),
        ] {
            assert_eq!(operator.post(path, body.clone()).await.said(), said, "{path} {body}");
        }
        let reserved = format!("{PREFIXES}/{}/allocate", id_of(&viewer, "10.0.40.0/24", "global").await);
        let said = operator.post(&reserved, json!({})).await.said();
        assert!(said.starts_with("409 10.0.40.0/24 cannot give an address: "), "{said}");
        assert_eq!(addresses(s).await, count, "what is refused takes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_and_a_netbox_that_does_not_answer() {
    on_both_with_netbox(async |s| {
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "viewer").await;
        for (query, said) in [
            ("ip-addresses?limit=501", "422 query.limit: Input should be less than or equal to 500"),
            ("ip-addresses?limit=-5", "422 query.limit: Input should be greater than or equal to 1"),
            ("prefixes?limit=0", "422 query.limit: Input should be greater than or equal to 1"),
            ("vlans?limit=x", "422 query.limit: Input should be a valid integer, unable to parse string as an integer"),
            ("prefixes?family=5", "422 query.family: Input should be 4 or 6"),
            ("ip-addresses?prefix=everything", "422 query.prefix: Value error, a network like 10.0.10.0/24 is wanted"),
            ("vlans?q=a%00b", "422 query.q: Value error, control characters are not taken"),
        ] {
            assert_eq!(script.get(&format!("/api/inventory/{query}")).await.said(), said, "{query}");
        }
        let unknown = script.get("/api/inventory/prefixes?status=activ").await.said();
        assert!(unknown.starts_with("422 status: \"activ\": "), "{unknown}");
        let unknown = script.get("/api/inventory/vlans?site=nowhere&q=x").await.said();
        assert!(unknown.starts_with("422 site: \"nowhere\": "), "{unknown}");
        let stranger = Script::of(&sidecar, "stranger").await;
        for path in ["netbox-status", "devices", "ip-addresses", "prefixes", "vlans"] {
            let path = format!("/api/inventory/{path}");
            let needs = "403 Requires one of: ['viewer', 'operator', 'admin']";
            assert_eq!(stranger.get(&path).await.said(), needs, "{path}");
            assert_eq!(Script::nobody(&sidecar).get(&path).await.said(), "401 Not authenticated", "{path}");
            assert_eq!(script.delete(&path).await.said(), "405 Method Not Allowed");
        }
        s.lab("netbox down");
        let told = script.get("/api/inventory/netbox-status").await;
        assert_eq!((told.status, &told.json()["reachable"]), (200, &json!(false)));
        assert!(told.json()["reason"].as_str().is_some_and(|why| why.starts_with("NetBox ")), "{told:?}");
        let said = script.get("/api/inventory/vlans").await.said();
        assert!(said.starts_with("502 NetBox error: "), "{said}");
        s.lab("netbox up");
    })
    .await;
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let told = script.get("/api/inventory/netbox-status").await;
        assert_eq!(
            (told.status, told.json()),
            (200, json!({ "reachable": false, "reason": "NetBox is not configured" }))
        );
        for path in ["devices", "ip-addresses", "prefixes", "vlans"] {
            assert_eq!(script.get(&format!("/api/inventory/{path}")).await.status, 503, "{path}");
        }
        assert_eq!(script.post("/api/inventory/prefixes/1/allocate", json!({})).await.status, 503);
    })
    .await;
}
