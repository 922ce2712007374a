//! The lab of the demo, which the simulated Proxmox runs: ten of its guests are written down here, the others are not.

use super::World;
use serde_json::{Value, json};

/// Names of VLANs with their numbers, which are the third part of the addresses times ten.
const VLANS: [(&str, u64, u64); 3] = [("servers", 100, 10), ("lab", 200, 20), ("dmz", 300, 30)];

/// Name, VMID, node, last part of its address, cores, MB of memory, tag: guests of the simulated Proxmox.
type Guest = (&'static str, u32, u64, u64, u64, u64, &'static str);

/// The seed of the demo's Proxmox, from which hardware addresses follow.
const LAB_SEED: u64 = 1;
/// Those of them that are containers: their interface is called otherwise.
const CONTAINERS: [u32; 2] = [100, 110];

const GUESTS: [Guest; 10] = [
    ("dns1", 100, 1, 20, 1, 1024, "infra"),
    ("web1", 101, 2, 21, 1, 4096, "web"),
    ("web2", 102, 3, 22, 2, 2048, "web"),
    ("db1", 103, 1, 23, 4, 4096, "db"),
    ("gitlab", 108, 3, 24, 2, 2048, "ci"),
    ("vault", 109, 1, 25, 2, 4096, "security"),
    ("grafana", 110, 2, 26, 4, 8192, "monitoring"),
    ("prometheus", 111, 3, 27, 2, 4096, "monitoring"),
    ("mail", 113, 2, 28, 2, 8192, "infra"),
    // Somebody gave it a core more and did not write it down.
    ("bastion", 116, 2, 29, 3, 1024, "security"),
];

pub fn build(world: &mut World) {
    let tags = ["infra", "web", "db", "ci", "security", "monitoring", "gateway"];
    for slug in tags {
        world.make("extras.tag", json!({"name": slug, "slug": slug}));
    }
    world.make(
        "extras.customfield",
        json!({"name": "gateway", "type": "text", "label": "Gateway", "object_types": ["ipam.prefix"]}),
    );
    let tenant = world.make("tenancy.tenant", json!({"name": "Lab", "slug": "lab"}));
    let site = world.make("dcim.site", json!({"name": "lab", "slug": "lab", "tenant": tenant}));
    world.make("dcim.location", json!({"name": "Room 1", "slug": "room-1", "site": site}));
    let roles = world.make("ipam.role", json!({"name": "Guests", "slug": "guests"}));
    networks(world, site, roles);
    let cluster = cluster(world, site);
    devices(world, site, cluster);
    guests(world, cluster);
}

fn networks(world: &mut World, site: u64, role: u64) {
    let scope = |mut body: Value| {
        body["scope_type"] = json!("dcim.site");
        body["scope_id"] = json!(site);
        body
    };
    let group = world
        .make("ipam.vlangroup", scope(json!({"name": "lab VLANs", "slug": "lab-vlans", "vid_ranges": [[100, 399]]})));
    world.make("ipam.prefix", scope(json!({"prefix": "10.0.0.0/16", "status": "container"})));
    for (name, vid, third) in VLANS {
        let vlan = world.make("ipam.vlan", json!({"name": name, "vid": vid, "group": group}));
        let first = name == "servers";
        for prefix in [format!("10.0.{third}.0/24"), format!("2001:db8:{third}::/64")] {
            let gateway = if prefix.contains(':') { "2001:db8:10::1" } else { "10.0.10.1" };
            world.make(
                "ipam.prefix",
                scope(json!({
                    "prefix": prefix, "vlan": vlan, "role": role, "description": name,
                    "custom_fields": {"gateway": first.then_some(gateway)},
                })),
            );
        }
    }
    world.make("ipam.prefix", scope(json!({"prefix": "10.0.20.128/25", "description": "kept apart in lab"})));
    world.make(
        "ipam.prefix",
        scope(json!({"prefix": "10.0.40.0/24", "status": "reserved", "description": "for later"})),
    );
    world.make("ipam.prefix", scope(json!({"prefix": "10.0.99.0/29", "description": "full"})));
    for host in 1..=6 {
        world.make("ipam.ipaddress", json!({"address": format!("10.0.99.{host}/29")}));
    }
    world.make(
        "ipam.ipaddress",
        json!({"address": "10.0.20.1/24", "description": "router of lab", "tags": [{"slug": "gateway"}]}),
    );
    world.make(
        "ipam.iprange",
        json!({"start_address": "10.0.10.100/24", "end_address": "10.0.10.149/24", "description": "DHCP pool"}),
    );
    let blue = world.make(
        "ipam.vrf",
        json!({"name": "blue", "rd": "65000:10", "enforce_unique": false, "description": "copies of production"}),
    );
    world.make("ipam.prefix", json!({"prefix": "10.0.10.0/24", "vrf": blue, "description": "servers, copied"}));
}

