//! TLS, and settings that cannot work.

use super::*;
use crate::netbox::{Error, NewAddress, Source};
use std::sync::Arc;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer},
};

/// A server with a certificate of its own making, and that certificate's fingerprint.
async fn secured() -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(["netbox.lab".to_owned()]).expect("a certificate");
    let fingerprint = crate::tls::fingerprint_of(made.cert.der());
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("key and certificate fit");
    let tls = TlsAcceptor::from(Arc::new(config));
    (Server::start_with(Some(tls), |_| ok(&json!({"netbox-version": "4.2.0"}))).await, fingerprint)
}

#[tokio::test]
async fn a_pin_decides_alone_and_without_one_the_system_does() {
    let (server, fingerprint) = secured().await;
    let asked = |pin: Option<&str>, verify_tls: bool| {
        NetBox::new(Settings { fingerprint: pin.map(str::to_owned), verify_tls, ..settings(&server) }).expect("valid")
    };
    asked(Some(&fingerprint), true).status().await.expect("trusted");
    asked(None, false).status().await.expect("anybody is trusted when told so");
    let seen = server.seen().len();

    let (host, other) = (server.name(), "AB".repeat(32));
    let changed = asked(Some(&other), false);
    let right = Error::Certificate { host: host.clone(), seen: fingerprint.clone() };
    assert_eq!(changed.status().await, Err(right.clone()));
    assert_eq!(changed.take_next(Source::Prefix(1), &NewAddress::default()).await, Err(right));
    let error = asked(None, true).status().await.expect_err("self-signed");
    assert_eq!(error, Error::Untrusted { host, seen: fingerprint });
    assert!(!error.may_have_been_done() && !error.is_temporary());
    assert_eq!(server.seen().len(), seen, "nothing was sent");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let valid = Settings::new("https://netbox.lab", TOKEN);
    for settings in [
        Settings { url: String::new(), ..valid.clone() },
        Settings { token: " ".into(), ..valid.clone() },
        Settings { token: "Bearer nbt_x".into(), ..valid.clone() },
        Settings { fingerprint: Some("AB:CD".into()), ..valid.clone() },
        Settings { url: "http://127.0.0.1:1".into(), fingerprint: Some("AB".repeat(32)), ..valid.clone() },
    ] {
        let shown = format!("{settings:?}");
        assert!(matches!(NetBox::new(settings), Err(Error::Settings(_))), "{shown}");
    }
    let netbox = NetBox::new(valid).expect("valid");
    let shown = format!("{netbox:?}");
    assert_eq!(shown, "NetBox { url: \"https://netbox.lab\", .. }");
}
