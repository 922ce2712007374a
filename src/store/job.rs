//! Jobs: what was asked to be done, kept until it is done, whoever dies meanwhile.
//!
//! `queued` → `running` (leased) → `done`, `failed`, `cancelled` or `stuck`; back to `queued` by [`postpone`] or
//! [`retry`].
//! Here: what a job is, how it is enqueued and read. `queue`: leases and the end. `step`: its steps.

mod queue;
mod step;

pub use queue::{Beat, cancel_unstarted, finish, give_up, heartbeat, lease, postpone, request_cancel, retry};
pub use step::{StepChange, StepRow, StepState, save_step, save_steps, steps};

use crate::{
    Result, StoreError, Tx,
    dialect::{listed, listed_text, now_ms, text},
    error::OrConflict,
    row::{instant, origin, parse, row},
};
use direttore_domain::{Instant, JobId, Origin};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::{fmt, str::FromStr, time::Duration};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStatus {
    Queued,
    Running,
    Done,
    /// It failed, and what it had done was undone.
    Failed,
    Cancelled,
    /// It waits for a person.
    Stuck,
}

impl JobStatus {
    pub const ALL: [Self; 6] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Stuck];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Stuck => "stuck",
        }
    }

    /// Queued or running.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobStatus {
    type Err = StoreError;
    fn from_str(given: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|s| s.as_str() == given);
        found.ok_or_else(|| StoreError::Corrupt(format!("{given:?} is no status of a job")))
    }
}

#[derive(Debug)]
pub struct NewJob<'a> {
    /// The command's words: `power start`.
    pub command: &'a str,
    /// What it does, as a person reads it: `start web1 (101)`.
    pub title: &'a str,
    pub account_id: Option<i64>,
    /// The asker's name; it stays when the account goes.
    pub actor: &'a str,
    pub origin: &'a Origin,
    /// The question whose yes makes it. With `position` it is enqueued once only.
    pub question: Option<i64>,
    pub position: i64,
    /// What it acts on, like `lab/101`: jobs of one subject run one after another, in order. Empty: no order.
    pub subject: &'a str,
    /// Names and inputs.
    pub steps: Vec<(String, Value)>,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    pub id: JobId,
    pub command: String,
    pub title: String,
    pub account_id: Option<i64>,
    pub actor: String,
    pub origin: Origin,
    pub subject: String,
    pub status: JobStatus,
    /// Why it ended so, or why it waits.
    pub error: Option<String>,
    /// How often it was leased.
    pub attempt: i64,
    pub cancel_requested: bool,
    pub created: Instant,
    /// When it last got into the queue by a person's doing: made or retried.
    pub queued: Instant,
    pub started: Option<Instant>,
    pub ended: Option<Instant>,
}

row! {
    struct Row {
        id: i64, command: String, title: String, account_id: Option<i64>, actor: String, surface: String,
        channel: String, subject: String, status: String, error: Option<String>, attempt: i64,
        is_cancel_requested: bool, created_at: i64, queued_at: i64, started_at: Option<i64>, ended_at: Option<i64>,
    }
}

// Never `*`: a replica that runs while a newer one migrates would get other columns than its statements expect.
macro_rules! columns {
    () => {
        "id, command, title, account_id, actor, surface, channel, subject, status, error, attempt, \
            is_cancel_requested, created_at, queued_at, started_at, ended_at"
    };
}
use columns;

impl Row {
    fn read(self) -> Result<JobRow> {
        Ok(JobRow {
            id: JobId(self.id),
            command: self.command,
            title: self.title,
            account_id: self.account_id,
            actor: self.actor,
            origin: origin(&self.surface, self.channel)?,
            subject: self.subject,
            status: parse(&self.status)?,
            error: self.error,
            attempt: self.attempt,
            cancel_requested: self.is_cancel_requested,
            created: Instant(self.created_at),
            queued: Instant(self.queued_at),
            started: instant(self.started_at),
            ended: instant(self.ended_at),
        })
    }
}

/// The job and its steps, queued.
///
/// # Errors
/// [`StoreError::Conflict`] when its question has made a job at that position already.
pub async fn enqueue(tx: &mut Tx, new: &NewJob<'_>) -> Result<JobId> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into job (command, title, account_id, actor, surface, channel, question, position, subject,
                created_at, queued_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id")
        .bind(new.command).bind(text(new.title)).bind(new.account_id).bind(text(new.actor))
        .bind(new.origin.surface.as_str()).bind(text(&new.origin.channel))
        .bind(new.question).bind(new.position).bind(text(new.subject)).bind(new.now.0)
        .fetch_one(db).await)
    .or_conflict("a job that this question made")?;
    for (position, (name, input)) in (0_i64..).zip(&new.steps) {
        let query = "insert into job_step (job, position, name, input) values ($1, $2, $3, $4)";
        change!(tx, sqlx::query(query).bind(id).bind(position).bind(name.as_str()).bind(input.to_string()))?;
    }
    Ok(JobId(id))
}

