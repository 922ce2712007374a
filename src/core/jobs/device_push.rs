//! One network device through a push, so that whoever dies meanwhile, the device ends with the new configuration kept or
//! the one before, and its history says which.
//!
//! | stage | what is true | after a crash |
//! | --- | --- | --- |
//! | (none) | nothing was sent | begins |
//! | `intent` | what was before is kept; the change may be live | asks the device: it is live, or is sent again, or goes back |
//! | `live` | the change is live, and the device's own timer runs where it has one | verifies it on a new session |
//! | `keep` | it is verified; the confirmation may have been said | confirms it, or sees that it was |
//! | `back` | it is to be taken back | takes it back, or waits until the device did |
//! | `ended` | the state is in the push's row | nothing |
//!
//! The stages of a step's devices are its note. What stands on the box bears the job's name, and the box is asked.

mod contact;
mod stages;

use super::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use crate::{
    devices::{Body, Devices, PushWish, Target, hash},
    ipam::{Ipam, failure},
};
use direttore_clients::device::{Error, Pending};
use direttore_domain::{Instant, PushId, PushState};
use direttore_store::{
    StoreError,
    device_push::{self, Push, Target as Row},
    device_version::Taken,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How often a change is sent whose answer never came.
const TRIES: u32 = 2;

/// After a device's timer it may take so long until it has gone back, in calendar time.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub(super) enum Stage {
    Intent {
        tries: u32,
    },
    Live {
        reverts: Option<Instant>,
    },
    Keep {
        reverts: Option<Instant>,
    },
    Back {
        why: String,
        reverts: Option<Instant>,
        /// Whether the change was live for sure.
        was_live: bool,
    },
    Ended {
        state: PushState,
        why: String,
    },
}

/// A push, as the steps of its job see it.
pub(super) struct Pushing<'c> {
    cx: &'c StepCx,
    step: &'static str,
    devices: Arc<Devices>,
    ipam: Arc<Ipam>,
    pub push: Push,
    wish: PushWish,
    stages: Mutex<BTreeMap<i64, Stage>>,
}

fn retry(error: StoreError) -> StepError {
    StepError::Retry(error.to_string())
}

impl<'c> Pushing<'c> {
    /// The push of a number, or the one that the job was enqueued for.
    pub async fn of(cx: &'c StepCx, step: &'static str, id: Option<PushId>) -> Result<Self, StepError> {
        let gone = |refusal: direttore_domain::Refusal| StepError::Retry(refusal.to_string());
        let devices = Arc::clone(cx.lab.need_devices().map_err(gone)?);
        let ipam = Arc::clone(cx.lab.need_ipam().map_err(gone)?);
        let mut tx = cx.store.read().await.map_err(retry)?;
        let found = match id {
            Some(id) => device_push::get(&mut tx, id).await,
            None => device_push::of_job(&mut tx, cx.job).await,
        };
        let push = found.map_err(retry)?.ok_or_else(|| StepError::Fail("there is no such push any more".to_owned()))?;
        let wish = serde_json::from_value(push.wish.clone())
            .map_err(|e| StepError::Fail(format!("{} cannot be read: {e}", push.id)))?;
        let stages: BTreeMap<i64, Stage> = match cx.note() {
            Some(note) => {
                serde_json::from_value(note).map_err(|e| StepError::Stuck(format!("the note cannot be read: {e}")))?
            }
            None => BTreeMap::new(),
        };
        // A person tries the job again: what did not end well begins anew.
        let is_over = |stage: &Stage| matches!(stage, Stage::Ended { state, .. } if !state.is_good());
        let stages = stages.into_iter().filter(|(_, stage)| !(cx.is_first_try() && is_over(stage))).collect();
        Ok(Self { cx, step, devices, ipam, push, wish, stages: Mutex::new(stages) })
    }

    pub async fn rows(&self) -> Result<Vec<Row>, StepError> {
        let mut tx = self.cx.store.read().await.map_err(retry)?;
        device_push::targets(&mut tx, self.push.id).await.map_err(retry)
    }

