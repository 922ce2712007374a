//! What a connection is made of, as the configuration gives it.

use super::Error;
use direttore_domain::ClusterName;
use std::{fmt, path::PathBuf, time::Duration};

#[derive(Debug, Clone)]
pub struct Settings {
    pub cluster: ClusterName,
    /// Nodes of this one cluster, in the order of preference; at least one.
    pub hosts: Vec<Host>,
    pub auth: Auth,
    /// Whether a host without a fingerprint must be trusted by the system's certificates.
    pub verify_tls: bool,
    pub timeouts: Timeouts,
    /// A file to which every request sent is appended, as one line of JSON without secrets. For contract tests.
    pub record: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// `https://pve1.lab:8006`; without a scheme it is HTTPS, without a port 8006.
    pub url: String,
    /// SHA-256 of the leaf certificate, hexadecimal, with or without colons. Then nothing else decides on trust.
    pub fingerprint: Option<String>,
}

#[derive(Clone)]
pub enum Auth {
    /// `id` is `user@realm!token`.
    Token { id: String, secret: String },
    /// `user` is `user@realm`.
    Password { user: String, password: String },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { id, .. } => f.debug_struct("Token").field("id", id).finish_non_exhaustive(),
            Self::Password { user, .. } => f.debug_struct("Password").field("user", user).finish_non_exhaustive(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To one host, TLS included.
    pub connect: Duration,
    /// A whole GET.
    pub read: Duration,
    /// A whole POST, PUT or DELETE. Longer than the 30 s after which Proxmox itself gives up forwarding (596).
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), read: Duration::from_secs(15), write: Duration::from_secs(40) }
    }
}

/// A host's address in the one form that requests are built on: scheme, host and port, nothing behind.
pub(super) fn base_url(given: &str) -> Result<reqwest::Url, Error> {
    let wrong = |why: &str| Error::Settings(format!("{}: {why}", super::error::tidy(given)));
    let trimmed = given.trim();
    let full = if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
    let mut url = reqwest::Url::parse(&full).map_err(|e| wrong(&format!("{e}; right would be https://pve1:8006")))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(wrong("it is no web address; right would be https://pve1:8006"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Settings("an address holds a user name or password; they have keys of their own".into()));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("nothing may follow the port; right would be https://pve1:8006"));
    }
    if !names_a_port(&full) {
        url.set_port(Some(8006)).map_err(|()| wrong("it has no place for a port"))?;
    }
    Ok(url)
}

/// `Url` drops a scheme's own port (443), so it must be looked for in the text.
fn names_a_port(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let after_address = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    after_address.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_scheme_and_port() {
        for (given, right) in [
            ("pve1", "https://pve1:8006/"),
            ("https://pve1.lab/", "https://pve1.lab:8006/"),
            ("https://pve1:443", "https://pve1/"),
            ("http://127.0.0.1:4711", "http://127.0.0.1:4711/"),
            ("https://[fd00::1]", "https://[fd00::1]:8006/"),
            ("https://[fd00::1]:8443", "https://[fd00::1]:8443/"),
            ("10.0.0.5:8006", "https://10.0.0.5:8006/"),
        ] {
            assert_eq!(base_url(given).map(String::from), Ok(right.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in ["", "ftp://pve1", "https://", "https://pve1:8006/api2", "https://pve1:99999", "https://pve1?x=1"]
        {
            assert!(matches!(base_url(given), Err(Error::Settings(_))), "{given}");
        }
        let secret = base_url("https://root:hunter2@pve1").expect_err("credentials in it");
        assert!(!secret.to_string().contains("hunter2"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let token = Auth::Token { id: "bot@pve!x".into(), secret: "s3cret".into() };
        let password = Auth::Password { user: "root@pam".into(), password: "s3cret".into() };
        let shown = format!("{token:?} {password:?}");
        assert!(!shown.contains("s3cret") && shown.contains("bot@pve!x") && shown.contains("root@pam"), "{shown}");
    }
}
