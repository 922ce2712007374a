//! Filters: what they mean, and that none exists here that the real one does not have.

use super::{Lab, contracts};
use crate::netbox::{Settings, Version, api, seed, table};
use serde_json::Value;

/// Filters of our tables that the real one, without its custom fields, must have too.
#[test]
fn no_filter_is_invented() {
    let Some(dir) = contracts("filters") else { return };
    let text = std::fs::read_to_string(dir.join("openapi.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let world = seed::build(crate::netbox::Seed::Demo, Version::V4_6, &[]);
    let mut invented = Vec::new();
    let (mut known, mut all) = (0, 0);
    for model in table::all() {
        let Some(parameters) = schema["paths"][format!("/api/{}/", model.path)]["get"]["parameters"].as_array() else {
            continue;
        };
        let real: Vec<&str> = parameters.iter().filter_map(|p| p["name"].as_str()).collect();
        all += real.len();
        known += real.iter().filter(|name| api::find_filter(&world, model, name)).count();
        let suffixes = ["", "_id", "__n", "__ic", "__ie", "__gte", "__empty", "__isw"];
        let names = model.fields.iter().flat_map(|f| suffixes.iter().map(move |s| format!("{}{s}", f.name)));
        let extra = [
            "site",
            "site_id",
            "parent",
            "contains",
            "within",
            "family",
            "mac_address",
            "device",
            "virtual_machine_id",
        ];
        for name in names.chain(extra.iter().map(|n| (*n).to_owned())) {
            if api::find_filter(&world, model, &name) && !real.contains(&name.as_str()) {
                invented.push(format!("{}?{name}", model.path));
            }
        }
    }
    println!("{known} of {all} filters of the served lists are known");
    assert!(invented.is_empty(), "{}", invented.join("\n"));
    assert!(known > 2500);
}

#[tokio::test]
async fn filters_mean_what_they_mean() {
    let lab = Lab::new(Settings::default()).await;
    let vms = "/api/virtualization/virtual-machines/";
    let cases = [
        (vms, "", 10),
        (vms, "name=WEB1", 1),
        (vms, "name=web1&name=web2", 2),
        (vms, "name__n=web1", 9),
        (vms, "name__ic=WEB", 2),
        (vms, "name__isw=d", 2),
        (vms, "cluster=lab&tag=web", 2),
        (vms, "tag=web&tag=db", 0),
        (vms, "device=pve1", 3),
        (vms, "memory__gte=8192", 2),
        (vms, "mac_address=bc-24-11-9b-c5-0e", 1),
        (vms, "has_primary_ip=false", 0),
        (vms, "q=prom", 1),
        (vms, "tenant_id=null", 10),
        ("/api/virtualization/interfaces/", "virtual_machine=web1", 1),
        ("/api/virtualization/interfaces/", "name=net0", 8),
        ("/api/dcim/mac-addresses/", "virtual_machine=db1", 1),
        ("/api/ipam/ip-addresses/", "virtual_machine=db1", 2),
        ("/api/ipam/ip-addresses/", "device=sw1", 1),
        ("/api/ipam/ip-addresses/", "parent=10.0.99.0/29", 6),
        ("/api/ipam/ip-addresses/", "tag=gateway", 1),
        ("/api/ipam/ip-addresses/", "family=6", 10),
        ("/api/ipam/ip-addresses/", "address=2001:DB8:10:0::15", 1),
        ("/api/ipam/ip-addresses/", "dns_name__ic=WEB1", 2),
        ("/api/ipam/prefixes/", "vlan_vid=100", 2),
        ("/api/ipam/prefixes/", "prefix=10.0.10.0/24", 2),
        ("/api/ipam/prefixes/", "prefix=10.0.10.1/24", 0),
        ("/api/ipam/prefixes/", "vrf=65000:10", 1),
        ("/api/ipam/prefixes/", "contains=10.0.20.200&vrf_id=null", 3),
        ("/api/ipam/prefixes/", "within=10.0.20.0/24", 1),
        ("/api/ipam/prefixes/", "status=container&status=reserved", 2),
        ("/api/ipam/prefixes/", "cf_gateway=10.0.10", 1),
        ("/api/ipam/prefixes/", "site=lab&family=4", 7),
        ("/api/ipam/vlans/", "group=lab-vlans&vid=200", 1),
        ("/api/ipam/ip-ranges/", "contains=10.0.10.120", 1),
        ("/api/dcim/devices/", "role=switch", 4),
        ("/api/dcim/devices/", "platform=juniper_junos", 2),
        ("/api/dcim/devices/", "manufacturer=juniper", 2),
        ("/api/dcim/devices/", "name__empty=true", 1),
        ("/api/dcim/interfaces/", "device=sw1", 5),
        ("/api/extras/custom-fields/", "object_type=ipam.prefix", 1),
        ("/api/extras/tags/", "slug=gateway", 1),
    ];
    for (path, query, count) in cases {
        let found = lab.get(&format!("{path}?{query}")).await.ok();
        assert_eq!(found["count"], count, "{path}?{query}: {}", found["results"]);
    }
    assert_eq!(lab.sim.unserved(), [""; 0], "every one of them is a filter");
    for (path, query, field) in [
        (vms, "cluster=nowhere", "cluster"),
        (vms, "status=walking", "status"),
        (vms, "tag=nope", "tag"),
        (vms, "site_id=abc", "site_id"),
        (vms, "site_id=77", "site_id"),
        ("/api/ipam/prefixes/", "vlan_vid=x", "vlan_vid"),
    ] {
        let got = lab.get(&format!("{path}?{query}")).await;
        assert!(got.status == 400 && got.body[field][0].is_string(), "{query}: {got:?}");
    }
}

#[tokio::test]
async fn lists_are_sorted() {
    let lab = Lab::new(Settings::default()).await;
    let names = async |path: &str, field: &str| {
        let found = lab.get(path).await.ok();
        let rows = found["results"].as_array().expect("results").iter();
        rows.map(|r| r[field].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let ports = names("/api/dcim/interfaces/?device=sw1", "name").await;
    assert_eq!(ports, ["Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4", "Management1"]);
    let turned = names("/api/virtualization/virtual-machines/?ordering=-name&limit=2", "name").await;
    assert_eq!(turned, ["web2", "web1"]);
    let prefixes = names("/api/ipam/prefixes/?limit=3", "prefix").await;
    assert_eq!(prefixes, ["10.0.0.0/16", "10.0.10.0/24", "10.0.20.0/24"]);
}
