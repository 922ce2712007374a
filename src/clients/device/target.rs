//! What is connected to, and by which credentials.

use super::{
    host_key::{Known, Policy},
    limits::Limits,
    platform::Platform,
};
use std::{fmt, path::PathBuf, sync::Arc};

/// A text that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A private key, in a format of OpenSSH or PEM.
#[derive(Debug, Clone)]
pub enum Key {
    File { path: PathBuf, passphrase: Option<Secret> },
    Memory { text: Secret, passphrase: Option<Secret> },
}

/// How somebody logs in. What is there is tried in the order agent, keys, password, keyboard-interactive, and only what
/// the device offers.
#[derive(Debug, Clone)]
pub struct Login {
    /// The credential's name in the configuration. Sessions of one credential are counted.
    pub credential: String,
    pub user: String,
    pub password: Option<Secret>,
    pub keys: Vec<Key>,
    /// Whether the agent at `SSH_AUTH_SOCK` is asked.
    pub agent: bool,
    /// For `enable`, where it is another one than the password.
    pub enable: Option<Secret>,
}

impl Login {
    pub fn password(credential: &str, user: &str, password: Secret) -> Self {
        Self { password: Some(password), ..Self::nothing(credential, user) }
    }

    pub fn key(credential: &str, user: &str, key: Key) -> Self {
        Self { keys: vec![key], ..Self::nothing(credential, user) }
    }

    fn nothing(credential: &str, user: &str) -> Self {
        let (credential, user) = (credential.to_owned(), user.to_owned());
        Self { credential, user, password: None, keys: Vec::new(), agent: false, enable: None }
    }

    /// Our own secrets, to be cut out of what a device says.
    pub(super) fn secrets(&self) -> Vec<&str> {
        self.password.iter().chain(&self.enable).map(Secret::reveal).filter(|s| s.len() > 3).collect()
    }
}

/// One SSH server.
#[derive(Debug, Clone)]
pub struct Peer {
    /// A name or an address.
    pub host: String,
    pub port: u16,
    pub login: Login,
    pub policy: Policy,
    /// Keys that were seen and accepted before.
    pub known: Vec<Known>,
    /// Whether SHA-1, 3DES and their like are offered too.
    pub legacy_ssh: bool,
}

#[derive(Debug, Clone)]
pub struct Device {
    /// As people call it. Two devices of one name never have two sessions at once.
    pub name: String,
    pub at: Peer,
    /// The host that leads to it. Devices that share one share its session.
    pub jump: Option<Arc<Peer>>,
    pub platform: &'static Platform,
    pub limits: Limits,
    /// The commands whose output is the configuration, instead of the platform's.
    pub read: Vec<String>,
}
