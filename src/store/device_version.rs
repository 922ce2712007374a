//! Which versions of its configuration the history has of a device.

use crate::{Result, Tx, dialect::text, row::row};
use direttore_domain::{Instant, JobId};

/// Why it was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// By a person or a schedule.
    Backup,
    /// Right before a push.
    Before,
    /// Once a push was kept: what somebody said yes to.
    Push,
}

impl Taken {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Before => "before",
            Self::Push => "push",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: i64,
    /// Of git, in hexadecimal.
    pub blob: String,
    pub commit: String,
    pub author: String,
    pub why: String,
    pub taken: String,
    pub job: Option<JobId>,
    pub at: Instant,
}

#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    /// In NetBox.
    pub device: i64,
    pub name: &'a str,
    pub blob: &'a str,
    pub commit: &'a str,
    pub author: &'a str,
    pub why: &'a str,
    pub taken: Taken,
    pub job: Option<JobId>,
    pub at: Instant,
}

row! {
    struct Row {
        id: i64, blob_id: String, commit_id: String, author: String, why: String, kind: String, job: Option<i64>,
        taken_at: i64,
    }
}

impl Row {
    fn read(self) -> Version {
        Version {
            id: self.id,
            blob: self.blob_id,
            commit: self.commit_id,
            author: self.author,
            why: self.why,
            taken: self.kind,
            job: self.job.map(JobId),
            at: Instant(self.taken_at),
        }
    }
}

macro_rules! columns {
    () => {
        "id, blob_id, commit_id, author, why, kind, job, taken_at"
    };
}

/// Notes a version, unless that commit is noted already.
pub async fn add(tx: &mut Tx, new: &NewVersion<'_>) -> Result<()> {
    let query = "insert into device_version (device, name, blob_id, commit_id, author, why, kind, job, taken_at)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9
        where not exists (select 1 from device_version where device = $1 and commit_id = $4 and kind = $7)";
    change!(
        tx,
        sqlx::query(query)
            .bind(new.device)
            .bind(text(new.name))
            .bind(new.blob)
            .bind(new.commit)
            .bind(text(new.author))
            .bind(text(new.why))
            .bind(new.taken.as_str())
            .bind(new.job.map(|job| job.0))
            .bind(new.at.0)
    )?;
    Ok(())
}

/// A device's, the newest first.
pub async fn list(tx: &mut Tx, device: i64, limit: i64) -> Result<Vec<Version>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from device_version
            where device = $1 order by id desc limit $2"))
        .bind(device).bind(limit).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The newest that was taken so, or in any way.
pub async fn newest(tx: &mut Tx, device: i64, taken: Option<Taken>) -> Result<Option<Version>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from device_version
            where device = $1 and ($2 = '' or kind = $2) order by id desc limit 1"))
        .bind(device).bind(taken.map_or("", Taken::as_str)).fetch_optional(db).await)?;
    Ok(row.map(Row::read))
}

/// What there was at an instant: the newest that was taken by then.
pub async fn at(tx: &mut Tx, device: i64, at: Instant) -> Result<Option<Version>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from device_version
            where device = $1 and taken_at <= $2 order by id desc limit 1"))
        .bind(device).bind(at.0).fetch_optional(db).await)?;
    Ok(row.map(Row::read))
}

#[cfg(test)]
mod tests;
