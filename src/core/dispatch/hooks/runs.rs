//! Rules carried out: each run becomes a job, in the order of what happened to its object.
//!
//! Several processes may look. A turn is one transaction that begins with the run's own row, so that what it enqueues is
//! enqueued once; what has to be asked of others is asked before.

use super::{Dispatch, act::Made};
use crate::hooks::{Action, Event, Rule};
use direttore_domain::{Failure, Instant, JobId, Trouble};
use direttore_store::{
    StoreError,
    hook::{self, Delivery, Run},
    job::{self, JobStatus},
};
use futures::future::BoxFuture;
use std::{sync::Arc, time::Duration};

/// As many are carried out at once; the others wait for their turn.
const AT_ONCE: usize = 64;

/// How soon a run that the world is in the way of is tried again, in calendar time, and for how long.
const AGAIN: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(600);

/// A rule, and the delivery that it fits.
pub(super) struct Case<'a> {
    pub run: &'a Run,
    pub delivery: &'a Delivery,
    pub rule: &'a Rule,
    pub event: &'a Event,
}

impl Case<'_> {
    /// Where the rule has the answer of its command told.
    pub fn tells(&self) -> Option<(&String, &direttore_domain::Origin)> {
        match &self.rule.action {
            Action::Run { tell: Some((channel, origin)), .. } => Some((channel, origin)),
            _ => None,
        }
    }

    /// What people are shown of the delivery: `H-12`.
    pub fn id(&self) -> String {
        called(self.delivery.id)
    }
}

pub(super) fn called(delivery: i64) -> String {
    format!("H-{delivery}")
}

impl Dispatch {
    /// Carries out what rules ask for, again and again, until it is aborted.
    pub async fn keep_rules(self: Arc<Self>, pause: Duration) {
        let mut was_broken = false;
        loop {
            let (came, ended) = (self.hooks.came.notified(), self.engine.ended.notified());
            match self.do_runs().await {
                Ok(()) => was_broken = false,
                Err(error) => {
                    if !was_broken {
                        tracing::warn!("rules cannot be carried out: {error}");
                    }
                    was_broken = true;
                }
            }
            let woken = async {
                tokio::select! { () = came => {}, () = ended => {} }
            };
            let _ = tokio::time::timeout(pause, woken).await;
        }
    }

    /// Carries out all that is ready, until nothing is.
    ///
    /// # Errors
    /// The database's.
    pub async fn do_runs(&self) -> Result<(), StoreError> {
        let _turn = self.hooks.running.lock().await;
        loop {
            let left = self.end_runs().await?;
            let room = AT_ONCE.saturating_sub(left);
            if room == 0 {
                return Ok(());
            }
            let limit = i64::try_from(room).unwrap_or(1);
            let ready = hook::ready(&mut self.store.read().await?, self.clock.now(), limit).await?;
            if ready.is_empty() {
                return Ok(());
            }
            for run in &ready {
                match self.carry_run(run).await {
                    Ok(()) => {}
                    Err(Trouble::Failure(Failure::Store { why })) => return Err(StoreError::Unavailable(why)),
                    Err(trouble) => {
                        // A slip of ours must not keep the others waiting.
                        tracing::error!("the rule {} for {} cannot be carried out: {trouble:?}", run.rule, run.object);
                        self.postpone_run(run, AGAIN).await?;
                    }
                }
            }
        }
    }

    /// Notes which runs are over, and gives how many are being worked at. One that waits for a person keeps back what happens
    /// to its object, and nothing else.
    async fn end_runs(&self) -> Result<usize, StoreError> {
        let mut tx = self.store.read().await?;
        let running = hook::running(&mut tx).await?;
        if running.is_empty() {
            return Ok(0);
        }
        let ids: Vec<JobId> = running.iter().flat_map(|run| run.jobs.iter().copied()).collect();
        let status = job::status_of(&mut tx, &ids).await?;
        drop(tx);
        let of = |id: &JobId| status.iter().find(|(job, _)| job == id).map(|(_, status)| *status);
        // A job that is not there any more is over.
        let is_over =
            |run: &&Run| run.jobs.iter().all(|job| of(job).is_none_or(|s| !s.is_unfinished() && s != JobStatus::Stuck));
        self.tell_stuck(&running, &of);
        let over: Vec<&Run> = running.iter().filter(is_over).collect();
        if !over.is_empty() {
            let mut tx = self.store.write().await?;
            for run in &over {
                hook::end(&mut tx, run.id, &run.jobs, true, self.clock.now()).await?;
            }
            tx.commit().await?;
        }
        let waits = |run: &&Run| run.jobs.iter().any(|job| of(job) == Some(JobStatus::Stuck));
        Ok(running.len() - over.len() - running.iter().filter(waits).count())
    }

