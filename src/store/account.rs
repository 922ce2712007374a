//! Accounts and the identities that are linked to them.

use crate::{
    Result, StoreError, Tx,
    dialect::{Lock, locking, text},
    error::OrConflict,
    row::{parse, parse_some, row},
};
use direttore_domain::{Account, AccountName, GrantTo, Identity, Instant, Role, Surface};

row! {
    struct Row { id: i64, name: String, role: Option<String>, is_disabled: bool, zone: String }
}

impl Row {
    fn read(self) -> Result<Account> {
        Ok(Account {
            id: self.id,
            name: parse(&self.name)?,
            role: parse_some(self.role.as_deref())?,
            is_disabled: self.is_disabled,
            zone: self.zone,
        })
    }
}

/// A new account, with the identity that it has at the console linked. The hash is kept as it is given.
///
/// # Errors
/// [`StoreError::Conflict`] when the name, or that identity, is taken.
pub async fn create(
    tx: &mut Tx,
    name: &AccountName,
    role: Option<Role>,
    password_hash: Option<&str>,
    now: Instant,
) -> Result<Account> {
    tx.changes_rights();
    let row: Row = on!(tx, db => sqlx::query_as("insert into account (name, role, password_hash, created_at)
            values ($1, $2, $3, $4) returning id, name, role, is_disabled, zone")
        .bind(name.as_str()).bind(role.map(Role::as_str)).bind(password_hash).bind(now.0)
        .fetch_one(db).await)
    .or_conflict("an account of that name")?;
    link(tx, &Identity { surface: Surface::Console, subject: name.to_string() }, row.id).await?;
    row.read()
}

pub async fn by_name(tx: &mut Tx, name: &AccountName) -> Result<Option<Account>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, name, role, is_disabled, zone from account where name = $1")
        .bind(name.as_str()).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

pub async fn by_id(tx: &mut Tx, id: i64) -> Result<Option<Account>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, name, role, is_disabled, zone from account where id = $1")
        .bind(id).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

pub async fn by_identity(tx: &mut Tx, identity: &Identity) -> Result<Option<Account>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select a.id, a.name, a.role, a.is_disabled, a.zone from account a
            join identity i on i.account_id = a.id where i.surface = $1 and i.subject = $2")
        .bind(identity.surface.as_str()).bind(text(&identity.subject)).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// All, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Account>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, name, role, is_disabled, zone from account order by name")
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether there is any account yet.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let one: Option<(i64,)> = on!(tx, db => sqlx::query_as("select id from account limit 1").fetch_optional(db).await)?;
    Ok(one.is_some())
}

/// False when there is no such account; likewise below.
pub async fn set_role(tx: &mut Tx, id: i64, role: Option<Role>) -> Result<bool> {
    tx.changes_rights();
    let query = "update account set role = $2 where id = $1";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(role.map(Role::as_str)))? == 1)
}

pub async fn set_disabled(tx: &mut Tx, id: i64, is_disabled: bool) -> Result<bool> {
    tx.changes_rights();
    let query = "update account set is_disabled = $2 where id = $1";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(is_disabled))? == 1)
}

/// An IANA time zone, not looked at here.
pub async fn set_zone(tx: &mut Tx, id: i64, zone: &str) -> Result<bool> {
    tx.changes_rights();
    let query = "update account set zone = $2 where id = $1";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(text(zone)))? == 1)
}

pub async fn set_password(tx: &mut Tx, id: i64, password_hash: Option<&str>) -> Result<bool> {
    let query = "update account set password_hash = $2 where id = $1";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(password_hash))? == 1)
}

/// `None` also when there is no such account.
pub async fn password_hash(tx: &mut Tx, name: &AccountName) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> = on!(tx, db => sqlx::query_as(
            "select password_hash from account where name = $1")
        .bind(name.as_str()).fetch_optional(db).await)?;
    Ok(row.and_then(|(hash,)| hash))
}

/// The password's hash and whether the account is disabled. In a writing transaction both stay so until it ends.
pub async fn credentials(tx: &mut Tx, id: i64) -> Result<Option<(Option<String>, bool)>> {
    let query = locking(tx, "select password_hash, is_disabled from account where id = $1", Lock::Wait);
    Ok(on!(tx, db => sqlx::query_as(query).bind(id).fetch_optional(db).await)?)
}

/// Its identities, memberships, open questions, guests' ownership, aliases, keys and personal grants
/// go too; jobs and the audit log keep the name.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    tx.changes_rights();
    let Some(account) = by_id(tx, id).await? else { return Ok(false) };
    let receiver = GrantTo::Account(account.name).to_string();
    change!(tx, sqlx::query("delete from access_grant where receiver = $1").bind(&receiver))?;
    Ok(change!(tx, sqlx::query("delete from account where id = $1").bind(id))? == 1)
}

/// How many accounts could still administrate. In a writing transaction they stay as they are until it ends,
/// so that two people cannot each take away what the other one counted.
pub async fn enabled_admins(tx: &mut Tx) -> Result<i64> {
    let query = locking(tx, "select id from account where role = 'admin' and is_disabled = false", Lock::Wait);
    let ids: Vec<(i64,)> = on!(tx, db => sqlx::query_as(query).fetch_all(db).await)?;
    Ok(i64::try_from(ids.len()).expect("fewer accounts than an i64 counts"))
}

/// Everybody on a surface who has an account that is not disabled: who they are there, and the account's name.
pub async fn identities(tx: &mut Tx, surface: Surface) -> Result<Vec<(String, String)>> {
    let all: Vec<(String, String)> = on!(tx, db => sqlx::query_as(
            "select i.subject, a.name from identity i join account a on a.id = i.account_id
            where i.surface = $1 and a.is_disabled = false order by i.subject")
        .bind(surface.as_str()).fetch_all(db).await)?;
    Ok(all)
}

/// Links an identity; linked to the same account already is fine.
///
/// # Errors
/// [`StoreError::Conflict`] when it is another account's.
pub async fn link(tx: &mut Tx, identity: &Identity, account_id: i64) -> Result<()> {
    tx.changes_rights();
    let query = "insert into identity (surface, subject, account_id) values ($1, $2, $3)
        on conflict (surface, subject) do update set account_id = excluded.account_id
        where identity.account_id = excluded.account_id";
    let linked =
        change!(tx, sqlx::query(query).bind(identity.surface.as_str()).bind(text(&identity.subject)).bind(account_id))?;
    if linked == 1 { Ok(()) } else { Err(StoreError::Conflict("an account with that identity")) }
}

/// Links an identity, also when it was another account's.
pub async fn move_identity(tx: &mut Tx, identity: &Identity, account_id: i64) -> Result<()> {
    tx.changes_rights();
    let query = "insert into identity (surface, subject, account_id) values ($1, $2, $3)
        on conflict (surface, subject) do update set account_id = excluded.account_id";
    change!(tx, sqlx::query(query).bind(identity.surface.as_str()).bind(text(&identity.subject)).bind(account_id))?;
    Ok(())
}

#[cfg(test)]
mod tests;
