//! What a real NetBox answered, read as rows.

use super::{
    contracts::{Recording, Schema, recording, recordings},
    *,
};
use crate::netbox::{
    Address, AddressFilter, Cluster, CustomField, Device, DeviceFilter, Error, Etag, Interface, Journal, MacAddress,
    MacFilter, NewAddress, NewVm, Prefix, PrefixFilter, Range, RangeFilter, Ref, Site, Source, Tag, Vlan, VlanFilter,
    Vm, VmFilter, VmInterface, Vrf,
    fields::{self, Row},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Reads all objects of an answer; how many there were.
fn read_all<T: Row>(recording: &Recording) -> usize {
    let objects = recording.objects();
    for object in &objects {
        fields::read::<T>(object).map(drop).unwrap_or_else(|e| panic!("{}: {e}", recording.name));
    }
    objects.len()
}

#[test]
fn every_recorded_object_of_a_kind_that_we_know_can_be_read() {
    let Some(recordings) = recordings() else { return };
    let mut read = BTreeMap::<&str, usize>::new();
    for recording in recordings.iter().filter(|r| r.is_success()) {
        let path = recording.request.path.trim_start_matches("/api/").trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        // A short form may leave out what a row cannot be without; it is not what we ask for.
        if ["fields=", "brief="].iter().any(|short| recording.request.query.contains(short)) {
            continue;
        }
        let is_get = recording.request.method == "GET";
        let count = match (parts.first().copied(), parts.get(1).copied(), parts.get(3).copied()) {
            (_, Some("ip-addresses"), None) => read_all::<Address>(recording),
            (_, Some("prefixes" | "ip-ranges"), Some("available-ips")) if !is_get => read_all::<Address>(recording),
            (_, Some("prefixes"), None) => read_all::<Prefix>(recording),
            (_, Some("prefixes"), Some("available-prefixes")) if !is_get => read_all::<Prefix>(recording),
            (_, Some("ip-ranges"), None) => read_all::<Range>(recording),
            (_, Some("vlans"), None) | (_, Some("vlan-groups"), Some("available-vlans")) => read_all::<Vlan>(recording),
            (_, Some("devices"), None) => read_all::<Device>(recording),
            (Some("dcim"), Some("interfaces"), None) => read_all::<Interface>(recording),
            (Some("virtualization"), Some("interfaces"), None) => read_all::<VmInterface>(recording),
            (_, Some("virtual-machines"), None) => read_all::<Vm>(recording),
            (_, Some("mac-addresses"), None) => read_all::<MacAddress>(recording),
            (_, Some("journal-entries"), None) => read_all::<Journal>(recording),
            (_, Some("custom-fields"), None) => read_all::<CustomField>(recording),
            (_, Some("tags"), None) => read_all::<Tag>(recording),
            _ => continue,
        };
        *read.entry(parts[1]).or_default() += count;
    }
    let kinds: Vec<_> = read.keys().copied().collect();
    assert_eq!(
        kinds,
        [
            "custom-fields",
            "devices",
            "interfaces",
            "ip-addresses",
            "ip-ranges",
            "journal-entries",
            "mac-addresses",
            "prefixes",
            "tags",
            "virtual-machines",
            "vlan-groups",
            "vlans"
        ]
    );
    assert!(read.values().sum::<usize>() > 100, "{read:?}");
}

/// A client of a server that has this one answer.
async fn replaying(name: &str) -> Option<(Server, NetBox)> {
    let server = Server::scripted(&[recording(name)?.reply()]).await;
    let netbox = client(&server);
    Some((server, netbox))
}

fn shown(row: &impl Serialize) -> Value {
    serde_json::to_value(row).expect("it is plain data")
}

#[tokio::test]
async fn a_prefix_has_its_vlan_site_and_gateway() {
    let Some((_server, netbox)) = replaying("prefix-detail").await else { return };
    let prefix = netbox.prefix(2).await.expect("a prefix");
    assert_eq!(
        shown(&prefix),
        json!({
            "id": 2, "prefix": "10.0.10.0/24", "vrf": null, "status": "active",
            "vlan": {"id": 1, "vid": 10, "name": "mgmt"},
            "site": {"id": 1, "name": "Lab One", "slug": "lab-1"},
            "tenant": {"id": 1, "name": "NetLab", "slug": "netlab"},
            "role": {"id": 1, "name": "Lab management", "slug": "lab-mgmt"},
            "is_pool": false, "mark_utilized": false, "description": "lab management", "tags": ["lab"],
            "custom": {
                "dns_servers": ["10.0.10.53"],
                "gateway": prefix.custom["gateway"], "gateway_text": "10.0.10.1",
            },
        })
    );
    assert_eq!(prefix.custom["gateway"]["address"], "10.0.10.1/24");
}

#[tokio::test]
async fn an_address_has_its_interface_and_a_tag_of_its_state() {
    let Some((_server, netbox)) = replaying("available-ips-post-assign").await else { return };
    let address = netbox.take_next(Source::Prefix(2), &NewAddress::default()).await.expect("an address");
    assert_eq!(
        shown(&address),
        json!({
            "id": 27, "address": "10.0.10.22/24", "vrf": null, "status": "active", "role": null,
            "dns_name": "sw3.lab.example.org", "description": "",
            "assigned": {
                "object_type": "dcim.interface", "object_id": 17, "name": "Management1",
                "parent": {"id": 5, "name": "sw3", "slug": null},
            },
            "tags": [], "custom": {"reserved_until": null},
        })
    );
    let Some((_server, netbox)) = replaying("etag-get").await else { return };
    let (address, etag) = netbox.address(30).await.expect("an address");
    assert_eq!(address.id, 30);
    assert!(matches!(&etag, Some(Etag(tag)) if tag.starts_with("W/\"2026-11-22T")), "{etag:?}");

    let Some((_server, netbox)) = replaying("ip-list-address").await else { return };
    let found = netbox.addresses(&AddressFilter::default()).await.expect("a list");
    let vrfs: Vec<Option<&str>> = found.iter().map(|a| a.vrf.as_ref().map(|v| v.name.as_str())).collect();
    assert_eq!(vrfs, [None, Some("LAB"), Some("OVERLAP"), Some("OVERLAP")]);
}

#[tokio::test]
async fn a_device_has_all_that_inventory_shows() {
    let Some((_server, netbox)) = replaying("device-detail-full").await else { return };
    let device = netbox.device(1).await.expect("a device");
    let named = |of: &Option<Ref>| of.as_ref().map(|r| r.name.clone()).unwrap_or_default();
    let names =
        [&device.kind, &device.manufacturer, &device.role, &device.site, &device.rack, &device.platform].map(named);
    assert_eq!(names, ["C8000V", "Cisco", "Router", "Lab One", "R1", "Cisco IOS-XE"]);
    assert_eq!((device.name.as_deref(), device.display.as_str()), (Some("r1"), "r1 (A-1)"));
    assert_eq!((device.serial.as_str(), device.asset_tag.as_deref()), ("9ABC", Some("A-1")));
    let addresses = [device.primary_ip4, device.primary_ip6].map(|a| a.map(|a| a.address.to_string()));
    assert_eq!(addresses, [Some("10.0.10.11/24".to_owned()), Some("2001:db8:10::11/64".to_owned())]);
    assert_eq!(device.custom["ssh_port"], 2222);
    assert_eq!(device.config_context.expect("it is in the detail")["syslog"]["port"], 514);

    let Some((server, netbox)) = replaying("devices-exclude-config-context").await else { return };
    let listed = netbox.devices(&DeviceFilter::default()).await;
    // The recording is one page of several, always the same.
    assert!(matches!(listed, Err(Error::Garbage { .. })), "{listed:?}");
    assert_eq!(server.lines()[0], "GET /api/dcim/devices/?exclude=config_context&omit=config_context&limit=1000");

    let Some((_server, netbox)) = replaying("interfaces-of-device").await else { return };
    let interfaces = netbox.interfaces(1).await.expect("a list");
    let first = &interfaces[0];
    assert_eq!((first.name.as_str(), first.kind.as_deref()), ("GigabitEthernet1", Some("1000base-t")));
    assert_eq!((first.mac.as_deref(), first.mtu, first.is_enabled), (Some("00:11:22:33:44:55"), Some(9000), true));
    assert_eq!(first.peers, ["sw1 Ethernet1"]);
}

#[tokio::test]
async fn a_vm_and_its_parts() {
    let Some((_server, netbox)) = replaying("vm-set-primary").await else { return };
    let (vm, etag) = netbox.vm(1).await.expect("a VM");
    assert!(etag.is_some());
    assert_eq!((vm.vcpus, vm.memory, vm.disk), (Some(2.0), Some(4096), Some(32000)));
    assert_eq!(
        (vm.name.as_str(), vm.status.as_str(), vm.tags.as_slice()),
        ("vm42", "active", &["direttore-managed".to_owned()][..])
    );
    assert_eq!(vm.cluster.map(|c| c.name).as_deref(), Some("pve-lab"));
    assert_eq!(vm.device.map(|d| d.name).as_deref(), Some("pve1"));
    assert_eq!(vm.primary_ip4.map(|a| (a.id, a.address.to_string())), Some((47, "10.0.10.23/24".to_owned())));
    assert_eq!(vm.primary_ip6.map(|a| a.id), Some(48));
    assert_eq!(vm.custom["proxmox_vmid"], 142);

    let Some((_server, netbox)) = replaying("vm-create").await else { return };
    let new = netbox.create_vm(&NewVm { name: "vm42".into(), ..NewVm::default() }).await.expect("a VM");
    assert_eq!((new.status.as_str(), new.primary_ip4), ("planned", None));

    let Some(primary) = recording("vminterface-primary-mac") else { return };
    let interface: VmInterface = fields::read(&primary.response.body).expect("an interface");
    assert_eq!(
        shown(&interface),
        json!({
            "id": 1, "vm": {"id": 1, "name": "vm42", "slug": null}, "name": "net0", "is_enabled": true,
            "mac": "BC:24:11:AA:BB:CC", "description": "vmbr0", "untagged_vlan": {"id": 1, "vid": 10, "name": "mgmt"},
        })
    );
    let Some(mac) = recording("mac-create") else { return };
    let mac: MacAddress = fields::read(&mac.response.body).expect("a MAC address");
    assert_eq!(shown(&mac), json!({"id": 2, "mac": "BC:24:11:AA:BB:CC", "interface": 1, "description": ""}));
}

#[tokio::test]
async fn what_is_free_comes_as_a_plain_list() {
    let Some((server, netbox)) = replaying("available-ips-get-v4").await else { return };
    let free: Vec<String> = netbox.available_ips(2, 5).await.expect("a list").iter().map(ToString::to_string).collect();
    assert_eq!(free.len(), 5);
    assert!(free.iter().all(|a| a.starts_with("10.0.10.") && a.ends_with("/24")), "{free:?}");
    assert_eq!(server.lines(), ["GET /api/ipam/prefixes/2/available-ips/?limit=5"]);
    let Some((_server, netbox)) = replaying("ip-range-available-get-populated").await else { return };
    assert_eq!(netbox.range_available_ips(2, 5).await, Ok(vec![]));
    let Some((_server, netbox)) = replaying("available-prefixes-get").await else { return };
    let free = netbox.available_prefixes(1).await.expect("a list");
    assert_eq!(free[0].to_string(), "10.0.0.0/21");
}

#[tokio::test]
async fn the_smaller_things() {
    let Some((_server, netbox)) = replaying("status").await else { return };
    let status = netbox.status().await.expect("a status");
    assert_eq!((status.version.as_str(), status.workers, status.release()), ("4.6.8", Some(1), Some((4, 6))));

    let Some((_server, netbox)) = replaying("authentication-check").await else { return };
    let who = netbox.whoami().await.expect("an answer").expect("this release tells");
    assert_eq!((who.user.as_str(), who.is_superuser, who.permissions.len()), ("direttore-bot", None, 2));
    assert!(who.is_allowed("ipam.ipaddress", "add") && who.is_allowed("ipam.prefix", "view"));
    assert!(!who.is_allowed("ipam.prefix", "add") && !who.is_allowed("ipam.ipaddress", "delete"));

    let Some((_server, netbox)) = replaying("ip-range-list").await else { return };
    let ranges = netbox.ranges(&RangeFilter::default()).await.expect("a list");
    assert_eq!(
        shown(&ranges[0]),
        json!({
            "id": 2, "start": "10.0.10.2/24", "end": "10.0.10.10/24", "vrf": null, "status": "active",
            "mark_populated": true, "mark_utilized": false, "description": "populated: never handed out",
        })
    );
    let Some((_server, netbox)) = replaying("vlans-list").await else { return };
    let vlans = netbox.vlans(&VlanFilter::default()).await.expect("a list");
    assert_eq!(vlans.iter().map(|v| v.vid.get()).collect::<Vec<_>>(), [10, 11, 30]);
    assert_eq!(vlans[0].group.as_ref().map(|g| g.name.as_str()), Some("lab-1 vlans"));

    let Some((_server, netbox)) = replaying("journal-create").await else { return };
    let entry = netbox.create_journal("virtualization.virtualmachine", 1, "success", "x").await.expect("an entry");
    assert_eq!((entry.kind.as_str(), entry.created_by.map(|u| u.id)), ("success", Some(1)));
    let Some((_server, netbox)) = replaying("tag-create").await else { return };
    let tag = netbox.create_tag("Direttore", "direttore", "00bcd4", "").await.expect("a tag");
    assert_eq!(tag, Tag { id: 4, name: "Direttore".into(), slug: "direttore".into() });
    let Some((_server, netbox)) = replaying("mac-after-vm-delete").await else { return };
    assert_eq!(netbox.macs(&MacFilter::default()).await, Ok(vec![]));
}

/// Kinds of which there is no recording of their own: what is read must at least be in the schema.
#[test]
fn what_was_not_recorded_is_as_the_schema_says() {
    let Some(schema) = Schema::load() else { return };
    let brief = json!({"id": 7, "name": "Seven", "slug": "seven"});
    for (name, object) in [
        ("VRF", json!({"id": 1, "name": "blue", "rd": null, "enforce_unique": false})),
        ("Site", json!({"id": 1, "name": "Lab", "slug": "lab", "status": {"value": "active", "label": "Active"}})),
        ("Cluster", json!({"id": 1, "name": "lab", "type": brief, "scope_type": "dcim.site", "scope": brief})),
        ("ConfigContext", json!({"id": 1, "name": "ntp"})),
        ("IPRange", json!({"id": 1, "start_address": "10.0.0.1/24", "end_address": "10.0.0.2/24"})),
        ("Prefix", json!({"id": 1, "prefix": "10.0.0.0/24", "scope_type": null, "scope": null})),
    ] {
        let odd: Vec<_> = object
            .as_object()
            .expect("it is one")
            .keys()
            .filter(|k| schema.fields(name).get(k.as_str()).is_none())
            .collect();
        assert!(odd.is_empty(), "{name}: {odd:?}");
        match name {
            "VRF" => assert_eq!(shown(&fields::read::<Vrf>(&object).expect("one")), object),
            "Site" => assert_eq!(fields::read::<Site>(&object).expect("one").status, "active"),
            "Cluster" => {
                let cluster = fields::read::<Cluster>(&object).expect("one");
                assert_eq!((cluster.kind, cluster.site.map(|s| s.id)), (fields::read(&brief).ok(), Some(7)));
            }
            "ConfigContext" => assert_eq!(fields::read::<Ref>(&object).expect("one").name, "ntp"),
            "IPRange" => assert!(!fields::read::<Range>(&object).expect("one").mark_populated),
            _ => assert_eq!(fields::read::<Prefix>(&object).expect("one").site, None),
        }
    }
}

#[tokio::test]
async fn other_releases_are_read_too() {
    // Fields that are not there, choices that are bare, numbers as text, and what nobody knows yet.
    let prefix = json!({"id": 1, "prefix": "2001:DB8::/32", "status": "active", "tags": ["lab"], "new": {"a": [1]}});
    let server = Server::scripted(&[page(std::slice::from_ref(&prefix), None, 1)]).await;
    let found = client(&server).prefixes(&PrefixFilter::default()).await.expect("a list");
    assert_eq!((found[0].prefix.to_string(), found[0].status.as_str()), ("2001:db8::/32".to_owned(), "active"));
    let vm =
        json!({"id": 1, "name": "a", "vcpus": "2.00", "memory": 1024.0, "status": {"value": "active", "label": "A"}});
    let server = Server::scripted(&[page(&[vm], None, 1)]).await;
    let found = client(&server).vms(&VmFilter::default()).await.expect("a list");
    assert_eq!((found[0].vcpus, found[0].memory, found[0].disk), (Some(2.0), Some(1024), None));
    // An address that no interface of ours can have.
    let macs = [
        json!({"id": 1, "mac_address": "01:00:5E:00:00:01", "assigned_object_type": null}),
        json!({"id": 2, "mac_address": "BC:24:11:00:00:01", "assigned_object_type": "dcim.interface", "assigned_object_id": 3}),
    ];
    let server = Server::scripted(&[page(&macs, None, 2)]).await;
    let found = client(&server).macs(&MacFilter::default()).await.expect("a list");
    assert_eq!(found.iter().map(|m| (m.id, m.interface)).collect::<Vec<_>>(), [(2, None)]);
}
