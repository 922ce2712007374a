//! Talking to the device that is changed, and writing down what it said.

use super::{GRACE, Pushing};
use crate::{
    devices::{Body, Devices, Kept, Target},
    jobs::step::StepError,
};
use direttore_clients::device::{Error, Link};
use direttore_domain::Instant;
use direttore_store::{
    device_finding::{self, Kind},
    device_version::{self, NewVersion, Taken},
};
use tokio::time::Instant as Elapsed;

impl Pushing<'_> {
    /// A new session, the lines that must be there, and the checks. Elapsed time counts: the device must answer soon.
    pub(super) async fn look(
        &self,
        target: &Target,
        body: &Body,
        is_held: bool,
    ) -> Result<Result<(), String>, StepError> {
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
        // Of a change that only takes lines away no line can be looked for. Commands of a host may leave no trace.
        let shows = target.platform.mechanism.stages() || !target.platform.configure.is_empty();
        if shows && Devices::is_same(target, &running, &body.before) {
            return Ok(Err("it has what it had before".to_owned()));
        }
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

    /// Tries until the device answers, for the time in which it may. The outer error is about us, the inner one about the
    /// device.
    pub(super) async fn insist<T: Send + 'static>(
        &self,
        target: &Target,
        work: impl Fn(&mut Link) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<Result<T, Error>, StepError> {
        let soon = Elapsed::now() + self.devices.settings.verify;
        loop {
            let done = self.devices.call(target, work.clone()).await;
            match done {
                Err(error) if Elapsed::now() < soon && can_change(&error) => {
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

    /// A device that does not answer is waited for until its own timer has run out; later a person must look.
    pub(super) fn later(&self, target: &Target, error: &Error, reverts: Option<Instant>) -> StepError {
        let why = format!("{}: {}", target.name, self.said(target, error));
        let is_pending = reverts.is_some_and(|at| self.cx.clock.now() < at + GRACE);
        if is_pending && can_change(error) { StepError::Wait(why) } else { StepError::Retry(why) }
    }

    /// Into the history, and into its index.
    pub(super) async fn record(&self, target: &Target, raw: &str, why: &str, taken: Taken) -> Result<(), String> {
        let now = self.cx.clock.now();
        let author = (taken == Taken::Push).then(|| self.push.actor.clone());
        let kept = Kept { target: target.clone(), raw: raw.to_owned(), author };
        let message = if taken == Taken::Before { format!("before {why}") } else { why.to_owned() };
        let versions = self.devices.record(vec![kept], &message, now).await.map_err(|e| e.to_string())?;
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
            if taken == Taken::Push {
                device_finding::clear(&mut tx, target.id, Kind::Drift).await?;
            }
            tx.commit().await
        };
        noted.await.map_err(|e| e.to_string())
    }
}

/// Whether the device may answer otherwise in a moment: it may be busy, restarting, or locked out until its timer ends.
fn can_change(error: &Error) -> bool {
    error.is_temporary() || error.may_have_been_done() || matches!(error, Error::Credentials { .. })
}