    /// Devices of an earlier try of the job are its own again, unless another push has them by now.
    pub async fn take(&self, rows: &[&Row]) -> Result<(), StepError> {
        for row in rows {
            let is_over = !matches!(row.state, PushState::Pushing | PushState::Held | PushState::Done);
            if !is_over || self.stage(row).await.is_some() {
                continue;
            }
            let mut tx = self.cx.store.write().await.map_err(retry)?;
            let state = (PushState::Pushing, "");
            match device_push::set(&mut tx, self.push.id, row.device, state, Instant(0), self.cx.clock.now()).await {
                Ok(_) => tx.commit().await.map_err(retry)?,
                Err(StoreError::Conflict(_)) => {
                    return Err(StepError::Fail(format!("{} is another push's by now", row.name)));
                }
                Err(error) => return Err(retry(error)),
            }
        }
        Ok(())
    }

    pub fn name(&self) -> String {
        self.wish.name().to_owned()
    }

    pub async fn stage(&self, row: &Row) -> Option<Stage> {
        self.stages.lock().await.get(&row.device).cloned()
    }

    /// Writes a stage down, with the row's state where it ends or waits; both or neither.
    pub async fn set(&self, row: &Row, stage: Stage) -> Result<(), StepError> {
        let mut stages = self.stages.lock().await;
        let mut all = stages.clone();
        all.insert(row.device, stage.clone());
        let note = serde_json::to_value(&all).map_err(|e| StepError::Fail(e.to_string()))?;
        let (push, device, now) = (self.push.id, row.device, self.cx.clock.now());
        let reverts = match stages.get(&row.device) {
            Some(Stage::Live { reverts } | Stage::Keep { reverts }) => reverts.unwrap_or(Instant(0)),
            _ => Instant(0),
        };
        match stage.clone() {
            Stage::Ended { state, why } => {
                let written = self.cx.save_note_with(note, move |tx| {
                    Box::pin(
                        async move { device_push::set(tx, push, device, (state, &why), reverts, now).await.map(drop) },
                    )
                });
                written.await?;
            }
            _ => self.cx.save_note(Some(note)).await?,
        }
        *stages = all;
        Ok(())
    }

    async fn end(&self, row: &Row, state: PushState, why: impl Into<String>) -> Result<(), StepError> {
        self.set(row, Stage::Ended { state, why: why.into() }).await
    }

    /// From wherever it stands to its end.
    pub async fn carry(&self, row: &Row) -> Result<(PushState, String), StepError> {
        let target = self.target(row).await?;
        let mut body = self.body(row)?;
        loop {
            if self.cx.is_lost() {
                return Err(StepError::Lost);
            }
            match self.stage(row).await {
                None => self.begin(row, &target, &mut body).await?,
                Some(Stage::Intent { tries }) => self.settle(row, &target, &body, tries).await?,
                Some(Stage::Live { reverts }) => self.verify(row, &target, &body, reverts).await?,
                Some(Stage::Keep { reverts }) => self.keep(row, &target, &mut body, reverts).await?,
                Some(Stage::Back { why, reverts, was_live }) => {
                    self.back(row, &target, &body, (why, reverts, was_live)).await?;
                }
                Some(Stage::Ended { state, why }) => return Ok((state, why)),
            }
        }
    }

    async fn target(&self, row: &Row) -> Result<Target, StepError> {
        let id = u64::try_from(row.device).unwrap_or_default();
        let found = self.ipam.client.device(id).await.map_err(|e| StepError::Retry(failure(&e).to_string()))?;
        self.devices.target(&found).await.map_err(|trouble| StepError::Retry(trouble.to_string()))
    }

    fn body(&self, row: &Row) -> Result<Body, StepError> {
        let lost = || StepError::Fail(format!("what {} is to be told is not kept any more", row.name));
        let text = self.cx.rules.derived.shown(&row.body).ok_or_else(lost)?;
        serde_json::from_str(&text).map_err(|_| lost())
    }

    async fn keep_body(&self, row: &Row, body: &Body) -> Result<(), StepError> {
        let text = serde_json::to_string(body).map_err(|e| StepError::Fail(e.to_string()))?;
        let sealed =
            self.cx.rules.derived.hidden(&text).ok_or_else(|| StepError::Retry("no random bytes".to_owned()))?;
        let mut tx = self.cx.store.write().await.map_err(retry)?;
        device_push::set_body(&mut tx, self.push.id, row.device, &sealed).await.map_err(retry)?;
        tx.commit().await.map_err(retry)
    }

