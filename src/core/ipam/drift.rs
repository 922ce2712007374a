//! What differs between a guest in Proxmox and its records in NetBox. Pure: both sides come in as they were seen.
//!
//! Only contradictions are told. What one side leaves open (no disk written down, an agent that does not answer) is none.

use super::{
    View,
    records::{OwnNic, Records, own_nics},
};
use direttore_clients::{
    netbox::{Address, Vm, VmInterface},
    proxmox::GuestConfig,
};
use direttore_domain::{
    Family, Guest, GuestKind, GuestStatus, VlanId,
    disk::{Disk, Size},
    nic::{Address as NicAddress, ContainerNic, IpConfig, Mac},
};
use std::net::IpAddr;

/// A guest as Proxmox and the guest itself tell of it.
pub struct Seen<'s> {
    pub guest: &'s Guest,
    pub status: GuestStatus,
    pub cores: f64,
    /// Bytes.
    pub memory: u64,
    pub config: &'s GuestConfig,
    /// What it reports of itself; nothing when it is stopped or cannot be asked.
    pub reported: &'s [IpAddr],
}

/// A clause for each difference, Proxmox' side first. Nothing where NetBox has no VM to compare with.
pub fn drift(seen: &Seen<'_>, records: &Records, view: Option<&View>) -> Vec<String> {
    let Some(vm) = &records.vm else { return vec![] };
    let nics = own_nics(seen.guest.kind, seen.config);
    let pairs = pair(&nics, records);
    let mut out = Vec::new();
    sizes(seen, vm, &mut out);
    interfaces(&nics, &pairs, records, &mut out);
    addresses(seen, &nics, &pairs, records, &mut out);
    for (nic, interface) in &pairs {
        vlan(nic, interface, records, view, &mut out);
    }
    out
}

fn differs(out: &mut Vec<String>, what: &str, proxmox: impl std::fmt::Display, netbox: impl std::fmt::Display) {
    out.push(format!("{what}: {proxmox} in Proxmox, {netbox} in NetBox"));
}

fn sizes(seen: &Seen<'_>, vm: &Vm, out: &mut Vec<String>) {
    // The other words that NetBox has for a VM are people's plans with it, and say nothing of now.
    let fits = match (seen.status, vm.status.as_str()) {
        (GuestStatus::Running, word @ ("active" | "offline" | "paused")) => word == "active",
        (GuestStatus::Stopped, word @ ("active" | "offline" | "paused")) => word == "offline",
        (GuestStatus::Paused, word @ ("active" | "offline" | "paused")) => word != "offline",
        _ => true,
    };
    if !fits {
        differs(out, "status", seen.status.as_str(), &vm.status);
    }
    // A container without a limit has all of its node's cores, which are not its own.
    let is_limited = seen.guest.kind == GuestKind::Vm || seen.config.values.contains_key("cores");
    if let Some(vcpus) = vm.vcpus.filter(|v| is_limited && (v - seen.cores).abs() > 0.001) {
        differs(out, "cores", seen.cores, vcpus);
    }
    let memory = Size { mib: seen.memory >> 20 };
    if let Some(mib) = vm.memory.filter(|m| *m != memory.mib && memory.mib > 0) {
        differs(out, "memory", memory, Size { mib });
    }
    let disk = Size { mib: disks_mib(seen.config) };
    if let Some(mib) = vm.disk.filter(|d| *d != disk.mib && disk.mib > 0) {
        differs(out, "disk", disk, Size { mib });
    }
}

/// Of all disks together; drives for media have no size of their own.
fn disks_mib(config: &GuestConfig) -> u64 {
    let is_disk = |key: &str| {
        let numbered = |prefix| {
            key.strip_prefix(prefix).is_some_and(|n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        key == "rootfs" || ["scsi", "virtio", "sata", "ide", "mp"].into_iter().any(numbered)
    };
    let values = config.values.iter().filter(|(key, _)| is_disk(key));
    let disks = values.filter_map(|(_, value)| value.parse::<Disk>().ok()).filter(|d| !d.is_cdrom);
    disks.filter_map(|d| d.size).map(|s| s.mib).sum()
}

type Pair<'a> = (&'a OwnNic, &'a VmInterface);

fn macs_of<'r>(records: &'r Records, interface: &VmInterface) -> &'r [Mac] {
    records.macs.get(&interface.id).map_or(&[], Vec::as_slice)
}

/// Which interface of NetBox is which of the guest's: by hardware address, else by name.
fn pair<'a>(nics: &'a [OwnNic], records: &'a Records) -> Vec<Pair<'a>> {
    let has = |interface: &VmInterface, nic: &OwnNic| nic.mac.is_some_and(|m| macs_of(records, interface).contains(&m));
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for nic in nics {
        pairs.extend(records.interfaces.iter().find(|i| has(i, nic)).map(|i| (nic, i)));
    }
    for nic in nics {
        let is_free = |i: &&VmInterface| pairs.iter().all(|(n, p)| n.at != nic.at && p.id != i.id);
        let named = records.interfaces.iter().filter(is_free).find(|i| i.name == nic.name);
        pairs.extend(named.map(|i| (nic, i)));
    }
    pairs.sort_by_key(|(nic, _)| nic.at);
    pairs
}