    /// Once for each job that holds up what comes after it.
    fn tell_stuck(&self, running: &[Run], of: &impl Fn(&JobId) -> Option<JobStatus>) {
        let mut told = self.hooks.told_stuck.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for run in running {
            for job in run.jobs.iter().filter(|job| of(job) == Some(JobStatus::Stuck)) {
                if told.insert(*job) {
                    tracing::warn!("{job} is stuck: rules for {} wait until somebody decides", run.object);
                }
            }
        }
    }

    async fn postpone_run(&self, run: &Run, by: Duration) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        hook::postpone(&mut tx, run.id, self.clock.now() + by).await?;
        tx.commit().await
    }

    fn carry_run<'s>(&'s self, run: &'s Run) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async move {
            let mut tx = self.store.read().await?;
            let delivery = hook::by_id(&mut tx, run.delivery).await?;
            drop(tx);
            let Some(delivery) = delivery else { return Ok(self.drop_run(run).await?) };
            let event = Event::read(delivery.body.as_bytes()).map_err(Trouble::bug)?;
            let Some(rule) = self.rules.upon_events.iter().find(|rule| rule.name == run.rule) else {
                tracing::warn!(
                    "the rule {} is not in the configuration any more: {} is left",
                    run.rule,
                    called(delivery.id)
                );
                return Ok(self.drop_run(run).await?);
            };
            match self.own_user().await {
                Ok(own) if rule.is_own(&event, own.as_deref()) => return Ok(self.drop_run(run).await?),
                Ok(_) => {}
                Err(failure) => {
                    tracing::debug!("the rule {} waits, for who did it is not known: {failure}", rule.name);
                    return Ok(self.postpone_run(run, AGAIN).await?);
                }
            }
            let case = Case { run, delivery: &delivery, rule, event: &event };
            match self.act_upon(&case).await {
                Ok(()) => Ok(()),
                Err(Trouble::Failure(failure)) if !is_store(&failure) && self.is_early(run) => {
                    tracing::info!("the rule {} for {} is tried again: {failure}", rule.name, run.object);
                    Ok(self.postpone_run(run, AGAIN).await?)
                }
                Err(Trouble::Failure(failure)) if is_store(&failure) => Err(failure.into()),
                Err(trouble) => {
                    let (reply, _) = self.trouble(&trouble);
                    let made = match case.tells() {
                        Some(to) => Made::announced(&case, to, reply)?,
                        None => Made::Noted { said: words(&trouble, &reply), is_failed: true },
                    };
                    self.enqueue_run(&case, made).await
                }
            }
        })
    }

    fn is_early(&self, run: &Run) -> bool {
        let tried: Instant = run.created + PATIENCE;
        self.clock.now() < tried
    }

    /// Nothing comes of it.
    async fn drop_run(&self, run: &Run) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        if hook::begin(&mut tx, run.id).await? {
            hook::end(&mut tx, run.id, &[], true, self.clock.now()).await?;
        }
        tx.commit().await
    }
}

fn is_store(failure: &Failure) -> bool {
    matches!(failure, Failure::Store { .. })
}

/// As a person reads it, with the hint.
fn words(trouble: &Trouble, reply: &direttore_reply::Reply) -> String {
    match trouble {
        Trouble::Refusal(refusal) => match refusal.hint() {
            Some(hint) => format!("{refusal}; {hint}"),
            None => refusal.to_string(),
        },
        Trouble::Failure(failure) => failure.to_string(),
        Trouble::Bug(_) => reply.title_plain(),
    }
}
