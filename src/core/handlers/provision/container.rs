//! `/provision container`: the words of a container's wish.

use super::{Wish, decide};
use crate::{handlers::Cx, plan::Outcome};
use direttore_domain::{
    ClusterName, GuestKind, Hostname, KeyName, NodeName, PoolName, StorageName, Tag, Trouble, Vmid, disk::Size,
};
use serde::Deserialize;
use std::net::IpAddr;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: Hostname,
    node: Option<NodeName>,
    cluster: Option<ClusterName>,
    template: Option<String>,
    cores: Option<u32>,
    memory: Option<Size>,
    disk: Option<Size>,
    /// As a size; `0` is none.
    swap: Option<String>,
    storage: Option<StorageName>,
    vmid: Option<Vmid>,
    pool: Option<PoolName>,
    nic: Vec<String>,
    dns: Vec<IpAddr>,
    domain: Option<String>,
    keys: Vec<KeyName>,
    password: bool,
    tags: Vec<Tag>,
    description: Option<String>,
    nesting: bool,
    privileged: bool,
    stopped: bool,
    reason: Option<String>,
}

/// What Proxmox gives a container when nothing is said, in MiB.
const SWAP: u64 = 512;

fn swap(said: Option<&str>) -> Result<u64, Trouble> {
    match said {
        None => Ok(SWAP),
        Some("0") => Ok(0),
        Some(size) => Ok(size.parse::<Size>().map_err(Trouble::bug)?.mib),
    }
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let wish = Wish {
        kind: GuestKind::Container,
        nics: Wish::nics(&ask.nic)?,
        name: ask.name,
        node: ask.node,
        cluster: ask.cluster,
        template: ask.template,
        cores: ask.cores,
        memory: ask.memory,
        swap_mib: swap(ask.swap.as_deref())?,
        disk: ask.disk,
        storage: ask.storage,
        vmid: ask.vmid,
        pool: ask.pool,
        dns: ask.dns,
        domain: ask.domain,
        user: None,
        keys: ask.keys,
        password: ask.password,
        tags: ask.tags,
        description: ask.description,
        is_privileged: ask.privileged,
        nesting: ask.nesting,
        stopped: ask.stopped,
        reason: ask.reason,
    };
    decide(cx, wish).await
}
