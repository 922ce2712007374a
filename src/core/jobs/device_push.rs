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

use super::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use crate::{
    devices::{Body, Devices, Kept, PushWish, Target, hash},
    ipam::{Ipam, failure},
};
use direttore_clients::device::{Error, Link, Pending, Undone};
use direttore_domain::{Instant, PushId, PushState};
use direttore_store::{
    StoreError,
    device_push::{self, Push, Target as Row},
    device_version::{self, NewVersion, Taken},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant as Elapsed};

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

    /// Whether a change whose answer nobody has is live.
    async fn settle(&self, row: &Row, target: &Target, body: &Body, tries: u32) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let looked = self.insist(target, None, move |link| {
            let pending = link.pending(&wish)?;
            Ok((link.fetch_config()?.running, pending))
        });
        let (running, pending) = looked.await?.map_err(|e| StepError::Retry(self.said(target, &e)))?;
        if matches!(pending, Pending::Ours | Pending::OurUser) {
            let timer = self.wish.timer(self.devices.settings.commit_timer);
            return self.set(row, Stage::Live { reverts: Some(self.cx.clock.now() + timer) }).await;
        }
        if !Devices::is_same(target, &running, &body.before) {
            let why = "it was interrupted".to_owned();
            return self.set(row, Stage::Back { why, reverts: None, was_live: true }).await;
        }
        if self.cx.wants_cancel() {
            return self.end(row, PushState::Dropped, "it was cancelled").await;
        }
        if tries >= TRIES {
            return self.end(row, PushState::Failed, "it did not answer, and nothing was changed").await;
        }
        self.commit(row, target, body, tries + 1).await
    }

    /// A new session, the lines that must be there, and the checks. Elapsed time counts: the device must answer soon.
    async fn look(&self, target: &Target, body: &Body, is_held: bool) -> Result<Result<(), String>, StepError> {
        let checks: Vec<_> = match self.devices.settings.checks_of(target.platform.slug, &self.wish.checks) {
            Ok(checks) => checks.into_iter().cloned().collect(),
            Err(unknown) => return Ok(Err(format!("the check {unknown} is not configured any more"))),
        };
        let commands: Vec<String> = checks.iter().map(|check| check.command.clone()).collect();
        let until = Elapsed::now() + self.devices.settings.verify;
        let seen = loop {
            let commands = commands.clone();
            let work = move |link: &mut Link| {
                let running = link.fetch_config()?.running;
                let said = if commands.is_empty() { vec![] } else { link.run(&commands)? };
                Ok((running, said))
            };
            let seen = match is_held {
                true => self.devices.call_beside(target, work).await,
                false => self.devices.call(target, work).await,
            };
            match seen {
                Err(error) if Elapsed::now() < until && !self.cx.wants_cancel() => {
                    tracing::debug!(device = target.name, "not verified yet: {}", self.said(target, &error));
                    self.cx.pause(self.cx.settings.task_poll).await;
                }
                seen => break seen,
            }
            if self.cx.is_lost() {
                return Err(StepError::Lost);
            }
        };
        let (running, said) = match seen {
            Ok(seen) => seen,
            Err(error) => {
                return Ok(Err(format!("it could not be logged in to afterwards: {}", self.said(target, &error))));
            }
        };
        let missing = Devices::missing(body, &running);
        if let Some(first) = missing.first() {
            let more = missing.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" and {more} more lines") };
            return Ok(Err(format!("it does not show {:?}{more}", self.devices.masked(target.platform, first))));
        }
        for (check, said) in checks.iter().zip(said) {
            let is_seen = regex::Regex::new(&check.expect).is_ok_and(|expected| expected.is_match(&said.text));
            if !is_seen || said.complaint.is_some() {
                return Ok(Err(format!(
                    "the check {} failed: {} does not say {:?}",
                    check.name, check.command, check.expect
                )));
            }
        }
        Ok(Ok(()))
    }

    async fn verify(&self, row: &Row, target: &Target, body: &Body, reverts: Option<Instant>) -> Result<(), StepError> {
        if self.cx.wants_cancel() {
            return self.set(row, Stage::Back { why: "it was cancelled".to_owned(), reverts, was_live: true }).await;
        }
        match self.look(target, body, false).await? {
            Err(why) => self.set(row, Stage::Back { why, reverts, was_live: true }).await,
            Ok(()) if self.wish.hold_s > 0 => self.end(row, PushState::Held, "").await,
            Ok(()) => self.set(row, Stage::Keep { reverts }).await,
        }
    }

    async fn keep(
        &self,
        row: &Row,
        target: &Target,
        body: &mut Body,
        reverts: Option<Instant>,
    ) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let confirmed = self.insist(target, reverts, move |link| match link.confirm(&wish) {
            Err(Error::NothingPending) => Ok(false),
            other => other.map(|()| true),
        });
        let confirmed = confirmed.await?.map_err(|e| StepError::Retry(self.said(target, &e)))?;
        reached(Place::Answered, self.step);
        let read = self.insist(target, None, move |link| {
            let saved = if confirmed { link.save().err().map(|e| e.to_string()) } else { None };
            Ok((link.fetch_config()?.running, saved))
        });
        let (running, unsaved) = read.await?.map_err(|e| StepError::Retry(self.said(target, &e)))?;
        // Nothing to confirm: it was confirmed before a crash, or the device was faster.
        if !confirmed && Devices::is_same(target, &running, &body.before) && !body.expected.is_empty() {
            let why = "the device took it back before it was confirmed";
            return self.end(row, PushState::Undone, why).await;
        }
        let why = format!("{} of {}: {}", self.push.id, self.push.actor, self.wish.name());
        let mut warnings: Vec<String> =
            unsaved.map(|why| format!("it is not saved for the next start: {why}")).into_iter().collect();
        if let Err(why) = self.record(target, &running, &why, Taken::Push).await {
            warnings.push(format!("it is not in the history: {why}"));
        }
        body.after = Some(running);
        self.keep_body(row, body).await?;
        self.end(row, PushState::Done, warnings.join("; ")).await
    }

    async fn back(
        &self,
        row: &Row,
        target: &Target,
        body: &Body,
        (why, reverts, was_live): (String, Option<Instant>, bool),
    ) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let undone = self.insist(target, reverts, move |link| {
            let undone = link.undo(&wish)?;
            Ok((undone, link.fetch_config()?.running))
        });
        let (undone, running) = match undone.await? {
            Ok(seen) => seen,
            Err(error) => return Err(StepError::Retry(format!("{why}; {}", self.said(target, &error)))),
        };
        if !Devices::is_same(target, &running, &body.before) {
            let now = self.cx.clock.now();
            if reverts.is_some_and(|at| now < at + GRACE) {
                self.cx.pause(self.cx.settings.task_poll).await;
                return Ok(());
            }
            let why = format!("{}: {why}; it has neither the configuration from before nor the new one", row.name);
            return Err(StepError::Stuck(why));
        }
        let (state, why) = match undone {
            Undone::Done => (PushState::Undone, why),
            Undone::Nothing if was_live && reverts.is_some() => {
                (PushState::Undone, format!("{why}; the device took it back by itself"))
            }
            Undone::Nothing if was_live => (PushState::Undone, why),
            Undone::Nothing => (PushState::Failed, why),
        };
        self.end(row, state, why).await
    }

    /// Tries until the device answers, for the time in which it may, and until its timer has run out. The outer error is
    /// about us, the inner one about the device.
    async fn insist<T: Send + 'static>(
        &self,
        target: &Target,
        until: Option<Instant>,
        work: impl Fn(&mut Link) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<Result<T, Error>, StepError> {
        let soon = Elapsed::now() + self.devices.settings.verify;
        loop {
            let done = self.devices.call(target, work.clone()).await;
            let is_over = Elapsed::now() >= soon && until.is_none_or(|at| self.cx.clock.now() >= at + GRACE);
            match done {
                Err(error) if !is_over && can_change(&error) => {
                    tracing::debug!(device = target.name, "tried again: {}", self.said(target, &error));
                    self.cx.progress(None, Some(&self.said(target, &error)));
                    self.cx.pause(self.cx.settings.task_poll).await;
                }
                done => return Ok(done),
            }
            if self.cx.is_lost() {
                return Err(StepError::Lost);
            }
        }
    }

    /// Into the history, and into its index.
    async fn record(&self, target: &Target, raw: &str, why: &str, taken: Taken) -> Result<(), String> {
        let now = self.cx.clock.now();
        let author = (taken == Taken::Push).then(|| self.push.actor.clone());
        let kept = Kept { target: target.clone(), raw: raw.to_owned(), author };
        let versions = self.devices.record(vec![kept], why, now).await.map_err(|e| e.to_string())?;
        let job = Some(self.cx.job);
        let noted = async {
            let mut tx = self.cx.store.write().await?;
            for (kept, version) in &versions {
                let new = NewVersion {
                    device: kept.target.id,
                    name: &kept.target.name,
                    blob: &version.blob,
                    commit: &version.commit,
                    author: &version.author,
                    why,
                    taken,
                    job,
                    at: now,
                };
                device_version::add(&mut tx, &new).await?;
            }
            tx.commit().await
        };
        noted.await.map_err(|e| e.to_string())
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

/// Whether the device may answer otherwise in a moment: it may be busy, restarting, or locked out until its timer ends.
fn can_change(error: &Error) -> bool {
    error.is_temporary() || error.may_have_been_done() || matches!(error, Error::Credentials { .. })
}
