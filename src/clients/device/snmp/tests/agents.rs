//! Against agents that we did not write: net-snmp, and recordings of real devices, as the file `DIRETTORE_TEST_DEVICES` names
//! them. Without the file these tests say that they are skipped.

use crate::device::{
    snmp::{Error, Limits, Login, Proof, Protect, Reading, read},
    tests::lab::row,
};
use direttore_domain::device::seen::Seen;
use std::{net::IpAddr, time::Duration};

fn limits() -> Limits {
    Limits { request: Duration::from_secs(8), retries: 2, ..Limits::default() }
}

fn port_of(name: &str) -> Option<u16> {
    u16::try_from(row(name)?["port"].as_u64()?).ok()
}

/// What an agent of the lab tells; nothing where it does not run.
async fn told(name: &str, host: &str, login: &Login) -> Option<Result<Reading, Error>> {
    Some(read(host, port_of(name)?, login, &limits()).await)
}

/// A recorded device: its name is its community.
async fn recorded(name: &str) -> Option<Seen> {
    let login = Login::V2c { community: name.to_owned() };
    Some(told("snmpsim", "127.0.0.1", &login).await?.expect("it answers").seen)
}

fn user(name: &str, proof: Proof, protect: Option<Protect>) -> Login {
    Login::V3 {
        user: name.to_owned(),
        proof: Some((proof, "authpassphrase".to_owned())),
        protect: protect.map(|protect| (protect, "privpassphrase".to_owned())),
        context: String::new(),
    }
}

#[tokio::test]
async fn net_snmp_tells_the_same_to_every_login() {
    let community = Login::V2c { community: "labro".to_owned() };
    for (host, login) in [
        ("127.0.0.1", community.clone()),
        ("::1", community.clone()),
        ("[::1]", community),
        ("127.0.0.1", user("labsha", Proof::Sha1, Some(Protect::Aes128))),
        ("127.0.0.1", user("labsha256", Proof::Sha256, Some(Protect::Aes128))),
        ("127.0.0.1", user("labauth", Proof::Sha1, None)),
    ] {
        let Some(told) = told("snmpd1", host, &login).await else { return };
        let Reading { seen, answered } = told.unwrap_or_else(|error| panic!("{host} {login:?}: {error}"));
        assert_eq!(seen.system.name, "snmpd1", "{host} {login:?}");
        assert_eq!(seen.system.location, "Room 1");
        assert_eq!(seen.system.enterprise(), Some(8072));
        let loopback = seen.interfaces.iter().find(|i| i.name == "lo").expect("there is a loopback");
        assert_eq!((loopback.kind, loopback.is_enabled), (24, true));
        assert_eq!(answered, host.trim_matches(['[', ']']).parse::<IpAddr>().expect("an address"));
        assert_eq!(seen.notes, Vec::<String>::new(), "{host} {login:?}");
    }
}

#[tokio::test]
async fn who_is_not_let_in_hears_nothing_or_why() {
    let quick = Limits { request: Duration::from_millis(300), retries: 0, ..Limits::default() };
    let Some(port) = port_of("snmpd1") else { return };
    let community = Login::V2c { community: "wrong".to_owned() };
    let error = read("127.0.0.1", port, &community, &quick).await.expect_err("it is not let in");
    assert_eq!(
        error.to_string(),
        "127.0.0.1 gives no answer by SNMP, or community, user or passphrase are wrong",
        "{error:?}"
    );
    let nobody = user("nobody", Proof::Sha1, Some(Protect::Aes128));
    let error = read("127.0.0.1", port, &nobody, &quick).await.expect_err("it is not let in");
    assert!(matches!(error, Error::NotLetIn { .. } | Error::NoAnswer { .. }), "{error:?}");
    let mut wrong = user("labsha", Proof::Sha1, Some(Protect::Aes128));
    if let Login::V3 { proof: Some((_, passphrase)), .. } = &mut wrong {
        passphrase.push('x');
    }
    let error = read("127.0.0.1", port, &wrong, &quick).await.expect_err("it is not let in");
    assert!(matches!(error, Error::NotLetIn { .. } | Error::NoAnswer { .. }), "{error:?}");
}

/// What is compared of a recording: who it is, how much it has, and its addresses.
fn summary(seen: &Seen) -> String {
    let addresses: Vec<String> =
        seen.interfaces.iter().flat_map(|i| i.addresses.iter().map(|a| format!("{} {}", i.name, a.address))).collect();
    let count = |has: fn(&direttore_domain::device::seen::SeenInterface) -> bool| {
        seen.interfaces.iter().filter(|interface| has(interface)).count()
    };
    format!(
        "{} {} {} {}, {} interfaces ({} MACs, {} in an aggregate, {} untagged, {} tagged), {} VLANs, {} parts, {} \
         neighbours; {}; {:?}",
        seen.system.manufacturer,
        seen.system.model,
        seen.system.serial,
        seen.system.software,
        seen.interfaces.len(),
        count(|i| i.mac.is_some()),
        count(|i| i.lag.is_some()),
        count(|i| i.untagged.is_some()),
        count(|i| !i.tagged.is_empty()),
        seen.vlans.len(),
        seen.modules.len(),
        seen.neighbours.len(),
        addresses.join(", "),
        seen.notes,
    )
}

#[tokio::test]
async fn recorded_devices_of_four_makers_are_read_whole() {
    for (name, expected) in [
        (
            "arista-7150s",
            "Arista Networks DCS-7150S-52-CL JPE15151458 4.20.5F, 59 interfaces (57 MACs, 2 in an aggregate, 49 untagged, 3 \
             tagged), 5 VLANs, 45 parts, 2 neighbours; ",
        ),
        (
            "cisco-c3560",
            " WS-C3560G-48TS-E FOC1408Z61U 12.2(55)SE3, 57 interfaces (56 MACs, 0 in an aggregate, 0 untagged, 0 tagged), \
             4 VLANs, 5 parts, 9 neighbours; Vl2 10.1.100.148/24, Vl2 2001:da8:215:100::148/64, ",
        ),
        (
            "brocade-icx",
            "   , 29 interfaces (29 MACs, 0 in an aggregate, 0 untagged, 0 tagged), 1 VLANs, 0 parts, 0 neighbours; ",
        ),
        (
            "vyatta",
            "   , 24 interfaces (6 MACs, 0 in an aggregate, 0 untagged, 0 tagged), 0 VLANs, 0 parts, 0 neighbours; mgt \
             199.1.1.8/24, ",
        ),
    ] {
        let Some(seen) = recorded(name).await else { return };
        let summary = summary(&seen);
        assert!(summary.starts_with(expected), "{name}: {summary}");
        let whole = seen.interfaces.iter().flat_map(|i| &i.addresses).all(|address| address.has_length);
        assert!(whole, "{name}: {summary}");
        let odd = ["2 rows of the address table make no sense and were left out"];
        assert_eq!(seen.notes, if name == "brocade-icx" { &odd[..] } else { &[] }, "{name}");
    }
}
