//! The named formats of the contract (`pve-vmid`, `disk-size`, …): what a value must look like, and what is said when
//! it does not.

use super::{param::Property, pattern, properties, property};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// # Errors
/// The words that Proxmox puts after `invalid format - `.
pub fn check(format: &str, value: &str) -> Result<(), String> {
    if let Some(keys) = named_property(format) {
        return property::check(keys, value).map(drop);
    }
    if let Some(single) = format.strip_suffix("-list") {
        return split_list(value).try_for_each(|item| check(single, item));
    }
    let Some((_, fits, what)) = FORMATS.iter().find(|(name, ..)| *name == format) else { return Ok(()) };
    if fits(value) { Ok(()) } else { Err(what.replace("{}", value)) }
}

/// The keys behind a format whose name stands for a property string.
pub fn named_property(format: &str) -> Option<&'static Property> {
    properties::NAMED.iter().find(|(name, _)| *name == format).map(|(_, keys)| *keys)
}

/// Proxmox's lists: separated by commas, semicolons, white space or NUL.
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| matches!(c, ',' | ';' | '\0') || c.is_whitespace()).filter(|s| !s.is_empty())
}

type Format = (&'static str, fn(&str) -> bool, &'static str);

static FORMATS: &[Format] = &[
    ("pve-vmid", vmid, "value does not look like a valid VM ID"),
    ("pve-node", dns_label, "value does not look like a valid node name"),
    ("pve-configid", configid, "invalid configuration ID '{}'"),
    ("pve-storage-id", storage_id, "storage ID '{}' contains illegal characters"),
    ("pve-storage-content", |s| CONTENT.contains(&s), "invalid content type '{}'"),
    ("pve-poolid", pool_id, "value does not look like a valid pool ID"),
    ("pve-realm", pattern::name_of_two, "value does not look like a valid realm"),
    ("pve-userid", |s| s.len() <= 64 && pattern::user(s), "value '{}' does not look like a valid user name"),
    ("pve-tokenid", |s| s.contains('!') && pattern::full_user(s), "value '{}' does not look like a valid token ID"),
    ("pve-groupid", word, "value '{}' does not look like a valid group name"),
    ("pve-roleid", word, "value '{}' does not look like a valid role ID"),
    ("pve-priv", |s| s.contains('.') && s.split('.').all(word), "invalid privilege '{}'"),
    ("pve-task-status-type", |s| ["ok", "error", "warning", "unknown"].contains(&s), "invalid status '{}'"),
    ("pve-bridge-id", |s| some(s, |b| word_byte(b) || b == b'.') && s.len() <= 15, "invalid bridge name '{}'"),
    ("pve-tag", tag, "invalid characters in tag"),
    ("pve-startup-order", startup, "unable to parse startup options"),
    (
        "pve-cpuset",
        |s| s.split(',').all(|p| p.split('-').count() <= 2 && p.split('-').all(digits)),
        "unable to parse '{}'",
    ),
    ("pve-qm-bootdisk", |s| pattern::fits(r"(ide|sata|scsi|virtio)\d+", s), "invalid boot disk '{}'"),
    ("pve-qm-bootdev", |s| some(s, |b| b.is_ascii_alphanumeric()), "invalid boot device '{}'"),
    ("pve-hotplug-features", hotplug, "value '{}' is not a list of hotplug features"),
    ("pve-volume-id", volume_id, "unable to parse volume ID '{}'"),
    ("pve-volume-id-or-qm-path", disk_source, "invalid volume or path '{}'"),
    ("pve-volume-id-or-absolute-path", |s| s.starts_with('/') || volume_id(s), "unable to parse volume ID '{}'"),
    ("pve-lxc-mp-string", mount_source, "invalid mount point '{}'"),
    ("pve-lxc-dev-string", |s| s.starts_with("/dev/") && !s.contains(".."), "'{}' is not a valid device path"),
    (
        "pve-ct-timezone",
        |s| s == "host" || some(s, |b| word_byte(b) || matches!(b, b'/' | b'+')),
        "invalid time zone '{}'",
    ),
    ("disk-size", pattern::size, "value '{}' does not look like a valid disk size"),
    ("urlencoded", url_encoded, "invalid urlencoded string"),
    ("dns-name", |s| s.len() <= 255 && s.split('.').all(dns_label), "value does not look like a valid DNS name"),
    ("mac-addr", mac, "value does not look like a valid unicast MAC address"),
    (
        "address",
        |s| s.parse::<IpAddr>().is_ok() || s.split('.').all(dns_label),
        "value does not look like a valid address: {}",
    ),
    ("ipv4", |s| s.parse::<Ipv4Addr>().is_ok(), "value does not look like a valid IPv4 address"),
    ("ipv6", |s| s.parse::<Ipv6Addr>().is_ok(), "value does not look like a valid IPv6 address"),
    (
        "pve-ipv4-config",
        |s| ["dhcp", "manual"].contains(&s) || cidr::<Ipv4Addr>(s, 32),
        "value does not look like a valid IPv4 network configuration",
    ),
    (
        "pve-ipv6-config",
        |s| ["auto", "dhcp", "manual"].contains(&s) || cidr::<Ipv6Addr>(s, 128),
        "value does not look like a valid IPv6 network configuration",
    ),
    ("CIDR", |s| cidr::<Ipv4Addr>(s, 32) || cidr::<Ipv6Addr>(s, 128), "value does not look like a valid CIDR network"),
    (
        "lxc-ip-with-ll-iface",
        |s| s == "host" || s.split('%').next().is_some_and(|a| a.parse::<IpAddr>().is_ok()),
        "value does not look like a valid address: {}",
    ),
    ("storage-pair", |s| s == "1" || s.split(':').all(storage_id), "unable to parse pair '{}'"),
    (
        "email-or-username",
        |s| !s.is_empty() && !s.contains(char::is_control),
        "value does not look like a valid email address or user name",
    ),
    // Written out in the contract, but long and never sent by us: only their shape is looked at.
    ("pve-vm-cpu-conf", options, "invalid CPU options '{}'"),
    ("pve-qm-hostpci", options, "invalid device '{}'"),
    ("pve-qm-smbios1", options, "invalid SMBIOS options '{}'"),
];

