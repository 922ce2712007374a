//! What NetBox has of a guest: the VM of its name in its cluster, with interfaces and addresses.
//!
//! Names are all that both sides share for certain. Where a name may mean another machine that is a doubt: then nothing
//! is given, so that nobody can change the wrong records.

use super::Ipam;
use direttore_clients::{
    netbox::{Address, AddressFilter, Error, MacFilter, Vm, VmFilter, VmInterface},
    proxmox::GuestConfig,
};
use direttore_domain::{
    ClusterName, GuestKind, Vmid,
    nic::{ContainerNic, Mac, VmNic},
    text,
};
use std::collections::HashMap;

/// Empty where NetBox knows nothing of the guest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    pub vm: Option<Vm>,
    pub interfaces: Vec<VmInterface>,
    /// All hardware addresses, by interface.
    pub macs: HashMap<u64, Vec<Mac>>,
    /// Those on its interfaces, IPv4 first.
    pub addresses: Vec<Address>,
    /// Why nothing is given although there is something. Each is a clause.
    pub doubts: Vec<String>,
}

impl Ipam {
    /// What NetBox has of the guest of that name, and whether that is this very guest: `macs` are its own.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn records_of(
        &self,
        cluster: &ClusterName,
        name: &str,
        vmid: Vmid,
        macs: &[Mac],
    ) -> Result<Records, Error> {
        Ok(self.records_named(cluster, name).await?.of_guest(name, vmid, macs))
    }

    /// What goes by the name of a guest, for who does not know its hardware addresses yet.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn records_named(&self, cluster: &ClusterName, name: &str) -> Result<Records, Error> {
        let filter = VmFilter { name: Some(name.to_owned()), ..VmFilter::default() };
        let wanted = self.cluster_name(cluster);
        match only(self.client.vms(&filter).await?, name, wanted) {
            Ok(Some(vm)) => self.records_on(vm).await,
            Ok(None) => Ok(Records::default()),
            Err(doubt) => Ok(Records { doubts: vec![doubt], ..Records::default() }),
        }
    }

    /// What is on a VM.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn records_on(&self, vm: Vm) -> Result<Records, Error> {
        let on_it = AddressFilter { virtual_machine_id: Some(vm.id), ..AddressFilter::default() };
        let (interfaces, mut addresses) =
            futures::try_join!(self.client.vm_interfaces(vm.id), self.client.addresses(&on_it))?;
        addresses.sort_by_key(|a| (a.address.address(), a.id));
        let macs = interfaces.iter().map(|interface| async move {
            let filter = MacFilter { vminterface_id: Some(interface.id), ..MacFilter::default() };
            let rows = self.client.macs(&filter).await?;
            Ok::<_, Error>((interface.id, rows.into_iter().map(|row| row.mac).collect()))
        });
        let macs = futures::future::try_join_all(macs).await?.into_iter().collect();
        Ok(Records { vm: Some(vm), interfaces, macs, addresses, doubts: vec![] })
    }
}

/// The one VM of that name in the cluster. NetBox looks at names without their case, and keeps one name for each
/// tenant.
fn only(rows: Vec<Vm>, name: &str, cluster: &str) -> Result<Option<Vm>, String> {
    let is_here = |vm: &Vm| {
        vm.name.eq_ignore_ascii_case(name) && vm.cluster.as_ref().is_some_and(|c| c.name.eq_ignore_ascii_case(cluster))
    };
    let mut fitting: Vec<Vm> = rows.into_iter().filter(is_here).collect();
    match fitting.len() {
        0 | 1 => Ok(fitting.pop()),
        _ => {
            let ids: Vec<String> = fitting.iter().map(|vm| vm.id.to_string()).collect();
            let ids = text::list(&ids);
            Err(format!("NetBox has several VMs {name} in the cluster {cluster} (ids {ids})"))
        }
    }
}

impl Records {
    /// These, unless they are of another machine: one whose hardware addresses are all other than the guest's.
    #[must_use]
    pub fn of_guest(self, name: &str, vmid: Vmid, macs: &[Mac]) -> Self {
        let theirs: Vec<Mac> = self.macs.values().flatten().copied().collect();
        let is_other = !macs.is_empty() && !theirs.is_empty() && !macs.iter().any(|m| theirs.contains(m));
        match &self.vm {
            Some(vm) if is_other => {
                let doubt = format!("the VM {} in NetBox has other hardware addresses than {name} ({vmid})", vm.name);
                Self { doubts: vec![doubt], ..Self::default() }
            }
            _ => self,
        }
    }
}

/// An interface as the configuration of a guest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNic {
    /// As NetBox would call it: `net0` of a VM, `eth0` of a container.
    pub name: String,
    /// Its place: of `net0` 0.
    pub at: u32,
    pub mac: Option<Mac>,
    pub vlan: Option<u16>,
}

/// The interfaces of a guest in their order. What cannot be read is left out.
pub fn own_nics(kind: GuestKind, config: &GuestConfig) -> Vec<OwnNic> {
    let nic = |(key, value): (&String, &String)| {
        let at = key.strip_prefix("net")?.parse().ok()?;
        Some(match kind {
            GuestKind::Vm => {
                let nic: VmNic = value.parse().ok()?;
                OwnNic { name: key.clone(), at, mac: nic.mac, vlan: nic.vlan }
            }
            GuestKind::Container => {
                let nic: ContainerNic = value.parse().ok()?;
                OwnNic { name: nic.name, at, mac: nic.mac, vlan: nic.vlan }
            }
        })
    };
    let mut nics: Vec<OwnNic> = config.values.iter().filter_map(nic).collect();
    nics.sort_by_key(|nic| nic.at);
    nics
}

/// The hardware addresses of a guest.
pub fn own_macs(kind: GuestKind, config: &GuestConfig) -> Vec<Mac> {
    own_nics(kind, config).into_iter().filter_map(|nic| nic.mac).collect()
}

#[cfg(test)]
pub(super) mod tests;