fn cluster(world: &mut World, site: u64) -> u64 {
    let kind = world.make("virtualization.clustertype", json!({"name": "Proxmox VE", "slug": "proxmox-ve"}));
    world.make(
        "virtualization.cluster",
        json!({"name": "lab", "type": kind, "scope_type": "dcim.site", "scope_id": site}),
    )
}

/// Name, role, maker and model, platform, last part of its address.
type Device = (Option<&'static str>, &'static str, (&'static str, &'static str), Option<&'static str>, Option<u64>);

const DEVICES: [Device; 10] = [
    (Some("sw1"), "Switch", ("Arista", "DCS-7050TX"), Some("Arista EOS"), Some(2)),
    (Some("sw2"), "Switch", ("Juniper", "EX3400-48T"), Some("Junos"), Some(3)),
    (Some("sw3"), "Switch", ("Cisco", "C9200-24T"), Some("Cisco IOS"), Some(4)),
    (Some("fw1"), "Firewall", ("Juniper", "SRX300"), Some("Junos"), Some(5)),
    (Some("pdu1"), "PDU", ("APC", "AP8941"), None, Some(6)),
    (Some("ups1"), "UPS", ("APC", "SMT1500"), None, Some(7)),
    (Some("pve1"), "Hypervisor", ("Supermicro", "SYS-510D"), Some("Linux"), Some(11)),
    (Some("pve2"), "Hypervisor", ("Supermicro", "SYS-510D"), Some("Linux"), Some(12)),
    (Some("pve3"), "Hypervisor", ("Supermicro", "SYS-510D"), Some("Linux"), Some(13)),
    (None, "Switch", ("Arista", "DCS-7050TX"), None, None),
];

fn slug(text: &str) -> String {
    text.to_lowercase().replace(' ', "-")
}

/// The platforms' slugs are those that programs for network devices use.
fn platform_named(world: &mut World, name: &str, more: Value) -> u64 {
    let platform = named(world, "dcim.platform", "name", name, more);
    let slug = match name {
        "Arista EOS" => "arista_eos",
        "Junos" => "juniper_junos",
        "Cisco IOS" => "cisco_ios",
        _ => return platform,
    };
    amend(world, "dcim.platform", platform, json!({"slug": slug}));
    platform
}

/// The object of that name, made when it is not there yet.
fn named(world: &mut World, kind: &str, field: &str, name: &str, more: Value) -> u64 {
    if let Some((id, _)) = world.find(kind, |o| o.text(field) == name) {
        return id;
    }
    let mut body = more;
    body[field] = json!(name);
    body["slug"] = json!(slug(name));
    world.make(kind, body)
}

fn devices(world: &mut World, site: u64, cluster: u64) {
    let template = world.make(
        "extras.configtemplate",
        json!({
            "name": "base", "description": "names and clocks",
            "template_code": "hostname {{ device.name }}\n{% for server in ntp_servers %}\nntp server {{ server }}\n{% endfor %}\n",
        }),
    );
    world.make("extras.configcontext", json!({"name": "lab", "data": {"ntp_servers": ["10.0.10.1"], "bgp": {"asn": 65010}, "syslog_servers": ["10.0.10.27"]}, "sites": [site]}));
    for (name, role, (maker, model), platform, host) in DEVICES {
        let maker = named(world, "dcim.manufacturer", "name", maker, json!({}));
        let kind = named(world, "dcim.devicetype", "model", model, json!({"manufacturer": maker}));
        let role = named(world, "dcim.devicerole", "name", role, json!({}));
        let platform = platform.map(|p| {
            let template = (p == "Arista EOS").then_some(template);
            platform_named(world, p, json!({"config_template": template}))
        });
        let is_node = name.is_some_and(|n| n.starts_with("pve"));
        let device = world.make(
            "dcim.device",
            json!({
                "name": name, "device_type": kind, "role": role, "site": site, "platform": platform,
                "cluster": is_node.then_some(cluster),
                "local_context_data": (name == Some("sw1")).then(|| json!({"banner": "the lab's first switch"})),
            }),
        );
        let port = match (is_node, name) {
            (true, _) => "eno1",
            (false, Some("sw2")) => "me0",
            (false, Some("sw3")) => "GigabitEthernet0/0",
            (false, _) => "Management1",
        };
        let interface = world.make("dcim.interface", json!({"device": device, "name": port, "type": "1000base-t"}));
        let (Some(host), Some(name)) = (host, name) else { continue };
        let address = assign(world, &format!("10.0.10.{host}/24"), "dcim.interface", interface, name);
        let body = json!({"primary_ip4": address});
        amend(world, "dcim.device", device, body);
    }
    super::switches::build(world);
}

pub fn assign(world: &mut World, address: &str, kind: &str, interface: u64, name: &str) -> u64 {
    world.make(
        "ipam.ipaddress",
        json!({
            "address": address, "assigned_object_type": kind, "assigned_object_id": interface,
            "dns_name": format!("{name}.lab.example.org"),
        }),
    )
}

pub fn amend(world: &mut World, kind: &str, id: u64, body: Value) {
    let model = super::table::model(kind).unwrap_or_else(|| panic!("no model {kind}"));
    let Value::Object(body) = body else { panic!("not an object: {body}") };
    match world.redraft(model, id, super::super::world::Write::Some, &body) {
        Ok(object) => world.replace(model, id, object),
        Err(why) => panic!("{kind} {id}: {why}"),
    }
}

fn guests(world: &mut World, cluster: u64) {
    let role = named(world, "dcim.devicerole", "name", "Guest", json!({}));
    for (name, vmid, node, host, cores, memory, tag) in GUESTS {
        let node = world.find("dcim.device", |d| d.text("name") == format!("pve{node}")).map(|(id, _)| id);
        let machine = "virtualization.virtualmachine";
        let vm = world.make(
            machine,
            json!({
                "name": name, "cluster": cluster, "device": node, "role": role, "vcpus": cores, "memory": memory,
                "status": "active", "tags": [{"slug": tag}],
            }),
        );
        let kind = "virtualization.vminterface";
        let interface = world.make(
            kind,
            json!({"virtual_machine": vm, "name": if CONTAINERS.contains(&vmid) { "eth0" } else { "net0" }}),
        );
        let mac = world.make(
            "dcim.macaddress",
            json!({
                "mac_address": crate::world::mac(LAB_SEED, vmid, "net0"), "assigned_object_type": kind,
                "assigned_object_id": interface,
            }),
        );
        amend(world, kind, interface, json!({"primary_mac_address": mac}));
        let v4 = assign(world, &format!("10.0.10.{host}/24"), kind, interface, name);
        let v6 = assign(world, &format!("2001:db8:10::{host:x}/64"), kind, interface, name);
        amend(world, machine, vm, json!({"primary_ip4": v4, "primary_ip6": v6}));
    }
}
