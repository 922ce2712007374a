//! What the lab does by itself when a window begins or ends: durable jobs, enqueued in the transaction that crosses
//! them off what is owed. It does so as the holder.

use super::{Dispatch, tell::Told};
use crate::{
    dispatch::carry::Asked,
    handlers::{self, Cx},
    jobs::steps::{CreateSnapshot, DeleteSnapshot, GuestId, PowerGuest, RollbackSnapshot, SpareReserved, Step},
    plan::{JobPlan, Outcome},
    reserve::{self, START_OWED},
};
use direttore_catalog::{Given, catalog};
use direttore_domain::{Actor, AtEnd, Claims, Identity, Power, ResourceKey, SnapshotName, Surface, Trouble};
use direttore_store::{Tx, account, audit, claim, reservation::Reservation, resource};
use serde_json::json;
use std::sync::Arc;

impl Dispatch {
    pub(super) async fn act_for(&self, held: Reservation) -> Result<(), Trouble> {
        let is_start = held.reminded & START_OWED != 0;
        let mut jobs = Vec::new();
        let mut trouble = Vec::new();
        for resource in &held.resources {
            if !matches!(resource.key, ResourceKey::Guest(..)) {
                continue;
            }
            let made = if is_start {
                self.guest_id(&resource.key).await.map(|id| Some(start(&held, id)))
            } else {
                match held.acts.end {
                    AtEnd::Leave => Ok(None),
                    AtEnd::Shutdown => self.guest_id(&resource.key).await.map(|id| Some(shut_down(&held, id))),
                    AtEnd::Rollback => self.guest_id(&resource.key).await.map(|id| Some(roll_back(&held, id))),
                    AtEnd::Destroy => match self.guest_id(&resource.key).await {
                        Ok(id) => self.destroy(&held, id).await.map(Some),
                        Err(why) => Err(why),
                    },
                }
            };
            match made {
                Ok(job) => jobs.extend(job.map(|job| (resource.id, job))),
                Err(why) => trouble.push(format!("{}: {}", resource.name, words(&why))),
            }
        }
        let now = self.clock.now();
        // What cannot be done now may go well later; a window that has begun is not worth a late start for ever.
        let since = if is_start { held.starts } else { held.ends };
        let is_late = jobs.is_empty() && !trouble.is_empty() && now.since(since) < self.rules.reserve.owed_for;
        let mut tx = self.store.write().await?;
        let destroys = held.acts.end == AtEnd::Destroy && !is_start;
        if destroys {
            // Before the row itself is touched: whoever changes the reservation takes them in this order.
            let ids: Vec<i64> = jobs.iter().map(|(resource, _)| *resource).collect();
            claim::lock(&mut tx, &ids, false).await?;
        }
        if !self.settle_owed(&mut tx, &held, is_late).await? {
            return Ok(());
        }
        if is_late {
            return Ok(tx.commit().await?);
        }
        let mut ids = Vec::new();
        for (position, (resource, job)) in jobs.iter().enumerate() {
            if destroys && self.is_spared(&mut tx, &held, *resource).await? {
                continue;
            }
            let asked = Asked {
                command: "reserve",
                account_id: held.account_id,
                actor: &held.holder,
                origin: &held.origin,
                question: None,
            };
            ids.push(self.enqueue_one(&mut tx, asked, position, job, now).await?);
        }
        if !trouble.is_empty() {
            self.put_told(&mut tx, &held, Told::NotActed, Some(&trouble.join("; "))).await?;
        }
        let outcome = if ids.is_empty() { "done" } else { "queued" };
        let jobs: Vec<String> = ids.iter().map(ToString::to_string).collect();
        audit::record(&mut tx, &self.kept_entry(&held, outcome, json!({ "jobs": jobs }))).await?;
        tx.commit().await?;
        self.engine.wake();
        self.engine.ended.notify_waiters();
        Ok(())
    }

    /// Whether somebody has it next: then it is not destroyed, which both are told.
    async fn is_spared(&self, tx: &mut Tx, held: &Reservation, resource: i64) -> Result<bool, Trouble> {
        let Some(resource) = resource::by_id(tx, resource).await? else { return Ok(false) };
        let Some(next) = reserve::next_of(tx, &resource, held.id, self.clock.now()).await? else { return Ok(false) };
        let why = format!("{} of {} has {} next", next.id, next.holder, resource.name);
        self.put_told(tx, held, Told::Spared, Some(&why)).await?;
        // Who stands in line is told when it is theirs.
        if next.status.holds_slot() && next.account_id != held.account_id {
            let why = format!("{} was to destroy it at its end", held.id);
            self.put_told(tx, &next, Told::Kept, Some(&why)).await?;
        }
        Ok(true)
    }

