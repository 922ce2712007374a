//! From a change that may be live to the end of it: settled, verified, kept, taken back.

use super::{GRACE, Pushing, Stage, TRIES};
use crate::{
    devices::{Body, Devices, Target},
    jobs::{
        breakpoint::{Place, reached},
        step::StepError,
    },
};
use direttore_clients::device::{Error, Pending, Undone};
use direttore_domain::{Instant, PushState};
use direttore_store::{device_push::Target as Row, device_version::Taken};

impl Pushing<'_> {
    /// Whether a change whose answer nobody has is live.
    pub(super) async fn settle(
        &self,
        row: &Row,
        target: &Target,
        body: &Body,
        (tries, reverts): (u32, Option<Instant>),
    ) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let looked = self.insist(target, move |link| {
            let pending = link.pending(&wish)?;
            Ok((link.fetch_config()?.running, pending))
        });
        let (running, pending) = looked.await?.map_err(|e| self.later(target, &e, reverts))?;
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
        if reverts.is_some_and(|at| at <= self.cx.clock.now()) {
            let why = "it stopped answering; the device took it back by itself, or never had it";
            return self.end(row, PushState::Undone, why).await;
        }
        if tries >= TRIES {
            return self.end(row, PushState::Failed, "it did not answer, and nothing was changed").await;
        }
        self.commit(row, target, body, tries + 1).await
    }

    pub(super) async fn verify(
        &self,
        row: &Row,
        target: &Target,
        body: &Body,
        reverts: Option<Instant>,
    ) -> Result<(), StepError> {
        if self.cx.wants_cancel() {
            return self.set(row, Stage::Back { why: "it was cancelled".to_owned(), reverts, was_live: true }).await;
        }
        match self.look(target, body, false).await? {
            Err(why) => self.set(row, Stage::Back { why, reverts, was_live: true }).await,
            Ok(()) if self.wish.hold_s > 0 => self.end(row, PushState::Held, "").await,
            Ok(()) => self.set(row, Stage::Keep { reverts }).await,
        }
    }

    pub(super) async fn keep(
        &self,
        row: &Row,
        target: &Target,
        body: &mut Body,
        reverts: Option<Instant>,
    ) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let confirmed = self.insist(target, move |link| match link.confirm(&wish) {
            Err(Error::NothingPending) => Ok(false),
            other => other.map(|()| true),
        });
        let confirmed = confirmed.await?.map_err(|e| self.later(target, &e, reverts))?;
        reached(Place::Confirmed, self.step);
        let running = self.insist(target, |link| Ok(link.fetch_config()?.running));
        let running = running.await?.map_err(|e| StepError::Retry(self.said(target, &e)))?;
        // Nothing to confirm: it was confirmed before a crash, or the device was faster.
        if !confirmed && Devices::is_same(target, &running, &body.before) {
            let why = "the device took it back before it was confirmed";
            return self.end(row, PushState::Undone, why).await;
        }
        // Also when it was confirmed before a crash: nobody knows whether it was saved then.
        let unsaved = self.insist(target, |link| link.save()).await?.err().map(|e| self.said(target, &e));
        reached(Place::Saved, self.step);
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

    pub(super) async fn back(
        &self,
        row: &Row,
        target: &Target,
        body: &Body,
        (why, reverts, was_live): (String, Option<Instant>, bool),
    ) -> Result<(), StepError> {
        let wish = body.wish(self.on_box());
        let undone = self.insist(target, move |link| {
            let undone = link.undo(&wish)?;
            Ok((undone, link.fetch_config()?.running))
        });
        let (undone, running) = match undone.await? {
            Ok(seen) => seen,
            Err(error) => return Err(self.later(target, &error, reverts)),
        };
        if !Devices::is_same(target, &running, &body.before) {
            let now = self.cx.clock.now();
            if reverts.is_some_and(|at| now < at + GRACE) {
                return Err(StepError::Wait(format!("{}: {why}; it has not gone back yet", row.name)));
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
}
