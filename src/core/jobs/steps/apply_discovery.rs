//! What SNMP saw, written into NetBox: of the differences those that were shown and agreed to.
//!
//! Each try asks NetBox anew what differs, and does what is left of it. What a try before made is found by its name (an
//! interface of the device, an address of its VRF, a VLAN of its site), so nothing is made twice; what a person has written
//! since is found too, and stays. What does not hang on each other is sent in one list, which NetBox takes whole or not at
//! all; what it refuses is told, and the rest is done.

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
use direttore_clients::netbox::{Error, Object};
use direttore_domain::device::seen::Seen;
use futures::future::join_all;
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

/// As many are sent in one list: one that is refused costs as many calls.
const TOGETHER: usize = 50;

/// As many are sent at once, each by itself.
const AT_ONCE: usize = 4;

/// A change that can be sent.
struct Ready<'c> {
    change: &'c Change,
    /// Of what is changed.
    id: Option<u64>,
    body: Value,
}

impl Ready<'_> {
    /// Of a list of addresses NetBox does not see that two are the same; and in a list of changed interfaces it has no number
    /// for another interface, by its description (`PatchedBulkInterfaceRequest`).
    fn is_alone(&self) -> bool {
        let names_another = || ["lag", "parent"].iter().any(|field| !self.body[field].is_null());
        match self.change.object {
            Object::Address => true,
            Object::Interface => self.id.is_some() && names_another(),
            _ => false,
        }
    }
}

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

impl Done {
    fn put(&mut self, change: &Change, id: u64) {
        if change.id.is_none() {
            self.created += 1;
            self.ids.insert(change.key.clone(), id);
        } else {
            self.changed += 1;
        }
    }
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

    /// With the ids that it needs; none where one of them was not made.
    fn ready<'c>(&self, cx: &StepCx, change: &'c Change, done: &mut Done) -> Option<Ready<'c>> {
        done.keys.insert(change.key.clone());
        let body = discover::resolved(&change.body, &done.ids);
        let id = change.id.as_ref().map(|id| discover::resolved(id, &done.ids)).transpose();
        match (body, id) {
            (Ok(mut body), Ok(id)) => {
                body["changelog_message"] = json!(format!("{} for {}", cx.job, cx.asker().1));
                Some(Ready { change, id: id.and_then(|id| id.as_u64()), body })
            }
            (Err(key), _) | (_, Err(key)) => {
                done.failed.push(format!("{}: it needs {key}, which was not made", change.what));
                None
            }
        }
    }

    /// Some of one kind, of which none hangs on another: to be sent in one list, or each alone.
    async fn write(&self, cx: &StepCx, ipam: &Ipam, some: &[Ready<'_>], done: &mut Done) -> Result<(), StepError> {
        let are_alone = some.iter().any(Ready::is_alone);
        if some.len() > 1 && !are_alone {
            match together(ipam, some).await {
                Ok(ids) => {
                    reached(Place::Answered, cx.name);
                    some.iter().zip(ids).for_each(|(ready, id)| done.put(ready.change, id));
                    return Ok(());
                }
                // NetBox did none of it, and does not always say for which one's sake.
                Err(error) => match of_netbox(&error) {
                    StepError::Fail(_) => {}
                    other => return Err(other),
                },
            }
        }
        let at_once = if are_alone { AT_ONCE } else { 1 };
        for few in some.chunks(at_once) {
            let answers = join_all(few.iter().map(|ready| alone(ipam, ready))).await;
            reached(Place::Answered, cx.name);
            // Whatever one of them says, what the others say is noted.
            let mut ends = Ok(());
            for (ready, answer) in few.iter().zip(answers) {
                match answer.map_err(|error| (of_netbox(&error), error)) {
                    Ok(id) => done.put(ready.change, id),
                    Err((StepError::Fail(_), error)) => {
                        done.failed.push(format!("{}: {}", ready.change.what, failure(&error)));
                    }
                    Err((other, _)) => ends = Err(other),
                }
            }
            ends?;
        }
        Ok(())
    }
}

/// The ids in their order.
async fn together(ipam: &Ipam, some: &[Ready<'_>]) -> Result<Vec<u64>, Error> {
    let Some(object) = some.first().map(|ready| ready.change.object) else { return Ok(vec![]) };
    let known: Vec<(u64, Value)> = some.iter().filter_map(|ready| Some((ready.id?, ready.body.clone()))).collect();
    if known.is_empty() {
        return ipam.client.create_all(object, some.iter().map(|ready| ready.body.clone()).collect()).await;
    }
    let ids = known.iter().map(|(id, _)| *id).collect();
    ipam.client.change_all(object, known).await.map(|()| ids)
}

async fn alone(ipam: &Ipam, ready: &Ready<'_>) -> Result<u64, Error> {
    let (object, body) = (ready.change.object, ready.body.clone());
    match ready.id {
        Some(id) => ipam.client.change(object, id, body).await.map(|()| id),
        None => ipam.client.create(object, body).await,
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
            let mut written = 0;
            for wave in discover::waves(&left) {
                let mut kinds: BTreeMap<(Object, bool, bool), Vec<Ready<'_>>> = BTreeMap::new();
                for change in &wave {
                    if let Some(ready) = self.ready(cx, change, &mut done) {
                        kinds.entry((change.object, change.id.is_none(), ready.is_alone())).or_default().push(ready);
                    }
                }
                for some in kinds.values().flat_map(|all| all.chunks(TOGETHER)) {
                    if cx.wants_cancel() {
                        let what =
                            format!("{} of {} differences were written", done.created + done.changed, left.len());
                        return Err(StepError::Cancelled(Some(what)));
                    }
                    if cx.is_lost() {
                        return Err(StepError::Lost);
                    }
                    self.write(cx, ipam, some, &mut done).await?;
                    written += some.len();
                    cx.progress(u8::try_from(written * 100 / left.len()).ok(), None);
                }
                if wave.iter().any(|change| change.key == discover::DEVICE) {
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
