//! The addresses that a running guest has, and how its agent or its node tells them.
//!
//! A container, and a VM with a cloud-init drive, have what their configuration says: fixed ones as they are, by DHCP
//! one of 192.0.2.0/24, by router advertisement one of 2001:db8::/64, both made from the MAC. A VM that was installed by
//! hand has what somebody gave it: 198.18.x.y and 2001:db8::vmid.

use super::{Call, Handled, No, data};
use crate::world::{Guest, PowerState, disks};
use direttore_domain::GuestKind::{Container, Vm};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

struct Interface {
    name: String,
    mac: String,
    addresses: Vec<(IpAddr, u8)>,
}

pub fn of_vm(call: &mut Call<'_>) -> Handled {
    let path = format!("/vms/{}", call.vmid());
    if call.world.is_version_8() {
        call.check(&path, &["VM.Monitor"])?;
    } else {
        call.check_any(&path, &["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"])?;
    }
    let guest = call.guest()?;
    if !has_agent(guest) {
        return Err(No::business("No QEMU guest agent configured"));
    }
    if !guest.is_running() {
        return Err(No::business(format!("VM {} is not running", guest.vmid)));
    }
    // A paused guest's agent does not answer, nor is there one where nothing is installed.
    if guest.power == PowerState::Paused || guest.is_blank || guest.is_mute {
        return Err(No::business("QEMU guest agent is not running"));
    }
    let row = |interface: Interface| {
        let addresses = interface.addresses.iter().map(|(address, length)| {
            let kind = if address.is_ipv4() { "ipv4" } else { "ipv6" };
            json!({"ip-address": address, "ip-address-type": kind, "prefix": length})
        });
        json!({"name": interface.name, "hardware-address": interface.mac, "ip-addresses": addresses.collect::<Vec<_>>()})
    };
    data(json!({"result": interfaces(guest).into_iter().map(row).collect::<Vec<_>>()}))
}

pub fn of_container(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    if !guest.is_running() {
        return data(Value::Null);
    }
    let row = |interface: Interface| {
        let Interface { name, mac, addresses } = interface;
        let listed = addresses.iter().map(|(address, length)| {
            let kind = if address.is_ipv4() { "inet" } else { "inet6" };
            json!({"ip-address": address, "ip-address-type": kind, "prefix": length.to_string()})
        });
        let mut row =
            json!({"name": name, "hwaddr": mac, "hardware-address": mac, "ip-addresses": listed.collect::<Vec<_>>()});
        for (key, is_v4) in [("inet", true), ("inet6", false)] {
            if let Some((address, length)) = addresses.iter().find(|(address, _)| address.is_ipv4() == is_v4) {
                row[key] = json!(format!("{address}/{length}"));
            }
        }
        row
    };
    data(interfaces(guest).into_iter().map(row).collect::<Vec<_>>())
}

pub fn has_agent(guest: &Guest) -> bool {
    let agent = guest.config.get("agent").map(String::as_str).unwrap_or_default();
    agent.split(',').any(|part| matches!(part, "1" | "enabled=1"))
}

/// Loopback first, then the NICs in their order.
fn interfaces(guest: &Guest) -> Vec<Interface> {
    let loopback = vec![(Ipv4Addr::LOCALHOST.into(), 8), (Ipv6Addr::LOCALHOST.into(), 128)];
    let mut all = vec![Interface { name: "lo".into(), mac: "00:00:00:00:00:00".into(), addresses: loopback }];
    let has_cloud_init = guest.config.values().any(|value| value.contains("cloudinit"));
    for n in 0..32 {
        let Some(nic) = guest.config.get(&format!("net{n}")) else { continue };
        let mac = mac(nic);
        let said = match guest.kind {
            Container => nic.as_str(),
            Vm if has_cloud_init => guest.config.get(&format!("ipconfig{n}")).map_or("", String::as_str),
            Vm => "",
        };
        let mut addresses = if guest.kind == Vm && !has_cloud_init && n == 0 {
            let vmid = guest.vmid;
            let by_hand = Ipv4Addr::from(0xc612_0000 + (vmid / 250 % 250) * 256 + 1 + vmid % 250);
            vec![(by_hand.into(), 16), (slaac_like(vmid), 64)]
        } else {
            configured(said, mac)
        };
        if all.len() == 1 {
            addresses.extend(guest.seen.iter().map(|address| (*address, if address.is_ipv4() { 24 } else { 64 })));
        }
        addresses.push((by_mac(0xfe80_0000_0000_0000, mac), 64));
        if disks::option(nic, "link_down") == Some("1") {
            addresses.clear();
        }
        let name = disks::option(nic, "name").map_or_else(|| format!("eth{n}"), str::to_owned);
        let mac = mac.map(|b| format!("{b:02x}")).join(":");
        all.push(Interface { name, mac, addresses });
    }
    all
}

fn slaac_like(vmid: u32) -> IpAddr {
    Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(vmid)).into()
}

/// `ip=…,ip6=…` of either grammar.
fn configured(said: &str, mac: [u8; 6]) -> Vec<(IpAddr, u8)> {
    let fixed = |text: &str| {
        let (address, length) = text.split_once('/')?;
        Some((address.parse().ok()?, length.parse().ok()?))
    };
    let tail = u32::from_be_bytes([0, mac[3], mac[4], mac[5]]);
    let v4 = disks::option(said, "ip").and_then(|ip| match ip {
        "dhcp" => Some((Ipv4Addr::from(0xc000_0200 + 1 + tail % 254).into(), 24)),
        text => fixed(text),
    });
    let v6 = disks::option(said, "ip6").and_then(|ip| match ip {
        "auto" => Some((by_mac(0x2001_0db8_0000_0000, mac), 64)),
        "dhcp" => Some((Ipv6Addr::from(0x2001_0db8_u128 << 96 | 1 << 64 | u128::from(tail)).into(), 128)),
        text => fixed(text),
    });
    v4.into_iter().chain(v6).collect()
}

/// A network's upper half and the MAC as an EUI-64 (RFC 4291 appendix A).
fn by_mac(network: u64, mac: [u8; 6]) -> IpAddr {
    let [a, b, c, d, e, f] = mac;
    let host = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    Ipv6Addr::from(u128::from(network) << 64 | u128::from(host)).into()
}

/// The address in a NIC's value, under whatever key it stands.
fn mac(nic: &str) -> [u8; 6] {
    let values = nic.split(',').filter_map(|part| part.split_once('=').map(|(_, value)| value));
    let bytes = |text: &str| -> Option<[u8; 6]> {
        let bytes: Option<Vec<u8>> = text.split(':').map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        bytes?.try_into().ok()
    };
    values.filter(|value| value.len() == 17).find_map(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_from_the_configuration_and_the_mac() {
        let mac = mac("virtio=BC:24:11:00:01:02,bridge=vmbr0");
        assert_eq!(mac, [0xbc, 0x24, 0x11, 0, 1, 2]);
        let shown = |said: &str| {
            configured(said, mac).into_iter().map(|(ip, length)| format!("{ip}/{length}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("ip=10.0.10.5/24,gw=10.0.10.1,ip6=2001:db8:10::5/64"), "10.0.10.5/24 2001:db8:10::5/64");
        assert_eq!(shown("name=eth0,ip=dhcp,ip6=auto,bridge=vmbr0"), "192.0.2.5/24 2001:db8::be24:11ff:fe00:102/64");
        assert_eq!(shown("ip=manual,ip6=dhcp"), "2001:db8:0:1::102/128");
        assert_eq!(shown(""), "");
    }
}
