//! What is in a plain calendar: bodies as they came, with what is needed to find them without reading them.

use crate::{Result, Tx, dialect::text, error::OrConflict, row::row, tx::Inner};
use direttore_domain::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainObject {
    /// The last part of its URL.
    pub name: String,
    pub uid: String,
    /// `VEVENT`, `VTODO` or `VJOURNAL`.
    pub component: String,
    /// As it came; empty where only heads were asked for.
    pub body: String,
    pub etag: String,
    /// Of the body, in bytes.
    pub size: i64,
    pub span: Span,
    pub rev: i64,
    pub changed: Instant,
}

/// When something of it happens, in seconds: `[start, end)`, or an instant where both are equal. `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    pub start: Option<i64>,
    pub end: Option<i64>,
    /// Whether the whole span is taken up, so that nothing needs to be read to know whether it happens then.
    pub is_exact: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct NewObject<'a> {
    pub name: &'a str,
    pub uid: &'a str,
    pub component: &'a str,
    pub body: &'a str,
    pub etag: &'a str,
    pub span: Span,
}

/// Which objects; `None` is any.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    pub component: Option<&'a str>,
    /// Those whose span touches `[from, to)`.
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// One change of a calendar, the last one of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub name: String,
    /// `None` for what was deleted.
    pub etag: Option<String>,
    pub rev: i64,
}

row! {
    struct Row {
        name: String, uid: String, component: String, body: String, etag: String, size: i64, start_s: Option<i64>,
        end_s: Option<i64>, is_exact: bool, rev: i64, changed_at: i64,
    }
}

impl Row {
    fn read(self) -> PlainObject {
        PlainObject {
            name: self.name,
            uid: self.uid,
            component: self.component,
            body: self.body,
            etag: self.etag,
            size: self.size,
            span: Span { start: self.start_s, end: self.end_s, is_exact: self.is_exact },
            rev: self.rev,
            changed: Instant(self.changed_at),
        }
    }
}

/// Those wanted, by name; their bodies too, or not.
pub async fn list(tx: &mut Tx, calendar: i64, wanted: Wanted<'_>, bodies: bool) -> Result<Vec<PlainObject>> {
    let query = if bodies {
        "select name, uid, component, body, etag, size, start_s, end_s, is_exact, rev, changed_at from plain_object
        where calendar_id = $1 and ($2 is null or component = $2)
            and ($4 is null or start_s is null or start_s < $4)
            and ($3 is null or end_s is null or end_s > $3 or (end_s = $3 and start_s = $3))
        order by name"
    } else {
        "select name, uid, component, '' as body, etag, size, start_s, end_s, is_exact, rev, changed_at
        from plain_object where calendar_id = $1 and ($2 is null or component = $2)
            and ($4 is null or start_s is null or start_s < $4)
            and ($3 is null or end_s is null or end_s > $3 or (end_s = $3 and start_s = $3))
        order by name"
    };
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(query)
        .bind(calendar).bind(wanted.component).bind(wanted.from).bind(wanted.to).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

pub async fn get(tx: &mut Tx, calendar: i64, name: &str) -> Result<Option<PlainObject>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select name, uid, component, body, etag, size, start_s, end_s, is_exact, rev, changed_at from plain_object
            where calendar_id = $1 and name = $2")
        .bind(calendar).bind(text(name)).fetch_optional(db).await)?;
    Ok(row.map(Row::read))
}

/// The tag of the one of that name.
pub async fn etag(tx: &mut Tx, calendar: i64, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = on!(tx, db => sqlx::query_as(
            "select etag from plain_object where calendar_id = $1 and name = $2")
        .bind(calendar).bind(text(name)).fetch_optional(db).await)?;
    Ok(row.map(|(etag,)| etag))
}

