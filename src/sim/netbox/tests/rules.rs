//! Rules and forms that the recordings do not show, and what differs between versions.

use super::{Lab, bearer, got};
use crate::netbox::{Settings, Version};
use reqwest::Method;
use serde_json::{Value, json};

const VMS: &str = "/api/virtualization/virtual-machines/";

async fn lab(version: Version) -> Lab {
    Lab::new(Settings { version, ..Settings::default() }).await
}

#[tokio::test]
async fn versions_differ() {
    for (version, number) in
        [(Version::V4_2, "4.2"), (Version::V4_5, "4.5"), (Version::V4_6, "4.6"), (Version::V4_7, "4.7")]
    {
        let lab = lab(version).await;
        let status = lab.get("/api/status/").await;
        assert_eq!(status.header("api-version"), Some(number));
        assert_eq!(bearer(lab.sim.access()).contains("nbt_"), version > Version::V4_2);
        let vm = lab.id(&format!("{VMS}?name=web1")).await;
        let one = lab.get(&format!("{VMS}{vm}/")).await;
        assert_eq!(one.header("etag").is_some(), version >= Version::V4_6);
        let paged = lab.get(&format!("{VMS}?start=0&limit=2")).await.ok();
        assert_eq!(paged["count"].is_null(), version >= Version::V4_6);
        let tagged = lab.patch(&format!("{VMS}{vm}/"), json!({"add_tags": [{"slug": "db"}]})).await.ok();
        assert_eq!(tagged["tags"].as_array().map(Vec::len), Some(if version >= Version::V4_6 { 2 } else { 1 }));
        let stale = lab.request(Method::PATCH, &format!("{VMS}{vm}/")).header("If-Match", "\"x\"").json(&json!({}));
        let stale = got(stale.send().await.expect("an answer")).await;
        assert_eq!(stale.status, if version >= Version::V4_6 { 412 } else { 200 });
        let wrong = lab.post("/api/ipam/ip-addresses/", json!([{"address": "10.0.30.7/24"}, {"address": "x"}])).await;
        assert_eq!(wrong.body.is_array(), version < Version::V4_7, "{wrong:?}");
        let lean = lab.get(&format!("{VMS}{vm}/?exclude=config_context")).await.ok();
        assert_eq!(lean["config_context"].is_null(), version < Version::V4_7);
    }
}

#[tokio::test]
async fn a_guest_from_its_first_record_to_its_last() {
    let lab = lab(Version::V4_6).await;
    let before = lab.sim.world();
    let vm = lab.post(VMS, json!({"name": "new1", "cluster": {"name": "lab"}, "memory": 2048})).await.ok();
    assert_eq!(vm["site"]["slug"], "lab", "it is where its cluster is");
    let (kind, id) = ("virtualization.vminterface", &vm["id"]);
    let port = lab.post("/api/virtualization/interfaces/", json!({"virtual_machine": id, "name": "net0"})).await.ok();
    let assigned = json!({"assigned_object_type": kind, "assigned_object_id": port["id"]});
    let with = |more: Value| {
        let mut body = assigned.clone();
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    };
    let mac = lab.post("/api/dcim/mac-addresses/", with(json!({"mac_address": "bc2411ffffff"}))).await.ok();
    assert_eq!(mac["mac_address"], "BC:24:11:FF:FF:FF");
    let path = format!("/api/virtualization/interfaces/{}/", port["id"]);
    assert_eq!(
        lab.patch(&path, json!({"primary_mac_address": mac["id"]})).await.ok()["mac_address"],
        mac["mac_address"]
    );
    let prefix = lab.id("/api/ipam/prefixes/?prefix=10.0.30.0/24").await;
    let address = lab.post(&format!("/api/ipam/prefixes/{prefix}/available-ips/"), with(json!({}))).await.ok();
    let path = format!("{VMS}{id}/");
    assert_eq!(
        lab.patch(&path, json!({"primary_ip4": address["id"]})).await.ok()["primary_ip"]["address"],
        "10.0.30.1/24"
    );
    assert_eq!(lab.get(&path).await.ok()["interface_count"], 1);
    lab.delete(&path).await.ok();
    assert_eq!(lab.sim.world(), before, "its address, interface and MAC went with it");
}

