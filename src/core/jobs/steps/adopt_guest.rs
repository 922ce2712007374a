//! A planned VM of NetBox that a new guest becomes: it is not made a second time, and taken back it is planned again, as
//! it was before.
//!
//! Whether it is ours tells the job's mark in its description, which comes first and goes last. `register-guest` writes
//! the rest onto it, and takes that back before.

use super::{Apply, NewGuest, allocate_addresses::ipam};
use crate::{
    ipam::{Ipam, Mark},
    jobs::{
        address::of_netbox,
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::{AddressChange, AddressFilter, Error, MacFilter, Vm, VmChange};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdoptGuest {
    /// NetBox' number of it.
    pub vm: u64,
    pub name: String,
    /// Whether the guest is started once it is made.
    pub starts: bool,
    pub has_job_field: bool,
}

/// What it was before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Former {
    vcpus: Option<f64>,
    memory: Option<u64>,
    primary_ip4: Option<u64>,
    primary_ip6: Option<u64>,
    /// The job in its custom field.
    job: Value,
    /// Ids of interfaces that are not ours.
    interfaces: Vec<u64>,
}

/// NetBox takes no longer description, in characters.
const DESCRIPTION: usize = 200;

const PLANNED: &str = "planned";

/// Of a VM, as NetBox names its type.
pub(super) const KIND: &str = "virtualization.virtualmachine";

/// What the journal says of a guest that a job made.
pub(super) fn made(cx: &StepCx) -> String {
    format!("Made by direttore for {} ({}).", cx.asker().1, cx.job)
}

impl AdoptGuest {
    async fn look(&self, cx: &StepCx, ipam: &Ipam) -> Result<Former, StepError> {
        let (vm, _) = ipam.client.vm(self.vm).await.map_err(|e| self.gone(&e))?;
        self.check(&vm, &cx.mark())?;
        let interfaces = ipam.client.vm_interfaces(self.vm).await.map_err(|e| of_netbox(&e))?;
        Ok(Former {
            vcpus: vm.vcpus,
            memory: vm.memory,
            primary_ip4: vm.primary_ip4.as_ref().map(|address| address.id),
            primary_ip6: vm.primary_ip6.as_ref().map(|address| address.id),
            job: vm.custom.get(&ipam.settings.job_field).cloned().unwrap_or_default(),
            interfaces: interfaces.iter().map(|interface| interface.id).collect(),
        })
    }

    fn check(&self, vm: &Vm, mark: &Mark) -> Result<(), StepError> {
        let why = if !vm.name.eq_ignore_ascii_case(&self.name) {
            format!("the VM that NetBox had as {} is called {} by now", self.name, vm.name)
        } else if vm.status != PLANNED {
            format!("{} is {} in NetBox by now, not planned", vm.name, vm.status)
        } else if marked(&vm.description, mark).chars().count() > DESCRIPTION {
            let room = DESCRIPTION.saturating_sub(mark.as_str().len() + 1);
            format!("the description of {} in NetBox leaves no room for a mark; {room} characters do", vm.name)
        } else {
            return Ok(());
        };
        Err(StepError::Fail(why))
    }

    fn gone(&self, error: &Error) -> StepError {
        match error {
            Error::NotFound { .. } => StepError::Fail(format!("NetBox has no VM {} any more", self.name)),
            other => of_netbox(other),
        }
    }
}

impl Apply for AdoptGuest {
    const NAME: &'static str = "adopt-guest";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        let former = match former(cx.note().as_ref()) {
            Some(former) => former,
            None => {
                if cx.wants_cancel() {
                    return Err(StepError::Cancelled(None));
                }
                let former = self.look(cx, ipam).await?;
                cx.save_note(Some(json!({ "stage": "begun", "former": former }))).await?;
                reached(Place::Intent, cx.name);
                former
            }
        };
        let done = json!({ "vm": self.vm, "former": former });
        let (vm, tag) = ipam.client.vm(self.vm).await.map_err(|e| self.gone(&e))?;
        let mark = cx.mark();
        if mark.is_in(&vm.description) {
            return Ok(done);
        }
        self.check(&vm, &mark)?;
        let mut custom = Map::new();
        if self.has_job_field {
            custom.insert(ipam.settings.job_field.clone(), cx.job.to_string().into());
        }
        let change = VmChange {
            status: Some(if self.starts { "active" } else { "offline" }.to_owned()),
            description: Some(marked(&vm.description, &mark)),
            custom,
            changelog_message: Some(format!("{} for {}", cx.job, cx.asker().1)),
            ..VmChange::default()
        };
        let changed = ipam.client.change_vm(self.vm, &change, tag.as_ref()).await;
        reached(Place::Answered, cx.name);
        match changed {
            Ok(_) => Ok(done),
            Err(Error::Stale) => Err(StepError::Retry(format!("somebody changes {} in NetBox just now", self.name))),
            Err(error) => Err(of_netbox(&error)),
        }
    }

    /// Planned again. Of a try that failed nobody knows what it was before, but then nothing more was written.
    async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
        let ipam = ipam(cx)?;
        let vm = match ipam.client.vm(self.vm).await {
            Ok((vm, _)) => vm,
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(of_netbox(&error)),
        };
        let mark = cx.mark();
        if !mark.is_in(&vm.description) {
            return Ok(());
        }
        let former = former(Some(done));
        let mut custom = Map::new();
        if vm.custom.get(&ipam.settings.job_field).is_some_and(|job| *job == json!(cx.job.to_string())) {
            let job = former.as_ref().map(|former| former.job.clone()).unwrap_or_default();
            custom.insert(ipam.settings.job_field.clone(), job);
        }
        let change = VmChange {
            status: Some(PLANNED.to_owned()),
            description: Some(unmarked(&vm.description, &mark)),
            primary_ip4: former.as_ref().map(|former| former.primary_ip4),
            primary_ip6: former.as_ref().map(|former| former.primary_ip6),
            vcpus: former.as_ref().and_then(|former| former.vcpus),
            memory: former.as_ref().and_then(|former| former.memory),
            custom,
            ..VmChange::default()
        };
        match ipam.client.change_vm(self.vm, &change, None).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(of_netbox(&error)),
        }
    }
}

