//! Plans for new devices, devices that people looked after, and devices that are known already.

use super::{
    Known, KnownAddress, KnownDevice, KnownInterface, KnownItem, KnownNamed, KnownPeer, KnownType, KnownVlan, KnownVrf,
    NewDevice, Part, Plan, Wish, names::canonical, plan, resolved,
};
use direttore_domain::{
    VlanId,
    device::seen::{Seen, SeenAddress, SeenInterface, SeenVlan, SeenVrf, System},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn vid(number: u16) -> VlanId {
    number.to_string().parse().expect("a VLAN")
}

fn seen() -> Seen {
    let address = |text: &str| SeenAddress { address: text.parse().expect("an address"), has_length: true };
    Seen {
        system: System { name: "sw1".to_owned(), serial: "FOX1".to_owned(), ..System::default() },
        interfaces: vec![
            SeenInterface {
                index: 1,
                name: "Gi0/1".to_owned(),
                long_name: "GigabitEthernet0/1".to_owned(),
                description: "to spine1".to_owned(),
                kind: 6,
                speed: Some(1_000_000),
                mac: Some("00:00:5E:00:53:01".to_owned()),
                is_enabled: true,
                untagged: Some(vid(10)),
                addresses: vec![address("192.0.2.1/24")],
                ..SeenInterface::default()
            },
            SeenInterface {
                index: 2,
                name: "Gi0/1.10".to_owned(),
                kind: 135,
                is_enabled: true,
                parent: Some(1),
                vrf: Some("blue".to_owned()),
                addresses: vec![address("2001:db8::1/64")],
                ..SeenInterface::default()
            },
        ],
        vlans: vec![SeenVlan { vid: vid(10), name: "users".to_owned() }],
        vrfs: vec![SeenVrf { name: "blue".to_owned(), rd: Some("64500:1".to_owned()), description: String::new() }],
        ..Seen::default()
    }
}

fn empty() -> Known {
    Known {
        device: KnownDevice { id: Some(7), name: "sw1".to_owned(), site: Some(3), ..KnownDevice::default() },
        ..Known::default()
    }
}

fn told(plan: &Plan) -> Vec<String> {
    let told = |c: &super::Change| match &c.id {
        None => format!("make {:?} {}", c.object, c.body),
        Some(id) => format!("set {:?} {id} {}", c.object, c.body),
    };
    plan.changes.iter().map(told).collect()
}

/// What NetBox has when the plan of [`seen`] was carried out.
fn after() -> Known {
    let mut known = empty();
    known.device.serial = "FOX1".to_owned();
    known.device.has_primary4 = true;
    known.vlans = vec![KnownVlan { id: 31, vid: vid(10), name: "users".to_owned() }];
    known.vrfs = vec![KnownVrf { id: 41, name: "blue".to_owned(), rd: Some("64500:1".to_owned()) }];
    known.interfaces = vec![
        KnownInterface {
            id: 11,
            name: "Gi0/1".to_owned(),
            kind: "1000base-t".to_owned(),
            description: "to spine1".to_owned(),
            speed: Some(1_000_000),
            is_enabled: true,
            mac: Some("00:00:5E:00:53:01".to_owned()),
            mode: Some("access".to_owned()),
            untagged: Some(vid(10)),
            ..KnownInterface::default()
        },
        KnownInterface {
            id: 12,
            name: "Gi0/1.10".to_owned(),
            kind: "virtual".to_owned(),
            is_enabled: true,
            parent: Some(11),
            vrf: Some(41),
            ..KnownInterface::default()
        },
    ];
    let address = |id, text: &str, vrf, interface| KnownAddress {
        id,
        address: text.parse().expect("an address"),
        vrf,
        interface: Some(interface),
        elsewhere: None,
    };
    known.addresses = vec![address(51, "192.0.2.1/24", None, 11), address(52, "2001:db8::1/64", Some(41), 12)];
    known
}

fn wish() -> Wish {
    Wish { answered: Some("192.0.2.1".parse().expect("an address")), ..Wish::default() }
}

#[test]
fn an_unknown_device_is_filled_in_an_order_that_works() {
    let plan = plan(&seen(), &empty(), &wish());
    insta::assert_snapshot!(told(&plan).join("\n"), @r#"
    set Device 7 {"serial":"FOX1"}
    make Vrf {"name":"blue","rd":"64500:1","description":""}
    make Vlan {"vid":10,"name":"users","site":3,"status":"active"}
    make Interface {"description":"to spine1","speed":1000000,"mode":"access","untagged_vlan":{"$made":"vlan:10"},"device":7,"name":"Gi0/1","type":"1000base-t","enabled":true}
    make MacAddress {"mac_address":"00:00:5E:00:53:01","assigned_object_type":"dcim.interface","assigned_object_id":{"$made":"interface:Gi0/1"}}
    set Interface {"$made":"interface:Gi0/1"} {"primary_mac_address":{"$made":"mac:Gi0/1"}}
    make Interface {"parent":{"$made":"interface:Gi0/1"},"vrf":{"$made":"vrf:blue:64500:1"},"device":7,"name":"Gi0/1.10","type":"virtual","enabled":true}
    make Address {"address":"192.0.2.1/24","vrf":null,"assigned_object_type":"dcim.interface","assigned_object_id":{"$made":"interface:Gi0/1"},"status":"active"}
    make Address {"address":"2001:db8::1/64","vrf":{"$made":"vrf:blue:64500:1"},"assigned_object_type":"dcim.interface","assigned_object_id":{"$made":"interface:Gi0/1.10"},"status":"active"}
    set Device 7 {"primary_ip4":{"$made":"address:192.0.2.1"}}
    "#);
    // What is named was made before.
    for (at, change) in plan.changes.iter().enumerate() {
        for key in wanted(&change.body) {
            assert!(plan.changes[..at].iter().any(|before| before.key == key), "{key} of {}", change.key);
        }
    }
}

fn wanted(body: &Value) -> Vec<String> {
    match body {
        Value::Object(map) => match map.get("$made").and_then(Value::as_str) {
            Some(key) => vec![key.to_owned()],
            None => map.values().flat_map(wanted).collect(),
        },
        Value::Array(items) => items.iter().flat_map(wanted).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let plan = plan(&seen(), &after(), &wish());
    assert_eq!((told(&plan), &plan.skipped[..], &plan.gone[..]), (Vec::new(), &[][..], &[][..]));
    assert_eq!(plan.unchanged, 7);
}

#[test]
fn what_a_person_wrote_stays_until_somebody_asks() {
    let mut known = after();
    known.device.serial = "OTHER".to_owned();
    known.interfaces[0].name = "GigabitEthernet0/1".to_owned();
    known.interfaces[0].description = "mine".to_owned();
    known.interfaces[0].kind = "1000base-x-sfp".to_owned();
    known.interfaces[0].untagged = Some(vid(99));
    known.interfaces[0].is_enabled = false;
    known.vlans[0].name = "people".to_owned();
    let calm = plan(&seen(), &known, &wish());
    assert_eq!(told(&calm), Vec::<String>::new());
    let left: Vec<&str> = calm.skipped.iter().map(|left| left.what.as_str()).collect();
    assert_eq!(
        left,
        [
            "serial",
            "name of VLAN 10",
            "description of GigabitEthernet0/1",
            "VLANs of GigabitEthernet0/1",
            "enabled of GigabitEthernet0/1"
        ]
    );
    let asked = plan(&seen(), &known, &Wish { overwrite: true, ..wish() });
    insta::assert_snapshot!(told(&asked).join("\n"), @r#"
    set Device 7 {"serial":"FOX1"}
    set Interface 11 {"description":"to spine1","untagged_vlan":31,"enabled":true}
    "#);
}

#[test]
fn what_is_gone_is_told_and_stays() {
    let mut known = after();
    known.interfaces.push(KnownInterface { id: 13, name: "Gi0/2".to_owned(), ..KnownInterface::default() });
    let plan = plan(&seen(), &known, &wish());
    assert!(plan.is_empty());
    assert_eq!(plan.gone.iter().map(|left| left.what.as_str()).collect::<Vec<_>>(), ["interface Gi0/2"]);
}

#[test]
fn addresses_of_others_are_not_taken() {
    let mut known = after();
    known.addresses[0].interface = None;
    known.addresses[0].elsewhere = Some("db1 eth0".to_owned());
    known.addresses[1].interface = None;
    let plan = plan(&seen(), &known, &wish());
    assert_eq!(told(&plan), [r#"set Address 52 {"assigned_object_type":"dcim.interface","assigned_object_id":12}"#]);
    assert_eq!(plan.skipped[0].why, "db1 eth0 has it");
}

#[test]
fn a_vrf_is_its_name_and_its_distinguisher() {
    let mut known = after();
    known.vrfs[0].rd = Some("64500:2".to_owned());
    let other = plan(&seen(), &known, &wish());
    assert!(told(&other)[0].starts_with("make Vrf"), "{:?}", told(&other));
    let mut bare = seen();
    bare.vrfs[0].rd = None;
    known.vrfs.push(KnownVrf { id: 42, name: "blue".to_owned(), rd: None });
    let unsure = plan(&bare, &known, &wish());
    assert!(unsure.skipped.iter().any(|left| left.what == "VRF blue"), "{:?}", unsure.skipped);
}

#[test]
fn a_device_that_is_nowhere_yet_is_made_with_all_that_it_needs() {
    let mut seen = seen();
    seen.system.model = "DCS-7050TX".to_owned();
    seen.system.object_id = "1.3.6.1.4.1.30065.1.3011".to_owned();
    let mut known = Known::default();
    known.device.name = "sw9".to_owned();
    known.device.new = Some(NewDevice { site: "Lab 2".to_owned(), role: "switch".to_owned(), kind: None });
    known.roles = vec![KnownNamed { id: 5, name: "Switch".to_owned(), slug: "switch".to_owned() }];
    let made = plan(&seen, &known, &wish());
    assert_eq!(
        told(&made)[..5],
        [
            r#"make Site {"name":"Lab 2","slug":"lab-2"}"#,
            r#"make Manufacturer {"name":"Arista","slug":"arista"}"#,
            r#"make DeviceType {"manufacturer":{"$made":"manufacturer:Arista"},"model":"DCS-7050TX","slug":"dcs-7050tx"}"#,
            r#"make Platform {"name":"Arista EOS","slug":"arista_eos"}"#,
            concat!(
                r#"make Device {"name":"sw9","site":{"$made":"site:Lab 2"},"role":5,"device_type":{"$made":"type:DCS-7050TX"},"#,
                r#""status":"active","serial":"FOX1","platform":{"$made":"platform:arista_eos"}}"#
            ),
        ]
    );
    // What it is of is taken where NetBox has it.
    known.types =
        vec![KnownType { id: 9, model: "dcs-7050tx".to_owned(), manufacturer: Some("Arista Networks".to_owned()) }];
    known.platforms = vec![KnownNamed { id: 8, name: "EOS".to_owned(), slug: "arista-eos".to_owned() }];
    known.sites = vec![KnownNamed { id: 3, name: "Lab 2".to_owned(), slug: "lab2".to_owned() }];
    let short = plan(&seen, &known, &wish());
    let device = r#"make Device {"name":"sw9","site":3,"role":5,"device_type":9,"status":"active","serial":"FOX1","platform":8}"#;
    assert_eq!(told(&short)[0], device);
}

#[test]
fn an_address_object_that_a_try_left_is_taken_up() {
    let mut known = after();
    known.interfaces[0].mac = None;
    known.interfaces[0].macs = vec![(61, "00:00:5e:00:53:01".to_owned())];
    let rest = plan(&seen(), &known, &wish());
    assert_eq!(told(&rest), [r#"set Interface 11 {"primary_mac_address":61}"#]);
}

#[test]
fn parts_are_written_when_asked_for_and_cables_between_two_known_ends() {
    use direttore_domain::device::seen::{Module, Neighbour, Protocol};
    let mut seen = seen();
    let part = |name: &str, serial: &str| Module {
        name: name.to_owned(),
        description: String::new(),
        model: "PWR-460AC".to_owned(),
        serial: serial.to_owned(),
        manufacturer: String::new(),
    };
    seen.modules = vec![part("PSU1", "P1"), part("PSU2", "P2")];
    seen.neighbours = vec![Neighbour {
        index: Some(1),
        port: "Gi0/1".to_owned(),
        device: "spine1.lab.example.org".to_owned(),
        chassis: None,
        their_port: "Ethernet7".to_owned(),
        told_by: Protocol::Lldp,
    }];
    let mut known = after();
    let calm = plan(&seen, &known, &wish());
    assert_eq!((calm.changes.len(), calm.skipped.len()), (0, 1), "{calm:?}");
    let asked = Wish { modules: true, cables: true, ..wish() };
    known.items = vec![KnownItem { id: 71, name: "psu2".to_owned(), part: String::new(), serial: String::new() }];
    let alone = plan(&seen, &known, &asked);
    assert_eq!(alone.skipped[0].why, "NetBox has no device spine1.lab.example.org");
    let far = KnownInterface { id: 81, name: "Et7".to_owned(), ..KnownInterface::default() };
    known.peers = vec![KnownPeer { name: "spine1".to_owned(), interfaces: vec![far] }];
    assert_eq!(
        told(&plan(&seen, &known, &asked)),
        [
            r#"make InventoryItem {"device":7,"name":"PSU1","part_id":"PWR-460AC","serial":"P1","description":"","discovered":true}"#,
            r#"set InventoryItem 71 {"serial":"P2","part_id":"PWR-460AC"}"#,
            concat!(
                r#"make Cable {"a_terminations":[{"object_type":"dcim.interface","object_id":11}],"#,
                r#""b_terminations":[{"object_type":"dcim.interface","object_id":81}],"status":"connected"}"#
            ),
        ]
    );
    // Done, it is as it should be; and another cable is somebody's.
    known.items = ["PSU1", "PSU2"]
        .map(|name| KnownItem { id: 71, name: name.to_owned(), part: String::new(), serial: name.replace("SU", "") })
        .to_vec();
    known.interfaces[0].has_cable = true;
    known.interfaces[0].peers = vec![81];
    assert!(plan(&seen, &known, &asked).is_empty());
    known.interfaces[0].peers = vec![99];
    assert_eq!(plan(&seen, &known, &asked).skipped[0].why, "NetBox has another cable there");
}

#[test]
fn what_is_left_out_is_not_looked_at() {
    let without = Part::ALL.map(|(_, part)| part).into_iter().collect();
    let bare = plan(&seen(), &empty(), &Wish { without, ..wish() });
    insta::assert_snapshot!(told(&bare).join("\n"), @r#"
    set Device 7 {"serial":"FOX1"}
    make Interface {"description":"to spine1","speed":1000000,"device":7,"name":"Gi0/1","type":"1000base-t","enabled":true}
    make Interface {"parent":{"$made":"interface:Gi0/1"},"device":7,"name":"Gi0/1.10","type":"virtual","enabled":true}
    "#);
}

#[test]
fn ids_of_what_was_made_are_put_in() {
    let ids = BTreeMap::from([("vlan:10".to_owned(), 31)]);
    let body = json!({ "a": { "$made": "vlan:10" }, "b": [{ "$made": "vlan:10" }, 7], "c": { "d": null } });
    assert_eq!(resolved(&body, &ids), Ok(json!({ "a": 31, "b": [31, 7], "c": { "d": null } })));
    assert_eq!(resolved(&json!({ "$made": "vlan:11" }), &ids), Err("vlan:11".to_owned()));
}

#[test]
fn short_and_long_names_are_one() {
    for (short, long) in [
        ("Gi0/1", "GigabitEthernet0/1"),
        ("Te1/0/1", "TenGigabitEthernet1/0/1"),
        ("Po1", "Port-channel1"),
        ("Et3", "Ethernet3"),
        ("ge-0/0/1", "ge-0/0/1"),
    ] {
        assert_eq!(canonical(short), canonical(long));
    }
    assert_ne!(canonical("Gi0/1"), canonical("Gi0/11"));
    assert_ne!(canonical("Te0/1"), canonical("Gi0/1"));
    assert_eq!(json!({ "a": { "$made": "x" } }).pointer("/a").map(wanted), Some(vec!["x".to_owned()]));
}