#[tokio::test]
async fn custom_fields_and_tags_are_made_and_used() {
    let lab = lab(Version::V4_7).await;
    let kinds = json!(["ipam.ipaddress", "virtualization.virtualmachine"]);
    let field = json!({"name": "direttore_job", "type": "text", "object_types": kinds, "filter_logic": "exact"});
    lab.post("/api/extras/custom-fields/", field.clone()).await.ok();
    let again = lab.post("/api/extras/custom-fields/", field).await;
    assert_eq!(again.no(), (400, json!({"name": ["custom field with this name already exists."]}).to_string()));
    lab.post("/api/extras/tags/", json!({"name": "direttore", "slug": "direttore", "object_types": kinds})).await.ok();
    let body = json!({
        "address": "10.0.30.8/24", "tags": [{"slug": "direttore"}], "custom_fields": {"direttore_job": "J-1"},
    });
    let made = lab.post("/api/ipam/ip-addresses/", body).await.ok();
    assert_eq!(made["custom_fields"]["direttore_job"], "J-1");
    assert_eq!(lab.get("/api/ipam/ip-addresses/?cf_direttore_job=J-1&tag=direttore").await.ok()["count"], 1);
    assert_eq!(lab.get("/api/ipam/ip-addresses/?cf_direttore_job=J-").await.ok()["count"], 0, "exactly");
    let set = json!({"name": "sizes", "extra_choices": [["s", "Small"], ["l", "Large"]]});
    let set = lab.post("/api/extras/custom-field-choice-sets/", set).await.ok();
    let field = json!({
        "name": "size", "type": "select", "object_types": ["virtualization.virtualmachine"], "choice_set": set["id"],
    });
    lab.post("/api/extras/custom-fields/", field).await.ok();
    let vm = lab.id(&format!("{VMS}?name=web1")).await;
    let path = format!("{VMS}{vm}/");
    let sized = lab.patch(&path, json!({"custom_fields": {"size": "l"}})).await.ok();
    assert_eq!(sized["custom_fields"]["size"], json!({"value": "l", "label": "Large"}), "from 4.7 on");
    let wrong = lab.patch(&path, json!({"custom_fields": {"size": "xl"}})).await;
    let words = "Invalid value for custom field 'size': Invalid choice (xl) for choice set sizes.";
    assert_eq!(wrong.no(), (400, json!({"__all__": [words]}).to_string()));
    assert_eq!(lab.sim.unserved(), [""; 0]);
}

#[tokio::test]
async fn what_is_missing_or_misformed() {
    let lab = lab(Version::V4_6).await;
    let cases = [
        (VMS, json!({}), json!({"name": ["This field is required."]})),
        (VMS, json!({"name": "", "cluster": 1}), json!({"name": ["This field may not be blank."]})),
        (
            VMS,
            json!({"name": "a".repeat(65), "cluster": 1}),
            json!({"name": ["Ensure this field has no more than 64 characters."]}),
        ),
        (
            VMS,
            json!({"name": "x", "cluster": 1, "memory": "much"}),
            json!({"memory": ["A valid integer is required."]}),
        ),
        (
            VMS,
            json!({"name": "x", "cluster": 1, "memory": -1}),
            json!({"memory": ["Ensure this value is greater than or equal to 0."]}),
        ),
        (VMS, json!({"name": "x", "cluster": 1, "status": null}), json!({"status": ["This field may not be null."]})),
        (VMS, json!(["x"]), json!([{"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}])),
        (
            "/api/ipam/vlans/",
            json!({"vid": 0, "name": "x"}),
            json!({"vid": ["Ensure this value is greater than or equal to 1."]}),
        ),
        (
            "/api/ipam/vlans/",
            json!({"vid": 4095, "name": "x"}),
            json!({"vid": ["Ensure this value is less than or equal to 4094."]}),
        ),
        (
            "/api/extras/tags/",
            json!({"name": "y", "slug": "gateway"}),
            json!({"slug": ["tag with this slug already exists."]}),
        ),
        (
            "/api/ipam/prefixes/",
            json!({"prefix": "10.0.0.0/33"}),
            json!({"prefix": ["Invalid IP prefix format: 10.0.0.0/33"]}),
        ),
        (
            "/api/ipam/ip-addresses/",
            json!({"address": "10.0.1.1/24", "vrf": "blue"}),
            json!({"vrf": ["Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: blue"]}),
        ),
    ];
    for (path, body, errors) in cases {
        let got = lab.post(path, body.clone()).await;
        assert_eq!((got.status, &got.body), (400, &errors), "{body}");
    }
    let odd = lab.request(Method::GET, VMS).header("Accept", "text/csv").send().await.expect("an answer");
    assert_eq!(
        got(odd).await.no(),
        (406, json!({"detail": "Could not satisfy the request Accept header."}).to_string())
    );
}

#[tokio::test]
async fn a_change_is_logged_with_its_message() {
    let lab = lab(Version::V4_6).await;
    let body = json!({"address": "10.0.30.8/24", "changelog_message": "J-7"});
    let made = lab.post("/api/ipam/ip-addresses/", body).await;
    let request = made.header("x-request-id").expect("an id").to_owned();
    let found = lab.get(&format!("/api/core/object-changes/?request_id={request}")).await.ok();
    assert_eq!((&found["count"], &found["results"][0]["message"]), (&json!(1), &json!("J-7")));
    assert_eq!(found["results"][0]["changed_object"]["address"], "10.0.30.8/24");
}
