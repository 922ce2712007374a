//! What an agent tells: rows of the tables of the standards, made from what a switch's configuration says.

use crate::switch::{Facts, Kind, Port};
use async_snmp::{Oid, Value};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

/// Rows by their names, in order.
pub type Rows = BTreeMap<Oid, Value>;

/// Who answers.
pub struct Chassis<'b> {
    pub kind: Kind,
    pub name: &'b str,
    pub serial: &'b str,
    pub model: &'b str,
    pub contact: &'b str,
    pub location: &'b str,
    /// The last byte of its hardware addresses but one.
    pub number: u8,
}

const MIB: [u32; 6] = [1, 3, 6, 1, 2, 1];
const LLDP: [u32; 7] = [1, 0, 8802, 1, 1, 2, 1];

struct Writer(Rows);

impl Writer {
    fn put(&mut self, head: &[u32], column: &[u32], index: &[u32], value: Value) {
        self.0.insert(Oid::new(head.iter().chain(column).chain(index).copied()), value);
    }

    /// Below mib-2.
    fn mib(&mut self, column: &[u32], index: &[u32], value: Value) {
        self.put(&MIB, column, index, value);
    }
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::OctetString(text.into().into())
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn mac(of: u8, port: u32) -> Vec<u8> {
    let [_, _, high, low] = port.to_be_bytes();
    vec![0x02, 0x00, 0x0a, of, high, low]
}

/// Everything that the agent of a switch tells, but how long it is up.
pub fn rows(of: &Chassis<'_>, facts: &Facts) -> Rows {
    let mut out = Writer(Rows::new());
    system(&mut out, of);
    interfaces(&mut out, of.number, &facts.ports);
    addresses(&mut out, &facts.ports);
    hardware(&mut out, of, &facts.ports);
    bridge(&mut out, facts);
    vrfs(&mut out, facts);
    neighbours(&mut out, of, &facts.ports);
    out.0
}

/// System and interfaces of an agent with so many of these.
pub fn many(count: usize) -> Rows {
    let mut out = Writer(Rows::new());
    let of = Chassis {
        kind: Kind::Eos,
        name: "many",
        serial: "SIMMANY",
        model: "DCS-7516N",
        contact: "noc@lab.example.org",
        location: "Room 1",
        number: 99,
    };
    system(&mut out, &of);
    let port = |i: usize| Port {
        name: format!("Ethernet{}/{}", i / 64 + 1, i % 64 + 1),
        description: format!("customer {i}"),
        mtu: 9214,
        is_enabled: i % 10 != 9,
        speed: 10_000,
        ..Port::default()
    };
    let ports: Vec<Port> = (0..count).map(port).collect();
    interfaces(&mut out, of.number, &ports);
    out.0
}

fn system(out: &mut Writer, of: &Chassis<'_>) {
    let (description, object): (String, &[u32]) = match of.kind {
        Kind::Eos => (
            format!("Arista Networks EOS version 4.31.2F running on an Arista Networks {}", of.model),
            &[1, 3, 6, 1, 4, 1, 30_065, 1, 3011, 7050, 3741, 64],
        ),
        Kind::Junos => (
            format!("Juniper Networks, Inc. {} Ethernet Switch, kernel JUNOS 23.4R2.13", of.model),
            &[1, 3, 6, 1, 4, 1, 2636, 1, 1, 1, 2, 131],
        ),
        Kind::Ios => (
            format!("Cisco IOS Software [Cupertino], {} Software, Version 17.9.4a, RELEASE SOFTWARE", of.model),
            &[1, 3, 6, 1, 4, 1, 9, 1, 2694],
        ),
    };
    out.mib(&[1, 1, 0], &[], text(description));
    out.mib(&[1, 2, 0], &[], Value::ObjectIdentifier(Oid::from_slice(object)));
    out.mib(&[1, 3, 0], &[], Value::TimeTicks(0));
    out.mib(&[1, 4, 0], &[], text(of.contact));
    out.mib(&[1, 5, 0], &[], text(format!("{}.lab.example.org", of.name)));
    out.mib(&[1, 6, 0], &[], text(of.location));
    out.mib(&[1, 7, 0], &[], Value::Integer(6));
}

fn interfaces(out: &mut Writer, box_number: u8, ports: &[Port]) {
    out.mib(&[2, 1, 0], &[], Value::Integer(i32::try_from(ports.len()).unwrap_or(i32::MAX)));
    let index_of = |name: &str| ports.iter().position(|p| p.name == name).map(|i| number(i) + 1);
    for (i, port) in ports.iter().enumerate() {
        let index = number(i) + 1;
        let at = [index];
        let state = Value::Integer(if port.is_enabled { 1 } else { 2 });
        let bits = port.speed.saturating_mul(1_000_000);
        let bits = if port.speed > 4294 { u32::MAX } else { bits };
        let has_mac = port.if_type() == 6 || port.if_type() == 161;
        let octets = u64::from(index) * 1_000_003;
        let low = u32::try_from(octets & 0xffff_ffff).unwrap_or(0);
        for (column, value) in [
            (1, Value::Integer(i32::try_from(index).unwrap_or(i32::MAX))),
            (2, text(port.name.as_str())),
            (3, Value::Integer(port.if_type())),
            (4, Value::Integer(i32::try_from(port.mtu).unwrap_or(i32::MAX))),
            (5, Value::Gauge32(bits)),
            (6, text(if has_mac { mac(box_number, index) } else { Vec::new() })),
            (7, state.clone()),
            (8, state),
            (9, Value::TimeTicks(100)),
            (10, Value::Counter32(low)),
            (16, Value::Counter32(low)),
        ] {
            out.mib(&[2, 2, 1, column], &at, value);
        }
        for (column, value) in [
            (1, text(port.name.as_str())),
            (6, Value::Counter64(octets)),
            (10, Value::Counter64(octets)),
            (15, Value::Gauge32(port.speed)),
            (17, Value::Integer(if port.is_virtual() { 2 } else { 1 })),
            (18, text(port.description.as_str())),
        ] {
            out.mib(&[31, 1, 1, 1, column], &at, value);
        }
        // A unit lies on its port, an aggregate on its members.
        if let Some(parent) = port.parent.as_deref().and_then(index_of) {
            out.mib(&[31, 1, 2, 1, 3], &[index, parent], Value::Integer(1));
        }
        if let Some(lag) = port.lag.as_deref().and_then(index_of) {
            out.mib(&[31, 1, 2, 1, 3], &[lag, index], Value::Integer(1));
            let value = Value::Integer(i32::try_from(lag).unwrap_or(0));
            out.put(&[1, 2, 840, 10_006, 300, 43, 1, 2, 1, 1, 13], &[], &at, value);
        }
    }
}

fn addresses(out: &mut Writer, ports: &[Port]) {
    for (i, port) in ports.iter().enumerate() {
        let index = number(i) + 1;
        let if_index = Value::Integer(i32::try_from(index).unwrap_or(0));
        for (address, length) in &port.addresses {
            let (kind, bytes, network): (u32, Vec<u8>, Vec<u8>) = match address {
                IpAddr::V4(a) => {
                    let net = u32::from(*a) & u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0);
                    (1, a.octets().to_vec(), net.to_be_bytes().to_vec())
                }
                IpAddr::V6(a) => {
                    let net = u128::from(*a) & u128::MAX.checked_shl(128 - u32::from(*length)).unwrap_or(0);
                    (2, a.octets().to_vec(), net.to_be_bytes().to_vec())
                }
            };
            let counted = |bytes: &[u8]| -> Vec<u32> {
                [kind, number(bytes.len())].into_iter().chain(bytes.iter().map(|b| u32::from(*b))).collect()
            };
            let at = counted(&bytes);
            // Not a number but the name of a row: the length is the last part of it.
            let prefix =
                MIB.iter().copied().chain([4, 32, 1, 5, index]).chain(counted(&network)).chain([u32::from(*length)]);
            for (column, value) in [
                (3, if_index.clone()),
                (4, Value::Integer(1)),
                (5, Value::ObjectIdentifier(Oid::new(prefix))),
                (6, Value::Integer(2)),
                (7, Value::Integer(1)),
            ] {
                out.mib(&[4, 34, 1, column], &at, value);
            }
            if let IpAddr::V4(a) = address {
                let at: Vec<u32> = bytes.iter().map(|b| u32::from(*b)).collect();
                let mask = Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0));
                out.mib(&[4, 20, 1, 1], &at, Value::IpAddress(a.octets()));
                out.mib(&[4, 20, 1, 2], &at, if_index.clone());
                out.mib(&[4, 20, 1, 3], &at, Value::IpAddress(mask.octets()));
            }
        }
    }
}

