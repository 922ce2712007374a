//! What a new guest has that its template had not: processors, memory, interfaces, cloud-init, tags. It may be written
//! twice: hardware addresses are settled before.

use super::{
    Apply,
    create_guest::vm_nics,
    making::bears,
    new_guest::{From, NewGuest},
};
use crate::jobs::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use direttore_clients::proxmox::{Change, VmSettings, vm_change};
use direttore_domain::{Family, nic::IpConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigureGuest {
    pub spec: NewGuest,
}

impl ConfigureGuest {
    /// Whether there is anything to write: a container has all but its tags from the start.
    pub fn is_needed(spec: &NewGuest) -> bool {
        matches!(spec.from, From::Clone { .. }) || !spec.tags.is_empty()
    }

    fn change(&self, cx: &StepCx) -> Result<Change, StepError> {
        let spec = &self.spec;
        if !matches!(spec.from, From::Clone { .. }) {
            let tags: Vec<&str> = spec.tags.iter().map(AsRef::as_ref).collect();
            return Ok(Change { values: vec![("tags".to_owned(), tags.join(";"))], ..Change::default() });
        }
        let taken = cx.taken()?;
        let ipconfigs = (0..spec.nics.len()).map(|at| {
            let (ip, gw) = spec.wire_address(at, Family::V4, &taken);
            let (ip6, gw6) = spec.wire_address(at, Family::V6, &taken);
            IpConfig { ip, gw, ip6, gw6 }
        });
        Ok(vm_change(&VmSettings {
            cores: Some(spec.cores),
            memory: Some(spec.memory),
            nics: vm_nics(cx, spec)?,
            ipconfigs: ipconfigs.collect(),
            nameservers: spec.dns.clone(),
            search_domain: spec.domain.clone(),
            user: spec.user.clone(),
            ssh_keys: spec.keys.clone(),
            password: spec.password.then(|| cx.password()),
            tags: spec.tags.clone(),
            // The mark was written with the guest; people's words stand above it.
            description: None,
            agent: true,
        }))
    }
}

impl Apply for ConfigureGuest {
    const NAME: &'static str = "configure-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() {
            return Err(StepError::Cancelled(None));
        }
        let made = cx.made()?;
        let cluster = cx.cluster(&self.spec.cluster)?;
        let change = self.change(cx)?;
        if !cx.is_first_try() {
            // Much may have happened since the guest was made: the VMID may be another one's by now.
            let config = cluster.client.guest_config(&self.spec.at(made.guest.vmid)).await;
            if !bears(&config.map_err(|e| StepError::of_read(cluster, &e))?, cx.mark().as_str()) {
                let (label, vmid) = (&made.guest.label, made.guest.vmid);
                return Err(StepError::Fail(format!(
                    "the VMID {vmid} is another guest by now, not the {label} that was made"
                )));
            }
        }
        let written = cluster.client.configure(&self.spec.at(made.guest.vmid), &change).await;
        if written.is_ok() {
            reached(Place::Answered, cx.name);
        }
        match written {
            Ok(()) => Ok(json!({ "what": "configured" })),
            // Written or not, the same is written again.
            Err(error) if error.may_have_been_done() => Err(StepError::Retry(cluster.failure(&error).to_string())),
            Err(error) => Err(StepError::of_read(cluster, &error)),
        }
    }

    /// It goes with the guest.
    async fn undo(&self, _: &StepCx, _: &Value) -> Result<(), StepError> {
        Ok(())
    }
}
