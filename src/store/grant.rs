//! Grants: what narrows a role.

use crate::{
    Result, Tx,
    row::{list as read_list, list_text, parse, row},
};
use direttore_domain::{AccountName, Grant, GrantTo, GroupName, Instant, Role};

row! {
    struct Row {
        id: i64, receiver: String, pools: String, nodes: String, sites: String, tenants: String, tags: String,
        commands: String, channels: String,
    }
}

impl Row {
    fn read(self) -> Result<Grant> {
        Ok(Grant {
            id: self.id,
            to: parse(&self.receiver)?,
            pools: read_list(&self.pools)?,
            nodes: read_list(&self.nodes)?,
            sites: read_list(&self.sites)?,
            tenants: read_list(&self.tenants)?,
            tags: read_list(&self.tags)?,
            commands: read_list(&self.commands)?,
            channels: read_list(&self.channels)?,
        })
    }
}

/// The number that it gets; that in `grant` is not looked at.
pub async fn add(tx: &mut Tx, grant: &Grant, now: Instant) -> Result<i64> {
    tx.changes_rights();
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into access_grant (receiver, pools, nodes, sites, tenants, tags, commands, channels, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id")
        .bind(grant.to.to_string())
        .bind(list_text(&grant.pools)).bind(list_text(&grant.nodes))
        .bind(list_text(&grant.sites)).bind(list_text(&grant.tenants)).bind(list_text(&grant.tags))
        .bind(list_text(&grant.commands)).bind(list_text(&grant.channels))
        .bind(now.0).fetch_one(db).await)?;
    Ok(id)
}

/// False when there is none of that number.
pub async fn remove(tx: &mut Tx, id: i64) -> Result<bool> {
    tx.changes_rights();
    Ok(change!(tx, sqlx::query("delete from access_grant where id = $1").bind(id))? == 1)
}

/// All, in the order in which they were added.
pub async fn list(tx: &mut Tx) -> Result<Vec<Grant>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, receiver, pools, nodes, sites, tenants, tags, commands, channels from access_grant order by id")
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// Personal grants, those of the groups and those of the role together.
pub async fn for_actor(
    tx: &mut Tx,
    account: &AccountName,
    groups: &[GroupName],
    role: Option<Role>,
) -> Result<Vec<Grant>> {
    // Both databases can take a list apart, each in its own words; a lab has few enough grants to look at them all.
    let mut grants = list(tx).await?;
    grants.retain(|grant| match &grant.to {
        GrantTo::Account(name) => name == account,
        GrantTo::Group(name) => groups.contains(name),
        GrantTo::Role(of) => role == Some(*of),
    });
    Ok(grants)
}

#[cfg(test)]
mod tests;
