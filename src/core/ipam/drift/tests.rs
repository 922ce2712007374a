//! What counts as a difference.

use super::*;
use crate::ipam::records::tests::{config, mac, reference, vm};
use direttore_clients::netbox::{Assigned, VlanRef};
use direttore_domain::Vmid;
use std::collections::HashMap;

const MAC: &str = "BC:24:11:00:00:01";

fn guest(kind: GuestKind) -> Guest {
    Guest {
        cluster: "lab".parse().expect("a name"),
        vmid: Vmid::try_from(101).expect("a VMID"),
        kind,
        node: "pve1".parse().expect("a name"),
        name: Some("web1".to_owned()),
        status: GuestStatus::Running,
        is_template: false,
        cores: 2.0,
        cpu: 0.0,
        memory: 2 << 30,
        memory_used: 0,
        disk: 0,
        disk_used: 0,
        uptime: 1,
        pool: None,
        tags: vec![],
        lock: None,
        ha: None,
    }
}

fn interface(id: u64, name: &str) -> VmInterface {
    VmInterface {
        id,
        vm: reference(1, "web1"),
        name: name.to_owned(),
        is_enabled: true,
        mac: None,
        description: String::new(),
        untagged_vlan: None,
    }
}

fn address(id: u64, text: &str, interface: u64) -> Address {
    Address {
        id,
        address: text.parse().expect("an address"),
        vrf: None,
        status: "active".to_owned(),
        role: None,
        dns_name: String::new(),
        description: String::new(),
        assigned: Some(Assigned {
            object_type: "virtualization.vminterface".to_owned(),
            object_id: interface,
            name: "net0".to_owned(),
            parent: Some(reference(1, "web1")),
        }),
        tags: vec![],
        custom: serde_json::Map::new(),
    }
}

fn records() -> Records {
    Records {
        vm: Some(vm(1, "web1", "lab")),
        interfaces: vec![interface(7, "net0")],
        macs: HashMap::from([(7, vec![mac(MAC)])]),
        addresses: vec![address(3, "10.0.10.5/24", 7)],
        doubts: vec![],
    }
}

const NET0: (&str, &str) = ("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0");
const IP0: (&str, &str) = ("ipconfig0", "ip=10.0.10.5/24,gw=10.0.10.1");
const DISK: (&str, &str) = ("scsi0", "local-lvm:vm-101-disk-0,size=8G");

fn compare(values: &[(&str, &str)], reported: &[&str], change: impl FnOnce(&mut Records, &mut Seen<'_>)) -> String {
    let (guest, config) = (guest(GuestKind::Vm), config(values));
    let reported: Vec<IpAddr> = reported.iter().map(|a| a.parse().expect("an address")).collect();
    let mut seen = Seen {
        guest: &guest,
        status: GuestStatus::Running,
        cores: 2.0,
        memory: 2 << 30,
        config: &config,
        reported: &reported,
    };
    let mut records = records();
    change(&mut records, &mut seen);
    drift(&seen, &records, None).join("\n")
}

#[test]
fn what_is_the_same_is_not_told() {
    assert_eq!(compare(&[NET0, IP0, DISK], &["10.0.10.5"], |_, _| {}), "");
    // Nothing is known of the inside of a guest that does not answer, and NetBox need not name sizes.
    let open = compare(&[NET0, DISK], &[], |r, _| {
        r.vm.iter_mut().for_each(|vm| (vm.vcpus, vm.memory, vm.disk) = (None, None, None));
    });
    assert_eq!(open, "");
    assert_eq!(compare(&[NET0], &["10.0.10.9"], |r, _| *r = Records::default()), "");
}

#[test]
fn sizes_and_status() {
    let all = compare(&[NET0, IP0, DISK, ("scsi1", "ceph:vm-101-disk-1,size=512M")], &[], |r, s| {
        (s.status, s.cores, s.memory) = (GuestStatus::Stopped, 4.0, 1536 << 20);
        r.vm.iter_mut().for_each(|vm| vm.status = "active".to_owned());
    });
    insta::assert_snapshot!(all, @"
    status: stopped in Proxmox, active in NetBox
    cores: 4 in Proxmox, 2 in NetBox
    memory: 1536M in Proxmox, 2G in NetBox
    disk: 8704M in Proxmox, 8G in NetBox
    ");
    let planned = compare(&[NET0, IP0, DISK], &[], |r, s| {
        s.status = GuestStatus::Stopped;
        r.vm.iter_mut().for_each(|vm| vm.status = "decommissioning".to_owned());
    });
    assert_eq!(planned, "");
}

#[test]
fn interfaces_and_hardware_addresses() {
    let net1 = ("net1", "virtio=BC:24:11:00:00:02,bridge=vmbr0");
    let all = compare(&[NET0, IP0, DISK, net1], &[], |r, _| {
        r.interfaces.push(interface(8, "net7"));
        r.macs.insert(7, vec![mac("BC:24:11:00:00:0A")]);
    });
    insta::assert_snapshot!(all, @"
    hardware address of net0: BC:24:11:00:00:01 in Proxmox, BC:24:11:00:00:0A in NetBox
    NetBox has no interface net1 (BC:24:11:00:00:02)
    NetBox has an interface net7 that the guest has not
    ");
    let bare = compare(&[NET0, IP0, DISK], &[], |r, _| r.macs.clear());
    assert_eq!(bare, "net0 has no hardware address in NetBox (BC:24:11:00:00:01)");
    // Another name for the same hardware is people's own choice.
    assert_eq!(compare(&[NET0, IP0, DISK], &[], |r, _| r.interfaces[0].name = "ens18".to_owned()), "");
}

#[test]
fn addresses_both_ways() {
    let both = compare(&[NET0, ("ipconfig0", "ip=10.0.10.6/24"), DISK], &["10.0.10.6", "2001:db8::6"], |_, _| {});
    insta::assert_snapshot!(both, @"
    net0 is configured with 10.0.10.6, which is not on it in NetBox
    the guest has 2001:db8::6, which is not on it in NetBox
    NetBox has 10.0.10.5 on net0, the guest does not
    ");
    let silent = compare(&[NET0, ("ipconfig0", "ip=10.0.10.6/24"), DISK], &[], |_, _| {});
    assert!(silent.ends_with("NetBox has 10.0.10.5 on net0, the guest does not"), "{silent}");
}

#[test]
fn a_container_is_read_as_one() {
    let container = guest(GuestKind::Container);
    let config = config(&[
        ("net0", "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=10.0.10.5/24,tag=20"),
        ("rootfs", "local-lvm:vm-101-disk-0,size=8G"),
    ]);
    let seen = Seen {
        guest: &container,
        status: GuestStatus::Running,
        cores: 16.0,
        memory: 2 << 30,
        config: &config,
        reported: &[],
    };
    let mut records = records();
    records.interfaces[0].untagged_vlan =
        Some(VlanRef { id: 1, vid: VlanId::try_from(10).expect("a VLAN"), name: "servers".to_owned() });
    assert_eq!(drift(&seen, &records, None), ["eth0 is on VLAN 20 in Proxmox, and on VLAN 10 in NetBox"]);
}
