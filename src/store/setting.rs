//! Small values of our own that outlive a process, by name.

use crate::{Result, StoreError, Tx};

pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = on!(tx, db => sqlx::query_as("select value from setting where name = $1")
        .bind(name).fetch_optional(db).await)?;
    Ok(row.map(|(value,)| value))
}

pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    let query = "insert into setting (name, value) values ($1, $2)
        on conflict (name) do update set value = excluded.value";
    change!(tx, sqlx::query(query).bind(name).bind(value))?;
    Ok(())
}

/// Another value where this one is; false where somebody else was faster.
pub async fn replace(tx: &mut Tx, name: &str, before: &str, value: &str) -> Result<bool> {
    let query = "update setting set value = $3 where name = $1 and value = $2";
    Ok(change!(tx, sqlx::query(query).bind(name).bind(before).bind(value))? == 1)
}

/// The value that is there, or else `value`, now kept: what is made once is made once for all replicas.
pub async fn get_or_set(tx: &mut Tx, name: &str, value: &str) -> Result<String> {
    let query = "insert into setting (name, value) values ($1, $2) on conflict (name) do nothing";
    change!(tx, sqlx::query(query).bind(name).bind(value))?;
    get(tx, name).await?.ok_or_else(|| StoreError::Corrupt(format!("the setting {name} vanished")))
}

#[cfg(test)]
mod tests;