static CONTENT: &[&str] = &["images", "rootdir", "iso", "vztmpl", "backup", "snippets", "import", "none"];

#[cfg(test)]
pub fn is_known(format: &str) -> bool {
    let known = |name: &str| FORMATS.iter().any(|(known, ..)| *known == name) || named_property(name).is_some();
    known(format) || format.strip_suffix("-list").is_some_and(known)
}

fn some(s: &str, each: impl Fn(u8) -> bool) -> bool {
    !s.is_empty() && s.bytes().all(each)
}

fn digits(s: &str) -> bool {
    some(s, |b| b.is_ascii_digit())
}

fn word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

fn word(s: &str) -> bool {
    some(s, |b| word_byte(b) || b == b'.')
}

fn vmid(s: &str) -> bool {
    digits(s) && !s.starts_with('0') && s.len() >= 3 && s.len() <= 9
}

pub fn dns_label(s: &str) -> bool {
    s.len() <= 63 && some(s, |b| b.is_ascii_alphanumeric() || b == b'-') && !s.starts_with('-') && !s.ends_with('-')
}

pub fn configid(s: &str) -> bool {
    s.len() >= 2 && s.starts_with(|c: char| c.is_ascii_alphabetic()) && some(s, word_byte)
}

fn storage_id(s: &str) -> bool {
    s.len() >= 2
        && s.starts_with(|c: char| c.is_ascii_alphabetic())
        && s.ends_with(|c: char| c.is_ascii_alphanumeric())
        && word(s)
}

fn pool_id(s: &str) -> bool {
    s.len() <= 128 && s.split('/').count() <= 3 && s.split('/').all(word)
}

fn tag(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && some(s, |b| word_byte(b) || matches!(b, b'+' | b'.'))
}

fn startup(s: &str) -> bool {
    s.split(',').all(|part| match part.split_once('=') {
        Some((key, value)) => ["order", "up", "down"].contains(&key) && digits(value),
        None => digits(part),
    })
}

fn hotplug(s: &str) -> bool {
    s == "0" || s == "1" || s.split(',').all(|f| ["network", "disk", "cpu", "memory", "usb", "cloudinit"].contains(&f))
}

/// `STORAGE:VOLUME`.
pub fn volume_id(s: &str) -> bool {
    s.split_once(':').is_some_and(|(storage, volume)| {
        storage_id(storage) && !volume.is_empty() && !volume.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

/// A new volume, `STORAGE:GIB`: the size is a bare number.
pub fn new_volume(s: &str) -> Option<(&str, f64)> {
    let (storage, size) = s.split_once(':')?;
    let plain = pattern::size(size) && size.ends_with(|c: char| c.is_ascii_digit());
    (storage_id(storage) && plain).then(|| size.parse().ok().map(|gib| (storage, gib))).flatten()
}

/// `32G` looks like a volume's name, but is the common mistake for a new disk, so Proxmox's parser refuses it.
fn volume_or_new(s: &str) -> bool {
    let looks_sized = s.split_once(':').is_some_and(|(_, v)| pattern::size(v));
    new_volume(s).is_some() || (volume_id(s) && !looks_sized)
}

fn disk_source(s: &str) -> bool {
    matches!(s, "none" | "cdrom") || s.starts_with('/') || volume_or_new(s)
}

fn mount_source(s: &str) -> bool {
    s.starts_with('/') || volume_or_new(s)
}

fn url_encoded(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-%_.!~*'()".contains(&b))
}

fn mac(s: &str) -> bool {
    let parts: Vec<&str> = s.split(':').collect();
    let pairs = parts.len() == 6 && parts.iter().all(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()));
    pairs && u8::from_str_radix(parts[0], 16).is_ok_and(|first| first & 1 == 0)
}

fn cidr<A: std::str::FromStr>(s: &str, longest: u8) -> bool {
    s.split_once('/').is_some_and(|(address, len)| {
        address.parse::<A>().is_ok() && digits(len) && len.parse::<u8>().is_ok_and(|n| n <= longest)
    })
}

fn options(s: &str) -> bool {
    !s.is_empty() && s.split(',').all(|part| !part.is_empty() && !part.contains(char::is_control))
}
