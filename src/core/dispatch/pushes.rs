//! Pushes to network devices: a second person's yes, and what is held and nobody confirmed.

use super::{
    Dispatch,
    carry::Asked,
    question::{ANYBODY, Open, called},
    say::{Asking, attached},
};
use crate::{
    devices::PushWish,
    handlers::push_differences,
    jobs::steps::{EndPush, Step},
    plan::{JobPlan, PushDeed, PushTarget},
};
use direttore_domain::{Instant, JobId, Origin, Permission, PushId, Refusal, Surface, Trouble, role::Allowance};
use direttore_reply::{Reply, render};
use direttore_store::{
    StoreError, Tx, account,
    device_push::{self, NewPush, Push},
    question::{self, NewQuestion},
    telling,
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a second person may take.
const APPROVAL: Duration = Duration::from_secs(24 * 3600);

/// A file that is longer does not go with what is asked.
const LONGEST: usize = 256 << 10;

/// Under which a deed brings the push that the plan's job is for.
const BROUGHT: &str = "push";

/// The job that a plan enqueued is the push's.
pub(super) async fn join(tx: &mut Tx, brought: &Map<String, Value>, jobs: &[(JobId, String)]) -> Result<(), Trouble> {
    let push = brought.get(BROUGHT).and_then(Value::as_str).and_then(|id| id.parse::<PushId>().ok());
    if let (Some(push), [(job, _), ..]) = (push, jobs) {
        device_push::set_job(tx, push, *job).await?;
    }
    Ok(())
}

impl Dispatch {
    pub(super) async fn do_push(
        &self,
        tx: &mut Tx,
        asking: &Asking<'_>,
        deed: &PushDeed,
        brought: &mut Map<String, Value>,
        now: Instant,
    ) -> Result<(), Trouble> {
        let id = match deed {
            PushDeed::Ask { wish, targets, needs_yes } => {
                let mut rows = Vec::new();
                for target in targets {
                    let body = serde_json::to_string(&target.body).map_err(Trouble::bug)?;
                    let sealed = self.rules.derived.hidden(&body).ok_or_else(|| Trouble::bug("no random bytes"))?;
                    rows.push((target.device, target.name.clone(), target.hash.clone(), sealed));
                }
                let written = serde_json::to_value(wish).map_err(Trouble::bug)?;
                let new = NewPush {
                    account_id: asking.actor.account_id(),
                    actor: &asking.actor.name(),
                    origin: &asking.heard.origin,
                    wish: &written,
                    status: if *needs_yes { "pending" } else { "approved" },
                    targets: &rows,
                    now,
                    expires: now + APPROVAL,
                };
                let id = device_push::create(tx, &new).await?;
                if *needs_yes {
                    self.ask_for_yes(tx, id, wish, targets).await?;
                } else {
                    begin(tx, id, now).await?;
                }
                id
            }
            PushDeed::Approve { id } => {
                if !device_push::decide(tx, *id, "approved", &asking.actor.name()).await? {
                    return Err(Refusal::Answered.into());
                }
                begin(tx, *id, now).await?;
                *id
            }
            PushDeed::Reject { id } => {
                if !device_push::decide(tx, *id, "rejected", &asking.actor.name()).await? {
                    return Err(Refusal::Answered.into());
                }
                if let Some(push) = device_push::get(tx, *id).await? {
                    self.tell_rejected(tx, &push, Some(&asking.actor.name()), now).await?;
                }
                *id
            }
        };
        brought.insert(BROUGHT.to_owned(), json!(id));
        Ok(())
    }

    /// Where it was asked for, and where the lab's changes are told.
    async fn ask_for_yes(
        &self,
        tx: &mut Tx,
        id: PushId,
        wish: &PushWish,
        targets: &[PushTarget],
    ) -> Result<(), Trouble> {
        let Some(push) = device_push::get(tx, id).await? else { return Ok(()) };
        let mut reply = asked(&push, wish, targets)?;
        reply.asks_of = approvers(tx, &push).await?;
        let cards = self.rules.cards.iter().filter(|origin| **origin != push.origin);
        for origin in [&push.origin].into_iter().chain(cards) {
            if origin.surface != Surface::Http {
                self.ask_there(tx, &push, reply.clone(), origin).await?;
            }
        }
        Ok(())
    }

    async fn ask_there(&self, tx: &mut Tx, push: &Push, mut reply: Reply, origin: &Origin) -> Result<(), Trouble> {
        let offers = [("Approve", "approve"), ("Reject", "reject")]
            .map(|(label, verb)| (label.to_owned(), format!("/device {verb} {}", push.id)));
        reply.actions = offers.iter().map(|(label, _)| label.clone()).collect();
        let open = Open::Offers { offers: offers.into(), stays: false };
        let body = serde_json::to_value(&open).map_err(Trouble::bug)?;
        let (expires, now) = (Some(push.expires), self.clock.now());
        let new =
            NewQuestion { kind: open.kind(), asker: ANYBODY, account_id: None, origin, body: &body, expires, now };
        reply.id = called(question::create(tx, &new).await?);
        let reply = serde_json::to_value(&reply).map_err(Trouble::bug)?;
        telling::put(tx, origin, &push.actor, &reply, now).await?;
        Ok(())
    }

    /// By nobody where its time is over.
    async fn tell_rejected(&self, tx: &mut Tx, push: &Push, by: Option<&str>, now: Instant) -> Result<(), Trouble> {
        if push.origin.surface == Surface::Http {
            return Ok(());
        }
        let data = json!({ "id": push.id, "by": by, "is_told": true });
        let mut reply = render("device_push_rejected", &data, "UTC").map_err(Trouble::bug)?;
        (reply.id, reply.to, reply.unasked) = (self.next_id(), push.actor.clone(), true);
        let reply = serde_json::to_value(&reply).map_err(Trouble::bug)?;
        telling::put(tx, &push.origin, &push.actor, &reply, now).await?;
        Ok(())
    }

    /// What was held and not confirmed in time: a job looks that the device took it back, and says so. What nobody said
    /// yes to in time is let go, and whoever asked for it is told.
    pub(super) async fn do_due_pushes(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let overdue = device_push::overdue(&mut tx, now).await?;
        let pending = device_push::pending(&mut tx).await?;
        drop(tx);
        for row in overdue {
            let mut tx = self.store.write().await?;
            let Some(push) = device_push::get(&mut tx, row.push).await? else { continue };
            // Of several processes one finds it so: the row is held until the job is there.
            let is_still = device_push::overdue(&mut tx, now).await?.contains(&row);
            if !is_still {
                continue;
            }
            let why = "nobody confirmed it in time".to_owned();
            let step = EndPush { push: row.push, device: row.device, keep: false, why };
            let title = format!("see that {} took {} back", row.name, row.push);
            let job = JobPlan::new(title, format!("netbox/device/{}", row.device), vec![Step::EndPush(step)]);
            let asked = Asked {
                command: "device rollback",
                account_id: push.account_id,
                actor: &push.actor,
                origin: &push.origin,
                question: None,
            };
            let id = self.enqueue_one(&mut tx, asked, 0, &job, now).await;
            let id = id.map_err(|trouble| StoreError::Refused(trouble.to_string()))?;
            device_push::set_ending(&mut tx, row.push, row.device, id).await?;
            tx.commit().await?;
            self.engine.wake();
        }
        for push in pending.into_iter().filter(|push| push.expires <= now) {
            let mut tx = self.store.write().await?;
            // Of several processes one finds it so.
            if device_push::decide(&mut tx, push.id, "expired", "").await? {
                let told = self.tell_rejected(&mut tx, &push, None, now).await;
                told.map_err(|trouble| StoreError::Refused(trouble.to_string()))?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

async fn begin(tx: &mut Tx, id: PushId, now: Instant) -> Result<(), Trouble> {
    match device_push::begin(tx, id, now).await {
        Err(StoreError::Conflict(_)) => Err(Refusal::WrongState {
            subject: id.to_string(),
            verb: "begin".to_owned(),
            why: "another push has one of the devices".to_owned(),
        }
        .into()),
        other => Ok(other?),
    }
}

/// What a second person is asked: all that their yes is for.
fn asked(push: &Push, wish: &PushWish, targets: &[PushTarget]) -> Result<Reply, Trouble> {
    let diffs: Vec<(&str, &str)> = targets.iter().map(|t| (t.name.as_str(), t.diff.as_str())).collect();
    let (shown, file) = push_differences(&push.id.to_string(), &diffs);
    let file = file.filter(|file| file.text.len() <= LONGEST);
    let row = |(target, (diff, left)): (&PushTarget, (String, usize))| json!({ "device": target.name, "diff": diff, "left": left });
    let data = json!({
        "id": push.id,
        "holder": push.actor,
        "name": wish.name(),
        "is_back": wish.is_back(),
        "reason": wish.reason,
        "checks": wish.checks,
        "hold": wish.hold_s,
        "until": push.expires,
        "rows": targets.iter().zip(shown).map(row).collect::<Vec<_>>(),
        "has_file": file.is_some(),
    });
    let mut reply = render("device_push_asked", &data, "UTC").map_err(Trouble::bug)?;
    (reply.to, reply.unasked) = ("approvers".to_owned(), true);
    reply.attachments.extend(file.as_ref().map(attached));
    Ok(reply)
}

/// The accounts that may say yes to it, as `/device approve` sees them.
async fn approvers(tx: &mut Tx, push: &Push) -> Result<Vec<String>, StoreError> {
    let mut all = account::list(tx).await?;
    all.retain(|a| !a.is_disabled && Some(a.id) != push.account_id);
    all.retain(|a| Permission::DevicePush.allowed_to(a.role) != Allowance::No);
    Ok(all.into_iter().map(|a| a.name.to_string()).collect())
}
