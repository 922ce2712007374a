//! What can go wrong with a device, by what a caller can do about it.

use super::host_key::Seen;
use direttore_domain::Failure;
use std::{fmt, time::Duration};

/// Texts of a device in it are visible, short, and masked by its platform's rules and of our own secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The configuration must be changed.
    #[error("the connection cannot be set up: {0}")]
    Settings(String),
    #[error("the name {host} has no address: {why}")]
    NoSuchName { host: String, why: String },
    /// Something between us and the device lets nothing through.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// Somebody is there, and nobody listens on the port.
    #[error("{host} refuses connections on port {port}")]
    Refused { host: String, port: u16 },
    #[error("{phase} took longer than {} s", .after.as_secs_f32())]
    TimedOut { phase: Phase, after: Duration },
    #[error("the login of {user} is not accepted (tried {}; the device offers {})", words(.tried), words(.offers))]
    Credentials { user: String, tried: Vec<String>, offers: Vec<String> },
    /// The policy is strict, and this key was never accepted.
    #[error("the host key is not known here: {}", .seen.fingerprint)]
    HostKeyUnknown { seen: Seen },
    /// Another box, a box that was replaced, or somebody in between.
    #[error("the host key changed from {known} to {}", .seen.fingerprint)]
    HostKeyChanged { known: String, seen: Seen },
    #[error("the device and we have no algorithm in common{}", if *.legacy { "" } else { "; an old device must be marked legacy_ssh" })]
    NoCommonAlgorithms { legacy: bool },
    #[error("no prompt came{}", after_tail(.tail))]
    NoPrompt { tail: String },
    /// The device refused a line; what follows it was not sent.
    #[error("the device refused {line:?}: {words}")]
    Rejected { line: String, words: String },
    #[error("the configuration is locked by {by}")]
    Locked { by: String },
    #[error("a commit of {by} waits for its confirmation")]
    PendingCommit { by: String },
    /// Confirmed too late, undone by somebody, or never begun.
    #[error("no commit of ours waits for its confirmation; the device may have rolled it back")]
    NothingPending,
    /// After an undo the configuration still differs.
    #[error("the configuration before could not be brought back; {lines} lines differ, the first is {first:?}")]
    NotRestored { lines: usize, first: String },
    #[error("the connection was lost in {phase}: {why}")]
    Lost { phase: Phase, why: String },
    #[error("the output is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error(transparent)]
    Rpc(#[from] Box<RpcError>),
    /// An answer that is none.
    #[error("the answer makes no sense: {why}")]
    Garbage { why: String },
    #[error("{platform} has no {what}")]
    Unsupported { platform: &'static str, what: &'static str },
    #[error("by way of {host}: {why}")]
    Jump { host: String, why: Box<Error> },
    /// Whoever asked does not wait any more.
    #[error("the call was given up")]
    Cancelled,
    /// A mistake of ours.
    #[error("the session's thread ended without an answer")]
    Panicked,
}

/// An `rpc-error` of NETCONF (RFC 6241, section 4.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("the device refused: {}{}{}", .message.as_deref().unwrap_or(.tag), at_path(.path), by_session(.session))]
pub struct RpcError {
    /// `transport`, `rpc`, `protocol` or `application`.
    pub kind: String,
    /// `lock-denied`, `data-missing`, …
    pub tag: String,
    pub severity: String,
    pub message: Option<String>,
    pub path: Option<String>,
    /// Who holds the lock, when it is one.
    pub session: Option<String>,
}

/// What a limit stands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Connect,
    Handshake,
    Login,
    Prompt,
    Command,
    /// Everything together.
    Session,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "the connection",
            Self::Handshake => "the SSH handshake",
            Self::Login => "the login",
            Self::Prompt => "the first prompt",
            Self::Command => "the command",
            Self::Session => "the whole session",
        })
    }
}

impl Error {
    /// Whether the same call may go well later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Lost { .. }
            | Self::Locked { .. }
            | Self::PendingCommit { .. }
            | Self::NoPrompt { .. } => true,
            Self::Jump { why, .. } => why.is_temporary(),
            Self::Rpc(e) => matches!(e.tag.as_str(), "lock-denied" | "in-use" | "resource-denied"),
            _ => false,
        }
    }

    /// Whether the device may have done what was asked although no answer says so: it must be asked.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::TimedOut { phase, .. } | Self::Lost { phase, .. } => matches!(phase, Phase::Command | Phase::Session),
            Self::TooLong { .. } | Self::Garbage { .. } | Self::Cancelled | Self::Panicked => true,
            _ => false,
        }
    }

    /// A word for it, for what is measured and for the first column of a table of results.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::NoSuchName { .. } => "no-such-name",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::TimedOut { .. } => "timed-out",
            Self::Credentials { .. } => "credentials",
            Self::HostKeyUnknown { .. } => "host-key-unknown",
            Self::HostKeyChanged { .. } => "host-key-changed",
            Self::NoCommonAlgorithms { .. } => "algorithms",
            Self::NoPrompt { .. } => "no-prompt",
            Self::Rejected { .. } => "rejected",
            Self::Locked { .. } => "locked",
            Self::PendingCommit { .. } => "pending-commit",
            Self::NothingPending => "nothing-pending",
            Self::NotRestored { .. } => "not-restored",
            Self::Lost { .. } => "lost",
            Self::TooLong { .. } => "too-long",
            Self::Rpc(_) => "rpc-error",
            Self::Garbage { .. } => "garbage",
            Self::Unsupported { .. } => "unsupported",
            Self::Jump { why, .. } => why.kind(),
            Self::Cancelled => "cancelled",
            Self::Panicked => "panicked",
        }
    }

    /// In the words of the domain; `peer` is what people call the device.
    pub fn to_failure(&self, peer: &str) -> Failure {
        let peer = peer.to_owned();
        match self {
            Self::TimedOut { after, phase: Phase::Command | Phase::Session } => {
                Failure::Slow { peer, seconds: after.as_secs() }
            }
            Self::Credentials { .. } => Failure::Credentials { peer, why: self.to_string() },
            Self::HostKeyUnknown { .. } | Self::HostKeyChanged { .. } => {
                Failure::Unreachable { peer, why: self.to_string() }
            }
            Self::Locked { by } => Failure::Locked { subject: peer, lock: by.clone() },
            Self::Rejected { .. }
            | Self::PendingCommit { .. }
            | Self::NothingPending
            | Self::NotRestored { .. }
            | Self::Rpc(_)
            | Self::Unsupported { .. } => Failure::Upstream { peer, why: self.to_string() },
            Self::TooLong { .. } | Self::Garbage { .. } => Failure::Garbage { peer, why: self.to_string() },
            _ => Failure::Unreachable { peer, why: self.to_string() },
        }
    }
}

fn words(all: &[String]) -> String {
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn after_tail(tail: &str) -> String {
    if tail.is_empty() { "; the device said nothing".to_owned() } else { format!("; last seen: {tail:?}") }
}

fn at_path(path: &Option<String>) -> String {
    path.as_ref().map_or_else(String::new, |p| format!(" at {p}"))
}

fn by_session(session: &Option<String>) -> String {
    session.as_ref().map_or_else(String::new, |s| format!(" (session {s})"))
}
