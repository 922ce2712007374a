//! TLS: the right fingerprint, another one, none.

use super::{
    super::{Error, fingerprint_of},
    server::{Reply, Server, data, nobody},
    *,
};
use direttore_domain::{GuestKind, Power};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer},
};

/// A server with a certificate of its own making, and that certificate's fingerprint.
async fn secured() -> (Server, String) {
    // For another name than it is asked by: with a pin that does not matter.
    let made = rcgen::generate_simple_self_signed(["pve1.lab".to_owned()]).expect("a certificate");
    let fingerprint = fingerprint_of(made.cert.der());
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("key and certificate fit");
    let tls = TlsAcceptor::from(Arc::new(config));
    let answer = |seen: &server::Seen| match seen.method.as_str() {
        "GET" => data(r#"{"version":"9.2.3"}"#),
        _ => data(&format!("{UPID:?}")),
    };
    (Server::start_with(Some(tls), answer).await, fingerprint)
}

fn lab(hosts: &[(&Server, Option<&str>)], verify_tls: bool) -> Proxmox {
    let mut settings = settings(&[], token());
    settings.hosts = hosts.iter().map(|(s, f)| Host { url: s.url(), fingerprint: f.map(str::to_owned) }).collect();
    settings.verify_tls = verify_tls;
    Proxmox::new(settings).expect("valid")
}

#[tokio::test]
async fn the_pinned_certificate_is_trusted() {
    let (server, fingerprint) = secured().await;
    assert_eq!(fingerprint.len(), 95);
    for pin in [fingerprint.clone(), fingerprint.to_lowercase().replace(':', "")] {
        lab(&[(&server, Some(&pin))], true).version().await.expect("trusted");
    }
}

#[tokio::test]
async fn another_certificate_is_named_and_nothing_is_sent() {
    let (server, fingerprint) = secured().await;
    let pinned = "AB".repeat(32);
    let lab = lab(&[(&server, Some(&pinned))], false);
    let changed = Error::Certificate { host: server.name(), seen: fingerprint };
    assert_eq!(lab.version().await, Err(changed.clone()));
    let written = lab.power(&guest(GuestKind::Vm, 100), Power::Start, None).await.expect_err("not trusted");
    assert_eq!(written, changed);
    assert!(!written.may_have_been_done() && !written.is_temporary());
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn without_a_pin_the_system_decides() {
    let (server, fingerprint) = secured().await;
    let error = lab(&[(&server, None)], true).version().await.expect_err("self-signed");
    assert_eq!(error, Error::Untrusted { host: server.name(), seen: fingerprint });
    lab(&[(&server, None)], false).version().await.expect("anybody is trusted when told so");
}

#[tokio::test]
async fn a_changed_certificate_is_told_before_other_troubles() {
    let (changed, _) = secured().await;
    let (gone, pinned) = (nobody().await, "AB".repeat(32));
    let error = lab(&[(&gone, None), (&changed, Some(&pinned))], true).version().await.expect_err("neither");
    assert!(matches!(error, Error::Certificate { .. }), "{error:?}");
    let (good, fingerprint) = secured().await;
    lab(&[(&changed, Some(&pinned)), (&good, Some(&fingerprint))], true).version().await.expect("the other one");
}

#[tokio::test]
async fn a_host_that_speaks_no_tls_cannot_be_reached() {
    let plain = Server::start(|_| Reply::Drop).await;
    let mut settings = settings(&[&plain], token());
    settings.hosts[0].url = plain.url().replace("http://", "https://");
    settings.verify_tls = false;
    // It waits for more of what is no head of a request.
    settings.timeouts.connect = Duration::from_millis(100);
    let error = Proxmox::new(settings).expect("valid").version().await.expect_err("no TLS there");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let host =
        |url: &str, fingerprint: Option<&str>| Host { url: url.into(), fingerprint: fingerprint.map(Into::into) };
    let pin = "AB".repeat(32);
    for hosts in [
        vec![],
        vec![host("", None)],
        vec![host("https://pve1", Some("AB:CD"))],
        vec![host("http://127.0.0.1:1", Some(&pin))],
        vec![host("https://pve1", Some(&pin)), host("gopher://x", None)],
    ] {
        let mut settings = settings(&[], token());
        settings.hosts = hosts.clone();
        let made = Proxmox::new(settings);
        assert!(matches!(made, Err(Error::Settings(_))), "{hosts:?}");
    }
}
