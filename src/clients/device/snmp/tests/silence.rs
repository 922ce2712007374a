use crate::device::snmp::{Error, Limits, Login, Proof, Protect, WrongLogin, read};
use std::{net::UdpSocket, time::Duration};

fn soon() -> Limits {
    Limits { request: Duration::from_millis(50), retries: 0, ..Limits::default() }
}

#[tokio::test]
async fn a_device_that_is_silent_is_told_with_what_may_be_wrong() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("it has one").port();
    let login = Login::V2c { community: "hunter2".to_owned() };
    let error = read("127.0.0.1", port, &login, &soon()).await.expect_err("nobody answers");
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
    assert!(
        error.to_string().contains("community, user or passphrase")
            && !format!("{error:?} {login:?}").contains("hunter2")
    );
}

#[tokio::test]
async fn logins_that_cannot_be_are_refused_before_anything_is_sent() {
    let v3 = |proof: Option<(Proof, &str)>, protect: Option<(Protect, &str)>| Login::V3 {
        user: "lab".to_owned(),
        proof: proof.map(|(kind, words)| (kind, words.to_owned())),
        protect: protect.map(|(kind, words)| (kind, words.to_owned())),
        context: String::new(),
    };
    for (login, expected) in [
        (v3(Some((Proof::Sha1, "short")), None), WrongLogin::Short),
        (v3(None, Some((Protect::Aes128, "long enough"))), WrongLogin::PrivacyAlone),
    ] {
        match read("192.0.2.1", 161, &login, &soon()).await {
            Err(Error::Login(wrong)) => assert_eq!(wrong, expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!("DES".parse::<Protect>(), Err(WrongLogin::Des));
    assert_eq!("SHA-256".parse::<Proof>(), Ok(Proof::Sha256));
    assert!("crc32".parse::<Proof>().is_err());
}
