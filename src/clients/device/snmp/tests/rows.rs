use super::{number, tables, text};
use crate::device::snmp::{
    oids::Column as C,
    row::{Is, Tables},
    seen::seen,
};
use direttore_domain::device::seen::{Neighbour, Seen, SeenInterface};

fn two_interfaces() -> Vec<(C, &'static [u32], Is)> {
    vec![
        (C::IfDescr, &[1], text("GigabitEthernet0/1")),
        (C::IfName, &[1], text("Gi0/1")),
        (C::IfType, &[1], number(6)),
        (C::IfDescr, &[2], text("GigabitEthernet0/1.10\0\0")),
        (C::IfType, &[2], number(135)),
    ]
}

fn read(mut more: Vec<(C, &'static [u32], Is)>) -> Seen {
    let mut rows = two_interfaces();
    rows.append(&mut more);
    seen(&tables(&rows))
}

fn addresses(interface: &SeenInterface) -> Vec<(String, bool)> {
    interface.addresses.iter().map(|a| (a.address.to_string(), a.has_length)).collect()
}

#[test]
fn strings_are_read_whatever_they_are_made_of() {
    assert_eq!(text("Gi0/1\0\0\0").text(), "Gi0/1");
    assert_eq!(Is::Bytes(vec![0x63, 0x61, 0x66, 0xe9]).text(), "café");
    assert_eq!(text("café ").text(), "café");
    assert_eq!(text("a\u{202e}b").text(), "a\\u{202e}b");
    assert_eq!(Is::Bytes(vec![0, 0x1a, 0x2b, 0, 0, 1]).mac().as_deref(), Some("00:1A:2B:00:00:01"));
    assert_eq!(Is::Bytes(vec![0; 6]).mac(), None);
    assert_eq!(text("six").mac(), None);
}

#[test]
fn speeds_beyond_32_bits_come_from_the_newer_table() {
    let seen = read(vec![
        (C::IfSpeed, &[1], number(4_294_967_295)),
        (C::IfHighSpeed, &[1], number(40_000)),
        (C::IfSpeed, &[2], number(100_000_000)),
        (C::IfHighSpeed, &[2], number(0)),
        (C::IfAdmin, &[1], number(2)),
        (C::IfMtu, &[1], number(9000)),
        (C::IfMtu, &[2], number(4_294_967_295)),
    ]);
    let [one, two] = &seen.interfaces[..] else { panic!("{:?}", seen.interfaces) };
    assert_eq!((one.speed, one.mtu, one.is_enabled, one.name.as_str()), (Some(40_000_000), Some(9000), false, "Gi0/1"));
    assert_eq!(
        (two.speed, two.mtu, two.is_enabled, two.name.as_str()),
        (Some(100_000), None, true, "GigabitEthernet0/1.10")
    );
}

#[test]
fn the_length_of_a_network_is_the_last_number_of_a_pointer() {
    let pointer = |length: u32| Is::Oid(vec![1, 3, 6, 1, 2, 1, 4, 32, 1, 5, 1, 1, 4, 192, 0, 2, 0, length]);
    let v6: &[u32] = &[2, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let linked: &[u32] = &[4, 20, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
    let seen = read(vec![
        (C::IpIndex, &[1, 4, 192, 0, 2, 1], number(1)),
        (C::IpPrefix, &[1, 4, 192, 0, 2, 1], pointer(24)),
        (C::IpIndex, v6, number(1)),
        (C::IpPrefix, v6, Is::Oid(vec![0, 0])),
        (C::IpIndex, &[1, 4, 198, 51, 100, 1], number(1)),
        (C::IpIndex, &[1, 4, 198, 51, 100, 255], number(1)),
        (C::IpType, &[1, 4, 198, 51, 100, 255], number(3)),
        (C::IpIndex, &[1, 4, 127, 0, 0, 1], number(1)),
        (C::IpIndex, linked, number(1)),
        (C::IpIndex, &[77, 1, 2], number(1)),
        (C::OldIpIndex, &[198, 51, 100, 1], number(1)),
        (C::OldIpMask, &[198, 51, 100, 1], Is::Bytes(vec![255, 255, 255, 192])),
    ]);
    let expected = [("192.0.2.1/24", true), ("198.51.100.1/26", true), ("2001:db8::1/128", false)];
    assert_eq!(addresses(&seen.interfaces[0]), expected.map(|(a, known)| (a.to_owned(), known)));
    assert_eq!(seen.notes.len(), 2, "{:?}", seen.notes);
    assert!(seen.notes[0].starts_with("1 rows of the address table") && seen.notes[1].contains("1 addresses"));
}

#[test]
fn units_members_vlans_and_vrfs_find_their_interfaces() {
    let vrf: &[u32] = &[4, 0x62, 0x6c, 0x75, 0x65];
    let member: &[u32] = &[4, 0x62, 0x6c, 0x75, 0x65, 2];
    let seen = read(vec![
        (C::Stack, &[2, 1], number(1)),
        (C::IfDescr, &[9], text("Port-channel1")),
        (C::IfType, &[9], number(161)),
        (C::Lag, &[1], number(9)),
        (C::BridgePort, &[1], number(1)),
        (C::VlanName, &[10], text("users")),
        (C::VlanName, &[20], text("voice")),
        (C::VlanEgress, &[10], Is::Bytes(vec![0b1000_0000, 0])),
        (C::VlanUntagged, &[10], Is::Bytes(vec![0b1000_0000, 0])),
        (C::VlanEgress, &[20], Is::Bytes(vec![0b1100_0000, 0])),
        (C::Pvid, &[1], number(10)),
        (C::VtpName, &[1, 30], text("guests")),
        (C::VtpName, &[1, 1002], text("fddi-default")),
        (C::VrfRd, vrf, text("64500:1")),
        (C::VrfMember, member, number(1)),
    ]);
    let one = seen.interface(1).expect("it is there");
    assert_eq!(one.lag, Some(9));
    assert_eq!(
        (one.untagged.map(|v| v.get()), one.tagged.iter().map(|v| v.get()).collect::<Vec<_>>()),
        (Some(10), vec![20])
    );
    assert_eq!(seen.interface(2).expect("it is there").parent, Some(1));
    assert_eq!(seen.interface(2).expect("it is there").vrf.as_deref(), Some("blue"));
    assert_eq!(
        seen.vrfs.iter().map(|v| (v.name.as_str(), v.rd.as_deref())).collect::<Vec<_>>(),
        [("blue", Some("64500:1"))]
    );
    assert_eq!(seen.vlans.iter().map(|v| v.vid.get()).collect::<Vec<_>>(), [10, 20, 30]);
}

#[test]
fn the_chassis_and_its_parts() {
    let seen = read(vec![
        (C::System, &[1, 0], text("Cisco IOS")),
        (C::System, &[2, 0], Is::Oid(vec![1, 3, 6, 1, 4, 1, 9, 1, 1])),
        (C::System, &[5, 0], text("sw1")),
        (C::PhysClass, &[1], number(3)),
        (C::PhysSerial, &[1], text("FOX1")),
        (C::PhysModel, &[1], text("WS-C3560")),
        (C::PhysSoftware, &[1], text("12.2(55)SE")),
        (C::PhysClass, &[2], number(9)),
        (C::PhysSerial, &[2], text("SFP1")),
        (C::PhysName, &[2], text("Gi0/1 optics")),
        (C::PhysClass, &[3], number(10)),
    ]);
    assert_eq!(
        (seen.system.name.as_str(), seen.system.serial.as_str(), seen.system.model.as_str()),
        ("sw1", "FOX1", "WS-C3560")
    );
    assert_eq!((seen.system.enterprise(), seen.system.software.as_str()), (Some(9), "12.2(55)SE"));
    assert_eq!(seen.modules.iter().map(|m| m.serial.as_str()).collect::<Vec<_>>(), ["SFP1"]);
}

#[test]
fn neighbours_by_both_protocols_are_told_once() {
    let seen = read(vec![
        (C::LldpPort, &[7], text("Gi0/1")),
        (C::LldpRemote, &[4, 0, 7, 1], number(4)),
        (C::LldpRemote, &[5, 0, 7, 1], Is::Bytes(vec![0, 0, 0x5e, 0, 0x53, 1])),
        (C::LldpRemote, &[6, 0, 7, 1], number(5)),
        (C::LldpRemote, &[7, 0, 7, 1], text("Ethernet3")),
        (C::LldpRemote, &[9, 0, 7, 1], text("spine1.example.net")),
        (C::CdpDevice, &[1, 4], text("spine1")),
        (C::CdpPort, &[1, 4], text("Ethernet3")),
        (C::CdpDevice, &[2, 5], text("phone7")),
        (C::CdpPort, &[2, 5], text("Port 1")),
    ]);
    let told: Vec<_> = seen
        .neighbours
        .iter()
        .map(|Neighbour { port, device, their_port, .. }| (port.as_str(), device.as_str(), their_port.as_str()))
        .collect();
    assert_eq!(told, [("Gi0/1", "spine1.example.net", "Ethernet3"), ("GigabitEthernet0/1.10", "phone7", "Port 1")]);
    assert_eq!(seen.neighbours[0].chassis.as_deref(), Some("00:00:5E:00:53:01"));
}

#[test]
fn nothing_at_all_is_an_empty_device() {
    assert_eq!(seen(&Tables::default()), Seen::default());
}
