//! Whose a guest is: kept with the guest's own mark, since Proxmox gives a freed VMID to the next guest.

use crate::{
    Result, Tx,
    dialect::text,
    row::{parse, row, vmid},
};
use direttore_domain::{AccountName, ClusterName, Instant, Vmid};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRow {
    pub cluster: ClusterName,
    pub vmid: Vmid,
    /// What tells the guest from a later one of the same number.
    pub mark: String,
    pub account: AccountName,
}

row! {
    struct Row { cluster: String, vmid: i64, mark: String, account: String }
}

impl Row {
    fn read(self) -> Result<OwnerRow> {
        Ok(OwnerRow {
            cluster: parse(&self.cluster)?,
            vmid: vmid(self.vmid)?,
            mark: self.mark,
            account: parse(&self.account)?,
        })
    }
}

/// Gives a guest to an account, whoever had it.
pub async fn set(
    tx: &mut Tx,
    cluster: &ClusterName,
    vmid: Vmid,
    mark: &str,
    account_id: i64,
    now: Instant,
) -> Result<()> {
    let query = "insert into guest_owner (cluster, vmid, mark, account_id, since) values ($1, $2, $3, $4, $5)
        on conflict (cluster, vmid) do update
        set mark = excluded.mark, account_id = excluded.account_id, since = excluded.since";
    change!(
        tx,
        sqlx::query(query)
            .bind(cluster.as_str())
            .bind(i64::from(vmid.get()))
            .bind(text(mark))
            .bind(account_id)
            .bind(now.0)
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, cluster: &ClusterName, vmid: Vmid) -> Result<Option<OwnerRow>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select o.cluster, o.vmid, o.mark, a.name as account from guest_owner o
            join account a on a.id = o.account_id where o.cluster = $1 and o.vmid = $2")
        .bind(cluster.as_str()).bind(i64::from(vmid.get())).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// All, by cluster and VMID.
pub async fn all(tx: &mut Tx) -> Result<Vec<OwnerRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select o.cluster, o.vmid, o.mark, a.name as account from guest_owner o
            join account a on a.id = o.account_id order by o.cluster, o.vmid")
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// An account's, by cluster and VMID.
pub async fn of_account(tx: &mut Tx, account_id: i64) -> Result<Vec<OwnerRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select o.cluster, o.vmid, o.mark, a.name as account from guest_owner o
            join account a on a.id = o.account_id where o.account_id = $1 order by o.cluster, o.vmid")
        .bind(account_id).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// How many an account has. A record may outlive its guest: what exists is the cluster's to say.
pub async fn count(tx: &mut Tx, account_id: i64) -> Result<i64> {
    let (count,): (i64,) = on!(tx, db => sqlx::query_as("select count(*) from guest_owner where account_id = $1")
        .bind(account_id).fetch_one(db).await)?;
    Ok(count)
}

/// False when nobody had it.
pub async fn remove(tx: &mut Tx, cluster: &ClusterName, vmid: Vmid) -> Result<bool> {
    let query = "delete from guest_owner where cluster = $1 and vmid = $2";
    Ok(change!(tx, sqlx::query(query).bind(cluster.as_str()).bind(i64::from(vmid.get())))? == 1)
}

#[cfg(test)]
mod tests;
