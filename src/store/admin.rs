//! Making and dropping whole PostgreSQL databases, for set-up and tests.

use crate::{Result, StoreError};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr;

async fn connect(url: &str) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|why| StoreError::Refused(format!("the database's URL cannot be read: {why}")))?;
    Ok(options.connect().await?)
}

/// A name that needs no quoting, so that it can stand in a statement that takes no parameters.
fn checked(name: &str) -> Result<&str> {
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if valid { Ok(name) } else { Err(StoreError::Refused(format!("{name:?} is no name for a database"))) }
}

/// `url` is that of a user who may create databases.
///
/// # Errors
/// [`StoreError::Refused`] also when it exists.
pub async fn create_database(url: &str, name: &str) -> Result<()> {
    let statement = format!("create database {}", checked(name)?);
    let mut db = connect(url).await?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut db).await?;
    Ok(db.close().await?)
}

/// Whoever is still connected to it is cut off. Not there is fine.
///
/// # Errors
/// [`StoreError::Refused`] without the right to.
pub async fn drop_database(url: &str, name: &str) -> Result<()> {
    let statement = format!("drop database if exists {} with (force)", checked(name)?);
    let mut db = connect(url).await?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut db).await?;
    Ok(db.close().await?)
}
