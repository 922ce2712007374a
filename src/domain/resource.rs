//! What can be reserved, by keys that stay the same: a node and a guest by cluster, a device by its number in NetBox,
//! pools and named things by their name.

use crate::{
    ClusterName, NodeName, Vmid,
    name::WrongForm,
    text::{shorten, visible},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Lower case letters, digits, `-`, `_` and `.`, a letter first, 2 to 32: as people call a pool or a named thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(crate::AccountName);

impl FromStr for ResourceName {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let right = "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all";
        given.parse().map(Self).map_err(|_| WrongForm::new("resource name", given, right))
    }
}

impl TryFrom<String> for ResourceName {
    type Error = WrongForm;
    fn try_from(given: String) -> Result<Self, WrongForm> {
        given.parse()
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `lab`, `node/lab/pve1`, `guest/lab/101`, `device/17`, `pool/gpus`, `named/rack-a`: what a reservation is kept under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ResourceKey {
    /// Everything there is: maintenance.
    Lab,
    Node(ClusterName, NodeName),
    Guest(ClusterName, Vmid),
    Device(i64),
    Pool(ResourceName),
    Named(ResourceName),
}

impl ResourceKey {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Node(..) => "node",
            Self::Guest(..) => "guest",
            Self::Device(_) => "device",
            Self::Pool(_) => "pool",
            Self::Named(_) => "named",
        }
    }

    /// What a job acts on by the subject that it is lined up by: `lab/101`, `lab/node/pve1`, `netbox/device/17,18`.
    pub fn of_subject(subject: &str) -> Vec<Self> {
        let one = |key: Option<Self>| key.into_iter().collect();
        match subject.split('/').collect::<Vec<_>>()[..] {
            ["netbox", "device", ids] => ids.split(',').filter_map(|id| id.parse().ok()).map(Self::Device).collect(),
            [cluster, "node", node] => {
                one(cluster.parse().ok().zip(node.parse().ok()).map(|(cluster, node)| Self::Node(cluster, node)))
            }
            [cluster, vmid] => {
                one(cluster.parse().ok().zip(vmid.parse().ok()).map(|(cluster, vmid)| Self::Guest(cluster, vmid)))
            }
            _ => vec![],
        }
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lab => f.write_str("lab"),
            Self::Node(cluster, node) => write!(f, "node/{cluster}/{node}"),
            Self::Guest(cluster, vmid) => write!(f, "guest/{cluster}/{vmid}"),
            Self::Device(id) => write!(f, "device/{id}"),
            Self::Pool(name) => write!(f, "pool/{name}"),
            Self::Named(name) => write!(f, "named/{name}"),
        }
    }
}

impl FromStr for ResourceKey {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let parsed = match given.split('/').collect::<Vec<_>>()[..] {
            ["lab"] => Some(Self::Lab),
            ["node", cluster, node] => cluster.parse().ok().zip(node.parse().ok()).map(|(c, n)| Self::Node(c, n)),
            ["guest", cluster, vmid] => cluster.parse().ok().zip(vmid.parse().ok()).map(|(c, v)| Self::Guest(c, v)),
            ["device", id] => id.parse().ok().filter(|id| *id > 0).map(Self::Device),
            ["pool", name] => name.parse().ok().map(Self::Pool),
            ["named", name] => name.parse().ok().map(Self::Named),
            _ => None,
        };
        parsed.ok_or_else(|| WrongForm::new("resource", given, "a key like node/lab/pve1 or pool/gpus"))
    }
}

impl TryFrom<String> for ResourceKey {
    type Error = WrongForm;
    fn try_from(given: String) -> Result<Self, WrongForm> {
        given.parse()
    }
}

impl From<ResourceKey> for String {
    fn from(key: ResourceKey) -> Self {
        key.to_string()
    }
}

/// What somebody calls the thing to be reserved, before it is looked up: `pve1`, `web1`, `guest:web1`, `lab/pve1`,
/// `node/lab/pve1`, `2 of gpus` is said as `gpus` with a count beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceRef(String);

impl ResourceRef {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResourceRef {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let trimmed = given.trim();
        let is_right = (1..=100).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control);
        if is_right { Ok(Self(trimmed.to_owned())) } else { Err(wrong(given)) }
    }
}

fn wrong(given: &str) -> WrongForm {
    WrongForm::new("resource", given, "the name of a node, guest, device, pool or resource, like pve1 or gpus")
}

impl TryFrom<String> for ResourceRef {
    type Error = WrongForm;
    fn try_from(given: String) -> Result<Self, WrongForm> {
        given.parse()
    }
}

impl From<ResourceRef> for String {
    fn from(given: ResourceRef) -> Self {
        given.0
    }
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shorten(&visible(&self.0), 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for key in ["lab", "node/lab/pve1", "guest/lab/101", "device/17", "pool/gpus", "named/rack-a"] {
            let read: ResourceKey = key.parse().expect("a key");
            assert_eq!(read.to_string(), key);
            assert_eq!(read.kind(), key.split('/').next().expect("a word"));
        }
        for wrong in ["", "node/lab", "guest/lab/7", "device/0", "device/x", "pool/A", "lab/lab", "named/a/b"] {
            assert!(wrong.parse::<ResourceKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_jobs_subject_is_a_resource() {
        let of = |subject: &str| ResourceKey::of_subject(subject).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of("lab/101"), ["guest/lab/101"]);
        assert_eq!(of("lab/node/pve1"), ["node/lab/pve1"]);
        assert_eq!(of("netbox/device/17"), ["device/17"]);
        assert_eq!(of("netbox/device/17,4"), ["device/17", "device/4"]);
        assert_eq!(of("lab/new/web1"), [""; 0]);
        assert_eq!(of(""), [""; 0]);
    }
}
