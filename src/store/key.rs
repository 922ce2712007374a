//! SSH keys: the public ones, by which people log in to the guests that are made for them.

use crate::{
    Result, Tx,
    dialect::text,
    error::OrConflict,
    row::{parse, row},
};
use direttore_domain::{Instant, KeyName};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub name: KeyName,
    /// One line, as `authorized_keys` has it.
    pub public_key: String,
    pub created: Instant,
}

row! {
    struct Row { name: String, public_key: String, created_at: i64 }
}

impl Row {
    fn read(self) -> Result<KeyRow> {
        Ok(KeyRow { name: parse(&self.name)?, public_key: self.public_key, created: Instant(self.created_at) })
    }
}

/// # Errors
/// [`crate::StoreError::Conflict`] when the account has one of that name.
pub async fn add(tx: &mut Tx, account_id: i64, name: &KeyName, public_key: &str, now: Instant) -> Result<()> {
    let query = "insert into ssh_key (account_id, name, public_key, created_at) values ($1, $2, $3, $4)";
    change!(tx, sqlx::query(query).bind(account_id).bind(name.as_str()).bind(text(public_key)).bind(now.0))
        .or_conflict("a key of that name")?;
    Ok(())
}

/// An account's, by name.
pub async fn list(tx: &mut Tx, account_id: i64) -> Result<Vec<KeyRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select name, public_key, created_at from ssh_key where account_id = $1 order by name")
        .bind(account_id).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// False when the account has none of that name.
pub async fn remove(tx: &mut Tx, account_id: i64, name: &KeyName) -> Result<bool> {
    let query = "delete from ssh_key where account_id = $1 and name = $2";
    Ok(change!(tx, sqlx::query(query).bind(account_id).bind(name.as_str()))? == 1)
}

#[cfg(test)]
mod tests;
