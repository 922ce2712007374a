//! Kinds of values: what an option may hold. A kind brings parsing, completion and, on a surface, the widget.

use serde::Deserialize;
use std::fmt;

/// Closed on purpose: a new kind means a new parser, a new completion and a new widget everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A guest's name, VMID, `node/vmid` or label.
    Guest,
    Node,
    Cluster,
    Snapshot,
    Account,
    Group,
    /// The number of a grant.
    Grant,
    Alias,
    /// `J-12`.
    Job,
    Role,
    /// An IANA time zone.
    Zone,
    Pool,
    Tag,
    /// A command's words, or a pattern over them.
    Command,
    /// Whom a grant is for.
    Receiver,
    /// A moment in the past, see [`crate::Since`].
    Since,
    Integer,
    Text,
    Flag,
    Choice,
    /// A length of time, in whole seconds.
    Seconds,
}

impl Kind {
    pub const ALL: [Self; 21] = [
        Self::Guest,
        Self::Node,
        Self::Cluster,
        Self::Snapshot,
        Self::Account,
        Self::Group,
        Self::Grant,
        Self::Alias,
        Self::Job,
        Self::Role,
        Self::Zone,
        Self::Pool,
        Self::Tag,
        Self::Command,
        Self::Receiver,
        Self::Since,
        Self::Integer,
        Self::Text,
        Self::Flag,
        Self::Choice,
        Self::Seconds,
    ];

    /// Whether its values come from the lab or the database, so that only dispatch can list them.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Guest
                | Self::Node
                | Self::Cluster
                | Self::Snapshot
                | Self::Account
                | Self::Group
                | Self::Grant
                | Self::Alias
                | Self::Job
                | Self::Pool
                | Self::Tag
        )
    }

    /// As in the files of `commands/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Node => "node",
            Self::Cluster => "cluster",
            Self::Snapshot => "snapshot",
            Self::Account => "account",
            Self::Group => "group",
            Self::Grant => "grant",
            Self::Alias => "alias",
            Self::Job => "job",
            Self::Role => "role",
            Self::Zone => "zone",
            Self::Pool => "pool",
            Self::Tag => "tag",
            Self::Command => "command",
            Self::Receiver => "receiver",
            Self::Since => "since",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Flag => "flag",
            Self::Choice => "choice",
            Self::Seconds => "seconds",
        }
    }

    /// What a right value looks like, as the end of "right would be …".
    pub fn right(self) -> &'static str {
        match self {
            Self::Guest => "a guest's name or VMID, like web1, 101 or pve1/101",
            Self::Node => "a node's name, like pve1",
            Self::Cluster => "a cluster's name, like lab",
            Self::Snapshot => "a snapshot's name: a letter, then letters, digits, - and _, 2 to 40 in all",
            Self::Account => "an account's name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Group => "a group's name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Grant => "a grant's number, as /grant list shows it",
            Self::Alias => "an alias' name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Job => "a job's name, like J-12",
            Self::Role => "admin, operator or viewer",
            Self::Zone => "a time zone's name, like Europe/Warsaw",
            Self::Pool => "a pool's name, like lab",
            Self::Tag => "a tag, like web",
            Self::Command => "a command's words, like guest list, or a pattern like power *",
            Self::Receiver => "an account, group:<name> or role:<name>",
            Self::Since => "a time back like 2h or 3d, a date like 2026-02-28, or an instant like 2026-02-28T14:00Z",
            Self::Integer => "a whole number",
            Self::Text => "text, in double quotes if it has spaces",
            Self::Flag => "yes or no",
            Self::Choice => "one of the values possible",
            Self::Seconds => "seconds, or a length of time like 90s, 5m or 1h",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
