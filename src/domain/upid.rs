//! The name of a Proxmox task: `UPID:NODE:PID:PSTART:START:TYPE:ID:USER:` (pve-common `UPID.pm`).

use crate::{Instant, NodeName, Vmid, WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A task's identifier. Proxmox percent-decodes paths, so encode it when it stands in one (`:` `@` `!`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upid {
    pub node: NodeName,
    /// Process number of the worker.
    pub pid: u32,
    /// Start of that process in clock ticks since boot.
    pub pstart: u64,
    /// Start of the task, Unix seconds.
    pub start: u32,
    /// `qmstart`, `vzsnapshot`, …
    pub task_type: String,
    /// What it acts on: a VMID for guests, else a storage or nothing.
    pub id: String,
    /// `user@realm` or `user@realm!token`.
    pub user: String,
}

impl Upid {
    pub fn vmid(&self) -> Option<Vmid> {
        self.id.parse().ok()
    }

    pub fn started(&self) -> Instant {
        Instant::from_seconds(i64::from(self.start))
    }

    /// Order of two tasks of one node: by start, then by process start.
    pub fn order(&self) -> (u32, u64, u32) {
        (self.start, self.pstart, self.pid)
    }
}

fn hex(field: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let right = lengths.contains(&field.len()) && field.bytes().all(|b| b.is_ascii_hexdigit());
    right.then(|| u64::from_str_radix(field, 16).ok()).flatten()
}

fn parse(text: &str) -> Option<Upid> {
    let rest = text.strip_prefix("UPID:")?.strip_suffix(':')?;
    let mut parts = rest.split(':');
    let node = parts.next()?.parse().ok()?;
    let pid = u32::try_from(hex(parts.next()?, 8..=8)?).ok()?;
    let pstart = hex(parts.next()?, 8..=9)?;
    let start = u32::try_from(hex(parts.next()?, 8..=8)?).ok()?;
    let (task_type, id, user) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |s: &str| !s.contains('/') && !s.chars().any(|c| c.is_whitespace() || c.is_control());
    if parts.next().is_some()
        || task_type.is_empty()
        || user.is_empty()
        || ![task_type, id, user].into_iter().all(plain)
    {
        return None;
    }
    Some(Upid { node, pid, pstart, start, task_type: task_type.into(), id: id.into(), user: user.into() })
}

impl FromStr for Upid {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        parse(text).ok_or_else(|| WrongForm::new("UPID", text, "UPID:node:pid:pstart:start:type:id:user:"))
    }
}

impl TryFrom<String> for Upid {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Upid> for String {
    fn from(upid: Upid) -> String {
        upid.to_string()
    }
}

impl fmt::Display for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, pid, pstart, start, task_type, id, user } = self;
        write!(f, "UPID:{node}:{pid:08X}:{pstart:08X}:{start:08X}:{task_type}:{id}:{user}:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_real_one_is_read() {
        let text = "UPID:pve1:00000ACD:00006AE8:679A423B:qmclone:112:bot@pve!direttore:";
        let upid: Upid = text.parse().expect("from the contract");
        assert_eq!(
            (upid.node.as_str(), upid.task_type.as_str(), upid.vmid().map(Vmid::get)),
            ("pve1", "qmclone", Some(112))
        );
        assert_eq!(upid.user, "bot@pve!direttore");
        assert_eq!(upid.to_string(), text);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,120}") {
            if let Ok(upid) = text.parse::<Upid>() {
                prop_assert_eq!(upid.to_string().to_uppercase(), text.to_uppercase());
            }
        }

        #[test]
        fn what_is_printed_is_read_back(pid: u32, pstart in 0u64..0xf_ffff_ffff, start: u32,
            task_type in "[a-z]{2,12}", id in "[0-9a-z.-]{0,9}", user in "[a-z]{1,8}@pam(![a-z]{1,5})?") {
            let node = "pve-1".parse().expect("a label");
            let upid = Upid { node, pid, pstart, start, task_type, id, user };
            prop_assert_eq!(upid.to_string().parse::<Upid>(), Ok(upid));
        }
    }
}
