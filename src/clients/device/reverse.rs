//! What undoes a change of a configuration in sections, as IOS and FRR have it: pure.
//!
//! A configuration is a tree by its indentation. [`restore`] gives the lines that make one of the other; [`predict`] gives
//! what a text would make of a configuration, so that the reverse can be shown and kept before the first line is sent.

/// One line and what stands in its section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Node {
    line: String,
    within: Vec<Node>,
}

/// The lines that bring `now` back to `before`: what is too much goes, what is missing comes back in its order.
pub fn restore(now: &str, before: &str) -> Vec<String> {
    let mut lines = Vec::new();
    change(&tree(now), &tree(before), 0, &mut lines);
    lines
}

/// The lines that undo `text` on a device that has `before`, as far as it can be told beforehand.
pub fn prepare(before: &str, text: &str) -> Vec<String> {
    restore(&predict(before, text), before)
}

/// What `before` becomes by `text`.
pub fn predict(before: &str, text: &str) -> String {
    let mut all = tree(before);
    apply(&mut all, &tree(text));
    let mut out = String::new();
    print(&all, 0, &mut out);
    out
}

/// Whether two configurations say the same, comments and ends of sections aside.
pub fn is_same(one: &str, other: &str) -> bool {
    restore(one, other).is_empty()
}

fn is_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with(['!', '#'])
        || matches!(
            line,
            "end" | "exit" | "exit-address-family" | "exit-vrf" | "quit" | "configure terminal" | "exit-af-interface"
        )
        || line.starts_with("Building configuration")
        || line.starts_with("Current configuration")
}

fn tree(text: &str) -> Vec<Node> {
    // The open sections with their indentation, outermost first.
    let mut open: Vec<(usize, Node)> = Vec::new();
    let mut all = Vec::new();
    for line in text.lines().filter(|line| !is_nothing(line)) {
        let depth = line.len() - line.trim_start().len();
        close(&mut open, &mut all, depth);
        open.push((depth, Node { line: line.trim().to_owned(), within: Vec::new() }));
    }
    close(&mut open, &mut all, 0);
    all
}

/// Ends the sections that are not around `depth`.
fn close(open: &mut Vec<(usize, Node)>, all: &mut Vec<Node>, depth: usize) {
    while let Some((_, node)) = open.pop_if(|(at, _)| *at >= depth) {
        let into = open.last_mut().map_or(&mut *all, |(_, around)| &mut around.within);
        // A section that is opened twice is one.
        match into.iter_mut().find(|n| n.line == node.line) {
            Some(there) => there.within.extend(node.within),
            None => into.push(node),
        }
    }
}

fn change(now: &[Node], before: &[Node], depth: usize, lines: &mut Vec<String>) {
    let pad = " ".repeat(depth);
    for node in now.iter().filter(|n| !before.iter().any(|b| b.line == n.line)) {
        if let Some(name) = node.line.strip_prefix("interface ").filter(|_| is_built_in(&node.line)) {
            // A port cannot be removed, only emptied.
            lines.push(format!("{pad}interface {name}"));
            lines.extend(node.within.iter().map(|w| format!("{pad} {}", negated(&w.line))));
            lines.push(format!("{pad}exit"));
        } else if !is_replaced(&node.line, before) {
            lines.push(format!("{pad}{}", negated(&node.line)));
        }
    }
    for node in before {
        let there = now.iter().find(|n| n.line == node.line);
        let mut inner = Vec::new();
        change(there.map_or(&[], |n| &n.within), &node.within, depth + 1, &mut inner);
        let is_section = !node.within.is_empty() || there.is_some_and(|n| !n.within.is_empty());
        if there.is_none() || !inner.is_empty() {
            lines.push(format!("{pad}{}", node.line));
            lines.extend(inner);
            if is_section {
                lines.push(format!(
                    "{pad}{}",
                    if node.line.starts_with("address-family") { "exit-address-family" } else { "exit" }
                ));
            }
        }
    }
}

fn negated(line: &str) -> String {
    line.strip_prefix("no ").map_or_else(|| format!("no {line}"), str::to_owned)
}

/// Lines of which there is one: the old one takes the new one's place.
const SINGLE: &[&str] = &[
    "hostname",
    "description",
    "mtu",
    "name",
    "bgp router-id",
    "speed",
    "duplex",
    "bandwidth",
    "vlan-id",
    "switchport mode",
    "switchport access vlan",
    "switchport trunk native vlan",
    "switchport trunk allowed vlan",
];

fn key_of(line: &str) -> Option<&'static str> {
    SINGLE.iter().find(|key| line.strip_prefix(**key).is_some_and(|rest| rest.starts_with(' '))).copied()
}

/// Whether a line goes by itself when the old ones come back.
fn is_replaced(line: &str, before: &[Node]) -> bool {
    key_of(line).is_some_and(|key| before.iter().any(|b| key_of(&b.line) == Some(key)))
        || before.iter().any(|b| negated(&b.line) == line)
}

