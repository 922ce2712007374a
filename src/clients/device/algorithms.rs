//! What is offered in a handshake. The library knows old algorithms too, so the list is always said.

use super::{error::Error, target::Peer};
use ssh2::{MethodType, Session};

const KEX: &str = "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,\
    diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
const KEX_OLD: &str = "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1";
const HOST_KEY: &str =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
const HOST_KEY_OLD: &str = "ssh-rsa,ssh-dss";
const CIPHER: &str = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,\
    aes192-ctr,aes128-ctr";
const CIPHER_OLD: &str = "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
const MAC: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
const MAC_OLD: &str = "hmac-sha1-etm@openssh.com,hmac-sha1,hmac-sha1-96,hmac-md5";

pub(super) fn offer(session: &Session, peer: &Peer) -> Result<(), Error> {
    let list = |new: &str, old: &str| if peer.legacy_ssh { format!("{new},{old}") } else { new.to_owned() };
    let host_keys = in_known_order(&list(HOST_KEY, HOST_KEY_OLD), &known_kinds(peer));
    let (cipher, mac) = (list(CIPHER, CIPHER_OLD), list(MAC, MAC_OLD));
    for (kind, names) in [
        (MethodType::Kex, &list(KEX, KEX_OLD)),
        (MethodType::HostKey, &host_keys),
        (MethodType::CryptCs, &cipher),
        (MethodType::CryptSc, &cipher),
        (MethodType::MacCs, &mac),
        (MethodType::MacSc, &mac),
    ] {
        let wrong = |e: ssh2::Error| Error::Settings(format!("the SSH library refuses {names}: {}", e.message()));
        session.method_pref(kind, names).map_err(wrong)?;
    }
    Ok(())
}

/// Signs with SHA-1 by an RSA key: boxes of old take nothing else, and some say so only by refusing.
pub(super) fn sign_the_old_way(session: &Session) -> bool {
    session.method_pref(MethodType::SignAlgo, "ssh-rsa").is_ok()
}

fn known_kinds(peer: &Peer) -> Vec<&str> {
    peer.known.iter().filter_map(|k| k.key.as_deref()?.split(' ').next()).collect()
}

/// The kinds of keys that are known come first: a box with several keys must show the one that was seen before.
fn in_known_order(names: &str, kinds: &[&str]) -> String {
    let is_known = |name: &str| {
        let kind = if name.starts_with("rsa-sha2-") { "ssh-rsa" } else { name };
        kinds.contains(&kind)
    };
    let (mut first, rest): (Vec<&str>, Vec<&str>) = names.split(',').partition(|name| is_known(name));
    first.extend(rest);
    first.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_key_that_is_known_is_asked_for_first() {
        let names = in_known_order("ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,ssh-rsa", &["ssh-rsa"]);
        assert_eq!(names, "rsa-sha2-512,ssh-rsa,ssh-ed25519,ecdsa-sha2-nistp256");
        assert_eq!(in_known_order("a,b", &[]), "a,b");
    }
}
