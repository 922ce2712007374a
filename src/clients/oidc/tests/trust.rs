//! Whose certificate is trusted.

use super::{super::*, provider::told};
use crate::server_for_tests::Server;
use serde_json::json;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer},
};

/// A provider with a certificate of its own making, and that certificate.
async fn secured() -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("key and certificate fit");
    let server = Server::start_with(Some(TlsAcceptor::from(Arc::new(config))), |seen| match seen.path.as_str() {
        "/keys" => told("200 OK", &json!({ "keys": [] })),
        _ => {
            let issuer = format!("https://{}", seen.headers["host"]);
            let at = |path: &str| format!("{issuer}{path}");
            told(
                "200 OK",
                &json!({ "issuer": issuer, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
                    "jwks_uri": at("/keys"), "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"] }),
            )
        }
    });
    (server.await, made.cert.pem())
}

#[tokio::test]
async fn an_authority_of_the_labs_own_is_trusted_when_it_is_named() {
    let (server, pem) = secured().await;
    let asked = |ca_pem: Option<String>| {
        let settings = Settings {
            issuer: server.url(),
            client_id: "direttore".to_owned(),
            client_secret: None,
            scopes: vec![],
            redirect: "https://lab.example/back".to_owned(),
            wants: vec![],
            ca_pem,
            connect: Duration::from_secs(20),
            read: Duration::from_secs(20),
        };
        Provider::new(settings)
    };
    let looked = asked(Some(pem)).expect("settings").look().await.expect("trusted");
    assert_eq!((looked.keys, looked.endpoints.len()), (0, 2));
    let seen = server.seen().len();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate").cert.pem();
    for ca in [None, Some(other)] {
        let error = asked(ca).expect("settings").look().await.expect_err("nobody vouches for it");
        assert!(matches!(&error, Error::Untrusted { host, .. } if host == "127.0.0.1"), "{error:?}");
    }
    assert_eq!(server.seen().len(), seen, "nothing was sent");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
    assert!(matches!(asked(Some(broken)), Err(Error::Settings(_))));
}
