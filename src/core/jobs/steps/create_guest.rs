//! A new guest: cloned from a template VM, made empty with a medium, or unpacked from a container template.

use super::{
    Apply,
    guest::GuestId,
    making::{Recipe, make, unmake},
    new_guest::{From, NewGuest},
};
use crate::{
    jobs::step::{StepCx, StepError},
    lab::Cluster,
};
use direttore_clients::proxmox::{CloneWish, Error, GuestAt, NewContainer, NewVm};
use direttore_domain::{
    ClusterName, Family, GuestKind, NodeName, PoolName, Upid, Vmid,
    nic::{Address, ContainerNic, VmNic},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateGuest {
    pub spec: NewGuest,
}

pub(super) const NAME: &str = "create-guest";

impl Recipe for NewGuest {
    fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    fn id(&self, vmid: Vmid) -> GuestId {
        Self::id(self, vmid)
    }

    fn asked(&self) -> Option<Vmid> {
        self.vmid
    }

    fn pool(&self) -> Option<&PoolName> {
        self.pool.as_ref()
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn task_type(&self) -> &'static str {
        match (&self.from, self.kind) {
            (From::Clone { .. }, _) => "qmclone",
            (_, GuestKind::Vm) => "qmcreate",
            (_, GuestKind::Container) => "vzcreate",
        }
    }

    fn source(&self) -> Option<(Vmid, &NodeName)> {
        match &self.from {
            From::Clone { vmid, node, .. } => Some((*vmid, node)),
            From::Iso { .. } | From::Empty | From::Template { .. } => None,
        }
    }

    fn is_safe_unseen(&self) -> bool {
        self.source().is_some()
    }

    async fn post(
        &self,
        cx: &StepCx,
        cluster: &Cluster,
        node: &NodeName,
        vmid: Vmid,
        description: String,
    ) -> Result<Upid, Error> {
        let (client, spec) = (&cluster.client, self);
        match &spec.from {
            From::Clone { vmid: template, full, .. } => {
                let wish = CloneWish {
                    newid: vmid,
                    name: spec.name.clone(),
                    description,
                    pool: spec.pool.clone(),
                    target: (*node != spec.node).then(|| spec.node.clone()),
                    full: *full,
                    storage: full.then(|| spec.storage.clone()),
                    snapshot: None,
                };
                let from = GuestAt { node: node.clone(), kind: GuestKind::Vm, vmid: *template };
                client.clone_guest(&from, &wish).await
            }
            From::Iso { .. } | From::Empty => {
                let iso = if let From::Iso { volid } = &spec.from { Some(volid.clone()) } else { None };
                let wish = NewVm {
                    vmid,
                    name: spec.name.clone(),
                    description,
                    pool: spec.pool.clone(),
                    cores: spec.cores,
                    memory: spec.memory,
                    disk: Some((spec.storage.clone(), spec.disk)),
                    iso,
                    nics: vm_nics(cx, spec).map_err(|e| Error::Garbage { why: format!("{e:?}") })?,
                    agent: true,
                };
                client.vm_create(node, &wish).await
            }
            From::Template { volid } => {
                let wish = NewContainer {
                    vmid,
                    hostname: spec.name.clone(),
                    description,
                    pool: spec.pool.clone(),
                    template: volid.clone(),
                    rootfs: (spec.storage.clone(), spec.disk),
                    cores: spec.cores,
                    memory: spec.memory,
                    swap: direttore_domain::disk::Size { mib: spec.swap_mib },
                    nics: container_nics(cx, spec).map_err(|e| Error::Garbage { why: format!("{e:?}") })?,
                    nameservers: spec.dns.clone(),
                    search_domain: spec.domain.clone(),
                    ssh_keys: spec.keys.clone(),
                    password: password(cx, spec)?,
                    is_unprivileged: !spec.is_privileged,
                    nesting: spec.nesting,
                };
                client.container_create(node, &wish).await
            }
        }
    }
}

/// The one that was given, or the one derived from the job.
fn password(cx: &StepCx, spec: &NewGuest) -> Result<Option<String>, Error> {
    let Some(hidden) = &spec.hidden_password else { return Ok(spec.password.then(|| cx.password())) };
    let why = "the password cannot be read: the signing key is another one than when it was given";
    let shown = cx.rules.derived.shown(hidden).ok_or_else(|| Error::Garbage { why: why.to_owned() });
    shown.map(Some)
}

/// The interfaces of a VM as its configuration has them: no addresses, those are cloud-init's.
pub(super) fn vm_nics(cx: &StepCx, spec: &NewGuest) -> Result<Vec<VmNic>, StepError> {
    let macs = cx.held()?.macs;
    let nics = spec.nics.iter().zip(macs).map(|(nic, mac)| VmNic {
        model: nic.model.to_string(),
        mac: Some(mac),
        bridge: Some(nic.bridge.clone()),
        vlan: nic.vlan.map(|v| v.get()),
        is_down: false,
        other: vec![],
    });
    Ok(nics.collect())
}

fn container_nics(cx: &StepCx, spec: &NewGuest) -> Result<Vec<ContainerNic>, StepError> {
    let (macs, taken) = (cx.held()?.macs, cx.taken()?);
    let nics = spec.nics.iter().zip(macs).enumerate().map(|(at, (nic, mac))| {
        let (ip, gw) = spec.wire_address(at, Family::V4, &taken);
        let (ip6, gw6) = spec.wire_address(at, Family::V6, &taken);
        ContainerNic {
            name: nic.name.clone(),
            mac: Some(mac),
            bridge: Some(nic.bridge.clone()),
            vlan: nic.vlan.map(|v| v.get()),
            ip,
            gw,
            ip6,
            gw6,
            is_down: false,
            other: vec![],
        }
    });
    Ok(nics.collect())
}

impl NewGuest {
    /// One family of an interface in Proxmox's form.
    pub(super) fn wire_address(
        &self,
        nic: usize,
        family: Family,
        taken: &[super::new_guest::Taken],
    ) -> (Option<Address>, Option<std::net::IpAddr>) {
        use super::new_guest::NewIp;
        let ip = self.nics[nic].families().into_iter().find(|(f, _)| *f == family).map(|(_, ip)| ip);
        match ip {
            Some(NewIp::Dhcp) => (Some(Address::Dhcp), None),
            Some(NewIp::Auto) => (Some(Address::Auto), None),
            _ => match self.address(nic, family, taken) {
                None => (None, None),
                Some((address, gateway)) => (Some(Address::Fixed(address.address(), address.length())), gateway),
            },
        }
    }
}

impl Apply for CreateGuest {
    const NAME: &'static str = NAME;
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        Ok(json!(make(cx, &self.spec).await?))
    }

    async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
        unmake(cx, &self.spec, done).await
    }
}