/// Ports cannot be removed; what somebody made can.
fn is_built_in(line: &str) -> bool {
    const MADE: &[&str] = &["vlan", "loopback", "lo", "port-channel", "tunnel", "bdi", "bvi", "irb", "nve", "vxlan"];
    let name = line.trim_start_matches("interface ").to_lowercase();
    let kind = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '/' | ':' | ' '));
    !MADE.contains(&kind) && !name.contains('.')
}

fn apply(all: &mut Vec<Node>, text: &[Node]) {
    for node in text {
        if let Some(gone) = node.line.strip_prefix("no ") {
            let had = all.len();
            all.retain(|n| n.line != gone && !n.line.starts_with(&format!("{gone} ")));
            // What stands there unless it is negated (`no shutdown`) stands there negated.
            if all.len() == had && !all.contains(node) {
                all.push(node.clone());
            }
            continue;
        }
        let negative = format!("no {}", node.line);
        all.retain(|n| n.line != negative);
        if let Some(there) = all.iter_mut().find(|n| n.line == node.line) {
            apply(&mut there.within, &node.within);
            continue;
        }
        let mut new = Node { line: node.line.clone(), within: Vec::new() };
        apply(&mut new.within, &node.within);
        match key_of(&node.line).and_then(|key| all.iter().position(|n| key_of(&n.line) == Some(key))) {
            Some(at) => all[at] = new,
            None => all.push(new),
        }
    }
}

fn print(all: &[Node], depth: usize, out: &mut String) {
    for node in all {
        out.push_str(&" ".repeat(depth));
        out.push_str(&node.line);
        out.push('\n');
        print(&node.within, depth + 1, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "hostname r1\n!\ninterface lab0\n description uplink\n ip address 192.0.2.1/31\nexit\n!\n\
        router bgp 65001\n neighbor 192.0.2.0 remote-as 65002\n !\n address-family ipv4 unicast\n  network 203.0.113.0/24\n \
        exit-address-family\nexit\n!\nip route 203.0.113.0/24 Null0\n!\nend\n";

    #[test]
    fn what_a_text_does_is_undone() {
        let text = "hostname r2\ninterface lab0\n description by us\n mtu 9000\nexit\nip route 198.51.100.0/24 Null0\n\
            router bgp 65001\n neighbor 192.0.2.4 remote-as 65003\n address-family ipv4 unicast\n  network 198.51.100.0/24\n \
            exit-address-family\nexit\nno ip route 203.0.113.0/24 Null0\nvlan 20\n name NEW\n";
        let reverse = prepare(BEFORE, text);
        assert_eq!(
            reverse,
            [
                "no ip route 198.51.100.0/24 Null0",
                "no vlan 20",
                "hostname r1",
                "interface lab0",
                " no mtu 9000",
                " description uplink",
                "exit",
                "router bgp 65001",
                " no neighbor 192.0.2.4 remote-as 65003",
                " address-family ipv4 unicast",
                "  no network 198.51.100.0/24",
                " exit-address-family",
                "exit",
                "ip route 203.0.113.0/24 Null0",
            ]
        );
        assert!(is_same(&predict(&predict(BEFORE, text), &reverse.join("\n")), BEFORE));
    }

    #[test]
    fn what_changes_nothing_needs_no_reverse() {
        assert_eq!(prepare(BEFORE, "interface lab0\n description uplink\nexit\n"), Vec::<String>::new());
        assert_eq!(restore(BEFORE, BEFORE), Vec::<String>::new());
        assert!(is_same(BEFORE, &BEFORE.replace("\n!\n", "\n")));
    }

    #[test]
    fn the_vlans_of_a_trunk_are_one_line() {
        let before = "interface Ethernet1\n switchport trunk allowed vlan 100,200\n";
        let text = "interface Ethernet1\n switchport trunk allowed vlan 100,200,300\n";
        assert_eq!(predict(before, text), text);
        let right = ["interface Ethernet1", " switchport trunk allowed vlan 100,200", "exit"];
        assert_eq!(prepare(before, text), right, "and never without any: that is all of them");
    }

    #[test]
    fn a_port_is_emptied_and_a_virtual_interface_removed() {
        let text = "interface Ethernet7\n description x\n no shutdown\ninterface Vlan20\n ip address 192.0.2.9/24\n";
        let right = ["interface Ethernet7", " no description x", " shutdown", "exit", "no interface Vlan20"];
        assert_eq!(prepare(BEFORE, text), right);
    }

    #[test]
    fn a_section_that_was_removed_comes_back_whole() {
        let reverse = prepare(BEFORE, "no router bgp 65001\n");
        assert_eq!(reverse[0], "router bgp 65001");
        assert!(is_same(&predict(&predict(BEFORE, "no router bgp 65001"), &reverse.join("\n")), BEFORE));
    }
}
