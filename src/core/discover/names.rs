//! Interfaces by their names, short and long, and what NetBox calls their types.

use super::KnownInterface;
use direttore_domain::device::seen::SeenInterface;

/// Short and long, as Cisco and those who follow it write them.
const FORMS: &[(&str, &str)] = &[
    ("fa", "fastethernet"),
    ("gi", "gigabitethernet"),
    ("te", "tengigabitethernet"),
    ("tw", "twogigabitethernet"),
    ("twe", "twentyfivegige"),
    ("fo", "fortygigabitethernet"),
    ("hu", "hundredgige"),
    ("et", "ethernet"),
    ("eth", "ethernet"),
    ("po", "port-channel"),
    ("vl", "vlan"),
    ("lo", "loopback"),
    ("tu", "tunnel"),
    ("ma", "management"),
    ("mgmt", "management"),
];

/// A slug as NetBox takes it: `Arista Networks` → `arista-networks`.
pub fn slug(name: &str) -> String {
    let word = |part: &str| part.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).map(word).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(100).collect();
    if slug.is_empty() { "unnamed".to_owned() } else { slug }
}

/// `sw1.lab.example.org` and `sw1` are one device.
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    let short = |name: &str| name.split('.').next().unwrap_or(name).to_lowercase();
    one.eq_ignore_ascii_case(other) || short(one) == short(other)
}

/// `Gi0/1` and `GigabitEthernet0/1` are one.
pub(super) fn canonical(name: &str) -> String {
    let lower = name.trim().to_lowercase().replace(' ', "");
    let at = lower.find(|c: char| c.is_ascii_digit()).unwrap_or(lower.len());
    let (word, number) = lower.split_at(at);
    let long = FORMS.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long);
    format!("{long}{number}")
}

/// As [`same`], of a name alone.
pub(super) fn called<'a>(name: &str, known: &'a [KnownInterface]) -> Option<&'a KnownInterface> {
    known.iter().find(|k| k.name == name).or_else(|| known.iter().find(|k| canonical(&k.name) == canonical(name)))
}

/// By name, then by the long name, then by the one form that both have.
pub(super) fn same<'a>(seen: &SeenInterface, known: &'a [KnownInterface]) -> Option<&'a KnownInterface> {
    let exact = |name: &str| known.iter().find(|k| k.name == name);
    exact(&seen.name).or_else(|| exact(&seen.long_name)).or_else(|| {
        let forms = [canonical(&seen.name), canonical(&seen.long_name)];
        known.iter().find(|k| forms.contains(&canonical(&k.name)))
    })
}

/// NetBox' type of what was seen.
pub(super) fn kind(seen: &SeenInterface) -> &'static str {
    match seen.kind {
        161 => "lag",
        24 | 53 | 131 | 135 | 136 => "virtual",
        209 => "bridge",
        6 => match seen.speed.unwrap_or(0) {
            100_000 => "100base-tx",
            1_000_000 => "1000base-t",
            10_000_000 => "10gbase-x-sfpp",
            25_000_000 => "25gbase-x-sfp28",
            40_000_000 => "40gbase-x-qsfpp",
            100_000_000 => "100gbase-x-qsfp28",
            _ => "other",
        },
        _ => "other",
    }
}
