//! Groups of accounts.

use crate::{Result, Tx, error::OrConflict, row::parse};
use direttore_domain::{AccountName, GrantTo, GroupName};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    pub name: GroupName,
    /// By name.
    pub members: Vec<AccountName>,
}

/// # Errors
/// [`crate::StoreError::Conflict`] when there is one of that name.
pub async fn create(tx: &mut Tx, name: &GroupName) -> Result<()> {
    let query = "insert into account_group (name) values ($1)";
    change!(tx, sqlx::query(query).bind(name.as_str())).or_conflict("a group of that name")?;
    Ok(())
}

/// With its memberships and grants. False when there is none of that name.
pub async fn delete(tx: &mut Tx, name: &GroupName) -> Result<bool> {
    tx.changes_rights();
    let receiver = GrantTo::Group(name.clone()).to_string();
    change!(tx, sqlx::query("delete from access_grant where receiver = $1").bind(&receiver))?;
    Ok(change!(tx, sqlx::query("delete from account_group where name = $1").bind(name.as_str()))? == 1)
}

pub async fn exists(tx: &mut Tx, name: &GroupName) -> Result<bool> {
    let row: Option<(String,)> = on!(tx, db => sqlx::query_as("select name from account_group where name = $1")
        .bind(name.as_str()).fetch_optional(db).await)?;
    Ok(row.is_some())
}

/// All, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<GroupRow>> {
    let rows: Vec<(String, Option<String>)> = on!(tx, db => sqlx::query_as(
            "select g.name, a.name from account_group g
            left join group_member m on m.group_name = g.name
            left join account a on a.id = m.account_id order by g.name, a.name")
        .fetch_all(db).await)?;
    let mut groups: Vec<GroupRow> = Vec::new();
    for (name, member) in rows {
        if groups.last().is_none_or(|g| g.name.as_str() != name) {
            groups.push(GroupRow { name: parse(&name)?, members: Vec::new() });
        }
        if let (Some(group), Some(member)) = (groups.last_mut(), member) {
            group.members.push(parse(&member)?);
        }
    }
    Ok(groups)
}

/// False when the account is in it already.
///
/// # Errors
/// [`crate::StoreError::Refused`] when there is no such group or account.
pub async fn add(tx: &mut Tx, group: &GroupName, account_id: i64) -> Result<bool> {
    tx.changes_rights();
    let query = "insert into group_member (group_name, account_id) values ($1, $2) on conflict do nothing";
    Ok(change!(tx, sqlx::query(query).bind(group.as_str()).bind(account_id))? == 1)
}

/// False when the account is not in it.
pub async fn remove(tx: &mut Tx, group: &GroupName, account_id: i64) -> Result<bool> {
    tx.changes_rights();
    let query = "delete from group_member where group_name = $1 and account_id = $2";
    Ok(change!(tx, sqlx::query(query).bind(group.as_str()).bind(account_id))? == 1)
}

/// The groups that an account is in, by name.
pub async fn of_account(tx: &mut Tx, account_id: i64) -> Result<Vec<GroupName>> {
    let rows: Vec<(String,)> = on!(tx, db => sqlx::query_as(
            "select group_name from group_member where account_id = $1 order by group_name")
        .bind(account_id).fetch_all(db).await)?;
    rows.iter().map(|(name,)| parse(name)).collect()
}

#[cfg(test)]
mod tests;
