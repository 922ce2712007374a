//! Pushes: what devices are to be told, who said yes to it, and how far it is with each of them.

use crate::{
    Result, Tx,
    dialect::{Lock, locking, text},
    error::OrConflict,
    row::{json, origin, parse, row},
};
use direttore_domain::{Instant, JobId, Origin, PushId, PushState};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    pub id: PushId,
    pub account_id: Option<i64>,
    pub actor: String,
    pub origin: Origin,
    /// What was asked for.
    pub wish: Value,
    /// `pending`, `approved`, `rejected`, `expired`.
    pub status: String,
    pub approver: String,
    pub job: Option<JobId>,
    pub created: Instant,
    pub expires: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub push: PushId,
    /// In NetBox.
    pub device: i64,
    pub name: String,
    /// Of what was said yes to.
    pub hash: String,
    /// Unreadable without the installation's key.
    pub body: String,
    pub state: PushState,
    pub why: String,
    /// When the device takes it back by itself; zero where it does not.
    pub reverts: Instant,
    pub changed: Instant,
}

#[derive(Debug, Clone)]
pub struct NewPush<'a> {
    pub account_id: Option<i64>,
    pub actor: &'a str,
    pub origin: &'a Origin,
    pub wish: &'a Value,
    pub status: &'a str,
    /// Number, name, hash and body of each device, in order.
    pub targets: &'a [(i64, String, String, String)],
    pub now: Instant,
    pub expires: Instant,
}

row! {
    struct Row {
        id: i64, account_id: Option<i64>, actor: String, surface: String, channel: String, wish: String, status: String,
        approver: String, job: Option<i64>, created_at: i64, expires_at: i64,
    }
}

row! {
    struct TargetRow {
        push: i64, device: i64, name: String, hash: String, body: String, status: String, why: String, reverts_at: i64,
        changed_at: i64,
    }
}

impl Row {
    fn read(self) -> Result<Push> {
        Ok(Push {
            id: PushId(self.id),
            account_id: self.account_id,
            actor: self.actor,
            origin: origin(&self.surface, self.channel)?,
            wish: json(&self.wish)?,
            status: self.status,
            approver: self.approver,
            job: self.job.map(JobId),
            created: Instant(self.created_at),
            expires: Instant(self.expires_at),
        })
    }
}

impl TargetRow {
    fn read(self) -> Result<Target> {
        Ok(Target {
            push: PushId(self.push),
            device: self.device,
            name: self.name,
            hash: self.hash,
            body: self.body,
            state: parse(&self.status)?,
            why: self.why,
            reverts: Instant(self.reverts_at),
            changed: Instant(self.changed_at),
        })
    }
}

macro_rules! columns {
    () => {
        "id, account_id, actor, surface, channel, wish, status, approver, job, created_at, expires_at"
    };
}
macro_rules! target_columns {
    () => {
        "push, device, name, hash, body, status, why, reverts_at, changed_at"
    };
}

pub async fn create(tx: &mut Tx, new: &NewPush<'_>) -> Result<PushId> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into device_push (account_id, actor, surface, channel, wish, status, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) returning id")
        .bind(new.account_id).bind(text(new.actor)).bind(new.origin.surface.as_str()).bind(text(&new.origin.channel))
        .bind(new.wish.to_string()).bind(new.status).bind(new.now.0).bind(new.expires.0).fetch_one(db).await)?;
    for (at, (device, name, hash, body)) in new.targets.iter().enumerate() {
        let query = "insert into device_push_target (push, device, position, name, hash, body, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let position = i64::try_from(at).unwrap_or(i64::MAX);
        let at = new.now.0;
        change!(
            tx,
            sqlx::query(query).bind(id).bind(device).bind(position).bind(text(name)).bind(hash).bind(body).bind(at)
        )?;
    }
    Ok(PushId(id))
}

