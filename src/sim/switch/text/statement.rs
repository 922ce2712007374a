//! Statements of Junos: what is a container, what a leaf, and what `set` and `delete` make of a tree.
//!
//! A node's line is its own words: `interfaces`, `ge-0/0/0`, `unit 0`, `family inet`, `address 192.0.2.1/31`.

use super::{
    tree::{Node, Tree},
    words,
};

const TOP: &[&str] = &[
    "access",
    "chassis",
    "class-of-service",
    "event-options",
    "firewall",
    "forwarding-options",
    "groups",
    "interfaces",
    "policy-options",
    "poe",
    "protocols",
    "routing-instances",
    "routing-options",
    "security",
    "services",
    "snmp",
    "switch-options",
    "system",
    "virtual-chassis",
    "vlans",
];

/// Below these the first word is a name.
const OF_NAMES: &[&str] = &["interfaces", "vlans", "routing-instances", "groups"];

/// All that a VLAN may have. Elsewhere a leaf may be any word.
const OF_A_VLAN: &[&str] = &[
    "apply-groups",
    "description",
    "dot1q-tunneling",
    "filter",
    "forwarding-options",
    "interface",
    "l3-interface",
    "no-mac-learning",
    "private-vlan",
    "service-id",
    "switch-options",
    "vlan-id",
    "vlan-id-list",
    "vxlan",
];

const CONTAINERS: &[&str] = &[
    "aggregated-devices",
    "aggregated-ether-options",
    "archival",
    "authentication",
    "bgp",
    "clients",
    "configuration",
    "console",
    "destination",
    "ether-options",
    "ethernet",
    "ethernet-switching-options",
    "from",
    "isis",
    "lacp",
    "lldp",
    "lldp-med",
    "login",
    "match",
    "mpls",
    "mstp",
    "nat",
    "netconf",
    "ntp",
    "ospf",
    "ospf3",
    "policies",
    "ports",
    "protocols",
    "rip",
    "root-authentication",
    "rstp",
    "services",
    "source",
    "ssh",
    "static",
    "syslog",
    "then",
    "vlan",
    "vstp",
    "zones",
];

const NAMED: &[&str] = &[
    "address",
    "area",
    "class",
    "client-list",
    "community",
    "family",
    "file",
    "filter",
    "group",
    "host",
    "instance",
    "interface",
    "interface-range",
    "level",
    "neighbor",
    "policy",
    "policy-statement",
    "prefix-list",
    "radius-server",
    "route",
    "security-zone",
    "server",
    "tacplus-server",
    "term",
    "trap-group",
    "unit",
    "user",
    "view",
];

/// Leaves with several values, each of them a line.
const LISTS: &[&str] = &[
    "apply-groups",
    "authentication-order",
    "ciphers",
    "export",
    "import",
    "kex",
    "members",
    "name-server",
    "next-hop",
    "protocol",
    "route-filter",
    "source-address",
    "targets",
    "vlan-id-list",
];

/// Words that take a value.
const VALUED: &[&str] = &[
    "authentication-key",
    "authorization",
    "autonomous-system",
    "cluster",
    "contact",
    "description",
    "domain-name",
    "encrypted-password",
    "host-name",
    "hold-time",
    "interface-mode",
    "l3-interface",
    "local-address",
    "local-as",
    "location",
    "metric",
    "mtu",
    "native-vlan-id",
    "peer-as",
    "port-mode",
    "router-id",
    "time-zone",
    "type",
    "version",
    "vlan-id",
];

enum Shape {
    /// So many words are the container's line.
    Container(usize),
    /// All that is left; with one value only, or one of several.
    Leaf { is_list: bool },
}

