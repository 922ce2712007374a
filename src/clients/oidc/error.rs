//! What can go wrong with an identity provider, by what a caller can do about it.

use direttore_domain::Failure;
use std::time::Duration;

/// Texts of the provider in it are visible, on one line, short, and free of codes, tokens and our secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The configuration must be changed.
    #[error("the identity provider cannot be set up: {0}")]
    Settings(String),
    /// No connection was made; nothing was sent.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// The connection broke after the request, or a part of it, had left.
    #[error("{host} broke the connection before it answered: {why}")]
    Dropped { host: String, why: String },
    #[error("{host} did not answer within {} s", .after.as_secs())]
    TimedOut { host: String, after: Duration },
    /// A certificate that neither the system nor the authority that was configured vouches for. Nothing was sent.
    #[error("the certificate of {host} is not trusted here; its fingerprint is {seen}")]
    Untrusted { host: String, seen: String },
    /// It is in trouble, or has too much to do.
    #[error("{host} is not available ({status})")]
    Unavailable { host: String, status: u16 },
    /// What it says of itself names an address that everybody on the way could read.
    #[error("{url} is no https")]
    Insecure { url: String },
    /// Somebody else answers where it should be.
    #[error("it is another issuer than the one configured: {why}")]
    OtherIssuer { why: String },
    /// An answer that is none.
    #[error("the answer makes no sense: {why}")]
    Garbage { why: String },
    /// Our id or secret is not known there, or not for this.
    #[error("it does not accept our client_id or client_secret: {why}")]
    Credentials { why: String },
    /// The code is unknown, used, too old, or was given to somebody else.
    #[error("the code is not accepted")]
    Code,
    /// The ID token is proven, and of another sign-in: the code was begun for elsewhere.
    #[error("the ID token was made for another sign-in")]
    OtherSignIn,
    #[error("refused: {why}")]
    Refused { why: String },
    /// The ID token proves nothing.
    #[error("the ID token is not accepted: {why}")]
    NotProven { why: String },
}

impl Error {
    /// A word for it, for what is measured.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Unreachable { .. } => "unreachable",
            Self::Dropped { .. } => "dropped",
            Self::TimedOut { .. } => "timed-out",
            Self::Untrusted { .. } => "certificate",
            Self::Unavailable { .. } => "unavailable",
            Self::Garbage { .. } | Self::Insecure { .. } | Self::OtherIssuer { .. } | Self::NotProven { .. } => {
                "garbage"
            }
            Self::Credentials { .. } => "credentials",
            Self::Code | Self::OtherSignIn | Self::Refused { .. } => "refused",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (peer, said) = ("the identity provider".to_owned(), error.to_string());
        match error {
            Error::Unreachable { host, why } | Error::Dropped { host, why } => Self::Unreachable { peer: host, why },
            Error::Untrusted { host, .. } => Self::Unreachable { peer: host, why: said },
            Error::TimedOut { host, after } => Self::Slow { peer: host, seconds: after.as_secs() },
            Error::Credentials { why } => Self::Credentials { peer, why },
            Error::Unavailable { .. } | Error::Code | Error::OtherSignIn | Error::Settings(_) => {
                Self::Upstream { peer, why: said }
            }
            Error::Refused { why } => Self::Upstream { peer, why },
            Error::Garbage { why } => Self::Garbage { peer, why },
            Error::Insecure { .. } | Error::OtherIssuer { .. } | Error::NotProven { .. } => {
                Self::Garbage { peer, why: said }
            }
        }
    }
}
