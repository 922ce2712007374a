//! What a configuration says of ports, VLANs and neighbours, whatever the platform.

use crate::switch::{
    Kind,
    text::{Node, Tree},
};
use std::net::IpAddr;

#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub ports: Vec<Port>,
    pub vlans: Vec<(u16, String)>,
    /// Name and route distinguisher.
    pub vrfs: Vec<(String, String)>,
    /// Address, AS, description.
    pub neighbours: Vec<(String, u32, String)>,
}

#[derive(Debug, Clone, Default)]
pub struct Port {
    pub name: String,
    pub description: String,
    pub mtu: u32,
    pub is_enabled: bool,
    /// Mbit/s.
    pub speed: u32,
    pub addresses: Vec<(IpAddr, u8)>,
    pub untagged: Option<u16>,
    pub tagged: Vec<u16>,
    /// The name of the aggregate that it is part of.
    pub lag: Option<String>,
    pub vrf: Option<String>,
    /// The port that this is a unit of.
    pub parent: Option<String>,
}

impl Port {
    pub fn is_lag(&self) -> bool {
        let name = self.name.to_lowercase();
        name.starts_with("port-channel") || (name.starts_with("ae") && !name.contains('.'))
    }

    pub fn is_virtual(&self) -> bool {
        let name = self.name.to_lowercase();
        ["vlan", "irb", "loopback", "lo0"].iter().any(|head| name.starts_with(head)) || name.contains('.')
    }

    /// The kind of IANA's list.
    pub fn if_type(&self) -> i32 {
        let name = self.name.to_lowercase();
        match () {
            () if self.is_lag() => 161,
            () if name.starts_with("lo") => 24,
            () if name.starts_with("vlan") || name.starts_with("irb") => 136,
            () if name.contains('.') => 53,
            () => 6,
        }
    }

    pub fn is_bridged(&self) -> bool {
        self.untagged.is_some() || !self.tagged.is_empty()
    }
}

pub fn facts(kind: Kind, config: &Tree) -> Facts {
    match kind {
        Kind::Junos => junos(config),
        _ => industry(kind, config),
    }
}

fn value<'t>(tree: &'t Tree, head: &str) -> Option<&'t str> {
    tree.iter().find_map(|n| n.line.strip_prefix(head)?.strip_prefix(' '))
}

fn numbers(list: &str) -> Vec<u16> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.parse().ok()?..=to.parse().ok()?)
    };
    list.split(',').filter_map(range).flatten().collect()
}

fn industry(kind: Kind, config: &Tree) -> Facts {
    let mut facts = Facts::default();
    for node in config {
        let Some((word, rest)) = node.line.split_once(' ') else { continue };
        match word {
            "vlan" => {
                let name = value(&node.under, "name");
                let name = |v: u16| name.map_or_else(|| format!("VLAN{v:04}"), str::to_owned);
                facts.vlans.extend(numbers(rest).into_iter().map(|v| (v, name(v))));
            }
            "vrf" => {
                let name = rest.split(' ').next_back().unwrap_or_default().to_owned();
                facts.vrfs.push((name, value(&node.under, "rd").unwrap_or_default().to_owned()));
            }
            "interface" => facts.ports.push(port(kind, rest, &node.under)),
            "router" if rest.starts_with("bgp ") => facts.neighbours = neighbours(&node.under),
            _ => {}
        }
    }
    let all: Vec<u16> = facts.vlans.iter().map(|(v, _)| *v).collect();
    for port in &mut facts.ports {
        if port.tagged.contains(&u16::MAX) {
            port.tagged.clone_from(&all);
        }
    }
    facts
}

fn port(kind: Kind, name: &str, under: &Tree) -> Port {
    let has = |line: &str| under.iter().any(|n| n.line == line);
    let mut port = Port {
        name: name.to_owned(),
        description: value(under, "description").unwrap_or_default().to_owned(),
        mtu: value(under, "mtu").and_then(|v| v.parse().ok()).unwrap_or(1500),
        is_enabled: !has("shutdown"),
        speed: if name.starts_with("Ethernet") { 10_000 } else { 1000 },
        vrf: value(under, "vrf forwarding").or_else(|| value(under, "vrf")).map(str::to_owned),
        ..Port::default()
    };
    for node in under {
        let words: Vec<&str> = node.line.split(' ').collect();
        match words.as_slice() {
            ["ip", "address", address, mask, ..] if kind == Kind::Ios => {
                if let (Ok(address), Ok(mask)) = (address.parse(), mask.parse::<std::net::Ipv4Addr>()) {
                    let length = u32::from(mask).leading_ones();
                    port.addresses.push((address, u8::try_from(length).unwrap_or(32)));
                }
            }
            ["ip" | "ipv6", "address", address, ..] => port.addresses.extend(cidr(address)),
            ["channel-group", number, ..] => {
                let head = if kind == Kind::Eos { "Port-Channel" } else { "Port-channel" };
                port.lag = Some(format!("{head}{number}"));
            }
            _ => {}
        }
    }
    let is_switched = !has("no switchport")
        && !port.is_virtual()
        && port.lag.is_none()
        && port.addresses.is_empty()
        && !name.starts_with("Management");
    if is_switched {
        let is_trunk = has("switchport mode trunk");
        port.untagged = match is_trunk {
            true => value(under, "switchport trunk native vlan").and_then(|v| v.parse().ok()).or(Some(1)),
            false => value(under, "switchport access vlan").and_then(|v| v.parse().ok()).or(Some(1)),
        };
        if is_trunk {
            // Without a list a trunk carries all there are.
            port.tagged = value(under, "switchport trunk allowed vlan").map_or_else(|| vec![u16::MAX], numbers);
        }
    }
    port
}

