//! `/provision vm`: the words of a VM's wish.

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
    storage: Option<StorageName>,
    vmid: Option<Vmid>,
    pool: Option<PoolName>,
    nic: Vec<String>,
    dns: Vec<IpAddr>,
    domain: Option<String>,
    user: Option<String>,
    keys: Vec<KeyName>,
    password: bool,
    tags: Vec<Tag>,
    description: Option<String>,
    stopped: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let wish = Wish {
        kind: GuestKind::Vm,
        nics: Wish::nics(&ask.nic)?,
        name: ask.name,
        node: ask.node,
        cluster: ask.cluster,
        template: ask.template,
        cores: ask.cores,
        memory: ask.memory,
        swap_mib: 0,
        disk: ask.disk,
        storage: ask.storage,
        vmid: ask.vmid,
        pool: ask.pool,
        dns: ask.dns,
        domain: ask.domain,
        user: ask.user,
        keys: ask.keys,
        password: ask.password,
        tags: ask.tags,
        description: ask.description,
        is_privileged: false,
        nesting: false,
        stopped: ask.stopped,
        reason: ask.reason,
    };
    decide(cx, wish).await
}
