//! Devices as lists and cards show them.

use super::{
    device::{custom, vlans},
    devices::{Input, select},
    *,
};
use crate::ipam::View;
use direttore_clients::netbox::{Interface, Ref, Site, VlanRef};
use direttore_domain::Instant;
use serde_json::{Map, json};

fn reference(id: u64, name: &str) -> Ref {
    Ref { id, name: name.to_owned(), slug: Some(name.to_lowercase().replace(' ', "-")) }
}

fn primary(text: &str) -> Option<AddressRef> {
    Some(AddressRef { id: 1, address: text.parse().expect("an address") })
}

fn device(id: u64, device_name: &str, role: &str) -> Device {
    Device {
        id,
        name: Some(device_name.to_owned()),
        display: format!("{device_name} (A-{id})"),
        kind: Some(reference(1, "EX2300")),
        manufacturer: None,
        role: Some(reference(2, role)),
        site: Some(reference(id, "Lab 1")),
        rack: None,
        tenant: None,
        platform: None,
        status: "active".to_owned(),
        serial: format!("SN{id}"),
        asset_tag: None,
        primary_ip4: primary("10.0.0.2/24"),
        primary_ip6: primary("2001:db8::2/64"),
        description: String::new(),
        comments: String::new(),
        tags: vec!["core".to_owned()],
        custom: Map::new(),
        config_context: None,
    }
}

fn view(devices: Vec<Device>) -> View {
    let site = Site { id: 1, name: "Lab 1".to_owned(), slug: "lab-1".to_owned(), status: "active".to_owned() };
    View {
        prefixes: vec![],
        vlans: vec![],
        vrfs: vec![],
        sites: vec![site],
        clusters: vec![],
        devices,
        ours: vec![],
        has_tag: false,
        has_job_field: false,
        as_of: Instant(0),
    }
}

fn found(view: &View, ask: serde_json::Value) -> Result<String, String> {
    let ask: Input = serde_json::from_value(ask).expect("options of the command");
    let found = select(view, &ask).map_err(|refusal| format!("{refusal}; {}", refusal.hint().unwrap_or_default()))?;
    Ok(found.iter().map(|d| name(d)).collect::<Vec<_>>().join(" "))
}

#[test]
fn devices_are_found_by_what_is_said_of_them() {
    let mut nameless = device(3, "x", "Router");
    nameless.name = None;
    let view = view(vec![device(1, "sw1", "Access switch"), device(2, "r1", "Router"), nameless]);
    let found = |ask| found(&view, ask);
    assert_eq!(found(json!({})).as_deref(), Ok("sw1 r1 x (A-3)"));
    assert_eq!(found(json!({ "find": "SN2" })).as_deref(), Ok("r1"));
    assert_eq!(found(json!({ "find": "0.0.2/" })).as_deref(), Ok("sw1 r1 x (A-3)"));
    assert_eq!(found(json!({ "find": "zzz" })).as_deref(), Ok(""));
    assert_eq!(found(json!({ "site": "LAB-1" })).as_deref(), Ok("sw1"));
    assert_eq!(found(json!({ "role": "access-switch" })).as_deref(), Ok("sw1"));
    assert_eq!(found(json!({ "role": "Access Switch", "tag": "core", "status": "active" })).as_deref(), Ok("sw1"));
    let wrong = found(json!({ "role": "acess-switch" })).expect_err("no device has it");
    assert_eq!(wrong, "role: \"acess-switch\" is none of the values possible; did you mean access-switch?");
    assert!(found(json!({ "site": "nowhere" })).is_err());
}

#[test]
fn the_address_is_one_to_log_in_to() {
    let mut sw1 = device(1, "sw1", "Switch");
    assert_eq!(address(&sw1).as_deref(), Some("10.0.0.2"));
    sw1.primary_ip4 = None;
    assert_eq!(address(&sw1).as_deref(), Some("2001:db8::2"));
    sw1.primary_ip6 = None;
    assert_eq!(address(&sw1), None);
}

#[test]
fn custom_fields_that_are_set() {
    let fields = json!({
        "empty": null, "blank": "", "none": [], "text": "rack 4", "yes": true, "count": 3,
        "choice": { "value": "a", "label": "Alpha" }, "object": { "id": 4, "display": "10.0.0.1/24", "url": "x" },
        "several": [{ "display": "a" }, { "display": "b" }],
    });
    let shown = custom(fields.as_object().expect("an object"));
    let shown: Vec<String> = shown.iter().map(|[name, value]| format!("{name}={value}")).collect();
    assert_eq!(shown.join("; "), "choice=Alpha; count=3; object=10.0.0.1/24; several=a and b; text=rack 4; yes=true");
}

#[test]
fn vlans_of_an_interface() {
    let vlan = |vid: u16| VlanRef { id: vid.into(), vid: vid.try_into().expect("a VLAN"), name: "v".to_owned() };
    let mut port = Interface {
        id: 1,
        name: "ge-0/0/0".to_owned(),
        kind: None,
        is_enabled: true,
        mac: None,
        mtu: None,
        mode: None,
        untagged_vlan: Some(vlan(10)),
        tagged_vlans: vec![vlan(20), vlan(30)],
        description: String::new(),
        peers: vec![],
    };
    assert_eq!(vlans(&port), "10, tagged 20 30");
    port.mode = Some("tagged-all".to_owned());
    port.untagged_vlan = None;
    assert_eq!(vlans(&port), "tagged all");
    (port.mode, port.tagged_vlans) = (None, vec![]);
    assert_eq!(vlans(&port), "");
}
