//! What can go wrong in a call to NetBox, by what a caller can do about it.

use crate::said::with_errors;
use direttore_domain::Failure;
use std::{collections::BTreeMap, time::Duration};

/// Texts of NetBox in it are visible, on one line, short, and free of our token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The configuration must be changed.
    #[error("the connection cannot be set up: {0}")]
    Settings(String),
    /// No connection was made; nothing was sent.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// The connection broke after the request, or a part of it, had left.
    #[error("{host} broke the connection before it answered: {why}")]
    Dropped { host: String, why: String },
    /// The request left and no answer came in time.
    #[error("{host} did not answer within {} s", .after.as_secs())]
    TimedOut { host: String, after: Duration },
    /// Another certificate than the one pinned. Nothing was sent.
    #[error("{host} shows another certificate than the one pinned: {seen}")]
    Certificate { host: String, seen: String },
    /// A certificate that the system does not trust, and none is pinned. Nothing was sent.
    #[error("the certificate of {host} is not trusted here and not pinned; its fingerprint is {seen}")]
    Untrusted { host: String, seen: String },
    /// The token is unknown, expired, disabled, or not for our address.
    #[error("the token is not accepted: {why}")]
    Credentials { why: String },
    /// The token may not do this, or not to this object, or may not write at all.
    #[error("not permitted: {why}")]
    Denied { why: String },
    /// NetBox has no such object, or none that the token may see. A page that it does not have is [`Error::Refused`].
    #[error("not found: {why}")]
    NotFound { why: String },
    /// No free address or prefix, or fewer than were asked for. Nothing was created.
    #[error("there is no room left")]
    Full,
    /// Other objects depend on it. Nothing was deleted.
    #[error("in use: {why}")]
    InUse { why: String },
    /// The object was changed since its [`super::Etag`] was read. Nothing was changed.
    #[error("it was changed by somebody else meanwhile")]
    Stale,
    /// Not now, and nothing was done.
    #[error("busy{}", .retry_after.map(|t| format!("; it asks for {} s", t.as_secs())).unwrap_or_default())]
    Busy { retry_after: Option<Duration> },
    /// There is one already: of an address, a name, or a value that must be unique. Nothing was created or changed.
    #[error("there is one already: {why}")]
    Duplicate { why: String },
    /// A refusal for good. `errors` names fields and what is wrong with them.
    #[error("refused: {}", with_errors(.why, .errors))]
    Refused { status: u16, why: String, errors: BTreeMap<String, String> },
    /// NetBox, or what stands before it, is in trouble.
    #[error("not available ({status}): {why}")]
    Unavailable {
        status: u16,
        why: String,
        /// Whether the call may have been carried out all the same.
        in_doubt: bool,
    },
    /// An answer that is none. The call may have been carried out.
    #[error("the answer makes no sense: {why}")]
    Garbage { why: String },
    /// A list of more objects than we take.
    #[error("there are more than {most} objects")]
    TooMany { most: usize },
}

impl Error {
    /// Whether the request may have been carried out although no answer says so. Of a write this means: look for its
    /// effect before anything is sent again.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::Dropped { .. } | Self::TimedOut { .. } | Self::Garbage { .. } => true,
            Self::Unavailable { in_doubt, .. } => *in_doubt,
            _ => false,
        }
    }

    /// Whether the same call may go well later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Dropped { .. }
                | Self::TimedOut { .. }
                | Self::Busy { .. }
                | Self::Unavailable { .. }
                | Self::Garbage { .. }
        )
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// A word for it, for what is measured.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Unreachable { .. } => "unreachable",
            Self::Dropped { .. } => "dropped",
            Self::TimedOut { .. } => "timed-out",
            Self::Certificate { .. } | Self::Untrusted { .. } => "certificate",
            Self::Credentials { .. } => "credentials",
            Self::Denied { .. } => "denied",
            Self::NotFound { .. } => "not-found",
            Self::Full => "full",
            Self::InUse { .. } => "in-use",
            Self::Stale => "stale",
            Self::Busy { .. } => "busy",
            Self::Duplicate { .. } => "duplicate",
            Self::TooMany { .. } => "too-many",
            Self::Refused { .. } => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Garbage { .. } => "garbage",
        }
    }

    /// In the words of the domain; `peer` is what people call the other side ("NetBox").
    pub fn to_failure(&self, peer: &str) -> Failure {
        let peer = peer.to_owned();
        match self.clone() {
            Self::Unreachable { host, why } => Failure::Unreachable { peer, why: format!("{host}: {why}") },
            Self::Dropped { host, why } => {
                Failure::Unreachable { peer, why: format!("{host} broke the connection before it answered: {why}") }
            }
            Self::Untrusted { .. } | Self::Settings(_) | Self::Busy { .. } => {
                Failure::Unreachable { peer, why: self.to_string() }
            }
            Self::TimedOut { after, .. } => Failure::Slow { peer, seconds: after.as_secs() },
            Self::Certificate { host, seen } => Failure::Certificate { peer: format!("{host} of {peer}"), seen },
            Self::Credentials { why } => Failure::Credentials { peer, why },
            Self::Denied { why } => Failure::Denied { peer, why },
            Self::NotFound { why } | Self::InUse { why } | Self::Duplicate { why } => Failure::Upstream { peer, why },
            Self::Full | Self::Stale | Self::TooMany { .. } => Failure::Upstream { peer, why: self.to_string() },
            Self::Refused { why, errors, .. } => Failure::Upstream { peer, why: with_errors(&why, &errors) },
            Self::Unavailable { status, why, .. } if status > 500 => {
                // The title of a proxy's page often is `502 Bad Gateway`.
                let why = if why.contains(&status.to_string()) { why } else { format!("{why} ({status})") };
                Failure::Unreachable { peer, why }
            }
            Self::Unavailable { why, .. } => Failure::Upstream { peer, why },
            Self::Garbage { why } => Failure::Garbage { peer, why },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_say_who_and_why() {
        let said = |error: Error| {
            let failure = error.to_failure("NetBox");
            format!("{}: {failure}", failure.code())
        };
        let retry_after = Some(Duration::from_secs(7));
        for (error, right) in [
            (Error::Full, "upstream-error: NetBox refused: there is no room left"),
            (Error::Busy { retry_after }, "unreachable: NetBox cannot be reached: busy; it asks for 7 s"),
            (Error::Busy { retry_after: None }, "unreachable: NetBox cannot be reached: busy"),
            (Error::Stale, "upstream-error: NetBox refused: it was changed by somebody else meanwhile"),
            (Error::TooMany { most: 5 }, "upstream-error: NetBox refused: there are more than 5 objects"),
            (
                Error::Credentials { why: "Token expired".into() },
                "credentials-refused: NetBox does not accept our credentials: Token expired",
            ),
            (
                Error::TimedOut { host: "netbox:443".into(), after: Duration::from_secs(60) },
                "no-answer: NetBox did not answer within 60 s",
            ),
            (
                Error::Refused {
                    status: 400,
                    why: "values are not accepted".into(),
                    errors: BTreeMap::from([("dns_name".into(), "no such letters".into())]),
                },
                "upstream-error: NetBox refused: values are not accepted (dns_name: no such letters)",
            ),
            (
                Error::Unavailable { status: 502, why: "Bad Gateway".into(), in_doubt: true },
                "unreachable: NetBox cannot be reached: Bad Gateway (502)",
            ),
        ] {
            assert_eq!(said(error), right);
        }
    }
}