/// Those of these names that are there.
pub async fn named(tx: &mut Tx, calendar: i64, names: &[&str]) -> Result<Vec<PlainObject>> {
    let query = match &tx.inner {
        Inner::Sqlite(_) => {
            "select name, uid, component, body, etag, size, start_s, end_s, is_exact, rev, changed_at from plain_object
            where calendar_id = $1 and name in (select value from json_each($2))"
        }
        Inner::Postgres(_) => {
            "select name, uid, component, body, etag, size, start_s, end_s, is_exact, rev, changed_at from plain_object
            where calendar_id = $1 and name in (select value from json_array_elements_text(cast($2 as json)))"
        }
    };
    let names: Vec<_> = names.iter().map(|name| text(name)).collect();
    let names = serde_json::to_string(&names).expect("names are text");
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(query).bind(calendar).bind(names).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The name of the object with that UID.
pub async fn by_uid(tx: &mut Tx, calendar: i64, uid: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = on!(tx, db => sqlx::query_as(
            "select name from plain_object where calendar_id = $1 and uid = $2")
        .bind(calendar).bind(text(uid)).fetch_optional(db).await)?;
    Ok(row.map(|(name,)| name))
}

/// Keeps it, in place of the one of that name. `rev` is the change's number.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when another one has that UID.
pub async fn put(tx: &mut Tx, calendar: i64, new: &NewObject<'_>, rev: i64, now: Instant) -> Result<()> {
    let size = i64::try_from(new.body.len()).unwrap_or(i64::MAX);
    let query = "insert into plain_object
            (calendar_id, name, uid, component, body, etag, size, start_s, end_s, is_exact, rev, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (calendar_id, name) do update set uid = excluded.uid, component = excluded.component,
            body = excluded.body, etag = excluded.etag, size = excluded.size, start_s = excluded.start_s,
            end_s = excluded.end_s, is_exact = excluded.is_exact, rev = excluded.rev, changed_at = excluded.changed_at";
    on!(tx, db => sqlx::query(query).bind(calendar).bind(text(new.name)).bind(text(new.uid)).bind(new.component)
        .bind(text(new.body)).bind(new.etag).bind(size).bind(new.span.start).bind(new.span.end)
        .bind(new.span.is_exact).bind(rev).bind(now.0).execute(db).await.map(drop))
    .or_conflict("an object with that UID")?;
    let query = "delete from plain_tombstone where calendar_id = $1 and name = $2";
    change!(tx, sqlx::query(query).bind(calendar).bind(text(new.name)))?;
    Ok(())
}

/// Deletes it and remembers that. False when there is none of that name.
pub async fn delete(tx: &mut Tx, calendar: i64, name: &str, rev: i64, now: Instant) -> Result<bool> {
    let query = "delete from plain_object where calendar_id = $1 and name = $2";
    if change!(tx, sqlx::query(query).bind(calendar).bind(text(name)))? == 0 {
        return Ok(false);
    }
    let query = "insert into plain_tombstone (calendar_id, name, rev, deleted_at) values ($1, $2, $3, $4)
        on conflict (calendar_id, name) do update set rev = excluded.rev, deleted_at = excluded.deleted_at";
    change!(tx, sqlx::query(query).bind(calendar).bind(text(name)).bind(rev).bind(now.0))?;
    Ok(true)
}

/// What changed after the change `since`, in order, at most `limit`.
pub async fn changes(tx: &mut Tx, calendar: i64, since: i64, limit: i64) -> Result<Vec<Changed>> {
    let rows: Vec<(String, Option<String>, i64)> = on!(tx, db => sqlx::query_as(
            "select name, etag, rev from plain_object where calendar_id = $1 and rev > $2
            union all
            select name, null, rev from plain_tombstone where calendar_id = $1 and rev > $2
            order by 3 limit $3")
        .bind(calendar).bind(since).bind(limit).fetch_all(db).await)?;
    Ok(rows.into_iter().map(|(name, etag, rev)| Changed { name, etag, rev }).collect())
}

#[cfg(test)]
mod tests;
