//! What SNMP saw, written into NetBox: of the differences those that were shown and agreed to.
//!
//! Each try asks NetBox anew what differs, and does what is left of it. What a try before made is found by its name (an
//! interface of the device, an address of its VRF, a VLAN of its site), so nothing is made twice; what a person has written
//! since is found too, and stays. What NetBox refuses is told, and the rest is done.

use super::{Apply, allocate_addresses::ipam};
use crate::{
    discover::{self, Change, Known, Whose, Wish, Words},
    ipam::{Ipam, failure},
    jobs::{
        address::of_netbox,
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::Error;
use direttore_domain::device::seen::Seen;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApplyDiscovery {
    /// What people call it.
    pub device: String,
    pub whose: Whose,
    pub seen: Seen,
    pub wish: Wish,
    /// The changes that were agreed to, by their keys.
    pub agreed: BTreeSet<String>,
}

/// Making a device brings its type's interfaces along: what is left is looked at once more, and once again for what
/// somebody did meanwhile.
const ROUNDS: usize = 3;

#[derive(Default)]
struct Done {
    created: u64,
    changed: u64,
    failed: Vec<String>,
    /// By their keys, whether it went well or not.
    keys: BTreeSet<String>,
    /// What was made, by the change's key.
    ids: BTreeMap<String, u64>,
}

impl ApplyDiscovery {
    async fn known(&self, cx: &StepCx, ipam: &Ipam) -> Result<Known, StepError> {
        let empty = BTreeMap::new();
        let settings = cx.lab.devices().map(|devices| &devices.settings);
        let words = Words {
            platforms: settings.map_or(&empty, |s| &s.platforms),
            software: settings.map_or("", |s| &s.fields.software),
        };
        match discover::known(ipam, &self.whose, &self.seen, &self.wish, &words).await {
            Err(Error::NotFound { .. }) => Err(StepError::Fail(format!("NetBox has {} no more", self.device))),
            known => known.map_err(|e| of_netbox(&e)),
        }
    }

    async fn one(&self, cx: &StepCx, ipam: &Ipam, change: &Change, done: &mut Done) -> Result<(), StepError> {
        done.keys.insert(change.key.clone());
        let body = discover::resolved(&change.body, &done.ids);
        let id = change.id.as_ref().map(|id| discover::resolved(id, &done.ids)).transpose();
        let (mut body, id) = match (body, id) {
            (Ok(body), Ok(id)) => (body, id.and_then(|id| id.as_u64())),
            (Err(key), _) | (_, Err(key)) => {
                done.failed.push(format!("{}: it needs {key}, which was not made", change.what));
                return Ok(());
            }
        };
        body["changelog_message"] = json!(format!("{} for {}", cx.job, cx.asker().1));
        let written = match id {
            Some(id) => ipam.client.change(change.object, id, body).await.map(|()| id),
            None => ipam.client.create(change.object, body).await,
        };
        match written {
            Ok(id) => {
                reached(Place::Answered, cx.name);
                if change.id.is_none() {
                    done.created += 1;
                    done.ids.insert(change.key.clone(), id);
                } else {
                    done.changed += 1;
                }
                Ok(())
            }
            Err(error) => match of_netbox(&error) {
                StepError::Fail(_) => {
                    done.failed.push(format!("{}: {}", change.what, failure(&error)));
                    Ok(())
                }
                other => Err(other),
            },
        }
    }
}

impl Apply for ApplyDiscovery {
    const NAME: &'static str = "apply-discovery";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        let mut done = Done::default();
        for _ in 0..ROUNDS {
            let known = self.known(cx, ipam).await?;
            let plan = discover::plan(&self.seen, &known, &self.wish);
            let is_left = |change: &&Change| self.agreed.contains(&change.key) && !done.keys.contains(&change.key);
            let left: Vec<Change> = plan.changes.iter().filter(is_left).cloned().collect();
            if left.is_empty() {
                break;
            }
            for (nth, change) in left.iter().enumerate() {
                if cx.wants_cancel() {
                    let what = format!("{} of {} differences were written", done.created + done.changed, left.len());
                    return Err(StepError::Cancelled(Some(what)));
                }
                if cx.is_lost() {
                    return Err(StepError::Lost);
                }
                self.one(cx, ipam, change, &mut done).await?;
                cx.progress(u8::try_from((nth + 1) * 100 / left.len()).ok(), None);
                if change.key == discover::DEVICE {
                    break;
                }
            }
        }
        if done.created + done.changed == 0
            && let Some(first) = done.failed.first()
        {
            return Err(StepError::Fail(first.clone()));
        }
        // Also what a try before did.
        let written = self.agreed.len().saturating_sub(done.failed.len());
        Ok(json!({ "what": "discovered", "label": self.device, "written": written, "failed": done.failed }))
    }
}
