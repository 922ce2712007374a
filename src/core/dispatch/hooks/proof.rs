//! Whether who speaks has a hook's secret. Compared in constant time, and as long for a hook that is not there.

use crate::hooks::{Hook, Sender};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// A header of the request, by its name in small letters.
pub type Header<'a> = &'a (dyn Fn(&str) -> Option<&'a str> + Sync);

/// What stands for the secret where there is no hook.
const NOBODYS: &str = "no hook has this as its secret: it is shorter than one that counts";

/// Whether the body is from whom the hook hears. Nothing of the body is read before.
pub(super) fn is_shown(hook: Option<&Hook>, from: Option<Sender>, header: Header<'_>, body: &[u8]) -> bool {
    let secret = hook.map_or(NOBODYS, |hook| &hook.secret);
    let is_right = match from {
        Some(Sender::Netbox) | None => is_signed(secret, header("x-hook-signature"), body),
        Some(Sender::Grafana) if header(GRAFANA).is_some() => {
            is_signed_by_grafana(secret, (header(GRAFANA), header(GRAFANA_AT)), body)
        }
        Some(Sender::Alertmanager | Sender::Grafana | Sender::Proxmox) => is_said(secret, header("authorization")),
    };
    is_right && hook.is_some()
}

/// Where Grafana puts its signature, and the time of it, if it is told to.
const GRAFANA: &str = "x-grafana-alerting-signature";
const GRAFANA_AT: &str = "x-grafana-alerting-timestamp";

/// Grafana: the HMAC-SHA256 of the raw body, behind the time and a colon where there is one.
fn is_signed_by_grafana(secret: &str, (signature, at): (Option<&str>, Option<&str>), body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    if let Some(at) = at {
        mac.update(at.as_bytes());
        mac.update(b":");
    }
    mac.update(body);
    let given = signature.and_then(bytes::<32>);
    let is_there = given.is_some();
    mac.verify_slice(&given.unwrap_or([0; 32])).is_ok() && is_there
}

/// NetBox: the HMAC-SHA512 of the raw body in hexadecimal digits.
fn is_signed(secret: &str, signature: Option<&str>, body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    // Without a signature the same is done with one that nobody has.
    let given = signature.and_then(bytes::<64>);
    let is_there = given.is_some();
    mac.verify_slice(&given.unwrap_or([0; 64])).is_ok() && is_there
}

/// Of twice as many hexadecimal digits.
fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let (hex, mut out) = (hex.trim().as_bytes(), [0u8; N]);
    if hex.len() != N * 2 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (pair, byte) in hex.chunks_exact(2).zip(&mut out) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

/// The secret itself: as a bearer token, or as the password of whoever.
fn is_said(secret: &str, authorization: Option<&str>) -> bool {
    let given = authorization.and_then(|given| given.trim().split_once(' '));
    let said = match given {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim().as_bytes().to_vec()),
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = <base64ct::Base64 as base64ct::Encoding>::decode_vec(pair.trim()).ok();
            pair.and_then(|pair| pair.iter().position(|byte| *byte == b':').map(|at| pair[at + 1..].to_vec()))
        }
        _ => None,
    };
    said.is_some_and(|said| said.ct_eq(secret.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "throwaway-webhook-secret";

    fn hook(from: Sender) -> Hook {
        Hook { name: "default".into(), from, secret: SECRET.into() }
    }

    #[test]
    fn a_signature_is_of_the_very_bytes_and_of_the_secret() {
        let hook = hook(Sender::Netbox);
        let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
        mac.update(b"{}");
        let right: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let shown = |hook: Option<&Hook>, signature: Option<&str>, body: &[u8]| {
            is_shown(hook, Some(Sender::Netbox), &|name| signature.filter(|_| name == "x-hook-signature"), body)
        };
        assert!(shown(Some(&hook), Some(&right), b"{}"));
        assert!(shown(Some(&hook), Some(&right.to_ascii_uppercase()), b"{}"));
        assert!(!shown(Some(&hook), Some(&right), b"{ }") && !shown(None, Some(&right), b"{}"));
        for wrong in [None, Some(""), Some(&right[2..]), Some("zz"), Some(&*"0".repeat(128))] {
            assert!(!shown(Some(&hook), wrong, b"{}"), "{wrong:?}");
        }
        let other = Hook { secret: "another-secret-of-a-hook".into(), ..hook };
        assert!(!shown(Some(&other), Some(&right), b"{}"));
    }

    #[test]
    fn grafana_signs_with_or_without_a_time_or_says_the_secret() {
        let hook = hook(Sender::Grafana);
        let sign = |text: &[u8]| -> String {
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
            mac.update(text);
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let shown = |headers: &[(&str, &str)]| {
            let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            is_shown(Some(&hook), Some(Sender::Grafana), &header, b"{}")
        };
        let (bare, timed, bearer) = (sign(b"{}"), sign(b"1796112000:{}"), format!("Bearer {SECRET}"));
        assert!(shown(&[(GRAFANA, &bare)]) && shown(&[("authorization", &bearer)]));
        assert!(shown(&[(GRAFANA, &timed), (GRAFANA_AT, "1796112000")]));
        assert!(!shown(&[(GRAFANA, &timed), (GRAFANA_AT, "1796112001")]));
        assert!(!shown(&[(GRAFANA, &timed)]) && !shown(&[(GRAFANA, &bare), (GRAFANA_AT, "1796112000")]));
        assert!(!shown(&[(GRAFANA, "00"), ("authorization", &bearer)]), "a wrong signature is no missing one");
        assert!(!shown(&[(GRAFANA, "")]) && !shown(&[]));
    }

    #[test]
    fn who_does_not_sign_says_the_secret() {
        let hook = hook(Sender::Alertmanager);
        let shown = |given: Option<&str>| {
            is_shown(Some(&hook), Some(hook.from), &|name| given.filter(|_| name == "authorization"), b"{}")
        };
        let pair = <base64ct::Base64 as base64ct::Encoding>::encode_string(format!("anybody:{SECRET}").as_bytes());
        assert!(shown(Some(&format!("Bearer {SECRET}"))) && shown(Some(&format!("bearer  {SECRET}"))));
        assert!(shown(Some(&format!("Basic {pair}"))));
        for wrong in
            ["", "Bearer", "Bearer ", SECRET, "Bearer throwaway-webhook-secre", "Basic x", &format!("Basic {SECRET}")]
        {
            assert!(!shown(Some(wrong)), "{wrong}");
        }
        assert!(!shown(None));
    }
}
