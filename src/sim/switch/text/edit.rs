//! One line of configuration mode, as EOS and IOS understand it.

use super::{
    Wrong,
    tree::{self, Node, Tree},
    vocabulary, words,
};
use crate::switch::Kind;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Does a line in the section `path`, which becomes the section that the next line is said in.
pub fn edit(kind: Kind, tree: &mut Tree, path: &mut Vec<String>, line: &str) -> Result<(), Wrong> {
    let mut said = words::split(line);
    let is_no = said.first().is_some_and(|(_, w)| w == "no" || w == "default");
    if is_no {
        said.remove(0);
    }
    let Some((column, first)) = said.first().cloned() else { return Err(Wrong::Incomplete) };
    let is_top = |word: &str| vocabulary::TOP.iter().any(|(top, _)| *top == word);
    // What this section does not know may be said one level higher.
    let mut at = path.clone();
    let (word, needs) = loop {
        let known = at.last().map_or(vocabulary::TOP, |section| vocabulary::below(section));
        // Rules of a list have numbers.
        if vocabulary::is_numbered(known) && first.parse::<u32>().is_ok() {
            break (first.as_str(), 2);
        }
        let second = said.get(1).map_or("", |(_, w)| w.as_str());
        let is_meant = |word: &str| at.last().is_none_or(|section| vocabulary::belongs(section, word, second));
        match meant(known, &first) {
            Ok(found) if is_meant(found.0) && (found.0 == first || !is_top(&first)) => break found,
            Ok(found) if at.is_empty() => break found,
            Ok(_) => drop(at.pop()),
            Err(Wrong::Ambiguous) => return Err(Wrong::Ambiguous),
            Err(_) if at.pop().is_none() => return Err(Wrong::Invalid(column)),
            Err(_) => {}
        }
    };
    let word = word.to_owned();
    said[0].1.clone_from(&word);
    if !is_no && said.len() - 1 < needs {
        return Err(Wrong::Incomplete);
    }
    if word == "exit-address-family" {
        at.pop();
        *path = at;
        return Ok(());
    }
    if word == "interface"
        && at.is_empty()
        && let Some((column, name)) = said.get(1).cloned()
    {
        let rest: String = said[1..].iter().map(|(_, w)| w.as_str()).collect();
        let name = if said.len() > 2 { rest } else { name };
        said.truncate(1);
        said.push((column, interface(kind, &name).ok_or(Wrong::Invalid(column))?));
    }
    if !is_no {
        check(kind, &said)?;
    }
    let body = said.iter().map(|(_, w)| w.as_str()).collect::<Vec<_>>().join(" ");
    let parent = at.last().cloned();
    if vocabulary::opens(parent.as_deref(), &body) {
        let inside = tree::make(tree, &at);
        if is_no {
            inside.retain(|n| n.line != body);
        } else {
            if !inside.iter().any(|n| n.line == body) {
                tree::place(inside, Node::new(body.as_str()));
            }
            at.push(body);
        }
    } else {
        let inside = tree::make(tree, &at);
        if is_no { remove(kind, inside, &body) } else { put(inside, &body) }
    }
    *path = at;
    Ok(())
}

/// The word of the vocabulary that is meant, which may be shortened.
fn meant(known: &'static [(&'static str, usize)], said: &str) -> Result<(&'static str, usize), Wrong> {
    if let Some(exact) = known.iter().find(|(w, _)| w.eq_ignore_ascii_case(said)) {
        return Ok(*exact);
    }
    let mut fits =
        known.iter().filter(|(w, _)| w.get(..said.len()).is_some_and(|head| head.eq_ignore_ascii_case(said)));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(*one),
        (Some(_), Some(_)) => Err(Wrong::Ambiguous),
        (None, _) => Err(Wrong::Invalid(0)),
    }
}

fn remove(kind: Kind, tree: &mut Tree, body: &str) {
    let head = format!("{body} ");
    tree.retain(|n| n.line != body && !n.line.starts_with(&head));
    // These say something by their absence, so that is written down.
    let is_written =
        ["switchport", "aaa root", "ip http server"].contains(&body) || (kind == Kind::Ios && body == "ip address");
    if is_written {
        tree.push(Node::new(format!("no {body}")));
    }
}

fn put(tree: &mut Tree, body: &str) {
    let mut words: Vec<&str> = body.split(' ').collect();
    let whole;
    if let ["switchport", "trunk", "allowed", "vlan", how @ ("add" | "remove"), list] = words.as_slice() {
        let head = "switchport trunk allowed vlan ";
        let now = tree.iter().find_map(|n| n.line.strip_prefix(head)).unwrap_or_default();
        let mut vlans = vlans(now);
        let these = self::vlans(list);
        vlans.retain(|v| !these.contains(v));
        if *how == "add" {
            vlans.extend(these);
        }
        vlans.sort_unstable();
        let list: Vec<String> = vlans.iter().map(u16::to_string).collect();
        whole = format!("{head}{}", if list.is_empty() { "none".to_owned() } else { list.join(",") });
        words = whole.split(' ').collect();
    }
    let body = words.join(" ");
    let key = words[..vocabulary::key_length(&words)].join(" ");
    let head = format!("{key} ");
    tree.retain(|n| n.line != format!("no {key}"));
    let same = |n: &Node| n.line == key || n.line.starts_with(&head);
    match tree.iter().position(same) {
        Some(i) => tree[i].line = body,
        None if key.starts_with("description") => tree.insert(0, Node::new(body)),
        None => drop(tree::place(tree, Node::new(body))),
    }
}

