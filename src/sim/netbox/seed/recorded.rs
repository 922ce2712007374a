//! The lab on which the real NetBox was recorded, so that its recordings can be played against this one. The tokens are
//! those of the recordings, thrown away with the server they opened.

use super::{BOT, World, demo::amend};
use crate::netbox::world::{Permission, User};
use serde_json::{Value, json};

pub fn build(world: &mut World) {
    users(world);
    extras(world);
    places(world);
    devices(world);
    networks(world);
    addresses(world);
}

fn users(world: &mut World) {
    let permission =
        |id: u64, name: &str, action: &str, kinds: &[&str], constraint: Option<(String, Value)>| Permission {
            id,
            name: name.into(),
            kinds: kinds.iter().map(|k| (*k).to_owned()).collect(),
            actions: vec![action.into()],
            constraint,
        };
    let user = |name: &str, permissions: Vec<Permission>| User {
        password: format!("throwaway-{name}"),
        is_superuser: name == "admin",
        permissions,
    };
    let seen = &[
        "dcim.interface",
        "dcim.device",
        "dcim.site",
        "ipam.prefix",
        "ipam.ipaddress",
        "ipam.vlan",
        "virtualization.cluster",
        "virtualization.virtualmachine",
        "virtualization.vminterface",
    ];
    let reserved = Some(("status".to_owned(), json!("reserved")));
    let of_bot = vec![
        permission(3, "bot: add IPs with status reserved only", "add", &["ipam.ipaddress"], reserved),
        permission(2, "bot: read", "view", seen, None),
    ];
    let admin = world.add_user("admin", user("admin", Vec::new()));
    let bot = world.add_user(BOT, user(BOT, of_bot));
    let viewer = world.add_user("viewer", user("viewer", vec![permission(1, "viewer: read", "view", seen, None)]));
    let nobody = world.add_user("nobody", user("nobody", Vec::new()));
    world.writer.user = admin;
    let tokens = [
        (admin, "AdminThrow01", "ThrowawayAdminTokenThrowawayAdminToken01", json!({})),
        (bot, "BotThrowaw01", "ThrowawayBotTokenThrowawayBotTokenThrow1", json!({})),
        (viewer, "ViewerThrw01", "ThrowawayViewerTokenThrowawayViewerTok01", json!({})),
        (nobody, "NobodyThrw01", "ThrowawayNobodyTokenThrowawayNobodyTok01", json!({})),
        (admin, "ReadonlyTh01", "ThrowawayReadonlyTokenThrowawayReadonl01", json!({"write_enabled": false})),
        (admin, "ExpiredThr01", "ThrowawayExpiredTokenThrowawayExpiredT01", json!({"expires": "2020-01-01T00:00:00Z"})),
        (admin, "DisabledTh01", "ThrowawayDisabledTokenThrowawayDisable01", json!({"enabled": false})),
        (admin, "IpLimitedT01", "ThrowawayIpLimitedTokenThrowawayIpLimi01", json!({"allowed_ips": ["192.0.2.0/24"]})),
    ];
    for (user, key, secret, more) in tokens {
        world.add_token(user, Some(key.into()), secret.into(), &more);
    }
    world.add_token(admin, None, "0123456789abcdef0123456789abcdef01234567".into(), &json!({}));
}

