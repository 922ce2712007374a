//! What Proxmox and NetBox have in common: where they are, and how far they are trusted.

use super::{
    error::ConfigError,
    section::Section,
    tree::{Item, Place, Value},
};
use std::fs;

const FINGERPRINT: &str =
    "the SHA-256 of the certificate: 32 pairs of hexadecimal digits, as `direttore check` prints it";

/// The key `url`, as given, without a slash at its end. `fits` judges what comes after the scheme, which may be absent.
pub(super) fn url(
    section: &mut Section<'_>,
    right: &str,
    fits: fn(&str) -> bool,
) -> Result<Option<String>, ConfigError> {
    named_url(section, "url", right, fits)
}

/// As [`url`], under another key.
pub(super) fn named_url(
    section: &mut Section<'_>,
    key: &str,
    right: &str,
    fits: fn(&str) -> bool,
) -> Result<Option<String>, ConfigError> {
    let Some((text, place)) = section.text(key)? else { return Ok(None) };
    let url = text.trim().trim_end_matches('/');
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    if ["http", "https"].iter().any(|s| s.eq_ignore_ascii_case(scheme)) && fits(rest) {
        return Ok(Some(url.to_owned()));
    }
    // A URL with a password in it must not be shown.
    if text.contains('@') {
        let why = format!("{} has an @ in it; right would be {right}", section.name(key));
        return Err(ConfigError::new(place.shown, why));
    }
    Err(section.wrong(key, &Item { value: Value::Text(text), place }, right))
}

/// Host and port, without path, query or user.
pub(super) fn is_host(rest: &str) -> bool {
    // What comes before the last colon is the host, unless that colon is inside the brackets of an IPv6 address.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let port_fits = port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok_and(|p| p > 0));
    let host_fits = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    port_fits && host_fits
}

/// Host and port, also with a path.
pub(super) fn is_base(rest: &str) -> bool {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    is_host(host) && path.bytes().all(is_plain)
}

/// The key `fingerprint`: 32 pairs of hexadecimal digits in capitals, with colons.
pub(super) fn fingerprint(section: &mut Section<'_>) -> Result<Option<String>, ConfigError> {
    let Some((text, place)) = section.text("fingerprint")? else { return Ok(None) };
    let digits: Vec<u8> = text.trim().bytes().filter(|b| *b != b':').collect();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(section.wrong("fingerprint", &Item { value: Value::Text(text), place }, FINGERPRINT));
    }
    let pairs: Vec<String> =
        digits.chunks(2).filter_map(|pair| Some(std::str::from_utf8(pair).ok()?.to_ascii_uppercase())).collect();
    Ok(Some(pairs.join(":")))
}

/// What a person should know of a connection that nothing proves: it is called "without …".
pub(super) fn risk(url: &str, fingerprint: Option<&str>, verify_tls: bool) -> Option<&'static str> {
    let is_plain = url.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"));
    if is_plain {
        Some("without encryption")
    } else if fingerprint.is_none() && !verify_tls {
        Some("without knowing its certificate (verify_tls = false)")
    } else {
        None
    }
}

/// The certificates in a file. `name` is the key that names it.
pub(super) fn authority(name: &str, file: &str, place: &Place, right: &str) -> Result<String, ConfigError> {
    let path = place.folder.join(file.trim());
    let wrong = |why: String| ConfigError::new(&*place.shown, format!("{name}: {why}"));
    let pem = fs::read_to_string(&path).map_err(|e| wrong(format!("{} cannot be read: {e}", path.display())))?;
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(pem);
    }
    Err(wrong(format!("{} has no certificate in it; right would be {right}", path.display())))
}
