//! Credentials, host keys and algorithms.

use super::{server::Behaviour, *};

#[tokio::test]
async fn what_asks_back_gets_the_password_where_nothing_is_shown() {
    let mut behaviour = Behaviour::saying(b"yes");
    behaviour.interactive = true;
    let at = Box::start(behaviour).await;
    assert_eq!(say(device(&at, "ipinfusion_ocnos"), "show x").await.map(|s| s.text), Ok("yes".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_is_told_with_what_the_device_offers() {
    let at = Box::start(Behaviour::saying(b"")).await;
    let mut wrong = device(&at, "ipinfusion_ocnos");
    wrong.at.login.password = Some(Secret::new("wrong-horse"));
    let shown = format!("{wrong:?}");
    assert!(!shown.contains("wrong-horse"), "{shown}");
    let tried = vec!["password".to_owned()];
    let refused = Error::Credentials { user: "lab".into(), tried: tried.clone(), offers: tried };
    assert_eq!(say(wrong, "show x").await.map(drop), Err(refused));
}

#[tokio::test]
async fn a_key_that_changed_is_refused_with_both_fingerprints() {
    let at = Box::start(Behaviour::saying(b"")).await;
    let first = pool().call(Arc::new(device(&at, "ipinfusion_ocnos")), |_| Ok(())).await.expect("it is believed");
    assert!(first.host_key.is_new && first.host_key.key.starts_with("ssh-ed25519 "));
    let mut strict = device(&at, "ipinfusion_ocnos");
    strict.at.policy = Policy::Strict;
    let unknown = say(strict.clone(), "show x").await;
    assert!(matches!(&unknown, Err(Error::HostKeyUnknown { seen }) if seen.fingerprint == first.host_key.fingerprint));
    strict.at.known = vec![first.host_key.clone().into()];
    say(strict, "show x").await.expect("it is known now");

    let other = Box::start(Behaviour::saying(b"")).await;
    let mut changed = device(&other, "ipinfusion_ocnos");
    changed.at.known = vec![first.host_key.clone().into()];
    let Err(Error::HostKeyChanged { known, seen }) = say(changed, "show x").await else { panic!("it changed") };
    assert!(known == first.host_key.fingerprint && seen.fingerprint != known);
}

#[tokio::test]
async fn old_algorithms_are_for_devices_that_are_marked() {
    let mut behaviour = Behaviour::saying(b"old");
    behaviour.kex = Some(russh::kex::DH_G14_SHA1);
    let at = Box::start(behaviour).await;
    let mut old = device(&at, "ipinfusion_ocnos");
    assert_eq!(say(old.clone(), "show x").await.map(drop), Err(Error::NoCommonAlgorithms { legacy: false }));
    old.at.legacy_ssh = true;
    assert_eq!(say(old, "show x").await.map(|s| s.text), Ok("old".to_owned()));
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_named() {
    let at = Box::start(Behaviour::saying(b"")).await;
    let mut keyed = device(&at, "ipinfusion_ocnos");
    keyed.at.login = Login::key("lab", "lab", Key::File { path: "/no/such/key".into(), passphrase: None });
    // The device takes passwords alone, so the key is not even looked at.
    assert!(matches!(say(keyed, "show x").await, Err(Error::Credentials { .. })));
}
