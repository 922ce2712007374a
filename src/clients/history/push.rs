//! To another place: a path, `file://`, `ssh://` or `git@host:path`, with a key.

use super::{Error, read::branch, thread::Place};
use git2::{CertificateCheckStatus, Cred, CredentialType, ErrorClass, ErrorCode, PushOptions, RemoteCallbacks};
use std::{cell::RefCell, fmt, path::PathBuf};

#[derive(Clone, Default)]
pub struct Remote {
    pub url: String,
    /// A private key's file, for SSH.
    pub key: Option<PathBuf>,
    pub passphrase: Option<String>,
    /// SHA-256 of the host's key as `ssh-keygen -lf` shows it after `SHA256:`. Without it no host is trusted.
    pub host_key: Option<String>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("url", &shown(&self.url)).field("key", &self.key).finish_non_exhaustive()
    }
}

/// A URL without what may be a password in it.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

pub(super) fn push(place: &Place, remote: &Remote) -> Result<(), Error> {
    let url = shown(&remote.url);
    let branch = branch(&place.repository)?;
    let refused = RefCell::new(None);
    let wrong_host = RefCell::new(None);
    let tries = RefCell::new(0);
    let mut calls = RemoteCallbacks::new();
    calls.credentials(|_, user, allowed| {
        // libgit2 asks again after each key that was refused.
        *tries.borrow_mut() += 1;
        let user = user.unwrap_or("git");
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(user);
        }
        match &remote.key {
            Some(key) if allowed.contains(CredentialType::SSH_KEY) && *tries.borrow() < 4 => {
                Cred::ssh_key(user, None, key, remote.passphrase.as_deref())
            }
            Some(_) => Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Ssh, "the key was refused")),
            None => Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Ssh, "no key is configured")),
        }
    });
    calls.certificate_check(|certificate, _| {
        let Some(hash) = certificate.as_hostkey().and_then(|key| key.hash_sha256().copied()) else {
            return Ok(CertificateCheckStatus::CertificatePassthrough);
        };
        let got = base64(&hash);
        let wanted = remote.host_key.as_deref().map(|key| key.trim_start_matches("SHA256:").trim_end_matches('='));
        if wanted == Some(got.as_str()) {
            return Ok(CertificateCheckStatus::CertificateOk);
        }
        *wrong_host.borrow_mut() = Some(format!("SHA256:{got}"));
        Err(git2::Error::new(ErrorCode::Certificate, ErrorClass::Ssh, "the host's key is not the configured one"))
    });
    calls.push_update_reference(|_, why| {
        *refused.borrow_mut() = why.map(str::to_owned);
        Ok(())
    });
    let mut options = PushOptions::new();
    options.remote_callbacks(calls);
    let done = place
        .repository
        .remote_anonymous(&remote.url)
        .and_then(|mut there| there.push(&[format!("{branch}:{branch}")], Some(&mut options)));
    drop(options);
    if let Some(got) = wrong_host.take() {
        return Err(Error::WrongHostKey { got });
    }
    let diverged = |why: &str| why.contains("fast") || why.contains("fetch first");
    match (done, refused.take()) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(why)) if diverged(&why) => Err(Error::Diverged { url }),
        (Ok(()), Some(why)) => Err(Error::NotLetIn { url, why }),
        (Err(error), _) => {
            let why = error.message().to_owned();
            Err(match error.code() {
                ErrorCode::NotFastForward => Error::Diverged { url },
                ErrorCode::Auth => Error::NotLetIn { url, why },
                _ if diverged(&why) => Error::Diverged { url },
                _ if why.contains("authenticat") => Error::NotLetIn { url, why },
                _ => Error::Unreachable { url, why },
            })
        }
    }
}

/// Without padding, as OpenSSH shows it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(char::from(DIGITS[(number >> (18 - 6 * at)) as usize & 63]));
        }
    }
    out
}
