//! Guests in the making: whoever makes one holds its name and VMID from the plan's yes until the guest is there or
//! undone, so that nobody else takes them meanwhile. Quotas count what is held like what runs.

use crate::{
    Result, StoreError, Tx,
    dialect::{Lock, locking, text},
    row::{parse, row, vmid},
};
use direttore_domain::{ClusterName, Instant, JobId, Vmid};

/// How often a hold is tried for while others take and release theirs between our two statements.
const TRIES: usize = 8;

#[derive(Debug)]
pub struct NewHold<'a> {
    pub job: JobId,
    pub cluster: &'a ClusterName,
    /// In any case: names of guests are DNS names.
    pub name: &'a str,
    /// `None`: chosen later, see [`set_vmid`].
    pub vmid: Option<Vmid>,
    pub account_id: Option<i64>,
    pub cores: i64,
    pub memory_mib: i64,
    pub disk_mib: i64,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub job: JobId,
    pub cluster: ClusterName,
    /// In lower case.
    pub name: String,
    pub vmid: Option<Vmid>,
    pub account_id: Option<i64>,
    pub cores: i64,
    pub memory_mib: i64,
    pub disk_mib: i64,
    pub created: Instant,
}

/// Whether it is held now, or which job has the name or the VMID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Yes,
    Name(JobId),
    Vmid(JobId),
}

row! {
    struct Row {
        job: i64, cluster: String, name: String, vmid: Option<i64>, account_id: Option<i64>, cores: i64,
        memory_mib: i64, disk_mib: i64, created_at: i64,
    }
}

macro_rules! columns {
    () => {
        "job, cluster, name, vmid, account_id, cores, memory_mib, disk_mib, created_at"
    };
}

impl Row {
    fn read(self) -> Result<Hold> {
        Ok(Hold {
            job: JobId(self.job),
            cluster: parse(&self.cluster)?,
            name: self.name,
            vmid: self.vmid.map(vmid).transpose()?,
            account_id: self.account_id,
            cores: self.cores,
            memory_mib: self.memory_mib,
            disk_mib: self.disk_mib,
            created: Instant(self.created_at),
        })
    }
}

/// Takes the name, and the VMID when there is one, for a job. Taking again what the job holds already is a yes. On
/// PostgreSQL it waits for whoever takes the same just now.
///
/// # Errors
/// [`StoreError::Refused`] when the job holds another guest: it makes one only.
pub async fn take(tx: &mut Tx, new: &NewHold<'_>) -> Result<Taken> {
    for _ in 0..TRIES {
        if insert(tx, new).await? {
            return Ok(Taken::Yes);
        }
        let holds = in_the_way(tx, new).await?;
        let others = || holds.iter().filter(|hold| hold.job != new.job);
        if let Some(other) = others().find(|hold| is_named(hold, new)) {
            return Ok(Taken::Name(other.job));
        }
        if let Some(other) = others().next() {
            return Ok(Taken::Vmid(other.job));
        }
        match holds.first() {
            Some(ours) if !is_named(ours, new) => {
                return Err(StoreError::Refused(format!("{} holds the guest {} already", new.job, ours.name)));
            }
            Some(ours) if new.vmid.is_none() || new.vmid == ours.vmid => return Ok(Taken::Yes),
            Some(_) if set_vmid_to(tx, new.job, new.vmid).await? => return Ok(Taken::Yes),
            // Released since, or its VMID was taken since: look again.
            _ => {}
        }
    }
    Err(StoreError::Unavailable(format!("others take and release the guest {} all the time", new.name)))
}

async fn insert(tx: &mut Tx, new: &NewHold<'_>) -> Result<bool> {
    let query = "insert into guest_hold (job, cluster, name, vmid, account_id, cores, memory_mib, disk_mib, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
    let inserted = change!(
        tx,
        sqlx::query(query)
            .bind(new.job.0)
            .bind(new.cluster.as_str())
            .bind(key(new.name))
            .bind(new.vmid.map(number))
            .bind(new.account_id)
            .bind(new.cores)
            .bind(new.memory_mib)
            .bind(new.disk_mib)
            .bind(new.now.0)
    )?;
    Ok(inserted == 1)
}

/// The job's own hold and those of others with the name or the VMID.
async fn in_the_way(tx: &mut Tx, new: &NewHold<'_>) -> Result<Vec<Hold>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from guest_hold
            where job = $1 or (cluster = $2 and (name = $3 or vmid = $4)) order by job"))
        .bind(new.job.0).bind(new.cluster.as_str()).bind(key(new.name)).bind(new.vmid.map(number))
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

fn is_named(hold: &Hold, new: &NewHold<'_>) -> bool {
    hold.cluster == *new.cluster && hold.name == key(new.name)
}

/// Gives a job's guest its VMID, also instead of another one. False when another job has it: then nothing changed, and
/// the transaction goes on.
///
/// # Errors
/// [`StoreError::Refused`] when the job holds no guest.
pub async fn set_vmid(tx: &mut Tx, job: JobId, vmid: Vmid) -> Result<bool> {
    set_vmid_to(tx, job, Some(vmid)).await
}

async fn set_vmid_to(tx: &mut Tx, job: JobId, vmid: Option<Vmid>) -> Result<bool> {
    let query = "update guest_hold set vmid = $2 where job = $1";
    let set = unless_taken!(tx, db => sqlx::query(query).bind(job.0).bind(vmid.map(number)).execute(db).await
        .map(|done| done.rows_affected()))?;
    match set {
        None => Ok(false),
        Some(0) => Err(StoreError::Refused(format!("{job} holds no guest"))),
        Some(_) => Ok(true),
    }
}

pub async fn get(tx: &mut Tx, job: JobId) -> Result<Option<Hold>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from guest_hold where job = $1"))
        .bind(job.0).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// Those of a cluster, or of all, by cluster and name.
pub async fn all(tx: &mut Tx, cluster: Option<&ClusterName>) -> Result<Vec<Hold>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from guest_hold where ($1 is null or cluster = $1)
            order by cluster, name"))
        .bind(cluster.map(ClusterName::as_str)).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Those that count against an account, by cluster and name.
pub async fn of_account(tx: &mut Tx, account_id: i64) -> Result<Vec<Hold>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from guest_hold where account_id = $1 order by cluster, name"))
        .bind(account_id).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// False when the job held none.
pub async fn release(tx: &mut Tx, job: JobId) -> Result<bool> {
    Ok(change!(tx, sqlx::query("delete from guest_hold where job = $1").bind(job.0))? == 1)
}

/// Until the transaction ends, whoever else counts what this account has waits: two plans together cannot exceed what
/// each alone would not.
pub async fn lock_account(tx: &mut Tx, account_id: i64) -> Result<()> {
    let query = locking(tx, "select id from account where id = $1", Lock::Turn);
    let _: Option<(i64,)> = on!(tx, db => sqlx::query_as(query).bind(account_id).fetch_optional(db).await)?;
    Ok(())
}

/// As the column has it: the same name in any case is the same guest to DNS.
fn key(name: &str) -> String {
    text(name).to_lowercase()
}

fn number(vmid: Vmid) -> i64 {
    vmid.get().into()
}

#[cfg(test)]
mod tests;