fn interfaces(nics: &[OwnNic], pairs: &[Pair<'_>], records: &Records, out: &mut Vec<String>) {
    for nic in nics {
        let own = nic.mac.map(|m| m.to_string()).unwrap_or_default();
        let Some((_, interface)) = pairs.iter().find(|(n, _)| n.at == nic.at) else {
            out.push(format!("NetBox has no interface {}{}", nic.name, within(&own)));
            continue;
        };
        match (nic.mac, macs_of(records, interface)) {
            (Some(mac), []) => out.push(format!("{} has no hardware address in NetBox ({mac})", interface.name)),
            (Some(mac), theirs) if !theirs.contains(&mac) => {
                let theirs: Vec<String> = theirs.iter().map(ToString::to_string).collect();
                differs(out, &format!("hardware address of {}", nic.name), mac, theirs.join(" "));
            }
            _ => {}
        }
    }
    for interface in records.interfaces.iter().filter(|i| pairs.iter().all(|(_, p)| p.id != i.id)) {
        out.push(format!("NetBox has an interface {} that the guest has not", interface.name));
    }
}

fn within(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// The fixed addresses of each interface, as the configuration has them, by its place.
fn configured(kind: GuestKind, nics: &[OwnNic], config: &GuestConfig) -> Vec<(u32, IpAddr)> {
    let mut out = Vec::new();
    for nic in nics {
        let value = |prefix: &str| config.values.get(&format!("{prefix}{}", nic.at));
        let both = match kind {
            GuestKind::Vm => value("ipconfig").and_then(|v| v.parse::<IpConfig>().ok()).map(|c| [c.ip, c.ip6]),
            GuestKind::Container => value("net").and_then(|v| v.parse::<ContainerNic>().ok()).map(|c| [c.ip, c.ip6]),
        };
        out.extend(both.into_iter().flatten().flatten().filter_map(|address| match address {
            NicAddress::Fixed(ip, _) => Some((nic.at, ip)),
            NicAddress::Dhcp | NicAddress::Auto | NicAddress::Manual => None,
        }));
    }
    out
}

fn addresses(seen: &Seen<'_>, nics: &[OwnNic], pairs: &[Pair<'_>], records: &Records, out: &mut Vec<String>) {
    let configured = configured(seen.guest.kind, nics, seen.config);
    let recorded = |ip: IpAddr| records.addresses.iter().any(|a| a.address.address() == ip);
    for (at, ip) in &configured {
        if !recorded(*ip) {
            let name = nics.iter().find(|n| n.at == *at).map_or("", |n| n.name.as_str());
            out.push(format!("{name} is configured with {ip}, which is not on it in NetBox"));
        }
    }
    let is_configured = |ip: IpAddr| configured.iter().any(|(_, c)| *c == ip);
    for ip in seen.reported.iter().filter(|ip| !recorded(**ip) && !is_configured(**ip)) {
        out.push(format!("the guest has {ip}, which is not on it in NetBox"));
    }
    for address in &records.addresses {
        let ip = address.address.address();
        if is_configured(ip) || seen.reported.contains(&ip) {
            continue;
        }
        let on = address.assigned.as_ref().map_or("", |a| a.name.as_str());
        let nic = pairs.iter().find(|(_, i)| Some(i.id) == interface_id(address)).map(|(nic, _)| nic.at);
        let same_family = |other: IpAddr| Family::of(other) == Family::of(ip);
        let has_other = configured.iter().any(|(at, other)| Some(*at) == nic && same_family(*other));
        // A guest that reports nothing may have it set inside.
        if has_other || !seen.reported.is_empty() {
            out.push(format!("NetBox has {ip} on {on}, the guest does not"));
        }
    }
}

fn interface_id(address: &Address) -> Option<u64> {
    let assigned = address.assigned.as_ref()?;
    (assigned.object_type == "virtualization.vminterface").then_some(assigned.object_id)
}

/// The VLAN of an interface against that of the prefixes that its addresses lie in, and against its own in NetBox.
fn vlan(nic: &OwnNic, interface: &VmInterface, records: &Records, view: Option<&View>, out: &mut Vec<String>) {
    let own = |vlan: VlanId| nic.vlan == Some(vlan.get());
    let told = nic.vlan.map_or_else(|| "untagged".to_owned(), |v| format!("on VLAN {v}"));
    let mut said: Vec<VlanId> = Vec::new();
    for address in records.addresses.iter().filter(|a| interface_id(a) == Some(interface.id)) {
        let vlan = view.and_then(|v| vlan_of(v, address)).filter(|v| !own(*v) && !said.contains(v));
        if let Some(vlan) = vlan {
            said.push(vlan);
            let ip = address.address.address();
            out.push(format!("{} is {told} in Proxmox, but the prefix of {ip} is on VLAN {vlan} in NetBox", nic.name));
        }
    }
    let untagged = interface.untagged_vlan.as_ref().map(|v| v.vid);
    if let Some(vlan) = untagged.filter(|v| !own(*v) && !said.contains(v)) {
        out.push(format!("{} is {told} in Proxmox, and on VLAN {vlan} in NetBox", nic.name));
    }
}

/// The VLAN of the smallest prefix of its table that an address lies in.
fn vlan_of(view: &View, address: &Address) -> Option<VlanId> {
    let ip = address.address.address();
    let vrf = address.vrf.as_ref().map(|v| v.id);
    let around = view.prefixes.iter().map(|entry| &entry.row);
    let around = around.filter(|row| row.prefix.contains(ip) && row.vrf.as_ref().map(|v| v.id) == vrf);
    around.max_by_key(|row| row.prefix.length())?.vlan.as_ref().map(|v| v.vid)
}

#[cfg(test)]
mod tests;
