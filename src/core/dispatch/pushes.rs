//! Pushes to network devices: a second person's yes, and what is held and nobody confirmed.

use super::{
    Dispatch,
    carry::Asked,
    question::{ANYBODY, Open, called},
    say::Asking,
};
use crate::{
    jobs::steps::{EndPush, Step},
    plan::{JobPlan, PushDeed, PushTarget},
};
use direttore_domain::{Instant, JobId, Origin, PushId, Refusal, Surface, Trouble};
use direttore_reply::render;
use direttore_store::{
    StoreError, Tx,
    device_push::{self, NewPush, Push},
    question::{self, NewQuestion},
    telling,
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a second person may take.
const APPROVAL: Duration = Duration::from_secs(24 * 3600);

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
                let wish = serde_json::to_value(wish).map_err(Trouble::bug)?;
                let new = NewPush {
                    account_id: asking.actor.account_id(),
                    actor: &asking.actor.name(),
                    origin: &asking.heard.origin,
                    wish: &wish,
                    status: if *needs_yes { "pending" } else { "approved" },
                    targets: &rows,
                    now,
                    expires: now + APPROVAL,
                };
                let id = device_push::create(tx, &new).await?;
                if *needs_yes {
                    self.ask_for_yes(tx, id, targets).await?;
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
                    self.tell_rejected(tx, &push, &asking.actor.name(), now).await?;
                }
                *id
            }
        };
        brought.insert(BROUGHT.to_owned(), json!(id));
        Ok(())
    }

    /// Where it was asked for, and where the lab's changes are told.
    async fn ask_for_yes(&self, tx: &mut Tx, id: PushId, targets: &[PushTarget]) -> Result<(), Trouble> {
        let Some(push) = device_push::get(tx, id).await? else { return Ok(()) };
        let cards = self.rules.cards.iter().filter(|origin| **origin != push.origin);
        for origin in [&push.origin].into_iter().chain(cards) {
            if origin.surface != Surface::Http {
                self.ask_there(tx, &push, targets, origin).await?;
            }
        }
        Ok(())
    }

    async fn ask_there(
        &self,
        tx: &mut Tx,
        push: &Push,
        targets: &[PushTarget],
        origin: &Origin,
    ) -> Result<(), Trouble> {
        let offers = [("Approve", "approve"), ("Reject", "reject")]
            .map(|(label, verb)| (label.to_owned(), format!("/device {verb} {}", push.id)));
        let labels = offers.iter().map(|(label, _)| label.clone()).collect();
        let open = Open::Offers { offers: offers.into(), stays: false };
        let body = serde_json::to_value(&open).map_err(Trouble::bug)?;
        let (expires, now) = (Some(push.expires), self.clock.now());
        let new =
            NewQuestion { kind: open.kind(), asker: ANYBODY, account_id: None, origin, body: &body, expires, now };
        let question = question::create(tx, &new).await?;
        let data = json!({
            "id": push.id,
            "holder": push.actor,
            "name": push.wish["what"]["template"]["template"].as_str().unwrap_or("rollback"),
            "is_back": push.wish["what"] == "rollback",
            "reason": push.wish["reason"],
            "until": push.expires,
            "rows": targets.iter().map(|t| json!({ "device": t.name, "diff": shortened(&t.diff) })).collect::<Vec<_>>(),
        });
        let mut reply = render("device_push_asked", &data, "UTC").map_err(Trouble::bug)?;
        (reply.id, reply.to, reply.unasked, reply.actions) = (called(question), "approvers".to_owned(), true, labels);
        let reply = serde_json::to_value(&reply).map_err(Trouble::bug)?;
        telling::put(tx, origin, &push.actor, &reply, now).await?;
        Ok(())
    }

    async fn tell_rejected(&self, tx: &mut Tx, push: &Push, by: &str, now: Instant) -> Result<(), Trouble> {
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
    /// yes to in time is let go.
    pub(super) async fn do_due_pushes(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let overdue = device_push::overdue(&mut tx, now).await?;
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
        if device_push::is_unanswered(&mut self.store.read().await?, now).await? {
            let mut tx = self.store.write().await?;
            device_push::expire(&mut tx, now).await?;
            tx.commit().await?;
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

/// As much of a difference as one message of several devices can show.
fn shortened(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().collect();
    let shown = lines.iter().take(40).copied().collect::<Vec<_>>().join("\n");
    match lines.len().saturating_sub(40) {
        0 => shown,
        left => format!("{shown}\n({left} more lines: ask /device render, or the asker)"),
    }
}
