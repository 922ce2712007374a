use super::*;
use direttore_domain::nic::Address;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

#[test]
fn ssh_keys_are_encoded_by_percent_alone() {
    let keys = ["ssh-ed25519 AAAA+/= alice at home".to_owned(), "ssh-rsa BBBB".to_owned()];
    assert_eq!(ssh_keys(&keys), "ssh-ed25519%20AAAA%2B%2F%3D%20alice%20at%20home%0Assh-rsa%20BBBB");
}

proptest! {
    #[test]
    fn any_keys_come_back_and_only_allowed_characters_are_sent(keys in proptest::collection::vec("\\PC{0,40}", 0..4)) {
        let encoded = ssh_keys(&keys);
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-%_.!~*'()".contains(&b)), "{}", encoded);
        prop_assert_eq!(percent_decode_str(&encoded).decode_utf8().expect("UTF-8"), keys.join("\n"));
    }
}

#[test]
fn a_vm_after_its_clone() {
    let settings = VmSettings {
        cores: Some(4),
        memory: Some(Size { mib: 4096 }),
        nics: vec!["virtio,bridge=vmbr0,tag=10".parse().expect("a NIC"), "virtio,bridge=vmbr1".parse().expect("a NIC")],
        ipconfigs: vec![
            IpConfig::default(),
            IpConfig {
                ip: Some(Address::Fixed([10, 0, 10, 5].into(), 24)),
                gw: Some([10, 0, 10, 1].into()),
                ip6: Some(Address::Auto),
                gw6: None,
            },
        ],
        nameservers: vec![[10, 0, 0, 53].into(), "2001:db8::53".parse().expect("an address")],
        search_domain: Some("lab.example".into()),
        user: Some("alice".into()),
        ssh_keys: vec!["ssh-rsa AAAA".into()],
        password: Some("hunter2".into()),
        tags: ["web", "prod"].map(|t| t.parse().expect("a tag")).to_vec(),
        description: Some("two\nlines".into()),
        agent: true,
    };
    let change = vm_change(&settings);
    let values: Vec<String> = change.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        values,
        [
            "cores=4",
            "memory=4096",
            "agent=1",
            "net0=virtio,bridge=vmbr0,tag=10",
            "net1=virtio,bridge=vmbr1",
            "ipconfig1=ip=10.0.10.5/24,gw=10.0.10.1,ip6=auto",
            "nameserver=10.0.0.53 2001:db8::53",
            "searchdomain=lab.example",
            "ciuser=alice",
            "sshkeys=ssh-rsa%20AAAA",
            "tags=web;prod",
            "description=two\nlines",
        ]
    );
    assert_eq!(change.secrets, [("cipassword".to_owned(), "hunter2".to_owned())]);
    assert!(!format!("{change:?} {settings:?}").contains("hunter2"));
    assert!(vm_change(&VmSettings::default()).is_empty());
}
