//! How a program that gave a command learns of the task that its job began.

use super::Caller;
use crate::dispatch::Dispatch;
use direttore_catalog::Given;
use direttore_domain::{JobId, Refusal, Trouble, Upid, policy};
use direttore_store::job::{self, JobRow, StepRow};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks: short at first, for most begin at once.
const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(250);

/// How far a job came.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// Proxmox has begun its first task.
    Task(Upid),
    /// It is over, and began none; `error` says why it failed, where it did.
    Ended { error: Option<String> },
    /// It waits: for another job on the same guest, or for a person.
    NotYet,
}

/// What a job is, from the outside.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSeen {
    pub row: JobRow,
    pub steps: Vec<StepRow>,
}

impl JobSeen {
    /// The first task that it began.
    pub fn task(&self) -> Option<Upid> {
        self.steps.iter().find_map(upid)
    }
}

impl Dispatch {
    /// Waits until a job has begun its first task, is over, or the time is up.
    ///
    /// # Errors
    /// The database's.
    pub async fn begun(&self, job: JobId, within: Duration) -> Result<Begun, Trouble> {
        let (end, mut pause) = (Instant::now() + within, FIRST);
        loop {
            if let Some(seen) = self.job_seen(job).await? {
                if let Some(upid) = seen.task() {
                    return Ok(Begun::Task(upid));
                }
                if !seen.row.status.is_unfinished() {
                    return Ok(Begun::Ended { error: seen.row.error });
                }
            }
            let now = Instant::now();
            if now >= end {
                return Ok(Begun::NotYet);
            }
            tokio::time::sleep(pause.min(end - now)).await;
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// A job with its steps, whosever it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn job_seen(&self, id: JobId) -> Result<Option<JobSeen>, Trouble> {
        let mut tx = self.store.read().await?;
        let Some(row) = job::by_id(&mut tx, id).await? else { return Ok(None) };
        let steps = job::steps(&mut tx, id).await?;
        Ok(Some(JobSeen { row, steps }))
    }

    /// A job that the caller may see: their own, or everybody's for an administrator.
    ///
    /// # Errors
    /// `no-such-job`, `not-yours`; the database's.
    pub async fn job_for(&self, who: &Caller, id: JobId) -> Result<JobSeen, Trouble> {
        let given = Given::from([("job".to_owned(), vec![id.to_string()])]);
        let asking = self.asking_program(who, "job show", given)?;
        self.allowed(&asking)?;
        let unknown = || Refusal::NoSuch { what: "job", given: id.to_string(), nearest: None, has: vec![] };
        let seen = self.job_seen(id).await?.ok_or_else(unknown)?;
        let (owner, channel) = (seen.row.account_id, who.heard.origin.channel_name());
        if policy::reaches_owner(&asking.actor, owner, &asking.command.path, &channel) {
            self.recorder.later(asking.trace.entry("answered", Value::Null));
            return Ok(seen);
        }
        Err(self.leave_trace(&asking, Refusal::NotYours { what: id.to_string(), owner: seen.row.actor }.into()))
    }
}

/// The task that a step began: it is in its note as soon as it is known, in what it brought when it is done.
fn upid(step: &StepRow) -> Option<Upid> {
    let of = |value: &Option<Value>| value.as_ref()?.get("upid")?.as_str()?.parse().ok();
    of(&step.note).or_else(|| of(&step.done))
}