    /// The guest as the view has it.
    async fn guest_id(&self, key: &ResourceKey) -> Result<GuestId, Trouble> {
        let ResourceKey::Guest(cluster, vmid) = key else { return Err(Trouble::bug("no guest")) };
        let cluster = Arc::clone(self.lab.cluster(cluster)?);
        let view = cluster.view().await?;
        let guest = view
            .guest(*vmid)
            .ok_or_else(|| direttore_domain::Refusal::NoSuchGuest { given: vmid.to_string(), nearest: None })?;
        Ok(GuestId::from(guest.as_ref()))
    }

    /// The job that `/guest delete` would make.
    async fn destroy(&self, held: &Reservation, id: GuestId) -> Result<JobPlan, Trouble> {
        let command = catalog().get("guest delete").ok_or_else(|| Trouble::bug("no /guest delete"))?;
        let answers = command.answers(&Given::from([("guest".to_owned(), vec![subject(&id)])]))?;
        let cx = Cx {
            actor: Arc::new(self.holder_of(held).await?),
            origin: held.origin.clone(),
            channel: held.origin.channel_name(),
            command,
            lab: self.lab.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            rules: Arc::clone(&self.rules),
            things: Arc::clone(&self.things),
            is_confirmed: true,
            shows_pictures: false,
        };
        match handlers::plan(&cx, command, answers).await? {
            Outcome::Do(mut plan) => {
                let mut job = plan.jobs.pop().ok_or_else(|| Trouble::bug("a deletion without a job"))?;
                // Somebody may book it before the job's turn comes.
                job.steps.insert(0, Step::SpareReserved(SpareReserved { guest: id, after: held.id }));
                Ok(job)
            }
            Outcome::Say(_) => Err(Trouble::bug("a deletion that only says something")),
        }
    }

    /// The holder, as whom the lab acts: what was allowed when it was booked.
    async fn holder_of(&self, held: &Reservation) -> Result<Actor, Trouble> {
        let mut tx = self.store.read().await?;
        let account = match held.account_id {
            Some(id) => account::by_id(&mut tx, id).await?,
            None => None,
        };
        drop(tx);
        match account {
            Some(account) => {
                let identity = Identity { surface: Surface::Console, subject: account.name.to_string() };
                let (actor, _) = self.actor_of(&identity, &Claims::default(), &held.origin.channel_name()).await?;
                // Its identity at the console may be somebody else's, or nobody's.
                Ok(if actor.account_id() == Some(account.id) {
                    actor
                } else {
                    Actor { account: Some(account), ..actor }
                })
            }
            None => Err(direttore_domain::Refusal::NoSuch {
                what: "account",
                given: held.holder.clone(),
                nearest: None,
                has: vec![],
            }
            .into()),
        }
    }
}

fn words(why: &Trouble) -> String {
    match why {
        Trouble::Refusal(refusal) => refusal.to_string(),
        Trouble::Failure(failure) => failure.to_string(),
        Trouble::Bug(bug) => bug.to_string(),
    }
}

fn subject(id: &GuestId) -> String {
    format!("{}/{}", id.cluster, id.vmid)
}

/// `reservation-12`: of the snapshot that is taken at the start.
fn snapshot(held: &Reservation) -> SnapshotName {
    format!("reservation-{}", held.id.0).parse().expect("a letter, then letters, a hyphen and digits")
}

fn start(held: &Reservation, id: GuestId) -> JobPlan {
    let mut steps = Vec::new();
    if held.acts.snapshot {
        steps.push(Step::CreateSnapshot(CreateSnapshot {
            guest: id.clone(),
            name: snapshot(held),
            description: format!("before {} of {}", held.id, held.holder),
            with_memory: false,
        }));
    }
    if held.acts.start {
        steps.push(Step::PowerGuest(PowerGuest::new(id.clone(), Power::Start)));
    }
    let verb = if held.acts.start { "start" } else { "take a snapshot of" };
    JobPlan::new(format!("{verb} {} ({}) for {}", id.label, id.vmid, held.id), subject(&id), steps)
}

fn shut_down(held: &Reservation, id: GuestId) -> JobPlan {
    let title = format!("shut down {} ({}) after {}", id.label, id.vmid, held.id);
    JobPlan::new(title, subject(&id), vec![Step::PowerGuest(PowerGuest::new(id, Power::Shutdown))])
}

fn roll_back(held: &Reservation, id: GuestId) -> JobPlan {
    let title = format!("roll {} ({}) back after {}", id.label, id.vmid, held.id);
    let back = RollbackSnapshot { guest: id.clone(), name: snapshot(held), start: false };
    let gone = DeleteSnapshot { guest: id.clone(), name: snapshot(held) };
    JobPlan::new(title, subject(&id), vec![Step::RollbackSnapshot(back), Step::DeleteSnapshot(gone)])
}