fn extras(world: &mut World) {
    for (name, color) in [("lab", "2196f3"), ("direttore-managed", "4caf50"), ("reserved", "ff9800")] {
        world.make("extras.tag", json!({"name": name, "slug": name, "color": color}));
    }
    let modes = world.make(
        "extras.customfieldchoiceset",
        json!({"name": "config-mode", "extra_choices": [["cli", "CLI"], ["netconf", "NETCONF"], ["none", "None"]]}),
    );
    let (device, prefix, vm) = ("dcim.device", "ipam.prefix", "virtualization.virtualmachine");
    let fields = [
        json!({"name": "config_mode", "type": "select", "object_types": [device], "choice_set": modes, "default": "cli"}),
        json!({
            "name": "ssh_port", "type": "integer", "object_types": [device], "default": 22, "validation_minimum": 1,
            "validation_maximum": 65535,
        }),
        json!({"name": "reserved_until", "type": "datetime", "object_types": [device, "ipam.ipaddress", vm]}),
        json!({
            "name": "gateway", "type": "object", "object_types": [prefix], "related_object_type": "ipam.ipaddress",
        }),
        json!({"name": "gateway_text", "type": "text", "object_types": [prefix]}),
        json!({"name": "dns_servers", "type": "json", "object_types": [prefix]}),
        json!({"name": "proxmox_vmid", "type": "integer", "object_types": [vm], "unique": true}),
        json!({"name": "proxmox_node", "type": "text", "object_types": [vm]}),
        json!({"name": "direttore_url", "type": "url", "object_types": [vm]}),
    ];
    for field in fields {
        world.make("extras.customfield", field);
    }
    world.make(
        "extras.webhook",
        json!({
            "name": "direttore", "payload_url": "http://127.0.0.1:18990/hook", "secret": "throwaway-webhook-secret",
        }),
    );
    let base = "hostname {{ device.name }}\n\
        {% for server in ntp_servers %}\nntp server {{ server }}\n{% endfor %}\n\
        {% for port in device.interfaces %}\n{% if port.ip_addresses %}\ninterface {{ port.name }}\n description {{ port.description }}\n\
        {% for ip in port.ip_addresses %}\n ip address {{ ip.address }}\n{% endfor %}\n{% endif %}\n{% endfor %}\n\
        banner motd {{ banner }}\n";
    world.make("extras.configtemplate", json!({"name": "base", "template_code": base}));
    world.make("extras.configtemplate", json!({"name": "broken", "template_code": "{{ device.nope.deeper }}"}));
}

fn places(world: &mut World) {
    world.make("tenancy.tenant", json!({"name": "NetLab", "slug": "netlab"}));
    world.make("dcim.site", json!({"name": "Lab One", "slug": "lab-1"}));
    world.make("dcim.site", json!({"name": "Lab Two", "slug": "lab-2"}));
    world.make("dcim.location", json!({"name": "Room 101", "slug": "room-101", "site": 1}));
    world.make("dcim.rack", json!({"name": "R1", "site": 1, "location": 1}));
    for name in ["Cisco", "Arista", "Juniper", "Generic"] {
        world.make("dcim.manufacturer", json!({"name": name, "slug": name.to_lowercase()}));
    }
    for (maker, model) in [(1, "C8000V"), (2, "vEOS"), (3, "vJunos"), (4, "PVE-Node")] {
        let slug = model.to_lowercase();
        world.make("dcim.devicetype", json!({"manufacturer": maker, "model": model, "slug": slug}));
        if model == "vEOS" {
            world.set("dcim.devicetype", maker, "ports", json!(["Ethernet1", "Ethernet2", "Ethernet3", "Management1"]));
        }
    }
    let roles =
        [("Router", "router", "f44336"), ("Switch", "switch", "2196f3"), ("Hypervisor", "hypervisor", "4caf50")];
    for (name, slug, color) in roles {
        world.make("dcim.devicerole", json!({"name": name, "slug": slug, "color": color, "vm_role": false}));
    }
    world.make("dcim.devicerole", json!({"name": "Lab VM", "slug": "lab-vm"}));
    world.make("dcim.platform", json!({"name": "Cisco IOS-XE", "slug": "cisco-ios-xe", "config_template": 1}));
    for (name, slug) in [("Arista EOS", "arista-eos"), ("Junos", "junos"), ("Linux", "linux")] {
        world.make("dcim.platform", json!({"name": name, "slug": slug}));
    }
    world.make("virtualization.clustertype", json!({"name": "Proxmox VE", "slug": "proxmox-ve"}));
    let cluster = json!({"name": "pve-lab", "type": 1, "scope_type": "dcim.site", "scope_id": 1});
    world.make("virtualization.cluster", cluster);
    let contexts = [
        json!({
            "name": "global", "weight": 100,
            "data": {"syslog": {"host": "192.0.2.9", "port": 514}, "ntp_servers": ["192.0.2.1"]},
        }),
        json!({"name": "lab-1", "weight": 500, "sites": [1], "data": {"ntp_servers": ["10.0.10.1", "10.0.10.2"]}}),
        json!({"name": "switches", "roles": [2], "data": {"stp": {"mode": "mstp"}}}),
    ];
    for context in contexts {
        world.make("extras.configcontext", context);
    }
}

