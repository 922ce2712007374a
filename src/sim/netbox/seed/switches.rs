//! The switches that the simulated ones stand for: how they are reached, and what is planned for their ports.
//!
//! What runs on them differs in known points: nobody has configured the VLAN `dmz` yet, which a port is to carry, and
//! nobody has written down serial numbers, descriptions, and the ports that are not planned with.

use super::{
    World,
    demo::{amend, assign},
};
use crate::netbox::Reachable;
use serde_json::json;

/// What the custom field of a device says whose login we know.
const CREDENTIAL: &str = "lab";

/// Name of the device and its ports: name, the VLAN without a tag, those with one.
type Ports = (&'static str, &'static [(&'static str, Option<u64>, &'static [u64])]);

const SWITCHES: [Ports; 3] = [
    (
        "sw1",
        &[
            ("Ethernet1", None, &[100, 200]),
            ("Ethernet2", None, &[100, 200, 300]),
            ("Ethernet3", None, &[]),
            ("Ethernet4", None, &[]),
        ],
    ),
    (
        "sw2",
        &[
            ("ge-0/0/0", None, &[100, 200, 300]),
            ("ge-0/0/1", Some(100), &[]),
            ("ge-0/0/2", None, &[]),
            ("ge-0/0/3", None, &[]),
        ],
    ),
    (
        "sw3",
        &[
            ("GigabitEthernet1/0/1", None, &[100, 200, 300]),
            ("GigabitEthernet1/0/2", Some(200), &[]),
            ("GigabitEthernet1/0/3", None, &[]),
            ("GigabitEthernet1/0/4", None, &[]),
        ],
    ),
];

pub fn build(world: &mut World) {
    for (name, kind, label) in [
        ("credential", "text", "Credential"),
        ("ssh_port", "integer", "SSH port"),
        ("snmp_port", "integer", "SNMP port"),
    ] {
        world.make(
            "extras.customfield",
            json!({"name": name, "type": kind, "label": label, "object_types": ["dcim.device"]}),
        );
    }
    for (name, ports) in SWITCHES {
        let Some(device) = device(world, name) else { continue };
        amend(world, "dcim.device", device, json!({"custom_fields": {"credential": CREDENTIAL}}));
        for (port, untagged, tagged) in ports {
            let vlan = |world: &World, vid: u64| {
                world.find("ipam.vlan", |v| v.get("vid").as_u64() == Some(vid)).map(|(id, _)| id)
            };
            let tagged: Vec<u64> = tagged.iter().filter_map(|vid| vlan(world, *vid)).collect();
            let untagged = untagged.and_then(|vid| vlan(world, vid));
            let mut body = json!({"device": device, "name": port, "type": "1000base-t"});
            if untagged.is_some() || !tagged.is_empty() {
                body["mode"] = json!(if tagged.is_empty() { "access" } else { "tagged" });
                body["untagged_vlan"] = json!(untagged);
                body["tagged_vlans"] = json!(tagged);
            }
            world.make("dcim.interface", body);
        }
    }
}

fn device(world: &World, name: &str) -> Option<u64> {
    world.find("dcim.device", |d| d.text("name") == name).map(|(id, _)| id)
}

/// Writes down where the switches are reached: their own addresses are of a lab that is nowhere.
pub fn reach(world: &mut World, switches: &[Reachable]) {
    for Reachable { name, host, ssh_port, snmp_port } in switches {
        let Some(id) = device(world, name) else { continue };
        let management = world.find("dcim.interface", |i| i.id("device") == Some(id)).map(|(id, _)| id);
        let Some(interface) = management else { continue };
        let length = if host.is_ipv4() { 32 } else { 128 };
        let address = assign(world, &format!("{host}/{length}"), "dcim.interface", interface, name);
        let primary = if host.is_ipv4() { "primary_ip4" } else { "primary_ip6" };
        let custom = json!({"credential": CREDENTIAL, "ssh_port": ssh_port, "snmp_port": snmp_port});
        amend(world, "dcim.device", id, json!({primary: address, "custom_fields": custom}));
    }
}
