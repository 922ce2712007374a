//! Whose records they are.

use super::*;
use direttore_clients::netbox::Ref;
use serde_json::Map;

pub fn reference(id: u64, name: &str) -> Ref {
    Ref { id, name: name.to_owned(), slug: None }
}

pub fn vm(id: u64, name: &str, cluster: &str) -> Vm {
    Vm {
        id,
        name: name.to_owned(),
        status: "active".to_owned(),
        cluster: Some(reference(1, cluster)),
        site: None,
        device: None,
        role: None,
        tenant: None,
        platform: None,
        vcpus: Some(2.0),
        memory: Some(2048),
        disk: Some(8192),
        primary_ip4: None,
        primary_ip6: None,
        description: String::new(),
        comments: String::new(),
        tags: vec![],
        custom: Map::new(),
    }
}

pub fn mac(text: &str) -> Mac {
    text.parse().expect("a hardware address")
}

pub fn config(values: &[(&str, &str)]) -> GuestConfig {
    let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    GuestConfig { digest: String::new(), values }
}

const OURS: &str = "BC:24:11:00:00:01";
const THEIRS: &str = "BC:24:11:00:00:02";

#[test]
fn the_vm_is_the_one_of_that_name_in_that_cluster() {
    let rows = || vec![vm(1, "web1", "far"), vm(2, "Web1", "Lab"), vm(3, "web12", "lab")];
    assert_eq!(only(rows(), "web1", "lab").map(|vm| vm.map(|vm| vm.id)), Ok(Some(2)));
    assert_eq!(only(rows(), "db1", "lab"), Ok(None));
    let twice = vec![vm(2, "web1", "lab"), vm(5, "web1", "lab")];
    let doubt = only(twice, "web1", "lab").expect_err("nobody can know which");
    assert_eq!(doubt, "NetBox has several VMs web1 in the cluster lab (ids 2 and 5)");
}

#[test]
fn a_vm_of_other_hardware_is_another_machine() {
    let vmid = Vmid::try_from(101).expect("a VMID");
    let of = |netbox: &[&str], guest: &[&str]| {
        let macs = HashMap::from([(7, netbox.iter().map(|m| mac(m)).collect())]);
        let records = Records { vm: Some(vm(1, "web1", "lab")), macs, ..Records::default() };
        let guest: Vec<Mac> = guest.iter().map(|m| mac(m)).collect();
        records.of_guest("web1", vmid, &guest)
    };
    assert!(of(&[THEIRS, OURS], &[OURS]).doubts.is_empty());
    // One side that names no hardware proves nothing.
    assert!(of(&[], &[OURS]).vm.is_some() && of(&[THEIRS], &[]).vm.is_some());
    let doubted = of(&[THEIRS], &[OURS]);
    assert_eq!(doubted.doubts, ["the VM web1 in NetBox has other hardware addresses than web1 (101)"]);
    assert!(doubted.vm.is_none() && doubted.macs.is_empty());
}

#[test]
fn interfaces_of_a_configuration() {
    let vm = config(&[
        ("net10", "virtio=BC:24:11:00:00:03,bridge=vmbr0"),
        ("net1", "virtio=BC:24:11:00:00:02,bridge=vmbr0,tag=20"),
        ("net0", "not to be read"),
        ("netboot", "1"),
    ]);
    let names: Vec<(String, Option<u16>)> =
        own_nics(GuestKind::Vm, &vm).into_iter().map(|n| (n.name, n.vlan)).collect();
    assert_eq!(names, [("net1".to_owned(), Some(20)), ("net10".to_owned(), None)]);
    let container = config(&[("net0", "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp")]);
    let [nic] = &own_nics(GuestKind::Container, &container)[..] else { panic!("one interface") };
    assert_eq!((nic.name.as_str(), nic.mac), ("eth0", Some(mac(OURS))));
}