fn hardware(out: &mut Writer, of: &Chassis<'_>, ports: &[Port]) {
    let maker = match of.kind {
        Kind::Eos => "Arista Networks",
        Kind::Junos => "Juniper Networks",
        Kind::Ios => "Cisco Systems, Inc.",
    };
    let version = match of.kind {
        Kind::Eos => "4.31.2F",
        Kind::Junos => "23.4R2.13",
        Kind::Ios => "17.9.4a",
    };
    // Description, what it is in, class, name, software, serial, model.
    let mut parts = vec![
        (
            format!("{} chassis", of.model),
            0,
            3,
            "Chassis".to_owned(),
            version,
            of.serial.to_owned(),
            of.model.to_owned(),
        ),
        ("Power supply 1".to_owned(), 1, 6, "PSU1".to_owned(), "", format!("{}P1", of.serial), "PWR-460AC".to_owned()),
        ("Power supply 2".to_owned(), 1, 6, "PSU2".to_owned(), "", format!("{}P2", of.serial), "PWR-460AC".to_owned()),
        ("Fan tray 1".to_owned(), 1, 7, "Fan1".to_owned(), "", String::new(), "FAN-7000".to_owned()),
    ];
    if let Some(uplink) = ports.iter().find(|p| p.description.starts_with("transit")) {
        let name = format!("{} transceiver", uplink.name);
        parts.push((name.clone(), 1, 9, name, "", format!("{}X1", of.serial), "SFP-10G-LR".to_owned()));
    }
    for (i, (description, inside, class, name, software, serial, model)) in parts.into_iter().enumerate() {
        let at = [number(i) + 1];
        for (column, value) in [
            (2, text(description)),
            (4, Value::Integer(inside)),
            (5, Value::Integer(class)),
            (7, text(name)),
            (10, text(software)),
            (11, text(serial)),
            (12, text(maker)),
            (13, text(model)),
        ] {
            out.mib(&[47, 1, 1, 1, 1, column], &at, value);
        }
    }
}