fn shape(path: &[String], left: &[String]) -> Result<Shape, String> {
    let word = left[0].as_str();
    let above = path.last().map_or("", |line| line.split(' ').next().unwrap_or_default());
    if path.is_empty() {
        return match word {
            "version" | "apply-groups" => Ok(Shape::Leaf { is_list: word == "apply-groups" }),
            _ if TOP.contains(&word) => Ok(Shape::Container(1)),
            _ => Err(word.to_owned()),
        };
    }
    // A group holds what the top holds.
    if path.len() == 2 && path[0] == "groups" {
        return shape(&[], left);
    }
    if path.len() == 1 && OF_NAMES.contains(&above) && word != "interface-range" && word != "apply-groups" {
        return Ok(Shape::Container(1));
    }
    if path.len() == 2 && path[0] == "vlans" && !OF_A_VLAN.contains(&word) {
        return Err(word.to_owned());
    }
    if ["then", "from", "prefix-list"].contains(&above) {
        return Ok(Shape::Leaf { is_list: true });
    }
    if above == "user" && word == "class" && left.len() > 1 {
        return Ok(Shape::Leaf { is_list: false });
    }
    if NAMED.contains(&word) {
        return if left.len() < 2 { Err(String::new()) } else { Ok(Shape::Container(2)) };
    }
    if CONTAINERS.contains(&word) {
        return Ok(Shape::Container(1));
    }
    if left.len() < 2 && (VALUED.contains(&word) || LISTS.contains(&word)) {
        return Err(String::new());
    }
    if word == "vlan-id" && !left[1].parse::<u16>().is_ok_and(|v| (1..=4094).contains(&v)) {
        return Err(left[1].clone());
    }
    if word == "interface-mode" && !["access", "trunk"].contains(&left[1].as_str()) {
        return Err(left[1].clone());
    }
    let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/*<>".contains(c));
    if is_word { Ok(Shape::Leaf { is_list: LISTS.contains(&word) }) } else { Err(word.to_owned()) }
}

/// The words of a statement, quotes kept, a list in brackets as several statements.
pub fn words_of(text: &str) -> Vec<String> {
    words::split(text).into_iter().map(|(_, w)| w).collect()
}

/// # Errors
/// The word that is not understood; empty when one is missing.
pub fn set(tree: &mut Tree, said: &[String]) -> Result<(), String> {
    if let Some(open) = said.iter().position(|w| w == "[") {
        let close = said.iter().position(|w| w == "]").filter(|c| *c > open).ok_or_else(|| "[".to_owned())?;
        for value in &said[open + 1..close] {
            let one: Vec<String> = said[..open].iter().chain([value]).cloned().collect();
            set(tree, &one)?;
        }
        return Ok(());
    }
    if said.is_empty() {
        return Err(String::new());
    }
    // First all is read, then it is done: what is wrong at its end leaves nothing behind.
    let mut path: Vec<String> = Vec::new();
    let mut leaf = None;
    let mut left = said;
    while !left.is_empty() {
        match shape(&path, left)? {
            Shape::Container(n) => {
                path.push(left[..n].join(" "));
                left = &left[n..];
            }
            Shape::Leaf { is_list } => {
                leaf = Some((left.join(" "), left[0].clone(), is_list));
                left = &[];
            }
        }
    }
    let at = path.iter().fold(tree, |at, line| {
        let i = at.iter().position(|n| n.line == *line).unwrap_or_else(|| {
            at.push(Node::new(line.as_str()));
            at.len() - 1
        });
        &mut at[i].under
    });
    if let Some((line, word, is_list)) = leaf {
        let same =
            if is_list { at.iter().position(|n| n.line == line) } else { at.iter().position(|n| n.word() == word) };
        match same {
            Some(i) => at[i].line = line,
            None => at.push(Node::new(line)),
        }
    }
    Ok(())
}

/// Takes away what the words name, with all below it; whether there was such a thing.
///
/// # Errors
/// The word that is not understood.
pub fn delete(tree: &mut Tree, said: &[String]) -> Result<bool, String> {
    if said.is_empty() {
        tree.clear();
        return Ok(true);
    }
    if !TOP.contains(&said[0].as_str()) && !["version", "apply-groups"].contains(&said[0].as_str()) {
        return Err(said[0].clone());
    }
    Ok(cut(tree, said))
}

fn cut(tree: &mut Tree, said: &[String]) -> bool {
    let whole = said.join(" ");
    let head = format!("{whole} ");
    let before = tree.len();
    tree.retain(|n| n.line != whole && !(n.line.starts_with(&head) && n.under.is_empty()));
    if tree.len() != before {
        return true;
    }
    let inside = tree.iter().position(|n| {
        let line = words_of(&n.line);
        line.len() < said.len() && line[..] == said[..line.len()]
    });
    let Some(i) = inside else { return false };
    let taken = words_of(&tree[i].line).len();
    let was_there = cut(&mut tree[i].under, &said[taken..]);
    // A container without a name means nothing when it is empty.
    if was_there && tree[i].under.is_empty() && taken == 1 && CONTAINERS.iter().chain(TOP).any(|c| *c == tree[i].line) {
        tree.remove(i);
    }
    was_there
}

/// The words of a path in the candidate that lead to a container, as `edit` wants them.
pub fn lines_of(said: &[String]) -> Result<Vec<String>, String> {
    let mut path: Vec<String> = Vec::new();
    let mut left = said;
    while !left.is_empty() {
        match shape(&path, left)? {
            Shape::Container(n) => {
                path.push(left[..n].join(" "));
                left = &left[n..];
            }
            Shape::Leaf { .. } => return Err(left[0].clone()),
        }
    }
    Ok(path)
}

/// `set` lines without the word `set`, in order.
pub fn rows(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    row(tree, "", &mut out);
    out
}

fn row(tree: &Tree, head: &str, out: &mut Vec<String>) {
    for node in tree {
        let line = if head.is_empty() { node.line.clone() } else { format!("{head} {}", node.line) };
        if node.under.is_empty() { out.push(line) } else { row(&node.under, &line, out) }
    }
}

/// Makes of `tree` what somebody made of `from` when it became `to`, whatever else is in it by now.
pub fn patch(tree: &mut Tree, from: &Tree, to: &Tree) {
    let (before, after) = (rows(from), rows(to));
    for gone in before.iter().filter(|r| !after.contains(r)) {
        cut(tree, &words_of(gone));
    }
    for new in after.iter().filter(|r| !before.contains(r)) {
        set(tree, &words_of(new)).expect("it was understood when it was said");
    }
}

/// Why the configuration cannot be committed: a VLAN that is used and not there.
pub fn check(tree: &Tree) -> Result<(), Vec<String>> {
    let rows = rows(tree);
    let names: Vec<&str> = rows.iter().filter_map(|r| r.strip_prefix("vlans ")?.split(' ').next()).collect();
    let used = rows.iter().filter_map(|r| {
        let (at, vlan) = r.strip_prefix("interfaces ")?.split_once(" vlan members ")?;
        let is_free = vlan == "all" || vlan.starts_with(|c: char| c.is_ascii_digit());
        (!is_free && !names.contains(&vlan)).then_some((at, vlan))
    });
    let wrong: Vec<String> = used
        .flat_map(|(at, vlan)| {
            [format!("[edit interfaces {at}]"), format!("  'vlan' vlan with name <{vlan}> is not defined")]
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
