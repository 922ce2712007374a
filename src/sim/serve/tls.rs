//! The certificate: self-signed, made once, known by its fingerprint.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use std::{io, net::IpAddr, sync::Arc};
use tokio_rustls::TlsAcceptor;

fn wrong(e: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}

/// A new certificate with its key, PEM.
pub fn make(ip: IpAddr) -> io::Result<(String, String)> {
    let names = vec![ip.to_string(), "localhost".to_owned(), "pve1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(wrong)?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}

/// What speaks TLS with that certificate, and its fingerprint: SHA-256, upper hex with colons.
pub fn acceptor(certificate: &str, key: &str) -> io::Result<(TlsAcceptor, String)> {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(wrong)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(wrong)?;
    let bytes: Vec<String> = Sha256::digest(&certificate).iter().map(|b| format!("{b:02X}")).collect();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(wrong)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), bytes.join(":")))
}
