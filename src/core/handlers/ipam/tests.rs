//! What of NetBox is shown, and who may give back what.

use super::*;
use direttore_clients::netbox::Ref;
use direttore_domain::HostAddress;

pub(super) fn reference(id: u64, name: &str) -> Ref {
    Ref { id, name: name.to_owned(), slug: Some(name.to_lowercase()) }
}

pub(super) fn address(text: &str, description: &str) -> Address {
    Address {
        id: 7,
        address: text.parse::<HostAddress>().expect("an address with its length"),
        vrf: None,
        status: "active".to_owned(),
        role: None,
        dns_name: String::new(),
        description: description.to_owned(),
        assigned: None,
        tags: vec![],
        custom: serde_json::Map::new(),
    }
}

#[test]
fn addresses_and_their_holders_in_words() {
    let mut row = address("10.0.10.5/24", "");
    assert_eq!(told(&row), "10.0.10.5/24");
    row.vrf = Some(reference(3, "blue"));
    assert_eq!(told(&row), "10.0.10.5/24@blue");
    let mut assigned = Assigned {
        object_type: "dcim.interface".to_owned(),
        object_id: 4,
        name: "mgmt".to_owned(),
        parent: Some(reference(1, "sw1")),
    };
    assert_eq!(holder(&assigned), "sw1 mgmt");
    assigned.parent = None;
    assert_eq!(holder(&assigned), "mgmt");
}