/// One, held by whoever writes next.
pub async fn get(tx: &mut Tx, id: PushId) -> Result<Option<Push>> {
    let query = locking(tx, concat!("select ", columns!(), " from device_push where id = $1"), Lock::Wait);
    let row: Option<Row> = on!(tx, db => sqlx::query_as(query).bind(id.0).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// The one that a job was enqueued for.
pub async fn of_job(tx: &mut Tx, job: JobId) -> Result<Option<Push>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from device_push where job = $1"))
        .bind(job.0).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// What a job never came to is nobody's any more.
pub async fn release(tx: &mut Tx, job: JobId, now: Instant) -> Result<()> {
    let query = "update device_push_target set status = 'dropped', changed_at = $2
        where status = 'pushing' and push in (select id from device_push where job = $1)";
    change!(tx, sqlx::query(query).bind(job.0).bind(now.0))?;
    Ok(())
}

/// Its devices, in order.
pub async fn targets(tx: &mut Tx, id: PushId) -> Result<Vec<Target>> {
    let rows: Vec<TargetRow> = on!(tx, db => sqlx::query_as(concat!("select ", target_columns!(), "
            from device_push_target where push = $1 order by position"))
        .bind(id.0).fetch_all(db).await)?;
    rows.into_iter().map(TargetRow::read).collect()
}

/// The push that has a device now, if any.
pub async fn live(tx: &mut Tx, device: i64) -> Result<Option<Target>> {
    let row: Option<TargetRow> = on!(tx, db => sqlx::query_as(concat!("select ", target_columns!(), "
            from device_push_target where device = $1 and status in ('pushing', 'held')"))
        .bind(device).fetch_optional(db).await)?;
    row.map(TargetRow::read).transpose()
}

/// The newest that a device kept: what it was last said yes to.
pub async fn newest_kept(tx: &mut Tx, device: i64) -> Result<Option<Target>> {
    let row: Option<TargetRow> = on!(tx, db => sqlx::query_as(concat!("select ", target_columns!(), "
            from device_push_target where device = $1 and status = 'done' order by changed_at desc, push desc limit 1"))
        .bind(device).fetch_optional(db).await)?;
    row.map(TargetRow::read).transpose()
}

/// Yes or no to one that waits for it, or that neither was said in time. False when it was decided before.
pub async fn decide(tx: &mut Tx, id: PushId, status: &str, approver: &str) -> Result<bool> {
    let query = "update device_push set status = $2, approver = $3 where id = $1 and status = 'pending'";
    Ok(change!(tx, sqlx::query(query).bind(id.0).bind(status).bind(text(approver)))? == 1)
}

pub async fn set_job(tx: &mut Tx, id: PushId, job: JobId) -> Result<()> {
    change!(tx, sqlx::query("update device_push set job = $2 where id = $1").bind(id.0).bind(job.0))?;
    Ok(())
}

/// All its devices are being pushed to now.
///
/// # Errors
/// [`StoreError::Conflict`] when another push has one of them.
pub async fn begin(tx: &mut Tx, id: PushId, now: Instant) -> Result<()> {
    let query =
        "update device_push_target set status = 'pushing', changed_at = $2 where push = $1 and status = 'planned'";
    change!(tx, sqlx::query(query).bind(id.0).bind(now.0)).or_conflict("another push to one of the devices")?;
    Ok(())
}

/// How far it is with one device.
///
/// # Errors
/// [`StoreError::Conflict`] when another push has the device.
pub async fn set(
    tx: &mut Tx,
    id: PushId,
    device: i64,
    (state, why): (PushState, &str),
    reverts: Instant,
    now: Instant,
) -> Result<bool> {
    let query = "update device_push_target set status = $3, why = $4, reverts_at = $5, changed_at = $6
        where push = $1 and device = $2";
    let (state, reverts) = (state.as_str(), reverts.0);
    let changed =
        change!(tx, sqlx::query(query).bind(id.0).bind(device).bind(state).bind(text(why)).bind(reverts).bind(now.0));
    Ok(changed.or_conflict("another push to the device")? == 1)
}

/// What is kept of one device for the way back.
pub async fn set_body(tx: &mut Tx, id: PushId, device: i64, body: &str) -> Result<()> {
    let query = "update device_push_target set body = $3 where push = $1 and device = $2";
    change!(tx, sqlx::query(query).bind(id.0).bind(device).bind(body))?;
    Ok(())
}

/// Those that wait for their confirmation and whose time is over.
pub async fn overdue(tx: &mut Tx, now: Instant) -> Result<Vec<Target>> {
    let rows: Vec<TargetRow> = on!(tx, db => sqlx::query_as(concat!("select ", target_columns!(), "
            from device_push_target where status = 'held' and ending is null and reverts_at <= $1
            order by reverts_at, push, device"))
        .bind(now.0).fetch_all(db).await)?;
    rows.into_iter().map(TargetRow::read).collect()
}

/// When the first of them is over, of those that no job looks after.
pub async fn next_overdue(tx: &mut Tx) -> Result<Option<Instant>> {
    let (at,): (Option<i64>,) = on!(tx, db => sqlx::query_as(
            "select min(reverts_at) from device_push_target where status = 'held' and ending is null")
        .fetch_one(db).await)?;
    Ok(at.map(Instant))
}

/// A job looks after the end of what is held.
pub async fn set_ending(tx: &mut Tx, id: PushId, device: i64, job: JobId) -> Result<()> {
    let query = "update device_push_target set ending = $3 where push = $1 and device = $2";
    change!(tx, sqlx::query(query).bind(id.0).bind(device).bind(job.0))?;
    Ok(())
}

/// One that waits for a yes, and its devices.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: PushId,
    pub account_id: Option<i64>,
    pub actor: String,
    pub wish: Value,
    /// Numbers and names, in order.
    pub devices: Vec<(i64, String)>,
}

row! {
    struct WaitingRow { id: i64, account_id: Option<i64>, actor: String, wish: String, device: i64, name: String }
}

/// Those that wait for a yes, the newest first; with no more than so many devices in all.
pub async fn waiting(tx: &mut Tx, now: Instant, limit: i64) -> Result<Vec<Waiting>> {
    let rows: Vec<WaitingRow> = on!(tx, db => sqlx::query_as(
            "select p.id, p.account_id, p.actor, p.wish, t.device, t.name
            from device_push p join device_push_target t on t.push = p.id
            where p.status = 'pending' and p.expires_at > $1 order by p.id desc, t.position limit $2")
        .bind(now.0).bind(limit).fetch_all(db).await)?;
    let mut all: Vec<Waiting> = Vec::new();
    for WaitingRow { id, account_id, actor, wish, device, name } in rows {
        let device = (device, name);
        match all.last_mut().filter(|last| last.id == PushId(id)) {
            Some(last) => last.devices.push(device),
            None => {
                let wish = json(&wish)?;
                all.push(Waiting { id: PushId(id), account_id, actor, wish, devices: vec![device] });
            }
        }
    }
    Ok(all)
}

/// What is live on devices until somebody confirms it; what goes back first comes first.
pub async fn held(tx: &mut Tx, limit: i64) -> Result<Vec<Target>> {
    let rows: Vec<TargetRow> = on!(tx, db => sqlx::query_as(concat!("select ", target_columns!(), "
            from device_push_target where status = 'held' order by reverts_at, push, device limit $1"))
        .bind(limit).fetch_all(db).await)?;
    rows.into_iter().map(TargetRow::read).collect()
}

/// Those that wait for a yes, the newest first; also when their time is over.
pub async fn pending(tx: &mut Tx) -> Result<Vec<Push>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), "
            from device_push where status = 'pending' order by id desc"))
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Forgets bodies of what ended before an instant, for they hold secrets; what a device kept last stays, for a rollback.
pub async fn forget_bodies(tx: &mut Tx, before: Instant) -> Result<u64> {
    let query = "update device_push_target set body = '' where body <> '' and changed_at < $1
        and status not in ('planned', 'pushing', 'held')
        and not (status = 'done' and changed_at = (select max(n.changed_at) from device_push_target n
            where n.device = device_push_target.device and n.status = 'done'))";
    Ok(change!(tx, sqlx::query(query).bind(before.0))?)
}

#[cfg(test)]
mod tests;
