//! `[jobs]`: the pace of the durable jobs. All of it is elapsed time.

use super::{error::ConfigError, section::Section};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &[
    "poll_ms",
    "lease_ms",
    "heartbeat_ms",
    "task_poll_first_ms",
    "task_poll_ms",
    "retry_first_ms",
    "retry_max_ms",
    "attempts",
    "at_once",
    "progress_ms",
    "ha_patience_ms",
];

const TASK_POLL_FIRST: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// How often the queue is looked at when nothing wakes it.
    pub poll: Duration,
    /// How long a job stays with a worker that is not heard of.
    pub lease: Duration,
    pub heartbeat: Duration,
    /// When a running task is first asked about. Each further pause is twice as long, up to `task_poll`.
    pub task_poll_first: Duration,
    pub task_poll: Duration,
    /// The first pause before a step is tried again, and the longest.
    pub retry_first: Duration,
    pub retry_max: Duration,
    /// How often a step is tried before it fails.
    pub attempts: u32,
    /// Jobs that one process runs at once.
    pub at_once: u32,
    /// The shortest time between two progress messages of one job.
    pub progress: Duration,
    /// How long a guest may take to reach its state after the HA manager took the request.
    pub ha_patience: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Jobs, ConfigError> {
    let small = |n: u64| u32::try_from(n).expect("it is at most 1000");
    let task_poll = section.millis("task_poll_ms", 1_000)?;
    // Who asks about tasks more often than every 10 ms need not say it twice.
    let task_poll_first = section.optional_millis("task_poll_first_ms")?;
    let jobs = Jobs {
        poll: section.millis("poll_ms", 1_000)?,
        lease: section.millis("lease_ms", 20_000)?,
        heartbeat: section.millis("heartbeat_ms", 5_000)?,
        task_poll_first: task_poll_first.unwrap_or(TASK_POLL_FIRST.min(task_poll)),
        task_poll,
        retry_first: section.millis("retry_first_ms", 2_000)?,
        retry_max: section.millis("retry_max_ms", 60_000)?,
        attempts: small(section.number("attempts", 10, 1..=1000)?),
        at_once: small(section.number("at_once", 128, 1..=1000)?),
        progress: section.millis("progress_ms", 3_000)?,
        ha_patience: section.millis("ha_patience_ms", 180_000)?,
    };
    if jobs.lease < 2 * jobs.heartbeat {
        let why = "jobs.lease_ms is less than twice jobs.heartbeat_ms: one late heartbeat would lose the job";
        return Err(section.error(why));
    }
    if jobs.task_poll < jobs.task_poll_first {
        return Err(section.error("jobs.task_poll_ms is less than jobs.task_poll_first_ms"));
    }
    if jobs.retry_max < jobs.retry_first {
        return Err(section.error("jobs.retry_max_ms is less than jobs.retry_first_ms"));
    }
    Ok(jobs)
}
