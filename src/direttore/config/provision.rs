//! `[provision]`: what new guests get when nobody says otherwise.

use super::{error::ConfigError, section::Section};
use direttore_domain::{BridgeName, Hostname, PoolName, StorageName, Tag};
use std::{net::IpAddr, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "vm_template",
    "container_template",
    "pool",
    "storage",
    "bridge",
    "dns",
    "domain",
    "user",
    "tags",
    "full_clone",
    "verify_ms",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// A template VM's name or VMID, or an ISO; not looked for before it is needed.
    pub vm_template: Option<String>,
    /// A container template's volid or file name.
    pub container_template: Option<String>,
    pub pool: Option<PoolName>,
    pub storage: Option<StorageName>,
    pub bridge: Option<BridgeName>,
    /// Name servers, in their order.
    pub dns: Vec<IpAddr>,
    /// The search domain.
    pub domain: Option<String>,
    /// Who is made by cloud-init; `None` is the image's own user.
    pub user: Option<String>,
    pub tags: Vec<Tag>,
    /// Whether a clone is a full copy where a linked one could be had.
    pub full_clone: bool,
    /// How long a new guest may take to report its addresses.
    pub verify: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Provision, ConfigError> {
    let template = |text: &str| text.len() <= 200 && !text.contains(char::is_control);
    let tags = section.list("tags", "letters, digits, _ first, then also - + and .")?;
    Ok(Provision {
        vm_template: section.fitting("vm_template", "a template VM's name or VMID, or an ISO", template)?,
        container_template: section.fitting("container_template", "a template's volid or file name", template)?,
        pool: section.parsed::<PoolName>("pool", "letters, digits, - _ and ., parts joined by /")?,
        storage: section.parsed::<StorageName>("storage", "a storage's name, like local-lvm")?,
        bridge: section.parsed::<BridgeName>("bridge", "a bridge's name, like vmbr0")?,
        dns: section.list("dns", "an IP address, like 10.0.10.1")?.unwrap_or_default(),
        domain: section.fitting("domain", "a DNS name, like lab.example", is_domain)?,
        user: section.fitting(
            "user",
            "a small letter or _, then small letters, digits, - and _, at most 32",
            is_user,
        )?,
        tags: tags.unwrap_or_else(|| vec!["direttore".parse().expect("direttore has the form of a tag")]),
        full_clone: section.flag("full_clone", false)?,
        verify: section.millis("verify_ms", 60_000)?,
    })
}

/// Labels like those of a guest's name, but 253 characters in all.
fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(|label| label.parse::<Hostname>().is_ok())
}

/// As `useradd` takes it.
fn is_user(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}
