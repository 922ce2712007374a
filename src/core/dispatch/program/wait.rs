//! How a program that gave a command learns of the task that its job began.

use crate::dispatch::Dispatch;
use direttore_domain::{JobId, Trouble, Upid};
use direttore_store::job::{self, JobStatus, StepRow};
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
    pub id: JobId,
    pub status: JobStatus,
    pub error: Option<String>,
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
                if !seen.status.is_unfinished() {
                    return Ok(Begun::Ended { error: seen.error });
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
        Ok(Some(JobSeen { id, status: row.status, error: row.error, steps }))
    }
}

/// The task that a step began: in its note as soon as it is known, in what it brought when it is done.
fn upid(step: &StepRow) -> Option<Upid> {
    let of = |value: &Option<Value>| value.as_ref()?.get("upid")?.as_str()?.parse().ok();
    of(&step.note).or_else(|| of(&step.done))
}