/// What `register-guest` put onto it goes, what others did stays.
pub(super) async fn clear(cx: &StepCx, spec: &NewGuest) -> Result<(), StepError> {
    let ipam = ipam(cx)?;
    let Some(done) = cx.earlier(AdoptGuest::NAME) else { return Ok(()) };
    let (Some(vm), Some(former)) = (done["vm"].as_u64(), former(Some(done))) else { return Ok(()) };
    match clear_of(ipam, vm, spec, &former, &cx.mark()).await {
        Ok(()) => {}
        Err(Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(of_netbox(&error)),
    }
    note_taken_back(cx, ipam, vm).await.map_err(|e| of_netbox(&e))
}

/// Interfaces that the job made, and hardware addresses that it gave to others.
async fn clear_of(ipam: &Ipam, vm: u64, spec: &NewGuest, former: &Former, mark: &Mark) -> Result<(), Error> {
    for interface in ipam.client.vm_interfaces(vm).await? {
        let is_of_job =
            |nic: &super::NewNic| nic.name == interface.name && nic.bridge.to_string() == interface.description;
        if former.interfaces.contains(&interface.id) || !spec.nics.iter().any(is_of_job) {
            let filter = MacFilter { vminterface_id: Some(interface.id), ..MacFilter::default() };
            let rows = ipam.client.macs(&filter).await?;
            let ours: Vec<u64> = rows.iter().filter(|row| mark.is_in(&row.description)).map(|row| row.id).collect();
            ipam.client.delete_macs(&ours).await?;
            continue;
        }
        let on_it = AddressFilter { vminterface_id: Some(interface.id), ..AddressFilter::default() };
        for row in ipam.client.addresses(&on_it).await?.iter().filter(|row| !mark.covers(&row.description)) {
            let off = AddressChange { assigned: Some(None), ..AddressChange::default() };
            match ipam.client.change_address(row.id, &off, None).await {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match ipam.client.delete_vm_interface(interface.id).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where the journal says that it was made, it says this too: nobody deletes from a journal.
async fn note_taken_back(cx: &StepCx, ipam: &Ipam, vm: u64) -> Result<(), Error> {
    let words = format!("Taken back by direttore ({}).", cx.job);
    let entries = ipam.client.journal(KIND, vm).await?;
    let is_made = entries.iter().any(|entry| entry.comments == made(cx));
    if is_made && !entries.iter().any(|entry| entry.comments == words) {
        ipam.client.create_journal(KIND, vm, "warning", &words).await?;
    }
    Ok(())
}

fn former(of: Option<&Value>) -> Option<Former> {
    serde_json::from_value(of?.get("former")?.clone()).ok()
}

/// A description with the mark at its end.
fn marked(description: &str, mark: &Mark) -> String {
    format!("{description} {mark}").trim().to_owned()
}

/// The description as it was before.
fn unmarked(description: &str, mark: &Mark) -> String {
    description.replace(&format!(" {mark}"), "").replace(mark.as_str(), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipam::Marks;
    use direttore_domain::{Instant, JobId};

    #[test]
    fn a_description_comes_back_as_it_was() {
        let mark = Marks::new("k3f9ab").of_job(JobId(5), Instant(0x1234));
        for description in ["", "for alice", "two  spaces, and a direttore-k3f9ab:J-4.1234 of old"] {
            let with = marked(description, &mark);
            assert!(mark.is_in(&with), "{with}");
            assert_eq!(unmarked(&with, &mark), description);
        }
    }
}
