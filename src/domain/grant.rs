//! Grants: they narrow a role, never widen it.

use crate::{AccountName, GroupName, NodeName, PoolName, Role, WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Whom a grant is for: `alice`, `group:ops` or `role:operator`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GrantTo {
    Account(AccountName),
    Group(GroupName),
    Role(Role),
}

impl FromStr for GrantTo {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        match text.split_once(':') {
            Some(("group", name)) => name.parse().map(Self::Group),
            Some(("role", name)) => name.parse().map(Self::Role),
            Some(_) => Err(WrongForm::new("receiver of a grant", text, "an account, group:ops or role:operator")),
            None => text.parse().map(Self::Account),
        }
    }
}

impl TryFrom<String> for GrantTo {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<GrantTo> for String {
    fn from(to: GrantTo) -> String {
        to.to_string()
    }
}

impl fmt::Display for GrantTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => write!(f, "{name}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Role(role) => write!(f, "role:{role}"),
        }
    }
}

/// Within a grant all dimensions given must match; an empty one is not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: i64,
    pub to: GrantTo,
    #[serde(default)]
    pub pools: Vec<PoolName>,
    #[serde(default)]
    pub nodes: Vec<NodeName>,
    /// Patterns over the command's words: `power *`, `guest show`, `*`.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Channels or rooms, as the surface names them: `discord:123`, `console`.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// What an act touches, for the dimensions of a grant. A dimension that is `None` is one the thing has not got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Touches<'a> {
    pub pool: Option<&'a PoolName>,
    pub node: Option<&'a NodeName>,
}

impl Grant {
    /// Whether it covers a command said in a channel, before it is known what the command touches.
    pub fn covers_command(&self, command: &str, channel: &str) -> bool {
        (self.commands.is_empty() || self.commands.iter().any(|p| pattern_fits(p, command)))
            && (self.channels.is_empty() || self.channels.iter().any(|c| c == channel))
    }

    /// Whether it covers what is touched: a guest outside all pools is in no pool that a grant names.
    pub fn covers_touched(&self, touched: Touches<'_>) -> bool {
        (self.pools.is_empty() || touched.pool.is_some_and(|p| self.pools.contains(p)))
            && (self.nodes.is_empty() || touched.node.is_some_and(|n| self.nodes.contains(n)))
    }
}

/// `*` stands for any run of characters.
pub fn pattern_fits(pattern: &str, command: &str) -> bool {
    let Some((first, after)) = pattern.split_once('*') else { return pattern == command };
    let Some(mut rest) = command.strip_prefix(first) else { return false };
    let (middle, last) = after.rsplit_once('*').unwrap_or(("", after));
    for part in middle.split('*') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_over_commands() {
        for (pattern, command, fits) in [
            ("power *", "power start", true),
            ("power *", "power", false),
            ("*", "guest list", true),
            ("guest show", "guest show", true),
            ("guest show", "guest shower", false),
            ("*list*", "job list", true),
            ("g*t", "guest", true),
            ("guest *sh**ow", "guest show", true),
            ("guest*guest", "guest", false),
        ] {
            assert_eq!(pattern_fits(pattern, command), fits, "{pattern} {command}");
        }
    }
}
