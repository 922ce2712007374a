//! Who is signed in over HTTP, from one refresh token to the next. Instants are by the machine's own clock: sign-in is
//! never moved with the calendar.

use crate::{
    Result, Tx,
    row::{parse, parse_some, row},
};
use direttore_domain::{Account, Instant};

/// A session while it works, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: i64,
    pub account: Account,
    /// What the identity provider said of the person, as JSON; empty where a password was given.
    pub claims: String,
    pub expires: Instant,
}

#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    pub account_id: i64,
    /// The number of its first refresh token.
    pub current: &'a str,
    pub claims: &'a str,
    pub now: Instant,
    pub expires: Instant,
}

/// What became of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    Yes,
    /// It was used before: somebody copied it. The session is over.
    Copied {
        account_id: i64,
    },
    /// The session is over, or was never.
    No,
}

row! {
    struct Row {
        id: i64, claims: String, expires_at: i64, account_id: i64, name: String, role: Option<String>, is_disabled: bool, zone: String,
    }
}

/// Gives its number.
pub async fn begin(tx: &mut Tx, new: &NewSession<'_>) -> Result<i64> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into session (account_id, current, claims, created_at, renewed_at, expires_at)
            values ($1, $2, $3, $4, $4, $5) returning id")
        .bind(new.account_id).bind(new.current).bind(new.claims).bind(new.now.0).bind(new.expires.0)
        .fetch_one(db).await)?;
    Ok(id)
}

/// A session that works: not revoked, its time not over. Whether the account is disabled is for the caller to see.
pub async fn find(tx: &mut Tx, id: i64, now: Instant) -> Result<Option<Session>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select s.id, s.claims, s.expires_at, s.account_id, a.name, a.role, a.is_disabled, a.zone
            from session s join account a on a.id = s.account_id
            where s.id = $1 and s.revoked_at is null and s.expires_at > $2")
        .bind(id).bind(now.0).fetch_optional(db).await)?;
    let Some(row) = row else { return Ok(None) };
    let account = Account {
        id: row.account_id,
        name: parse(&row.name)?,
        role: parse_some(row.role.as_deref())?,
        is_disabled: row.is_disabled,
        zone: row.zone,
    };
    Ok(Some(Session { id: row.id, account, claims: row.claims, expires: Instant(row.expires_at) }))
}

/// Gives the session another refresh token for the one that works. Of two who use the same one, one gets the next.
pub async fn renew(tx: &mut Tx, id: i64, used: &str, next: &str, now: Instant, expires: Instant) -> Result<Renewed> {
    let query = "update session set current = $3, renewed_at = $4, expires_at = $5
        where id = $1 and current = $2 and revoked_at is null and expires_at > $4";
    if change!(tx, sqlx::query(query).bind(id).bind(used).bind(next).bind(now.0).bind(expires.0))? == 1 {
        return Ok(Renewed::Yes);
    }
    tx.changes_rights();
    // What was in force once, and is so no more, was used: we signed it.
    let query = "update session set revoked_at = $3
        where id = $1 and current <> $2 and revoked_at is null and expires_at > $3 returning account_id";
    let row: Option<(i64,)> = on!(tx, db => sqlx::query_as(query).bind(id).bind(used).bind(now.0)
        .fetch_optional(db).await)?;
    Ok(row.map_or(Renewed::No, |(account_id,)| Renewed::Copied { account_id }))
}

/// Ends one; false when it was over.
pub async fn revoke(tx: &mut Tx, id: i64, now: Instant) -> Result<bool> {
    tx.changes_rights();
    let query = "update session set revoked_at = $2 where id = $1 and revoked_at is null";
    Ok(change!(tx, sqlx::query(query).bind(id).bind(now.0))? == 1)
}

/// Ends all of an account.
pub async fn revoke_all(tx: &mut Tx, account_id: i64, now: Instant) -> Result<()> {
    tx.changes_rights();
    let query = "update session set revoked_at = $2 where account_id = $1 and revoked_at is null";
    change!(tx, sqlx::query(query).bind(account_id).bind(now.0))?;
    Ok(())
}

/// Forgets those whose time is over.
pub async fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from session where expires_at < $1").bind(before.0))?)
}

#[cfg(test)]
mod tests;
