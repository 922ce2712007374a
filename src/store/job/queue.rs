//! Who works on a job, how long, and how it ends.
//!
//! A lease is held by a name that no other worker has at any time. What a worker writes is written only while it
//! holds the lease (fencing): one that was thought dead and comes back changes nothing. All by the database's clock.

use super::{JobRow, JobStatus, Row, columns};
use crate::{
    Result, StoreError, Tx,
    dialect::{Lock, locking, millis, now_ms, text},
};
use direttore_domain::{Instant, JobId};
use std::time::Duration;

/// The oldest job that can be worked on: queued and due, or running with a lease that has run out. One with an
/// unfinished job of the same subject before it waits. `now` is the calendar's, for when it started; the lease itself
/// goes by the database's clock. Commit before acting on it.
pub async fn lease(tx: &mut Tx, holder: &str, ttl: Duration, now: Instant) -> Result<Option<JobRow>> {
    let clock = now_ms(tx).await?;
    let free = locking(
        tx,
        "select j.id from job j
        where ((j.status = 'queued' and j.due_at <= $1) or (j.status = 'running' and j.lease_until <= $1))
            and not exists (select 1 from job e where e.subject = j.subject and e.subject <> '' and e.id <> j.id
                and (e.status = 'running' or (e.status = 'queued' and e.id < j.id)))
        order by j.id limit 1",
        Lock::Skip,
    );
    let found: Option<(i64,)> = on!(tx, db => sqlx::query_as(free).bind(clock.0).fetch_optional(db).await)?;
    let Some((id,)) = found else { return Ok(None) };
    let until = clock.0.saturating_add(millis(ttl));
    // Two replicas that see each other's work late may pick two jobs of one subject; then the unique index stops the
    // second, and the savepoint keeps the transaction usable.
    let leased: Option<Row> = unless_taken!(tx, db => sqlx::query_as(concat!(
            "update job set status = 'running', holder = $2, lease_until = $3, attempt = attempt + 1,
                started_at = coalesce(started_at, $4) where id = $1 returning ", columns!()))
        .bind(id).bind(holder).bind(until).bind(now.0).fetch_one(db).await)?;
    leased.map(Row::read).transpose()
}

/// What a heartbeat brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    pub cancel_requested: bool,
}

/// Makes the lease last `ttl` from now; `None` when it is lost.
pub async fn heartbeat(tx: &mut Tx, id: JobId, holder: &str, ttl: Duration) -> Result<Option<Beat>> {
    let until = now_ms(tx).await?.0.saturating_add(millis(ttl));
    let row: Option<(bool,)> = on!(tx, db => sqlx::query_as(
            "update job set lease_until = $3 where id = $1 and holder = $2 and status = 'running'
            returning is_cancel_requested")
        .bind(id.0).bind(holder).bind(until).fetch_optional(db).await)?;
    Ok(row.map(|(cancel_requested,)| Beat { cancel_requested }))
}

/// Whether the lease is held, and on PostgreSQL keeps it so until the transaction ends.
pub(super) async fn holds(tx: &mut Tx, id: JobId, holder: &str) -> Result<bool> {
    let query = locking(tx, "select id from job where id = $1 and holder = $2 and status = 'running'", Lock::Wait);
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as(query).bind(id.0).bind(holder).fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// Ends it; false when the lease is lost.
///
/// # Errors
/// [`StoreError::Refused`] for a status that is no end.
pub async fn finish(
    tx: &mut Tx,
    id: JobId,
    holder: &str,
    status: JobStatus,
    error: Option<&str>,
    now: Instant,
) -> Result<bool> {
    if status.is_unfinished() {
        return Err(StoreError::Refused(format!("{status} is no end of a job")));
    }
    let query = "update job set status = $3, error = $4, ended_at = $5, holder = null, lease_until = 0
        where id = $1 and holder = $2 and status = 'running'";
    let ended = change!(
        tx,
        sqlx::query(query).bind(id.0).bind(holder).bind(status.as_str()).bind(error.map(text)).bind(now.0)
    )?;
    Ok(ended == 1)
}

/// Back into the queue, due later; false when the lease is lost.
pub async fn postpone(tx: &mut Tx, id: JobId, holder: &str, by: Duration, why: &str) -> Result<bool> {
    let due = now_ms(tx).await?.0.saturating_add(millis(by));
    let query = "update job set status = 'queued', error = $4, due_at = case when is_cancel_requested then 0 else $3 end, holder = null, lease_until = 0
        where id = $1 and holder = $2 and status = 'running'";
    let postponed = change!(tx, sqlx::query(query).bind(id.0).bind(holder).bind(due).bind(text(why)))?;
    Ok(postponed == 1)
}

/// Asks whoever works on it to stop; one that waits for its time is due at once, to be stopped.
/// False when it has ended.
pub async fn request_cancel(tx: &mut Tx, id: JobId) -> Result<bool> {
    let query = "update job set is_cancel_requested = true, due_at = 0
        where id = $1 and status in ('queued', 'running')";
    Ok(change!(tx, sqlx::query(query).bind(id.0))? == 1)
}

/// Cancels one that nobody has begun, at once: it may stand behind others for long. False when it is not so.
pub async fn cancel_unstarted(tx: &mut Tx, id: JobId, now: Instant) -> Result<bool> {
    let query = "update job set status = 'cancelled', is_cancel_requested = true, ended_at = $2
        where id = $1 and status = 'queued' and attempt = 0";
    Ok(change!(tx, sqlx::query(query).bind(id.0).bind(now.0))? == 1)
}

/// Failed, stuck or cancelled goes back to queued. Its failed and stuck steps become pending and keep their notes
/// (what was sent may still be found); undone ones become pending as if they had never run. One that is stuck on its way
/// back goes on with that way. False when it is not so.
pub async fn retry(tx: &mut Tx, id: JobId, now: Instant) -> Result<bool> {
    let back = "select count(*) from job j join job_step s on s.job = j.id
        where j.id = $1 and j.status = 'stuck' and s.state in ('failed', 'undoing', 'undone')
            and not exists (select 1 from job_step f where f.job = j.id and f.state = 'stuck')";
    let (going_back,): (i64,) = on!(tx, db => sqlx::query_as(back).bind(id.0).fetch_one(db).await)?;
    let query = "update job set status = 'queued', error = null, is_cancel_requested = false, due_at = 0,
            queued_at = $2, ended_at = null
        where id = $1 and status in ('failed', 'stuck', 'cancelled')";
    if change!(tx, sqlx::query(query).bind(id.0).bind(now.0))? == 0 {
        return Ok(false);
    }
    if going_back > 0 {
        let again = "update job_step set attempt = 0 where job = $1 and state in ('done', 'failed', 'undoing')";
        change!(tx, sqlx::query(again).bind(id.0))?;
        return Ok(true);
    }
    let noted = "update job_step set state = 'pending', error = null, attempt = 0
        where job = $1 and state in ('failed', 'stuck')";
    change!(tx, sqlx::query(noted).bind(id.0))?;
    let undone = "update job_step set state = 'pending', error = null, note = null, done = null
        where job = $1 and state = 'undone'";
    change!(tx, sqlx::query(undone).bind(id.0))?;
    Ok(true)
}

/// Cancels one that waits for a person: what it did stays as it is. False when it is not stuck.
pub async fn give_up(tx: &mut Tx, id: JobId, now: Instant) -> Result<bool> {
    let query = "update job set status = 'cancelled', ended_at = $2 where id = $1 and status = 'stuck'";
    Ok(change!(tx, sqlx::query(query).bind(id.0).bind(now.0))? == 1)
}
