//! What can be reserved. Nodes, guests and devices get a row when they are first reserved; pools and named things are
//! made by people, with rules of their own.

use crate::{
    Result, Tx,
    dialect::text,
    error::OrConflict,
    row::{list, list_text, parse, row},
};
use direttore_domain::{Instant, ResourceKey};
use serde::Serialize;
use std::time::Duration;

/// What people say of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceRules {
    pub description: String,
    /// How many can have it at once, 1 to 100.
    pub capacity: i64,
    pub needs_approval: bool,
    /// Account names of those who may say yes, besides administrators.
    pub approvers: Vec<String>,
    /// The longest window; zero is no limit of its own.
    pub longest: Duration,
    /// Kept free before and after each window.
    pub before: Duration,
    pub after: Duration,
    /// Given back when nobody checks in so long after the start; zero is never.
    pub check_in: Duration,
}

impl Default for ResourceRules {
    fn default() -> Self {
        let none = Duration::ZERO;
        Self {
            description: String::new(),
            capacity: 1,
            needs_approval: false,
            approvers: vec![],
            longest: none,
            before: none,
            after: none,
            check_in: none,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub id: i64,
    pub key: ResourceKey,
    /// As it is shown: `pve1`, `web1 (101)`, `gpus`.
    pub name: String,
    pub rules: ResourceRules,
}

row! {
    pub(crate) struct Row {
        id: i64, key: String, name: String, description: String, capacity: i64, needs_approval: bool,
        approvers: String, longest_ms: i64, before_ms: i64, after_ms: i64, check_in_ms: i64,
    }
}

macro_rules! columns {
    () => {
        "r.id, r.key, r.name, r.description, r.capacity, r.needs_approval, r.approvers, r.longest_ms, r.before_ms,
            r.after_ms, r.check_in_ms"
    };
}
pub(crate) use columns;

impl Row {
    pub(crate) fn read(self) -> Result<Resource> {
        let span = |ms: i64| Duration::from_millis(ms.max(0).unsigned_abs());
        let rules = ResourceRules {
            description: self.description,
            capacity: self.capacity,
            needs_approval: self.needs_approval,
            approvers: list(&self.approvers)?,
            longest: span(self.longest_ms),
            before: span(self.before_ms),
            after: span(self.after_ms),
            check_in: span(self.check_in_ms),
        };
        Ok(Resource { id: self.id, key: parse(&self.key)?, name: self.name, rules })
    }
}

/// The one of that key, made when there is none, with the name that it has now.
pub async fn ensure(tx: &mut Tx, key: &ResourceKey, name: &str, now: Instant) -> Result<Resource> {
    if let Some(found) = by_key(tx, key).await? {
        if found.name == name {
            return Ok(found);
        }
        change!(tx, sqlx::query("update resource set name = $2 where id = $1").bind(found.id).bind(text(name)))?;
        return Ok(Resource { name: text(name).into_owned(), ..found });
    }
    let query = "insert into resource (kind, key, name, created_at) values ($1, $2, $3, $4) on conflict do nothing";
    change!(tx, sqlx::query(query).bind(key.kind()).bind(key.to_string()).bind(text(name)).bind(now.0))?;
    let made = by_key(tx, key).await?;
    made.ok_or_else(|| crate::StoreError::Unavailable(format!("{key} is being made and removed just now")))
}

/// A pool or a named thing.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when there is one of that key.
pub async fn add(tx: &mut Tx, key: &ResourceKey, name: &str, rules: &ResourceRules, now: Instant) -> Result<i64> {
    let query = "insert into resource (kind, key, name, created_at) values ($1, $2, $3, $4) returning id";
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(query)
        .bind(key.kind()).bind(key.to_string()).bind(text(name)).bind(now.0).fetch_one(db).await)
    .or_conflict("a resource of that name")?;
    set_rules(tx, id, rules).await?;
    Ok(id)
}

/// False when there is none of that number.
pub async fn set_rules(tx: &mut Tx, id: i64, rules: &ResourceRules) -> Result<bool> {
    tx.changes_rights();
    let query = "update resource set description = $2, capacity = $3, needs_approval = $4, approvers = $5,
            longest_ms = $6, before_ms = $7, after_ms = $8, check_in_ms = $9 where id = $1";
    let changed = change!(
        tx,
        sqlx::query(query)
            .bind(id)
            .bind(text(&rules.description))
            .bind(rules.capacity)
            .bind(rules.needs_approval)
            .bind(list_text(&rules.approvers))
            .bind(crate::dialect::millis(rules.longest))
            .bind(crate::dialect::millis(rules.before))
            .bind(crate::dialect::millis(rules.after))
            .bind(crate::dialect::millis(rules.check_in))
    )?;
    Ok(changed == 1)
}

/// False when there is none of that number.
///
/// # Errors
/// [`crate::StoreError::Refused`] while a reservation holds it.
pub async fn remove(tx: &mut Tx, id: i64) -> Result<bool> {
    tx.changes_rights();
    Ok(change!(tx, sqlx::query("delete from resource where id = $1").bind(id))? == 1)
}

pub async fn by_key(tx: &mut Tx, key: &ResourceKey) -> Result<Option<Resource>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from resource r where r.key = $1"))
        .bind(key.to_string()).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

pub async fn by_id(tx: &mut Tx, id: i64) -> Result<Option<Resource>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from resource r where r.id = $1"))
        .bind(id).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// Those of these keys that there are.
pub async fn by_keys(tx: &mut Tx, keys: &[&ResourceKey]) -> Result<Vec<Resource>> {
    let list = serde_json::to_string(keys).expect("keys are text");
    let query = format!(
        concat!("select ", columns!(), " from resource r where r.key in ({}) order by r.id"),
        crate::dialect::listed_text(tx)
    );
    let rows: Vec<Row> =
        on!(tx, db => sqlx::query_as(sqlx::AssertSqlSafe(query.as_str())).bind(&list).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// All that were ever reserved or made, by kind and name.
pub async fn all(tx: &mut Tx) -> Result<Vec<Resource>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from resource r order by r.kind, r.name, r.id"))
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Of a pool, by name.
pub async fn members(tx: &mut Tx, pool: i64) -> Result<Vec<Resource>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from resource_member m join resource r on r.id = m.member
            where m.pool = $1 order by r.name, r.id"))
        .bind(pool).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// The pools that have it, by name.
pub async fn pools_of(tx: &mut Tx, member: i64) -> Result<Vec<Resource>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from resource_member m join resource r on r.id = m.pool
            where m.member = $1 order by r.name, r.id"))
        .bind(member).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// The pool has these and no others.
pub async fn set_members(tx: &mut Tx, pool: i64, members: &[i64]) -> Result<()> {
    tx.changes_rights();
    change!(tx, sqlx::query("delete from resource_member where pool = $1").bind(pool))?;
    for member in members {
        let query = "insert into resource_member (pool, member) values ($1, $2) on conflict do nothing";
        change!(tx, sqlx::query(query).bind(pool).bind(member))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
