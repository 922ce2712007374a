//! The new guest in NetBox: the VM, its interfaces with their hardware addresses, the IP addresses on them, the primary
//! ones, and a journal entry that says who, when and which job.
//!
//! Each record bears the job's mark. After a crash or a lost answer what is there already is read first, and only what
//! is missing is written. Deleting the VM takes interfaces and addresses with it.

use super::{
    Apply, adopt_guest,
    allocate_addresses::ipam,
    new_guest::{InNetBox, NewGuest, Taken},
};
use crate::{
    ipam::Ipam,
    jobs::{
        address::of_netbox,
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::{
    AddressChange, AddressFilter, Error, MacFilter, NewVm, NewVmInterface, Vm, VmChange, VmFilter, VmInterface,
};
use direttore_domain::{Family, nic::Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegisterGuest {
    pub spec: NewGuest,
    pub netbox: InNetBox,
    /// Whether it becomes the planned VM that `adopt-guest` took; else a VM is made.
    #[serde(default)]
    pub adopts: bool,
}

/// What of the guest NetBox has already.
#[derive(Default)]
struct Known {
    vm: Option<Vm>,
    interfaces: Vec<VmInterface>,
    /// Hardware addresses by interface.
    macs: HashMap<u64, (u64, Mac)>,
    /// Addresses that are on an interface of it.
    assigned: HashSet<u64>,
}

impl RegisterGuest {
    async fn known(&self, cx: &StepCx, ipam: &Ipam) -> Result<Known, StepError> {
        let Some(vm) = find(cx, ipam).await? else { return Ok(Known::default()) };
        let on_it = AddressFilter { virtual_machine_id: Some(vm.id), ..AddressFilter::default() };
        let (interfaces, addresses) =
            futures::try_join!(ipam.client.vm_interfaces(vm.id), ipam.client.addresses(&on_it))
                .map_err(|e| of_netbox(&e))?;
        let mut macs = HashMap::new();
        for interface in &interfaces {
            let filter = MacFilter { vminterface_id: Some(interface.id), ..MacFilter::default() };
            let rows = ipam.client.macs(&filter).await.map_err(|e| of_netbox(&e))?;
            macs.extend(rows.first().map(|row| (interface.id, (row.id, row.mac))));
        }
        Ok(Known { vm: Some(vm), interfaces, macs, assigned: addresses.into_iter().map(|a| a.id).collect() })
    }

    async fn create_vm(&self, cx: &StepCx, ipam: &Ipam) -> Result<Vm, Error> {
        let (spec, netbox) = (&self.spec, &self.netbox);
        let mut custom = serde_json::Map::new();
        if netbox.has_job_field {
            custom.insert(ipam.settings.job_field.clone(), cx.job.to_string().into());
        }
        let new = NewVm {
            name: spec.name.to_string(),
            status: if spec.starts { "active" } else { "offline" }.to_owned(),
            cluster: netbox.cluster,
            site: netbox.site,
            vcpus: f64::from(spec.cores),
            memory: spec.memory.mib,
            disk: Some(spec.disk.mib),
            tenant: ipam.settings.tenant.clone(),
            role: ipam.settings.role.clone(),
            platform: ipam.settings.platform.clone(),
            description: cx.mark().to_string(),
            comments: spec.description.clone().unwrap_or_default(),
            tags: if netbox.has_tag { vec![ipam.settings.tag.clone()] } else { vec![] },
            custom,
            changelog_message: Some(format!("{} for {}", cx.job, cx.asker().1)),
        };
        ipam.client.create_vm(&new).await
    }

    /// The interfaces in the order of the guest's, those that are missing written at once.
    async fn interfaces(&self, ipam: &Ipam, vm: u64, known: &Known) -> Result<Vec<u64>, Error> {
        let missing: Vec<NewVmInterface> = self
            .spec
            .nics
            .iter()
            .filter(|nic| !known.interfaces.iter().any(|i| i.name == nic.name))
            .map(|nic| NewVmInterface {
                vm,
                name: nic.name.clone(),
                description: nic.bridge.to_string(),
                mode: nic.vlan_id.map(|_| "access".to_owned()),
                untagged_vlan: nic.vlan_id,
            })
            .collect();
        let made = if missing.is_empty() { vec![] } else { ipam.client.create_vm_interfaces(&missing).await? };
        let id = |name: &str| known.interfaces.iter().chain(&made).find(|i| i.name == name).map(|i| i.id);
        self.spec
            .nics
            .iter()
            .map(|nic| {
                id(&nic.name).ok_or_else(|| Error::Garbage { why: format!("no interface {} came back", nic.name) })
            })
            .collect()
    }

    async fn write(&self, cx: &StepCx, ipam: &Ipam, known: Known) -> Result<Vm, StepError> {
        let taken = cx.taken()?;
        let macs = cx.held()?.macs;
        let vm = match &known.vm {
            Some(vm) => vm.clone(),
            None => self.create_vm(cx, ipam).await.map_err(|e| name_is_taken(&e, &self.spec))?,
        };
        reached(Place::Answered, cx.name);
        let interfaces = self.interfaces(ipam, vm.id, &known).await.map_err(|e| of_netbox(&e))?;
        let bare = interfaces.iter().zip(&macs).filter(|(interface, _)| !known.macs.contains_key(interface));
        let new_macs: Vec<(Mac, u64, String)> =
            bare.map(|(interface, mac)| (*mac, *interface, cx.mark().to_string())).collect();
        let assign: Vec<(u64, u64)> =
            taken.iter().filter(|t| !known.assigned.contains(&t.id)).map(|t| (t.id, interfaces[t.nic - 1])).collect();
        let (made, assigned) = futures::join!(
            async { if new_macs.is_empty() { Ok(vec![]) } else { ipam.client.create_macs(&new_macs).await } },
            async { if assign.is_empty() { Ok(()) } else { ipam.client.assign_addresses(&assign).await.map(drop) } },
        );
        assigned.map_err(|e| of_netbox(&e))?;
        let made = made.map_err(|e| of_netbox(&e))?;
        reached(Place::Stored, cx.name);
        let mut primary: Vec<(u64, u64)> = known.macs.iter().map(|(interface, (mac, _))| (*interface, *mac)).collect();
        primary.extend(made.iter().filter_map(|m| Some((m.interface?, m.id))));
        let change = VmChange {
            primary_ip4: first(&taken, Family::V4).map(Some),
            primary_ip6: first(&taken, Family::V6).map(Some),
            vcpus: self.adopts.then(|| f64::from(self.spec.cores)),
            memory: self.adopts.then_some(self.spec.memory.mib),
            ..VmChange::default()
        };
        let has_change = self.adopts || change.primary_ip4.is_some() || change.primary_ip6.is_some();
        let (kind, words) = (adopt_guest::KIND, adopt_guest::made(cx));
        let journal = async {
            let written = match known.vm {
                // A first try may have written it.
                Some(_) => ipam.client.journal(kind, vm.id).await?.iter().any(|j| j.comments == words),
                None => false,
            };
            if written { Ok(()) } else { ipam.client.create_journal(kind, vm.id, "info", &words).await.map(drop) }
        };
        let (macs_set, changed, noted) = futures::join!(
            async { if primary.is_empty() { Ok(()) } else { ipam.client.set_primary_macs(&primary).await.map(drop) } },
            async { if has_change { ipam.client.change_vm(vm.id, &change, None).await.map(drop) } else { Ok(()) } },
            journal,
        );
        for written in [macs_set, changed, noted] {
            written.map_err(|e| of_netbox(&e))?;
        }
        Ok(vm)
    }
}

/// The first address of a family: the primary one.
fn first(taken: &[Taken], family: Family) -> Option<u64> {
    taken.iter().find(|t| t.family == family).map(|t| t.id)
}

fn name_is_taken(error: &Error, spec: &NewGuest) -> StepError {
    match error {
        Error::Duplicate { .. } => StepError::Fail(format!("NetBox has a VM {} in that cluster already", spec.name)),
        other => of_netbox(other),
    }
}

/// The VM that bears the job's mark.
async fn find(cx: &StepCx, ipam: &Ipam) -> Result<Option<Vm>, StepError> {
    let mark = cx.mark();
    let filter = VmFilter { description_ic: Some(mark.as_str().to_owned()), ..VmFilter::default() };
    let rows = ipam.client.vms(&filter).await.map_err(|e| of_netbox(&e))?;
    Ok(rows.into_iter().find(|vm| mark.is_in(&vm.description)))
}

impl Apply for RegisterGuest {
    const NAME: &'static str = "register-guest";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        if cx.wants_cancel() {
            return Err(StepError::Cancelled(None));
        }
        let is_begun = cx.note().is_some();
        if !is_begun {
            cx.save_note(Some(json!({ "stage": "begun" }))).await?;
            reached(Place::Intent, cx.name);
        }
        let known = if is_begun || self.adopts { self.known(cx, ipam).await? } else { Known::default() };
        if self.adopts && known.vm.is_none() {
            return Err(StepError::Fail(format!("the planned VM {} is not this job's any more", self.spec.name)));
        }
        let vm = self.write(cx, ipam, known).await?;
        Ok(json!({ "vm": vm.id }))
    }

    /// A planned VM is left as it was found; another one that still bears the job's mark is deleted. Addresses that
    /// somebody else has put on it are taken off first: they would go with it.
    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        if self.adopts {
            return adopt_guest::clear(cx, &self.spec).await;
        }
        let ipam = ipam(cx)?;
        let Some(vm) = find(cx, ipam).await? else { return Ok(()) };
        let on_it = AddressFilter { virtual_machine_id: Some(vm.id), ..AddressFilter::default() };
        let rows = ipam.client.addresses(&on_it).await.map_err(|e| of_netbox(&e))?;
        for row in rows.iter().filter(|row| !cx.mark().covers(&row.description)) {
            let off = AddressChange { assigned: Some(None), ..AddressChange::default() };
            match ipam.client.change_address(row.id, &off, None).await {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(of_netbox(&error)),
            }
        }
        match ipam.client.delete_vm(vm.id).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(of_netbox(&error)),
        }
    }
}
