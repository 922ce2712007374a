//! Whom we trust: a pinned leaf certificate, the system's certificates, or anybody.
//!
//! Lab systems sign their own certificates, so the SHA-256 fingerprint of the leaf is what can be pinned, as Proxmox's
//! own tools do. Each Proxmox node has another one.

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};

/// SHA-256 of a certificate (DER) as Proxmox writes it: upper-case hexadecimal with colons.
pub fn fingerprint_of(certificate: &[u8]) -> String {
    shown(&Sha256::digest(certificate).into())
}

fn shown(bytes: &[u8; 32]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
    pairs.join(":")
}

/// Reads 64 hexadecimal digits, with or without colons, in either case.
fn parse_fingerprint(given: &str) -> Result<[u8; 32], String> {
    let wrong = || {
        let given = crate::said::tidy(given);
        format!("{given:?} is no SHA-256 fingerprint: right would be 32 pairs of hexadecimal digits, AA:BB:…")
    };
    let digits: Vec<u8> = given.trim().bytes().filter(|b| *b != b':').collect();
    let mut out = [0u8; 32];
    if digits.len() != 64 {
        return Err(wrong());
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or_else(wrong);
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(out)
}

/// TLS for one host.
///
/// # Errors
/// What must be set otherwise: the fingerprint has the wrong form, or the system's certificates cannot be read.
pub(crate) fn config(fingerprint: Option<&str>, verify: bool) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let trust = match fingerprint {
        Some(given) => Trust::Pinned(parse_fingerprint(given)?),
        None if !verify => Trust::Anybody,
        None => Trust::System(Arc::new(
            rustls_platform_verifier::Verifier::new(Arc::clone(&provider))
                .map_err(|e| format!("the system's certificates cannot be used: {e}"))?,
        )),
    };
    built(trust, provider)
}

/// TLS for a host that the system trusts, or one of the authorities whose certificates (PEM) are given.
///
/// # Errors
/// There is no certificate in what was given, or the system's cannot be read.
pub(crate) fn with_authority(pem: Option<&str>) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let given = CertificateDer::pem_slice_iter(pem.unwrap_or_default().as_bytes());
    let given: Vec<_> = given.collect::<Result<_, _>>().map_err(|e| format!("the authority's certificate: {e}"))?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(given, Arc::clone(&provider));
    let verifier = verifier.map_err(|e| format!("the system's certificates cannot be used: {e}"))?;
    built(Trust::System(Arc::new(verifier)), provider)
}

fn built(trust: Trust, provider: Arc<CryptoProvider>) -> Result<ClientConfig, String> {
    let verifier = Verifier { trust, provider: Arc::clone(&provider) };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS cannot be used: {e}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

#[derive(Debug)]
enum Trust {
    Pinned([u8; 32]),
    System(Arc<dyn ServerCertVerifier>),
    Anybody,
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

/// A certificate that was not accepted, found again in the sources of the HTTP client's error.
#[derive(Debug, Clone)]
pub(crate) struct NotTrusted {
    pub(crate) seen: String,
    pub(crate) is_pinned: bool,
}

impl fmt::Display for NotTrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate {} is not trusted", self.seen)
    }
}

impl std::error::Error for NotTrusted {}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let is_pinned = match &self.trust {
            Trust::Anybody => return Ok(ServerCertVerified::assertion()),
            Trust::Pinned(right) if Sha256::digest(leaf.as_ref()).as_slice() == right => {
                return Ok(ServerCertVerified::assertion());
            }
            Trust::Pinned(_) => true,
            Trust::System(system) => match system.verify_server_cert(leaf, intermediates, name, ocsp, now) {
                Ok(verified) => return Ok(verified),
                Err(error) => {
                    tracing::debug!("the system does not trust a certificate: {error}");
                    false
                }
            },
        };
        let not_trusted = NotTrusted { seen: fingerprint_of(leaf.as_ref()), is_pinned };
        Err(CertificateError::Other(OtherError(Arc::new(not_trusted))).into())
    }

    // A certificate is public: only the signature proves that the other side holds its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The refused certificate behind an error of the HTTP client, if that was the reason.
pub(crate) fn not_trusted(error: &(dyn std::error::Error + 'static)) -> Option<NotTrusted> {
    chain(error).find_map(|error| match error.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(why)))) => {
            why.downcast_ref::<NotTrusted>().cloned()
        }
        _ => None,
    })
}

/// An error and all that it came from. (`source` of an I/O error skips the error that it wraps.)
pub(crate) fn chain<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_in_the_usual_forms() {
        let bytes = [0xABu8; 32];
        let colons = shown(&bytes);
        assert_eq!(colons.len(), 95);
        for given in [colons.clone(), colons.to_lowercase(), colons.replace(':', "")] {
            assert_eq!(parse_fingerprint(&given), Ok(bytes), "{given}");
        }
        for given in ["", "AB", &colons[3..], &colons.replace('A', "G"), &"ą".repeat(32)] {
            assert!(parse_fingerprint(given).is_err(), "{given}");
        }
    }
}
