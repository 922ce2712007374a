//! Grants: they narrow a role, never widen it.

use crate::{AccountName, GroupName, NodeName, PoolName, Role, Slug, Tag, WrongForm};
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
    /// Of NetBox, as the tenants are.
    #[serde(default)]
    pub sites: Vec<Slug>,
    #[serde(default)]
    pub tenants: Vec<Slug>,
    /// Of network devices.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Patterns over the command's words: `power *`, `guest show`, `*`.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Channels or rooms, as the surface names them: `discord:123`, `console`.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// What an act touches, for the dimensions of a grant. A dimension that is empty is one the thing has not got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Touches<'a> {
    pub pool: Option<&'a PoolName>,
    pub node: Option<&'a NodeName>,
    /// Slugs of NetBox, from here on.
    pub site: Option<&'a str>,
    pub tenant: Option<&'a str>,
    pub tags: &'a [String],
}

/// As many tags are told of one thing.
const TOLD: usize = 3;

impl<'a> Touches<'a> {
    pub fn of_node(node: &'a NodeName) -> Self {
        Self { node: Some(node), ..Self::default() }
    }

    /// What a grant could say to cover it, of what NetBox has: `sites=lab-1`.
    pub fn covered_by(self) -> Vec<String> {
        let one = |name: &str, slug: Option<&str>| slug.map(|slug| format!("{name}={slug}"));
        let tags = self.tags.iter().take(TOLD).map(|tag| format!("tags={tag}"));
        one("sites", self.site).into_iter().chain(one("tenants", self.tenant)).chain(tags).collect()
    }
}

impl Grant {
    /// One that says nothing yet but whom it is for.
    pub fn of(to: GrantTo) -> Self {
        let (pools, nodes, sites, tenants, tags) = (vec![], vec![], vec![], vec![], vec![]);
        Self { id: 0, to, pools, nodes, sites, tenants, tags, commands: vec![], channels: vec![] }
    }

    /// Whether it covers a command said in a channel, before it is known what the command touches.
    pub fn covers_command(&self, command: &str, channel: &str) -> bool {
        (self.commands.is_empty() || self.commands.iter().any(|p| pattern_fits(p, command)))
            && (self.channels.is_empty() || self.channels.iter().any(|c| c == channel))
    }

    /// Whether it covers what is touched: a guest outside all pools is in no pool that a grant names.
    pub fn covers_touched(&self, touched: Touches<'_>) -> bool {
        let is_of = |named: &[Slug], slug: Option<&str>| {
            named.is_empty() || slug.is_some_and(|slug| named.iter().any(|name| name.as_str() == slug))
        };
        (self.pools.is_empty() || touched.pool.is_some_and(|p| self.pools.contains(p)))
            && (self.nodes.is_empty() || touched.node.is_some_and(|n| self.nodes.contains(n)))
            && is_of(&self.sites, touched.site)
            && is_of(&self.tenants, touched.tenant)
            && (self.tags.is_empty() || self.tags.iter().any(|tag| touched.tags.iter().any(|t| t == tag.as_str())))
    }

    /// What it says of network devices: `sites=lab-1,lab-2`, `tags=core`.
    pub fn device_dimensions(&self) -> Vec<String> {
        let all = [dimension("sites", &self.sites), dimension("tenants", &self.tenants), dimension("tags", &self.tags)];
        all.into_iter().flatten().collect()
    }

    /// Whether it says anything but whom it is for.
    pub fn narrows(&self) -> bool {
        *self != Self { id: self.id, ..Self::of(self.to.clone()) }
    }
}

/// As `/grant add` takes it; none where nothing is said.
pub(crate) fn dimension(name: &str, values: &[impl fmt::Display]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| format!("{name}={}", values.join(",")))
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
