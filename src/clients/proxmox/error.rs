//! What can go wrong in a call, by what a caller can do about it.

pub(super) use crate::said::tidy;
use crate::said::with_errors;
use direttore_domain::Failure;
use std::{collections::BTreeMap, time::Duration};

/// Texts of Proxmox in it are visible, on one line, short, and free of our own secrets.
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
    /// Token, ticket or password refused; or a second factor is asked for.
    #[error("the credentials are not accepted: {why}")]
    Credentials { why: String },
    /// 403. The privilege may be several, any of which would do, joined by `|`.
    #[error("not permitted: {why}")]
    Denied { privilege: Option<String>, path: Option<String>, why: String },
    #[error("not found: {why}")]
    NotFound { what: Missing, why: String },
    /// Another operation holds the guest or the storage; it passes.
    #[error("locked: {why}")]
    Locked { why: String },
    /// The guest is in that state already: nothing was to be done.
    #[error("nothing to do: {why}")]
    AlreadySo { why: String },
    /// A guest of that VMID is there: somebody's, or our own of an earlier try. Proxmox does not say whose.
    #[error("there already: {why}")]
    Exists { why: String },
    /// The configuration is no longer the one that the given digest stands for. Nothing was changed.
    #[error("changed in the meantime: {why}")]
    Stale { why: String },
    /// A refusal for good. `errors` names parameters and what is wrong with them.
    #[error("refused: {}", with_errors(.why, .errors))]
    Refused { status: u16, why: String, errors: BTreeMap<String, String> },
    /// Not now: a node or a service behind does not answer, there is no quorum, no worker could be made.
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
}

/// What [`Error::NotFound`] did not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Not on that node: it moved, or is gone.
    Guest,
    Task,
    Snapshot,
}

impl Error {
    /// Whether the request may have been carried out although no answer says so. Of a write this means: look for its
    /// task or its effect before anything is sent again.
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
                | Self::Locked { .. }
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
            Self::Locked { .. } => "locked",
            Self::AlreadySo { .. } => "already-so",
            Self::Exists { .. } => "exists",
            Self::Stale { .. } => "stale",
            Self::Refused { .. } => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Garbage { .. } => "garbage",
        }
    }

    /// In the words of the domain; `peer` is what people call the other side ("the cluster lab").
    pub fn to_failure(&self, peer: &str) -> Failure {
        let peer = peer.to_owned();
        match self.clone() {
            Self::Unreachable { host, why } => Failure::Unreachable { peer, why: format!("{host}: {why}") },
            Self::Dropped { host, why } => {
                Failure::Unreachable { peer, why: format!("{host} broke the connection before it answered: {why}") }
            }
            Self::Untrusted { .. } | Self::Settings(_) => Failure::Unreachable { peer, why: self.to_string() },
            Self::TimedOut { after, .. } => Failure::Slow { peer, seconds: after.as_secs() },
            Self::Certificate { host, seen } => Failure::Certificate { peer: format!("{host} of {peer}"), seen },
            Self::Credentials { why } => Failure::Credentials { peer, why },
            Self::Denied { privilege: Some(privilege), path: Some(path), .. } => {
                Failure::Privilege { peer, privilege: privilege.replace('|', " or "), path }
            }
            Self::Denied { why, .. } => Failure::Denied { peer, why },
            Self::Locked { why } => Failure::Locked { subject: peer, lock: lock_name(&why) },
            Self::NotFound { why, .. } | Self::AlreadySo { why } | Self::Exists { why } | Self::Stale { why } => {
                Failure::Upstream { peer, why }
            }
            Self::Refused { why, errors, .. } => Failure::Upstream { peer, why: with_errors(&why, &errors) },
            Self::Unavailable { status: 595, why, .. } => Failure::Unreachable { peer, why },
            Self::Unavailable { status, why, .. } if status >= 502 => {
                Failure::Unreachable { peer, why: format!("{why} ({status})") }
            }
            Self::Unavailable { why, .. } => Failure::Upstream { peer, why },
            Self::Garbage { why } => Failure::Garbage { peer, why },
        }
    }

    /// What a text of Proxmox means, in an answer of status 500 or as the end of a task. The status says nothing there.
    pub(super) fn of_business_text(status: u16, text: &str, errors: BTreeMap<String, String>) -> Self {
        let why = tidy(text);
        let first = text.lines().next().unwrap_or_default().trim();
        let has = |part: &str| first.contains(part);
        let no_file = has("Configuration file '") && has("' does not exist");
        if no_file || has("unable to find configuration file for ") {
            Self::NotFound { what: Missing::Guest, why }
        } else if first.starts_with("snapshot '") && first.ends_with("' does not exist") {
            Self::NotFound { what: Missing::Snapshot, why }
        } else if has("VM is locked (") || has("CT is locked (") || is_lock_timeout(first) {
            Self::Locked { why }
        } else if is_taken(first) {
            Self::Exists { why }
        } else if has("detected modified configuration") {
            Self::Stale { why }
        } else if is_already_so(first) {
            Self::AlreadySo { why }
        } else if has("cluster not ready - no quorum") || has("got no worker upid") {
            Self::Unavailable { status, why, in_doubt: false }
        } else {
            Self::Refused { status, why, errors }
        }
    }
}

/// `VM 100 already running`, `CT 100 not running`: the whole text, for longer ones mean other things.
fn is_already_so(text: &str) -> bool {
    let rest = text.strip_prefix("VM ").or_else(|| text.strip_prefix("CT "));
    rest.and_then(|r| r.split_once(' ')).is_some_and(|(vmid, state)| {
        vmid.bytes().all(|b| b.is_ascii_digit()) && matches!(state, "already running" | "not running")
    })
}

/// A lock of the node (`can't lock file '…'`) or of the whole cluster, as a shared storage has it.
fn is_lock_timeout(text: &str) -> bool {
    text.contains("can't lock file '") || text.contains("got lock request timeout")
}

/// `VM 100 already exists on node 'pve1'`, alone or after `unable to create VM 100 - `; of a clone, `unable to create
/// VM 100: config file already exists`. Other things exist already too, so the number is looked for.
pub(super) fn is_taken(text: &str) -> bool {
    let named = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let rest = &text[at + word.len()..];
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            rest.starts_with(" already exists") || rest.starts_with(": config file already exists")
        })
    };
    named("VM ") || named("CT ")
}

/// The lock's own name in `VM is locked (backup)`, else all of the text.
fn lock_name(why: &str) -> String {
    let name = why.split_once("is locked (").and_then(|(_, rest)| rest.split_once(')'));
    name.map_or_else(|| why.to_owned(), |(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests;