/// `10,20-22`; what is no list of numbers is none.
fn vlans(list: &str) -> Vec<u16> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.parse().ok()?..=to.parse().ok()?)
    };
    list.split(',').filter_map(range).flatten().collect()
}

/// Values that have a form.
fn check(kind: Kind, said: &[(usize, String)]) -> Result<(), Wrong> {
    let words: Vec<&str> = said.iter().map(|(_, w)| w.as_str()).collect();
    let invalid = |i: usize| Wrong::Invalid(said.get(i).map_or(0, |(column, _)| *column));
    let is_vlans = |list: &str| {
        list.split(',').all(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |t: &str| t.parse::<u16>().ok().filter(|v| (1..=4094).contains(v));
            matches!((number(from), number(to)), (Some(a), Some(b)) if a <= b)
        })
    };
    let is_length = |text: &str, most: u8| text.parse::<u8>().is_ok_and(|l| l <= most);
    match words.as_slice() {
        ["vlan", "internal", ..] => Ok(()),
        ["vlan", list] if !is_vlans(list) => Err(invalid(1)),
        ["switchport", "access" | "voice", "vlan", list] if !is_vlans(list) => Err(invalid(3)),
        ["switchport", "access" | "voice"] | ["switchport", "trunk" | "mode"] | ["ip", "address"] => {
            Err(Wrong::Incomplete)
        }
        ["switchport", "trunk", "allowed", "vlan", "add" | "remove", list] if !is_vlans(list) => Err(invalid(5)),
        ["switchport", "trunk", "allowed", "vlan", list]
            if !is_vlans(list) && !["none", "all", "add", "remove"].contains(list) =>
        {
            Err(invalid(4))
        }
        ["switchport", "mode", mode] if !["access", "trunk", "dot1q-tunnel", "dynamic"].contains(mode) => {
            Err(invalid(2))
        }
        ["mtu", n] if !n.parse::<u32>().is_ok_and(|n| (68..=9214).contains(&n)) => Err(invalid(1)),
        ["ip", "address", "dhcp", ..] => Ok(()),
        ["ip", "address", address, rest @ ..] if kind == Kind::Ios => match (address.parse::<Ipv4Addr>(), rest) {
            (Err(_), _) => Err(invalid(2)),
            (_, []) => Err(Wrong::Incomplete),
            (_, [mask, ..]) if !is_mask(mask) => Err(invalid(3)),
            _ => Ok(()),
        },
        ["ip", "address", address, ..] => {
            let is_right =
                address.split_once('/').is_some_and(|(a, l)| a.parse::<Ipv4Addr>().is_ok() && is_length(l, 32));
            if is_right { Ok(()) } else { Err(invalid(2)) }
        }
        ["ipv6", "address", address, ..] => {
            let is_right =
                address.split_once('/').is_some_and(|(a, l)| a.parse::<Ipv6Addr>().is_ok() && is_length(l, 128));
            if is_right { Ok(()) } else { Err(invalid(2)) }
        }
        ["neighbor", _, "remote-as", number] if number.parse::<u32>().is_err() => Err(invalid(3)),
        ["neighbor", _, "remote-as"] => Err(Wrong::Incomplete),
        ["router", "bgp", number] if number.parse::<u32>().is_err() => Err(invalid(2)),
        ["router", "bgp" | "ospf"] => Err(Wrong::Incomplete),
        _ => Ok(()),
    }
}

fn is_mask(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(|mask| {
        let bits = u32::from(mask);
        bits.leading_ones() + bits.trailing_zeros() == 32 || bits == u32::MAX
    })
}

const OF_EOS: &[&str] = &["Ethernet", "Loopback", "Management", "Port-Channel", "Vlan", "Vxlan"];
const OF_IOS: &[&str] = &[
    "FastEthernet",
    "GigabitEthernet",
    "TenGigabitEthernet",
    "TwentyFiveGigE",
    "Loopback",
    "Port-channel",
    "Tunnel",
    "Vlan",
];

/// The name in full: `Gi1/0/1` is `GigabitEthernet1/0/1`.
fn interface(kind: Kind, name: &str) -> Option<String> {
    let digit = name.find(|c: char| c.is_ascii_digit())?;
    let (head, number) = name.split_at(digit);
    let types = if kind == Kind::Eos { OF_EOS } else { OF_IOS };
    let fits = |t: &&&str| t.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let full = types.iter().find(fits).filter(|_| !head.is_empty())?;
    let is_number = number.split(['/', '.']).all(|part| part.parse::<u16>().is_ok());
    is_number.then(|| format!("{full}{number}"))
}
