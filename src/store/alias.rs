//! Saved command lines: one's own, and those that everybody shares (they have no owner).

use crate::{
    Result, Tx,
    dialect::text,
    error::OrConflict,
    row::{parse, row},
};
use direttore_domain::{AliasName, Instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    pub name: AliasName,
    pub line: String,
    pub is_shared: bool,
    /// The account whose it is.
    pub owner: Option<i64>,
}

row! {
    struct Row { name: String, line: String, owner: Option<i64> }
}

impl Row {
    fn read(self) -> Result<AliasRow> {
        let name = parse(&self.name)?;
        Ok(AliasRow { name, line: self.line, is_shared: self.owner.is_none(), owner: self.owner })
    }
}

/// # Errors
/// [`crate::StoreError::Conflict`] when the owner (or, shared, everybody) has one of that name.
pub async fn add(tx: &mut Tx, owner: Option<i64>, name: &AliasName, line: &str, now: Instant) -> Result<()> {
    let query = "insert into alias (owner, name, line, created_at) values ($1, $2, $3, $4)";
    change!(tx, sqlx::query(query).bind(owner).bind(name.as_str()).bind(text(line)).bind(now.0))
        .or_conflict("an alias of that name")?;
    Ok(())
}

/// False when there is none of that name.
pub async fn remove(tx: &mut Tx, owner: Option<i64>, name: &AliasName) -> Result<bool> {
    let query = "delete from alias where coalesce(owner, 0) = coalesce($1, 0) and name = $2";
    Ok(change!(tx, sqlx::query(query).bind(owner).bind(name.as_str()))? == 1)
}

/// Those that an account can say, by name; where it has its own, that comes before the shared one.
pub async fn visible(tx: &mut Tx, account_id: Option<i64>) -> Result<Vec<AliasRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select name, line, owner from alias where owner is null or owner = $1
            order by name, coalesce(owner, 0) desc")
        .bind(account_id).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// The one meant by a name: one's own before the shared one.
pub async fn find(tx: &mut Tx, account_id: Option<i64>, name: &AliasName) -> Result<Option<AliasRow>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select name, line, owner from alias where name = $2 and (owner is null or owner = $1)
            order by coalesce(owner, 0) desc limit 1")
        .bind(account_id).bind(name.as_str()).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

#[cfg(test)]
mod tests;
