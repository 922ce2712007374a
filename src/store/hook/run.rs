//! Runs: a rule and an event that fits it.

use crate::{
    Result, Tx,
    dialect::{Lock, locking, text},
    row::{list, list_text, row},
};
use direttore_domain::{Instant, JobId};

#[derive(Debug, Clone, Copy)]
pub struct NewRun<'a> {
    pub delivery: i64,
    pub key: &'a str,
    pub rule: &'a str,
    pub object: &'a str,
    pub at: Instant,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: i64,
    pub delivery: i64,
    pub rule: String,
    pub object: String,
    /// What it made.
    pub jobs: Vec<JobId>,
    pub created: Instant,
}

row! {
    struct Row { id: i64, delivery: i64, rule: String, object: String, jobs: String, created_at: i64 }
}

impl Row {
    fn read(self) -> Result<Run> {
        let jobs: Vec<i64> = list(&self.jobs)?;
        Ok(Run {
            id: self.id,
            delivery: self.delivery,
            rule: self.rule,
            object: self.object,
            jobs: jobs.into_iter().map(JobId).collect(),
            created: Instant(self.created_at),
        })
    }
}

/// One more; nothing when the event came by another hook too, and the rule has its run.
pub async fn add_run(tx: &mut Tx, new: &NewRun<'_>) -> Result<bool> {
    let query = "insert into hook_run (delivery, key, rule, object, at, created_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $6) on conflict (key, rule) do nothing";
    let added = change!(
        tx,
        sqlx::query(query)
            .bind(new.delivery)
            .bind(text(new.key))
            .bind(new.rule)
            .bind(text(new.object))
            .bind(new.at.0)
            .bind(new.now.0)
    )?;
    Ok(added == 1)
}

/// The first that wait, due, each the earliest of its object, of which none is being carried out.
pub async fn ready(tx: &mut Tx, now: Instant, limit: i64) -> Result<Vec<Run>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, delivery, rule, object, jobs, created_at from hook_run r
            where r.state = 'waiting' and r.due_at <= $1 and not exists (select 1 from hook_run e
                where e.object = r.object and e.state <> 'ended' and e.id <> r.id
                    and (e.state = 'running' or e.at < r.at or (e.at = r.at and e.id < r.id)))
            order by r.at, r.id limit $2")
        .bind(now.0).bind(limit).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Those whose jobs were not over when last looked at.
pub async fn running(tx: &mut Tx) -> Result<Vec<Run>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, delivery, rule, object, jobs, created_at from hook_run where state = 'running' order by at, id")
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// It is one's own to carry out from here, until the transaction ends. Of all who try, one gets true.
pub async fn begin(tx: &mut Tx, id: i64) -> Result<bool> {
    let query = locking(tx, "select id from hook_run where id = $1 and state = 'waiting'", Lock::Skip);
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as(query).bind(id).fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// It made these jobs; without any it is over.
pub async fn end(tx: &mut Tx, id: i64, jobs: &[JobId], is_over: bool, now: Instant) -> Result<()> {
    let numbers: Vec<i64> = jobs.iter().map(|job| job.0).collect();
    let query = "update hook_run set state = $2, jobs = $3, changed_at = $4 where id = $1";
    let state = if is_over { "ended" } else { "running" };
    change!(tx, sqlx::query(query).bind(id).bind(state).bind(list_text(&numbers)).bind(now.0))?;
    Ok(())
}

/// It is looked at again at that time.
pub async fn postpone(tx: &mut Tx, id: i64, to: Instant) -> Result<()> {
    change!(tx, sqlx::query("update hook_run set due_at = $2 where id = $1").bind(id).bind(to.0))?;
    Ok(())
}