pub async fn by_id(tx: &mut Tx, id: JobId) -> Result<Option<JobRow>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from job where id = $1"))
        .bind(id.0).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

pub async fn exists(tx: &mut Tx, id: JobId) -> Result<bool> {
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as("select id from job where id = $1")
        .bind(id.0).fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// How these stand, by number; without those that there are none of.
pub async fn status_of(tx: &mut Tx, ids: &[JobId]) -> Result<Vec<(JobId, JobStatus)>> {
    let numbers = Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let query = format!("select id, status from job where id in ({}) order by id", listed(tx));
    let rows: Vec<(i64, String)> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query)).bind(numbers)
        .fetch_all(db).await)?;
    rows.into_iter().map(|(id, status)| Ok((JobId(id), parse(&status)?))).collect()
}

/// Which jobs; `None` is any.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub account_id: Option<i64>,
    pub status: Option<JobStatus>,
    pub limit: i64,
    pub offset: i64,
}

/// A page of them, newest first, and how many there are in all.
pub async fn list(tx: &mut Tx, filter: Filter) -> Result<(Vec<JobRow>, i64)> {
    let Filter { account_id, status, limit, offset } = filter;
    let status = status.map(JobStatus::as_str);
    let (total,): (i64,) = on!(tx, db => sqlx::query_as(
            "select count(*) from job
            where ($1 is null or account_id = $1) and ($2 is null or status = $2)")
        .bind(account_id).bind(status).fetch_one(db).await)?;
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from job
            where ($1 is null or account_id = $1) and ($2 is null or status = $2)
            order by id desc limit $3 offset $4"))
        .bind(account_id).bind(status).bind(limit).bind(offset).fetch_all(db).await)?;
    Ok((rows.into_iter().map(Row::read).collect::<Result<_>>()?, total))
}

/// Running, or queued and due, oldest first. One behind a job of its subject that is due later is due later too.
pub async fn unfinished_due(tx: &mut Tx) -> Result<Vec<JobRow>> {
    let now = now_ms(tx).await?;
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from job j
            where j.status = 'running' or (j.status = 'queued' and j.due_at <= $1
                and not exists (select 1 from job e where e.subject = j.subject and e.subject <> ''
                    and e.id < j.id and e.status = 'queued' and e.due_at > $1))
            order by j.id"))
        .bind(now.0).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// The jobs of these subjects that are not over, and whose step of that name has noted something: its subject, and which.
pub async fn noted(tx: &mut Tx, step: &str, subjects: &[&str]) -> Result<Vec<(String, JobId)>> {
    let list = serde_json::to_string(subjects).expect("texts are JSON");
    let query = format!(
        "select j.subject, j.id from job j join job_step s on s.job = j.id
        where j.status in ('queued', 'running', 'stuck') and j.subject in ({})
            and s.name = $2 and s.note is not null order by j.id",
        listed_text(tx)
    );
    let rows: Vec<(String, i64)> =
        on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&list).bind(step).fetch_all(db).await)?;
    Ok(rows.into_iter().map(|(subject, id)| (subject, JobId(id))).collect())
}

/// How many jobs there are of each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub queued: i64,
    pub running: i64,
    pub done: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub stuck: i64,
}

pub async fn counts(tx: &mut Tx) -> Result<Counts> {
    let rows: Vec<(String, i64)> = on!(tx, db => sqlx::query_as("select status, count(*) from job group by status")
        .fetch_all(db).await)?;
    let mut counts = Counts::default();
    for (status, count) in rows {
        *match parse(&status)? {
            JobStatus::Queued => &mut counts.queued,
            JobStatus::Running => &mut counts.running,
            JobStatus::Done => &mut counts.done,
            JobStatus::Failed => &mut counts.failed,
            JobStatus::Cancelled => &mut counts.cancelled,
            JobStatus::Stuck => &mut counts.stuck,
        } = count;
    }
    Ok(counts)
}

/// For how long the job that is due longest has been due; zero when none waits. What is due at once is due since it got
/// into the queue, in calendar time; what was put off, since a moment of the database's clock.
pub async fn queue_age(tx: &mut Tx, now: Instant) -> Result<Duration> {
    let database = now_ms(tx).await?;
    let (later, at_once): (Option<i64>, Option<i64>) = on!(tx, db => sqlx::query_as(
            "select min(case when due_at > 0 then due_at end), min(case when due_at = 0 then queued_at end)
            from job where status = 'queued' and due_at <= $1")
        .bind(database.0).fetch_one(db).await)?;
    let later = later.map(|due| database.since(Instant(due)));
    Ok(later.max(at_once.map(|queued| now.since(Instant(queued)))).unwrap_or_default())
}

#[cfg(test)]
mod tests;
