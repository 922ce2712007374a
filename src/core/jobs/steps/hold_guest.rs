//! A number, a name and hardware addresses for a guest that is to be made. The name, and a number that was asked for,
//! are held since the job was enqueued; the next free number is found here.

use super::{Apply, new_guest::Held};
use crate::{
    jobs::step::{StepCx, StepError},
    lab::Cluster,
    quota::{QuotaPlan, Usage, usage, usage_of},
};
use direttore_domain::{ClusterName, Vmid, nic::Mac};
use direttore_store::{StoreError, hold};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;

/// A guest in the making: its name, and what counts against a quota.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldPlan {
    pub cluster: ClusterName,
    pub name: String,
    /// The number asked for.
    pub vmid: Option<Vmid>,
    pub cores: u64,
    pub memory_mib: u64,
    pub disk_mib: u64,
    /// Whose quota counts, and which.
    pub quota: Option<QuotaPlan>,
}

impl HoldPlan {
    /// What it adds to what the asker has.
    pub fn usage(&self) -> Usage {
        Usage { guests: 1, cores: self.cores, memory_mib: self.memory_mib, disk_mib: self.disk_mib }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldGuest {
    pub plan: HoldPlan,
    /// One for each interface that is to be made; `None` where none was asked for.
    pub macs: Vec<Option<Mac>>,
}

pub(super) const NAME: &str = "hold-guest";

pub(in crate::jobs) fn retry(error: StoreError) -> StepError {
    StepError::Retry(error.to_string())
}

/// The number that the job holds.
pub(super) async fn held_vmid(cx: &StepCx) -> Result<Option<Vmid>, StepError> {
    let mut tx = cx.store.read().await.map_err(retry)?;
    Ok(hold::get(&mut tx, cx.job).await.map_err(retry)?.and_then(|h| h.vmid))
}

/// Finds the next free number that is not `not`, and holds it.
pub(super) async fn hold_next(cx: &StepCx, cluster: &Cluster, not: &HashSet<Vmid>) -> Result<Vmid, StepError> {
    let (first, view) = futures::join!(cluster.first_free(), cluster.view());
    let first = first.map_err(|e| StepError::of_read(cluster, &e))?;
    let view = view.map_err(|f| StepError::Retry(f.to_string()))?;
    let mut tx = cx.store.write().await.map_err(retry)?;
    let held = hold::all(&mut tx, Some(&cluster.name)).await.map_err(retry)?;
    let mut taken: HashSet<Vmid> = held.iter().filter(|h| h.job != cx.job).filter_map(|h| h.vmid).collect();
    taken.extend(view.guests.iter().map(|e| e.vmid));
    taken.extend(not);
    let free = (first.get()..=Vmid::MAX).filter_map(|n| Vmid::try_from(n).ok()).filter(|v| !taken.contains(v));
    for vmid in free.take(1000) {
        // Another replica may be as far as this one.
        if hold::set_vmid(&mut tx, cx.job, vmid).await.map_err(retry)? {
            tx.commit().await.map_err(retry)?;
            return Ok(vmid);
        }
    }
    Err(StepError::Retry("no free VMID was found".to_owned()))
}

impl Apply for HoldGuest {
    const NAME: &'static str = NAME;
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let cluster = cx.cluster(&self.plan.cluster)?;
        let mut tx = cx.store.read().await.map_err(retry)?;
        let held = hold::get(&mut tx, cx.job).await.map_err(retry)?;
        drop(tx);
        match held {
            Some(hold::Hold { vmid: Some(_), .. }) => {}
            Some(_) => drop(hold_next(cx, cluster, &HashSet::new()).await?),
            // The job had failed and let go; somebody has said that it be tried again.
            None => {
                self.hold_again(cx).await?;
                if self.plan.vmid.is_none() {
                    hold_next(cx, cluster, &HashSet::new()).await?;
                }
            }
        }
        let mut macs = Vec::new();
        for mac in &self.macs {
            macs.push(mac.map_or_else(new_mac, Ok)?);
        }
        Ok(json!(Held { macs }))
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        let mut tx = cx.store.write().await.map_err(retry)?;
        hold::release(&mut tx, cx.job).await.map_err(retry)?;
        tx.commit().await.map_err(retry)
    }
}

impl HoldGuest {
    async fn hold_again(&self, cx: &StepCx) -> Result<(), StepError> {
        let HoldPlan { cluster, name, vmid, cores, memory_mib, disk_mib, .. } = &self.plan;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        if let (Some(account), Some(quota)) = (cx.asker().0, &self.plan.quota) {
            let used = usage(&cx.lab, &cx.store, account).await.map_err(|t| StepError::Retry(t.to_string()))?;
            let quota = QuotaPlan { used: used.0, ..quota.clone() };
            quota.allows(&usage_of(&used.1), &self.plan.usage()).map_err(|r| StepError::Fail(r.to_string()))?;
        }
        let mut tx = cx.store.write().await.map_err(retry)?;
        let new = hold::NewHold {
            job: cx.job,
            cluster,
            name,
            vmid: *vmid,
            account_id: cx.asker().0,
            cores: number(*cores),
            memory_mib: number(*memory_mib),
            disk_mib: number(*disk_mib),
            now: cx.clock.now(),
        };
        match hold::take(&mut tx, &new).await.map_err(retry)? {
            hold::Taken::Yes => tx.commit().await.map_err(retry),
            hold::Taken::Name(job) => Err(StepError::Fail(format!("a guest {name} is being made by {job}"))),
            hold::Taken::Vmid(job) => Err(StepError::Fail(format!("a guest with that VMID is being made by {job}"))),
        }
    }
}

/// As Proxmox makes them: its own block, then three random bytes. Made here, so that they are known before the guest is.
fn new_mac() -> Result<Mac, StepError> {
    let mut tail = [0; 3];
    getrandom::fill(&mut tail).map_err(|e| StepError::Retry(format!("no random bytes: {e}")))?;
    Ok(Mac::of_proxmox(tail))
}