/// Ports of the bridge are numbered by themselves.
fn bridge(out: &mut Writer, facts: &Facts) {
    let bridged: Vec<(usize, &Port)> = facts.ports.iter().enumerate().filter(|(_, p)| p.is_bridged()).collect();
    let set = |has: &dyn Fn(&Port) -> bool| -> Vec<u8> {
        let mut bytes = vec![0u8; bridged.len().div_ceil(8)];
        for (n, (_, port)) in bridged.iter().enumerate() {
            if has(port) {
                bytes[n / 8] |= 0x80 >> (n % 8);
            }
        }
        bytes
    };
    for (n, (i, port)) in bridged.iter().enumerate() {
        let at = [number(n) + 1];
        out.mib(&[17, 1, 4, 1, 2], &at, Value::Integer(i32::try_from(i + 1).unwrap_or(0)));
        out.mib(&[17, 7, 1, 4, 5, 1, 1], &at, Value::Gauge32(u32::from(port.untagged.unwrap_or(1))));
    }
    for (vid, name) in &facts.vlans {
        let at = [u32::from(*vid)];
        let untagged = |p: &Port| p.untagged == Some(*vid);
        out.mib(&[17, 7, 1, 4, 3, 1, 1], &at, text(name.as_str()));
        out.mib(&[17, 7, 1, 4, 3, 1, 2], &at, text(set(&|p| untagged(p) || p.tagged.contains(vid))));
        out.mib(&[17, 7, 1, 4, 3, 1, 4], &at, text(set(&untagged)));
        out.mib(&[17, 7, 1, 4, 3, 1, 5], &at, Value::Integer(1));
    }
}

fn vrfs(out: &mut Writer, facts: &Facts) {
    for (name, rd) in &facts.vrfs {
        let at: Vec<u32> = std::iter::once(number(name.len())).chain(name.bytes().map(u32::from)).collect();
        out.mib(&[10, 166, 11, 1, 2, 2, 1, 3], &at, text(format!("VRF {name}")));
        out.mib(&[10, 166, 11, 1, 2, 2, 1, 4], &at, text(rd.as_str()));
        for (i, _) in facts.ports.iter().enumerate().filter(|(_, p)| p.vrf.as_ref() == Some(name)) {
            let at: Vec<u32> = at.iter().copied().chain([number(i) + 1]).collect();
            out.mib(&[10, 166, 11, 1, 2, 1, 1, 2], &at, Value::Integer(1));
        }
    }
}

/// Who is at the other end is what a description of two words says: `sw2 ge-0/0/3`.
fn neighbours(out: &mut Writer, of: &Chassis<'_>, ports: &[Port]) {
    out.put(&LLDP, &[3, 1, 0], &[], Value::Integer(4));
    out.put(&LLDP, &[3, 2, 0], &[], text(mac(of.number, 0)));
    out.put(&LLDP, &[3, 3, 0], &[], text(of.name));
    for (i, port) in ports.iter().enumerate().filter(|(_, p)| p.if_type() == 6) {
        let index = number(i) + 1;
        out.put(&LLDP, &[3, 7, 1, 2], &[index], Value::Integer(5));
        out.put(&LLDP, &[3, 7, 1, 3], &[index], text(port.name.as_str()));
        out.put(&LLDP, &[3, 7, 1, 4], &[index], text(port.description.as_str()));
        let Some((far, far_port)) = port.description.split_once(' ').filter(|(_, p)| !p.contains(' ')) else {
            continue;
        };
        if !port.is_enabled {
            continue;
        }
        let at = [0, index, 1];
        let last = far.bytes().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b));
        for (column, value) in [
            (4, Value::Integer(4)),
            (5, text(mac(last, 0))),
            (6, Value::Integer(5)),
            (7, text(far_port)),
            (8, text(far_port)),
            (9, text(format!("{far}.lab.example.org"))),
        ] {
            out.put(&LLDP, &[4, 1, 1, column], &at, value);
        }
    }
}
