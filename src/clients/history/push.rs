//! To another place: a path, `file://`, `ssh://` or `git@host:path`, with a key.

use super::{Error, read::branch};
use git2::{
    CertificateCheckStatus, Cred, CredentialType, ErrorClass, ErrorCode, PushOptions, RemoteCallbacks, Repository,
};
use std::{
    cell::RefCell,
    fmt,
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// After so long nobody believes any more that an attempt will end.
const FORGOTTEN: Duration = Duration::from_secs(3600);

#[derive(Clone)]
pub struct Remote {
    pub url: String,
    /// A private key's file, for SSH.
    pub key: Option<PathBuf>,
    pub passphrase: Option<String>,
    /// SHA-256 of the host's key as `ssh-keygen -lf` shows it after `SHA256:`. Without it no host is trusted.
    pub host_key: Option<String>,
    /// How long it is waited for. What takes longer goes on alone.
    pub patience: Duration,
}

impl Default for Remote {
    fn default() -> Self {
        Self { url: String::new(), key: None, passphrase: None, host_key: None, patience: Duration::from_secs(60) }
    }
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

/// Attempts to bring it there. Each has a thread of its own: libgit2 waits for ever for a host that says nothing, and that
/// keeps nobody from the history.
#[derive(Clone)]
pub(super) struct Outgoing {
    path: PathBuf,
    /// When the one that has not ended began.
    began: Arc<Mutex<Option<Instant>>>,
}

impl Outgoing {
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, began: Arc::default() }
    }

    pub(super) async fn push(&self, remote: Remote) -> Result<(), Error> {
        let (url, patience) = (shown(&remote.url), remote.patience);
        let silent = |why: String| Error::Unreachable { url: url.clone(), why };
        let mark = |began: Option<Instant>| {
            std::mem::replace(&mut *self.began.lock().unwrap_or_else(PoisonError::into_inner), began)
        };
        if let Some(earlier) = mark(Some(Instant::now())).filter(|at| at.elapsed() < FORGOTTEN) {
            mark(Some(earlier));
            return Err(silent("an earlier attempt has not ended yet".to_owned()));
        }
        let (path, began) = (self.path.clone(), Arc::clone(&self.began));
        let (done, answer) = oneshot::channel();
        let started = std::thread::Builder::new().name("history-remote".to_owned()).spawn(move || {
            let ended = Repository::open(&path).map_err(Error::from).and_then(|here| push(&here, &remote));
            *began.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let _ = done.send(ended);
        });
        if let Err(error) = started {
            mark(None);
            return Err(Error::Failed { why: error.to_string() });
        }
        match tokio::time::timeout(patience, answer).await {
            Ok(ended) => ended.map_err(|_| Error::Ended)?,
            Err(_) => Err(silent(format!("it did not end within {} s, and goes on alone", patience.as_secs_f32()))),
        }
    }
}

fn push(here: &Repository, remote: &Remote) -> Result<(), Error> {
    let url = shown(&remote.url);
    let branch = branch(here)?;
    // libgit2 would not say which file it misses.
    if let Some(key) = &remote.key
        && let Err(error) = File::open(key)
    {
        return Err(Error::NotLetIn { url, why: format!("the key {} cannot be read: {error}", key.display()) });
    }
    let refused = RefCell::new(None);
    let wrong_host = RefCell::new(None);
    let is_offered = RefCell::new(false);
    let mut calls = RemoteCallbacks::new();
    calls.credentials(|_, user, allowed| {
        let user = user.unwrap_or("git");
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(user);
        }
        let no = |why: &str| Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Ssh, why));
        let Some(key) = &remote.key else { return no("no key is configured") };
        // libgit2 asks again after a key that was refused, and hosts shut out who offers too many.
        if is_offered.replace(true) || !allowed.contains(CredentialType::SSH_KEY) {
            return no(&format!("the key {} was refused", key.display()));
        }
        Cred::ssh_key(user, None, key, remote.passphrase.as_deref())
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
    let done = here
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