    /// What the change is called on the box: by the job that made it.
    fn on_box(&self) -> String {
        self.push.job.unwrap_or(self.cx.job).to_string()
    }

    fn said(&self, target: &Target, error: &Error) -> String {
        self.devices.said(target, error)
    }

    async fn begin(&self, row: &Row, target: &Target, body: &mut Body) -> Result<(), StepError> {
        if self.cx.wants_cancel() {
            return self.end(row, PushState::Dropped, "it was cancelled").await;
        }
        let (wish, of) = (body.wish(self.on_box()), target.clone());
        let looked = self.devices.call(target, move |link| {
            let running = link.fetch_config()?.running;
            Devices::is_whole(&of, &running, None).map_err(|why| Error::Garbage { why: why.to_string() })?;
            Ok((running, link.pending(&wish)?))
        });
        let (running, pending) = match looked.await {
            Ok(seen) => seen,
            Err(error) => return self.end(row, PushState::Failed, self.said(target, &error)).await,
        };
        if let Pending::Other { by } = pending {
            return self
                .end(row, PushState::Failed, format!("a change of {by} waits there for its confirmation"))
                .await;
        }
        if hash(target, &body.text, &running) != row.hash {
            let why = "its configuration is not any more what it was when somebody said yes";
            return self.end(row, PushState::Failed, why).await;
        }
        body.before = running;
        let why = format!("before {} of {}", self.push.id, self.push.actor);
        if let Err(why) = self.record(target, &body.before, &why, Taken::Before).await {
            return self.end(row, PushState::Failed, why).await;
        }
        self.keep_body(row, body).await?;
        self.commit(row, target, body, 0).await
    }

    /// Sends the change. What is before is kept by now.
    async fn commit(&self, row: &Row, target: &Target, body: &Body, tries: u32) -> Result<(), StepError> {
        self.set(row, Stage::Intent { tries }).await?;
        reached(Place::Intent, self.step);
        let wish = body.wish(self.on_box());
        let timer = self.wish.timer(self.devices.settings.commit_timer);
        if !target.platform.mechanism.can_wait_for_a_person() && target.platform.mechanism.rolls_back_by_itself() {
            return self.commit_held(row, target, body, timer).await;
        }
        let done = self.devices.call(target, move |link| link.commit(&wish, timer)).await;
        match done {
            Ok(committed) => {
                reached(Place::Answered, self.step);
                let reverts = committed.rolls_back_after.map(|after| self.cx.clock.now() + after);
                self.set(row, Stage::Live { reverts }).await?;
                reached(Place::Stored, self.step);
                Ok(())
            }
            // It may be live: the next round asks the device.
            Err(error) if error.may_have_been_done() => {
                tracing::warn!(job.id = %self.cx.job, device = row.name, "no answer to the change: {}", self.said(target, &error));
                self.set(row, Stage::Intent { tries: tries + 1 }).await
            }
            Err(error) => {
                let why = self.said(target, &error);
                self.set(row, Stage::Back { why, reverts: None, was_live: false }).await
            }
        }
    }

    /// The device goes back when our session is lost, so all of it is done while it is held.
    async fn commit_held(&self, row: &Row, target: &Target, body: &Body, limit: Duration) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let held = match self.devices.hold(target, wish, limit).await {
            Ok(held) => held,
            Err(error) => {
                let why = self.said(target, &error);
                return self.set(row, Stage::Back { why, reverts: None, was_live: false }).await;
            }
        };
        reached(Place::Answered, self.step);
        let judged = self.look(target, body, true).await?;
        let ended = match judged {
            Ok(()) => held.confirm().await,
            Err(why) => {
                // The session's end takes it back too.
                let _gone = held.undo().await;
                return self.set(row, Stage::Back { why, reverts: None, was_live: true }).await;
            }
        };
        match ended {
            Ok(()) => self.set(row, Stage::Keep { reverts: None }).await,
            Err(error) => {
                let why = self.said(target, &error);
                self.set(row, Stage::Back { why, reverts: None, was_live: true }).await
            }
        }
    }

    /// A row of the table of results for each device of the push.
    pub async fn results(&self) -> Result<Vec<Value>, StepError> {
        let rows = self.rows().await?;
        Ok(rows
            .iter()
            .map(|row| json!({ "device": row.name, "state": row.state, "why": row.why, "reverts": row.reverts }))
            .collect())
    }
}