fn devices(world: &mut World) {
    let device = |name: &str, kind: u64, role: u64, site: u64, platform: Option<u64>| json!({"name": name, "device_type": kind, "role": role, "site": site, "platform": platform});
    let mut r1 = device("r1", 1, 1, 1, Some(1));
    let more = json!({
        "asset_tag": "A-1", "serial": "9ABC", "tenant": 1, "location": 1, "rack": 1, "position": 10, "face": "front",
        "local_context_data": {"banner": "lab only"}, "tags": [1], "custom_fields": {"ssh_port": 2222},
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        r1[name] = value.clone();
    }
    let mut sw2 = device("sw2", 2, 2, 1, Some(2));
    sw2["status"] = json!("planned");
    let rest = [
        (r1, vec!["GigabitEthernet1", "GigabitEthernet2"]),
        (device("r2", 3, 1, 1, Some(3)), vec!["ge-0/0/0", "ge-0/0/1", "fxp0"]),
        // The switches have theirs from their type.
        (device("sw1", 2, 2, 1, Some(2)), vec![]),
        (sw2, vec![]),
        (device("sw3", 2, 2, 2, Some(2)), vec![]),
        (device("pve1", 4, 3, 1, Some(4)), vec!["eno1", "eno2"]),
        (device("pve2", 4, 3, 1, Some(4)), vec!["eno1", "eno2"]),
        (device("console1", 4, 3, 2, None), vec!["eno1", "eno2"]),
    ];
    for (body, ports) in rest {
        let is_node = body["name"].as_str().is_some_and(|n| n.starts_with("pve"));
        let id = world.make("dcim.device", body);
        if is_node {
            amend(world, "dcim.device", id, json!({"cluster": 1, "tenant": 1, "tags": [1]}));
        }
        for port in ports {
            world.make("dcim.interface", json!({"device": id, "name": port, "type": "1000base-t"}));
        }
    }
    let item = json!({"device": 1, "name": "PSU0", "manufacturer": 1, "part_id": "PWR-1", "serial": "PSU123"});
    world.make("dcim.inventoryitem", item);
    let mac = json!({
        "mac_address": "00:11:22:33:44:55", "assigned_object_type": "dcim.interface", "assigned_object_id": 1,
    });
    world.make("dcim.macaddress", mac);
    let port = json!({"primary_mac_address": 1, "mtu": 9000, "description": "to sw1"});
    amend(world, "dcim.interface", 1, port);
    for (label, a, b) in [("r1-sw1", 1, 6), ("r2-sw1", 3, 7), ("sw1-pve1", 8, 18)] {
        let id = world.make("dcim.cable", json!({"label": label, "type": "cat6"}));
        world.set("dcim.cable", id, "a", a);
        world.set("dcim.cable", id, "b", b);
    }
}

fn networks(world: &mut World) {
    world.make("ipam.role", json!({"name": "Lab management", "slug": "lab-mgmt"}));
    world.make("ipam.role", json!({"name": "Lab tenants", "slug": "lab-tenants"}));
    world.make("ipam.vrf", json!({"name": "LAB", "rd": "65000:1"}));
    world.make("ipam.vrf", json!({"name": "OVERLAP", "rd": "65000:2", "enforce_unique": false}));
    world.make("ipam.vlangroup", json!({"name": "lab-1 vlans", "slug": "lab-1-vlans", "vid_ranges": [[10, 29]]}));
    world.make("ipam.vlan", json!({"name": "mgmt", "vid": 10, "group": 1}));
    world.make("ipam.vlan", json!({"name": "tenants", "vid": 11, "group": 1}));
    world.make("ipam.vlan", json!({"name": "global-30", "vid": 30}));
    let prefixes = [
        json!({"prefix": "10.0.0.0/16", "status": "container"}),
        json!({
            "prefix": "10.0.10.0/24", "role": 1, "vlan": 1, "tenant": 1, "scope_type": "dcim.site", "scope_id": 1,
            "tags": [1], "description": "lab management",
        }),
        json!({"prefix": "10.0.20.0/24", "is_pool": true, "role": 2}),
        json!({"prefix": "10.0.30.0/30"}),
        json!({"prefix": "10.0.31.0/31"}),
        json!({"prefix": "10.0.32.0/32"}),
        json!({"prefix": "10.0.33.0/29"}),
        json!({"prefix": "10.0.34.0/29", "mark_utilized": true}),
        json!({"prefix": "10.0.35.0/24", "status": "reserved"}),
        json!({"prefix": "10.0.36.0/24", "status": "deprecated"}),
        json!({"prefix": "10.0.40.0/24"}),
        json!({"prefix": "10.0.41.0/24"}),
        json!({"prefix": "10.0.42.0/27"}),
        json!({"prefix": "10.0.10.0/24", "vrf": 1}),
        json!({"prefix": "2001:db8::/32", "status": "container"}),
        json!({"prefix": "2001:db8:10::/64", "role": 1, "vlan": 1, "scope_type": "dcim.site", "scope_id": 1}),
        json!({"prefix": "2001:db8:20::/64", "is_pool": true}),
        json!({"prefix": "2001:db8:30::/126"}),
        json!({"prefix": "2001:db8:31::/127"}),
        json!({"prefix": "2001:db8:32::1/128"}),
        json!({"prefix": "2001:db8:33::/120"}),
        json!({"prefix": "2001:db8:40::/64"}),
        json!({"prefix": "10.0.50.0/24"}),
        json!({"prefix": "10.0.50.0/25"}),
    ];
    for prefix in prefixes {
        world.make("ipam.prefix", prefix);
    }
    let pool = json!({
        "start_address": "10.0.10.200/24", "end_address": "10.0.10.209/24", "description": "DHCP-ish, not populated",
    });
    world.make("ipam.iprange", pool);
    let populated = json!({
        "start_address": "10.0.10.2/24", "end_address": "10.0.10.10/24", "mark_populated": true,
        "description": "populated: never handed out",
    });
    world.make("ipam.iprange", populated);
}

fn addresses(world: &mut World) {
    let on = |address: &str, interface: Option<u64>, name: &str| {
        json!({
            "address": address, "assigned_object_type": interface.map(|_| "dcim.interface"),
            "assigned_object_id": interface,
            "dns_name": if name.is_empty() { String::new() } else { format!("{name}.lab.example.org") },
        })
    };
    let mut gateways = [on("10.0.10.1/24", None, ""), on("2001:db8:10::1/64", None, "")];
    for gateway in &mut gateways {
        gateway["description"] = json!("gateway");
    }
    let rest = [
        on("10.0.10.11/24", Some(1), "r1"),
        on("2001:db8:10::11/64", Some(1), "r1"),
        on("10.0.10.12/24", Some(5), "r2"),
        on("10.0.10.13/24", Some(9), "sw1"),
        on("2001:db8:10::13/64", Some(9), "sw1"),
        on("10.0.10.14/24", Some(13), "sw2"),
        on("10.0.10.15/24", Some(18), "pve1"),
        on("10.0.10.16/24", Some(20), "pve2"),
        on("10.0.30.1/30", None, ""),
        on("10.0.30.2/30", None, ""),
    ];
    for address in gateways.into_iter().chain(rest) {
        world.make("ipam.ipaddress", address);
    }
    for (device, v4, v6) in [(1, 3, Some(4)), (2, 5, None), (3, 6, Some(7)), (4, 8, None), (6, 9, None), (7, 10, None)]
    {
        amend(world, "dcim.device", device, json!({"primary_ip4": v4, "primary_ip6": v6}));
    }
    let custom = json!({"gateway": 1, "gateway_text": "10.0.10.1", "dns_servers": ["10.0.10.53"]});
    amend(world, "ipam.prefix", 2, json!({"custom_fields": custom}));
    amend(world, "ipam.prefix", 16, json!({"custom_fields": {"gateway": 2}}));
}
