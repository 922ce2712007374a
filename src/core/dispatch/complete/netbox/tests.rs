//! Choices from a view of 5,000 prefixes and a few of everything else.

use super::*;
use direttore_clients::netbox::{Address, Device, Prefix, Site, Vlan, VlanRef};
use direttore_domain::{Instant, VlanId};
use serde_json::Map;

fn reference(id: u64, name: &str) -> Ref {
    Ref { id, name: name.to_owned(), slug: None }
}

fn vid(number: u16) -> VlanId {
    number.try_into().expect("a VLAN")
}

fn prefix(text: &str, vlan: Option<(u16, &str)>, free: u128) -> PrefixEntry {
    let vlan = vlan.map(|(number, name)| VlanRef { id: number.into(), vid: vid(number), name: name.to_owned() });
    let key = format!("{text} {}", vlan.as_ref().map(|v| v.name.as_str()).unwrap_or_default());
    let row = Prefix {
        id: 1,
        prefix: text.parse().expect("a prefix"),
        vrf: None,
        status: "active".to_owned(),
        vlan,
        site: None,
        tenant: None,
        role: None,
        is_pool: false,
        mark_utilized: false,
        description: String::new(),
        tags: vec![],
        custom: Map::new(),
    };
    PrefixEntry { row, key, free, closed: None }
}

fn device(id: u64, name: &str, tag: &str) -> Device {
    Device {
        id,
        name: Some(name.to_owned()),
        display: name.to_owned(),
        kind: None,
        manufacturer: None,
        role: Some(Ref { slug: Some(format!("{tag}-switch")), ..reference(1, "Switch") }),
        site: Some(reference(1, "Lab 1")),
        rack: None,
        tenant: Some(Ref { slug: Some("netlab".to_owned()), ..reference(1, "Net Lab") }),
        platform: None,
        status: "active".to_owned(),
        serial: String::new(),
        asset_tag: None,
        primary_ip4: None,
        primary_ip6: None,
        description: String::new(),
        comments: String::new(),
        tags: vec![tag.to_owned()],
        custom: Map::new(),
        config_context: None,
    }
}

fn vlan(number: u16, name: &str, site: &str) -> Vlan {
    Vlan {
        id: number.into(),
        vid: vid(number),
        name: name.to_owned(),
        status: "active".to_owned(),
        site: Some(reference(1, site)),
        group: None,
        role: None,
        description: String::new(),
    }
}

fn view() -> View {
    let mut prefixes: Vec<PrefixEntry> =
        (0..5000_u32).map(|n| prefix(&format!("10.{}.{}.0/24", n / 250, n % 250), None, 254)).collect();
    prefixes.push(prefix("192.168.7.0/24", Some((700, "Servers")), 9));
    prefixes.push(prefix("2001:db8:7::/64", Some((700, "Servers")), 1 << 64));
    prefixes.push(prefix("192.168.8.0/24", Some((700, "Servers")), 0));
    for entry in &mut prefixes {
        entry.key = entry.key.to_lowercase();
    }
    let ours = Address {
        id: 7,
        address: "10.0.10.57/24".parse().expect("an address"),
        vrf: None,
        status: "active".to_owned(),
        role: None,
        dns_name: "printer1.lab".to_owned(),
        description: "direttore:J-1/address1".to_owned(),
        assigned: None,
        tags: vec![],
        custom: Map::new(),
    };
    View {
        prefixes,
        vlans: vec![vlan(100, "Clients", "Lab 1"), vlan(700, "Servers", "Lab 1"), vlan(700, "Servers", "Lab 2")],
        vrfs: vec![],
        sites: vec![Site { id: 1, name: "Lab 1".to_owned(), slug: "lab-1".to_owned(), status: "active".to_owned() }],
        clusters: vec![],
        devices: vec![device(1, "core-sw1", "core"), device(2, "SW1", "access"), device(3, "sw2", "access")],
        ours: vec![ours],
        has_tag: false,
        has_job_field: false,
        as_of: Instant(0),
    }
}

fn values(kind: Kind, typed: &str) -> Vec<String> {
    offered(kind, typed).into_iter().map(|(value, _)| value).collect()
}

fn offered(kind: Kind, typed: &str) -> Vec<Choice> {
    choices(&view(), kind, typed, &|_| true)
}

#[test]
fn any_part_of_its_text_finds_a_prefix() {
    assert_eq!(values(Kind::Prefix, "10.19.249"), ["10.19.249.0/24"]);
    assert_eq!(values(Kind::Prefix, "SERVERS"), ["192.168.7.0/24", "2001:db8:7::/64", "192.168.8.0/24"]);
    assert_eq!(values(Kind::Pond, "servers"), ["192.168.7.0/24", "2001:db8:7::/64"], "one that is full gives nothing");
    assert_eq!(values(Kind::Prefix, "").len(), MOST);
    assert_eq!(offered(Kind::Prefix, "192.168.7")[0].1, "VLAN 700 Servers, 9 free");
}

#[test]
fn an_interface_wishes_from_netbox() {
    assert_eq!(values(Kind::Ipv4, "netbox:servers"), ["netbox:192.168.7.0/24"]);
    assert_eq!(values(Kind::Ipv6, "netbox:servers"), ["netbox:2001:db8:7::/64"]);
    assert_eq!(values(Kind::Ipv4, "19.249"), ["netbox:10.19.249.0/24"]);
    assert_eq!(values(Kind::Ipv6, "net"), ["netbox:2001:db8:7::/64"], "its word is being typed");
    assert_eq!(values(Kind::Ipv4, "").len(), MOST);
}

#[test]
fn vlans_by_number_or_name() {
    assert_eq!(values(Kind::Vlan, "7"), ["700"], "once, though two sites have it");
    assert_eq!(values(Kind::Vlan, "cli"), ["100"]);
    assert_eq!(offered(Kind::Vlan, "1")[0].1, "Clients, Lab 1");
}

#[test]
fn what_grants_hide_is_not_offered() {
    let only_core = |touched: Touches<'_>| touched.tags.iter().any(|tag| tag == "core");
    let named =
        |kind: Kind| choices(&view(), kind, "", &only_core).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(named(Kind::Device), ["core-sw1"]);
    assert_eq!(named(Kind::Tag), ["core"]);
    assert_eq!(named(Kind::DeviceRole), ["core-switch"]);
}

#[test]
fn devices_sites_tags_and_addresses() {
    assert_eq!(values(Kind::Device, "sw"), ["SW1", "sw2", "core-sw1"]);
    assert_eq!(offered(Kind::Device, "core")[0].1, "Switch, Lab 1");
    assert_eq!(values(Kind::Site, "lab-"), ["Lab 1"]);
    assert_eq!(offered(Kind::Tenant, "net"), [("netlab".to_owned(), "Net Lab".to_owned())]);
    assert_eq!(values(Kind::Tag, "A"), ["access"]);
    let role = |slug: &str| (slug.to_owned(), "Switch".to_owned());
    assert_eq!(offered(Kind::DeviceRole, "SWI"), [role("access-switch"), role("core-switch")]);
    assert_eq!(values(Kind::DeviceRole, "core"), ["core-switch"]);
    assert_eq!(values(Kind::Address, ".57"), ["10.0.10.57"]);
    assert_eq!(values(Kind::Address, "printer"), ["10.0.10.57"]);
    assert_eq!(values(Kind::Address, "10.0.99"), Vec::<String>::new());
    assert_eq!(values(Kind::Backup, ""), Vec::<String>::new());
}
