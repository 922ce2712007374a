//! Calendars that an account keeps for itself. What is in them is in `plain_object`.

use crate::{
    Result, Tx,
    dialect::{millis, text},
    error::OrConflict,
    row::row,
};
use direttore_domain::Instant;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainCalendar {
    pub id: i64,
    pub account_id: i64,
    /// Its part of the URL.
    pub name: String,
    pub about: About,
    /// Names of the components that it takes, with commas.
    pub components: String,
    /// Counts the changes of what is in it.
    pub rev: i64,
    /// Changes up to this one are not known one by one any more.
    pub forgotten_rev: i64,
    pub created: Instant,
    pub changed: Instant,
}

/// What its owner says of it, as it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    pub displayname: Option<String>,
    pub color: Option<String>,
    pub position: Option<String>,
    pub description: Option<String>,
    pub timezone: Option<String>,
}

row! {
    struct Row {
        id: i64, account_id: i64, name: String, displayname: Option<String>, color: Option<String>,
        position: Option<String>, description: Option<String>, timezone: Option<String>, components: String, rev: i64,
        forgotten_rev: i64, created_at: i64, changed_at: i64,
    }
}

impl Row {
    fn read(self) -> PlainCalendar {
        let Self { displayname, color, position, description, timezone, .. } = self;
        PlainCalendar {
            id: self.id,
            account_id: self.account_id,
            name: self.name,
            about: About { displayname, color, position, description, timezone },
            components: self.components,
            rev: self.rev,
            forgotten_rev: self.forgotten_rev,
            created: Instant(self.created_at),
            changed: Instant(self.changed_at),
        }
    }
}

/// Gives its number.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the account has one of that name.
pub async fn create(
    tx: &mut Tx,
    account_id: i64,
    name: &str,
    about: &About,
    components: &str,
    now: Instant,
) -> Result<i64> {
    let kept = |of: &Option<String>| of.as_deref().map(|t| text(t).into_owned());
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into plain_calendar (account_id, name, displayname, color, position, description, timezone,
                components, created_at, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id")
        .bind(account_id).bind(text(name)).bind(kept(&about.displayname)).bind(kept(&about.color))
        .bind(kept(&about.position)).bind(kept(&about.description)).bind(kept(&about.timezone))
        .bind(text(components)).bind(now.0).fetch_one(db).await)
    .or_conflict("a calendar of that name")?;
    Ok(id)
}

/// An account's, the oldest first.
pub async fn list(tx: &mut Tx, account_id: i64) -> Result<Vec<PlainCalendar>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, account_id, name, displayname, color, position, description, timezone, components, rev,
                forgotten_rev, created_at, changed_at from plain_calendar where account_id = $1 order by id")
        .bind(account_id).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

pub async fn by_name(tx: &mut Tx, account_id: i64, name: &str) -> Result<Option<PlainCalendar>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, account_id, name, displayname, color, position, description, timezone, components, rev,
                forgotten_rev, created_at, changed_at from plain_calendar where account_id = $1 and name = $2")
        .bind(account_id).bind(text(name)).fetch_optional(db).await)?;
    Ok(row.map(Row::read))
}

/// False when there is no such calendar; likewise below.
pub async fn describe(tx: &mut Tx, id: i64, about: &About, now: Instant) -> Result<bool> {
    let kept = |of: &Option<String>| of.as_deref().map(|t| text(t).into_owned());
    let query = "update plain_calendar set displayname = $2, color = $3, position = $4, description = $5,
        timezone = $6, changed_at = $7 where id = $1";
    let done = on!(tx, db => sqlx::query(query).bind(id).bind(kept(&about.displayname)).bind(kept(&about.color))
        .bind(kept(&about.position)).bind(kept(&about.description)).bind(kept(&about.timezone)).bind(now.0)
        .execute(db).await.map(|done| done.rows_affected()))?;
    Ok(done == 1)
}

/// With all that is in it.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(change!(tx, sqlx::query("delete from plain_calendar where id = $1").bind(id))? == 1)
}

/// The number of the next change. The calendar is the caller's until the transaction ends, so that changes are seen in
/// the order of their numbers. `None` when there is no such calendar.
pub async fn next_rev(tx: &mut Tx, id: i64, now: Instant) -> Result<Option<i64>> {
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as(
            "update plain_calendar set rev = rev + 1, changed_at = $2 where id = $1 returning rev")
        .bind(id).bind(now.0).fetch_optional(db).await)?;
    Ok(row.map(|(rev,)| rev))
}

/// Forgets what was deleted longer ago than `kept`: whoever last asked before that must begin anew.
pub async fn forget(tx: &mut Tx, now: Instant, kept: Duration) -> Result<u64> {
    let before = now.0 - millis(kept);
    let query = "update plain_calendar set forgotten_rev = (select max(t.rev) from plain_tombstone t
            where t.calendar_id = plain_calendar.id and t.deleted_at < $1)
        where exists (select 1 from plain_tombstone t
            where t.calendar_id = plain_calendar.id and t.deleted_at < $1 and t.rev > plain_calendar.forgotten_rev)";
    change!(tx, sqlx::query(query).bind(before))?;
    Ok(change!(tx, sqlx::query("delete from plain_tombstone where deleted_at < $1").bind(before))?)
}

#[cfg(test)]
mod tests;
