//! Tokens: what lets a program in as an account. The secret itself is not kept.

use crate::{
    Result, Tx,
    dialect::text,
    error::OrConflict,
    row::{instant, origin, parse, parse_some, row},
};
use direttore_domain::{Account, Instant, Origin, TokenKind, TokenName};
use std::time::Duration;

/// When a token was last used is noted no more often than this: most requests then write nothing.
const NOTED: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: i64,
    pub account_id: i64,
    pub kind: TokenKind,
    pub name: TokenName,
    /// What of its kind it opens; empty for all.
    pub scope: String,
    pub created: Instant,
    pub last_used: Option<Instant>,
    pub expires: Option<Instant>,
    /// Where it was made: what it does is told there.
    pub told: Option<Origin>,
}

impl TokenRow {
    /// Whether its last use should be noted anew.
    pub fn is_due(&self, now: Instant) -> bool {
        self.last_used.is_none_or(|last| last + NOTED <= now)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    pub account_id: i64,
    pub kind: TokenKind,
    pub name: &'a TokenName,
    pub scope: &'a str,
    pub hash: &'a str,
    pub expires: Option<Instant>,
    pub told: Option<&'a Origin>,
    pub now: Instant,
}

row! {
    struct Row {
        id: i64, account_id: i64, kind: String, name: String, scope: String, created_at: i64, last_used_at: Option<i64>,
        expires_at: Option<i64>, surface: String, channel: String,
    }
}

impl Row {
    fn read(self) -> Result<TokenRow> {
        Ok(TokenRow {
            id: self.id,
            account_id: self.account_id,
            kind: parse(&self.kind)?,
            name: parse(&self.name)?,
            scope: self.scope,
            created: Instant(self.created_at),
            last_used: instant(self.last_used_at),
            expires: instant(self.expires_at),
            told: match self.surface.as_str() {
                "" => None,
                surface => Some(origin(surface, self.channel)?),
            },
        })
    }
}

row! {
    struct BearerRow {
        id: i64, account_id: i64, kind: String, name: String, scope: String, created_at: i64, last_used_at: Option<i64>,
        expires_at: Option<i64>, surface: String, channel: String, account_name: String, account_role: Option<String>, account_disabled: bool,
        account_zone: String,
    }
}

/// Gives its number.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the account has one of that name that is not revoked.
pub async fn add(tx: &mut Tx, new: &NewToken<'_>) -> Result<i64> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into token (account_id, kind, name, scope, hash, created_at, expires_at, surface, channel)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id")
        .bind(new.account_id).bind(new.kind.as_str()).bind(new.name.as_str()).bind(text(new.scope)).bind(new.hash)
        .bind(new.now.0).bind(new.expires.map(Instant::millis)).bind(new.told.map_or("", |told| told.surface.as_str()))
        .bind(text(new.told.map_or("", |told| told.channel.as_str()))).fetch_one(db).await)
    .or_conflict("a token of that name")?;
    Ok(id)
}

/// An account's that are not revoked, by name; also those that work no more because their time is over.
pub async fn list(tx: &mut Tx, account_id: i64) -> Result<Vec<TokenRow>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, account_id, kind, name, scope, created_at, last_used_at, expires_at, surface, channel from token
            where account_id = $1 and revoked_at is null order by name")
        .bind(account_id).fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// The token of a secret's hash and whose it is, while it works: not revoked, its time not over. Whether the account is
/// disabled is for the caller to see.
pub async fn by_hash(tx: &mut Tx, kind: TokenKind, hash: &str, now: Instant) -> Result<Option<(TokenRow, Account)>> {
    let row: Option<BearerRow> = on!(tx, db => sqlx::query_as(
            "select t.id, t.account_id, t.kind, t.name, t.scope, t.created_at, t.last_used_at, t.expires_at, t.surface, t.channel,
                a.name as account_name, a.role as account_role, a.is_disabled as account_disabled,
                a.zone as account_zone
            from token t join account a on a.id = t.account_id
            where t.hash = $1 and t.kind = $2 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $3)")
        .bind(hash).bind(kind.as_str()).bind(now.0).fetch_optional(db).await)?;
    let Some(row) = row else { return Ok(None) };
    let account = Account {
        id: row.account_id,
        name: parse(&row.account_name)?,
        role: parse_some(row.account_role.as_deref())?,
        is_disabled: row.account_disabled,
        zone: row.account_zone,
    };
    let token = Row {
        id: row.id,
        account_id: row.account_id,
        kind: row.kind,
        name: row.name,
        scope: row.scope,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        surface: row.surface,
        channel: row.channel,
    };
    Ok(Some((token.read()?, account)))
}

/// Notes that it was used.
pub async fn used(tx: &mut Tx, id: i64, now: Instant) -> Result<()> {
    let query = "update token set last_used_at = $2 where id = $1";
    change!(tx, sqlx::query(query).bind(id).bind(now.0))?;
    Ok(())
}

/// It opens nothing any more, and its name is free. False when the account has none of that name.
pub async fn revoke(tx: &mut Tx, account_id: i64, name: &TokenName, now: Instant) -> Result<bool> {
    tx.changes_rights();
    let query = "update token set revoked_at = $3 where account_id = $1 and name = $2 and revoked_at is null";
    Ok(change!(tx, sqlx::query(query).bind(account_id).bind(name.as_str()).bind(now.0))? == 1)
}

#[cfg(test)]
mod tests;
