//! The steps of a job, and what each has noted and done.

use super::queue::holds;
use crate::{
    Result, StoreError, Tx,
    dialect::text,
    row::{json, json_some, parse, row},
};
use direttore_domain::JobId;
use serde_json::Value;
use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepState {
    Pending,
    Running,
    Done,
    /// It did nothing, or what it did is accounted for.
    Failed,
    /// Nobody knows whether it did something; a person must look.
    Stuck,
    Undoing,
    Undone,
}

impl StepState {
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Running, Self::Done, Self::Failed, Self::Stuck, Self::Undoing, Self::Undone];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for StepState {
    type Err = StoreError;
    fn from_str(given: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|s| s.as_str() == given);
        found.ok_or_else(|| StoreError::Corrupt(format!("{given:?} is no state of a step")))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// From 0.
    pub index: i64,
    pub name: String,
    pub input: Value,
    pub state: StepState,
    pub attempt: i64,
    /// What it wrote down before and while acting: its intent, the UPID.
    pub note: Option<Value>,
    /// What it brought, for its undo and for later steps.
    pub done: Option<Value>,
    pub error: Option<String>,
}

row! {
    struct Row {
        position: i64, name: String, input: String, state: String, attempt: i64,
        note: Option<String>, done: Option<String>, error: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<StepRow> {
        Ok(StepRow {
            index: self.position,
            name: self.name,
            input: json(&self.input)?,
            state: parse(&self.state)?,
            attempt: self.attempt,
            note: json_some(self.note.as_deref())?,
            done: json_some(self.done.as_deref())?,
            error: self.error,
        })
    }
}

/// In order; none when there is no such job.
pub async fn steps(tx: &mut Tx, job: JobId) -> Result<Vec<StepRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select position, name, input, state, attempt, note, done, error from job_step
            where job = $1 order by position")
        .bind(job.0).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// All that changes in a step: each field is written as it is, `None` too.
#[derive(Debug, Clone, PartialEq)]
pub struct StepChange {
    pub state: StepState,
    pub attempt: i64,
    pub note: Option<Value>,
    pub done: Option<Value>,
    pub error: Option<String>,
}

impl From<&StepRow> for StepChange {
    /// The step as it is, to change from there.
    fn from(row: &StepRow) -> Self {
        Self {
            state: row.state,
            attempt: row.attempt,
            note: row.note.clone(),
            done: row.done.clone(),
            error: row.error.clone(),
        }
    }
}

/// False, and nothing written, when the lease of the job is lost.
///
/// # Errors
/// [`StoreError::Refused`] when the job has no such step.
pub async fn save_step(tx: &mut Tx, job: JobId, holder: &str, index: i64, change: &StepChange) -> Result<bool> {
    save_steps(tx, job, holder, &[(index, change)]).await
}

/// Several at once, as [`save_step`] does: where one step ends, the next begins.
///
/// # Errors
/// [`StoreError::Refused`] when the job has no such step; then the transaction can only be dropped, so that nothing
/// of the others is written either.
pub async fn save_steps(tx: &mut Tx, job: JobId, holder: &str, changes: &[(i64, &StepChange)]) -> Result<bool> {
    if !holds(tx, job, holder).await? {
        return Ok(false);
    }
    for (index, change) in changes {
        save(tx, job, *index, change).await?;
    }
    Ok(true)
}

async fn save(tx: &mut Tx, job: JobId, index: i64, change: &StepChange) -> Result<()> {
    let query = "update job_step set state = $3, attempt = $4, note = $5, done = $6, error = $7
        where job = $1 and position = $2";
    let saved = change!(
        tx,
        sqlx::query(query)
            .bind(job.0)
            .bind(index)
            .bind(change.state.as_str())
            .bind(change.attempt)
            .bind(change.note.as_ref().map(Value::to_string))
            .bind(change.done.as_ref().map(Value::to_string))
            .bind(change.error.as_deref().map(text))
    )?;
    if saved == 1 {
        return Ok(());
    }
    tx.has_failed = true;
    Err(StoreError::Refused(format!("{job} has no step {index}")))
}