fn neighbours(under: &Tree) -> Vec<(String, u32, String)> {
    let mut out: Vec<(String, u32, String)> = Vec::new();
    for node in under {
        let words: Vec<&str> = node.line.split(' ').collect();
        match words.as_slice() {
            ["neighbor", address, "remote-as", number] => {
                out.push(((*address).to_owned(), number.parse().unwrap_or(0), String::new()));
            }
            ["neighbor", address, "description", text @ ..] => {
                if let Some(there) = out.iter_mut().find(|(a, ..)| a == address) {
                    there.2 = text.join(" ");
                }
            }
            _ => {}
        }
    }
    out
}

fn cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok()?))
}

fn under<'t>(tree: &'t Tree, line: &str) -> &'t [Node] {
    tree.iter().find(|n| n.line == line).map_or(&[], |n| &n.under)
}

fn junos(config: &Tree) -> Facts {
    let mut facts = Facts::default();
    for node in under(config, "vlans") {
        if let Some(vid) = value(&node.under, "vlan-id").and_then(|v| v.parse().ok()) {
            facts.vlans.push((vid, node.line.clone()));
        }
    }
    for node in under(config, "routing-instances") {
        let rd = value(&node.under, "route-distinguisher").unwrap_or_default();
        facts.vrfs.push((node.line.clone(), rd.to_owned()));
    }
    let vid = |name: &str| name.parse().ok().or_else(|| facts.vlans.iter().find(|(_, n)| n == name).map(|(v, _)| *v));
    let mut ports = Vec::new();
    for node in under(config, "interfaces") {
        let is_enabled = !node.under.iter().any(|n| n.line == "disable");
        let text = |of: &Node| value(&of.under, "description").unwrap_or_default().trim_matches('"').to_owned();
        let lag = node.under.iter().find(|n| n.line == "ether-options").and_then(|o| value(&o.under, "802.3ad"));
        let mut port = Port {
            name: node.line.clone(),
            description: text(node),
            mtu: value(&node.under, "mtu").and_then(|v| v.parse().ok()).unwrap_or(1514),
            is_enabled,
            speed: 1000,
            lag: lag.map(str::to_owned),
            ..Port::default()
        };
        let mut units = Vec::new();
        for unit in node.under.iter().filter(|n| n.word() == "unit") {
            let number = unit.line.split(' ').nth(1).unwrap_or("0");
            let mut of_unit = Port {
                name: format!("{}.{number}", node.line),
                description: text(unit),
                mtu: 1500,
                is_enabled,
                speed: 1000,
                parent: Some(node.line.clone()),
                ..Port::default()
            };
            for family in &unit.under {
                let addresses = family.under.iter().filter_map(|n| n.line.strip_prefix("address "));
                of_unit.addresses.extend(addresses.filter_map(cidr));
                if family.line == "family ethernet-switching" {
                    let vlans: Vec<u16> = under(&family.under, "vlan")
                        .iter()
                        .filter_map(|n| vid(n.line.strip_prefix("members ")?))
                        .collect();
                    if value(&family.under, "interface-mode") == Some("trunk") {
                        port.tagged = vlans;
                    } else {
                        port.untagged = vlans.first().copied();
                    }
                }
            }
            units.push(of_unit);
        }
        ports.push(port);
        ports.extend(units);
    }
    facts.ports = ports;
    let bgp = under(config, "protocols").iter().find(|n| n.line == "bgp");
    for group in bgp.map_or(&[][..], |n| &n.under) {
        let peer = value(&group.under, "peer-as").and_then(|v| v.parse().ok()).unwrap_or(0);
        for node in &group.under {
            if let Some(address) = node.line.strip_prefix("neighbor ") {
                let own = value(&node.under, "peer-as").and_then(|v| v.parse().ok()).unwrap_or(peer);
                let text = value(&node.under, "description").unwrap_or_default().trim_matches('"').to_owned();
                facts.neighbours.push((address.to_owned(), own, text));
            }
        }
    }
    facts
}
