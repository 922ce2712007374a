//! The audit log: rows are added and never changed; the databases' triggers refuse it.
//!
//! What changes something is written in the action's own transaction ([`record`]); what only reads goes through the
//! [`Recorder`], which nobody waits for. Afterwards one sealer ([`seal`]) links the rows by HMAC, in tables of its own,
//! so that no action waits for the chain; [`verify`] finds what was changed behind our back.

mod content;
mod recorder;
mod seal;
mod verify;

pub use recorder::{Pace, Recorder};
pub use seal::{Key, seal};
pub use verify::{Problem, Report, Wrong, verify};

use crate::{
    Result, StoreError, Tx,
    dialect::{listed, text, with_made},
    row::{json, row},
};
use direttore_domain::Instant;
use serde_json::Value;
use sqlx::AssertSqlSafe;

/// Who did what, where, to what, and how it came out. Secrets are left out before they come here.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub at: Instant,
    /// The account's name, else the identity.
    pub who: String,
    pub account_id: Option<i64>,
    /// `console:alice`.
    pub identity: String,
    /// As grants name it: `console`, `discord:123`.
    pub channel: String,
    /// The command's words: `power stop`.
    pub what: String,
    /// The line as it was said, redacted.
    pub line: String,
    /// What it acted on, as people call it; empty for nothing.
    pub target: String,
    /// A word: `done`, `queued`, `refused`, …
    pub outcome: String,
    pub detail: Value,
    /// The reference that a person was given, for a failure or bug.
    pub reference: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub id: i64,
    pub entry: Entry,
}

row! {
    #[derive(Debug)]
    struct Row {
        id: i64, at: i64, who: String, account_id: Option<i64>, identity: String, channel: String, what: String,
        line: String, target: String, outcome: String, detail: String, reference: Option<String>, hash: Vec<u8>,
    }
}

impl Row {
    fn read(self) -> Result<AuditRow> {
        let entry = Entry {
            at: Instant(self.at),
            who: self.who,
            account_id: self.account_id,
            identity: self.identity,
            channel: self.channel,
            what: self.what,
            line: self.line,
            target: self.target,
            outcome: self.outcome,
            detail: json(&self.detail)?,
            reference: self.reference,
        };
        Ok(AuditRow { id: self.id, entry })
    }
}

impl Row {
    /// Not written yet.
    fn of(entry: &Entry) -> Self {
        let mut row = Self {
            id: 0,
            at: entry.at.0,
            who: text(&entry.who).into_owned(),
            account_id: entry.account_id,
            identity: text(&entry.identity).into_owned(),
            channel: text(&entry.channel).into_owned(),
            what: text(&entry.what).into_owned(),
            line: text(&entry.line).into_owned(),
            target: text(&entry.target).into_owned(),
            outcome: text(&entry.outcome).into_owned(),
            detail: entry.detail.to_string(),
            reference: entry.reference.as_deref().map(|r| text(r).into_owned()),
            hash: Vec::new(),
        };
        row.hash = content::hash(&row).to_vec();
        row
    }
}

/// Columns of a row that is written.
const COLUMNS: usize = 12;
/// Rows of one statement: far fewer than either database takes.
const TOGETHER: usize = 100;

/// Writes a row with its content's hash, in the caller's transaction; gives its number.
pub async fn record(tx: &mut Tx, entry: &Entry) -> Result<i64> {
    let made = write(tx, &[Row::of(entry)]).await?;
    made.first().copied().ok_or_else(|| StoreError::Corrupt("a row that was written has no number".to_owned()))
}

/// Likewise several, in their order.
pub(crate) async fn record_all(tx: &mut Tx, entries: &[&Entry]) -> Result<()> {
    for some in entries.chunks(TOGETHER) {
        let rows: Vec<Row> = some.iter().map(|entry| Row::of(entry)).collect();
        write(tx, &rows).await?;
    }
    Ok(())
}

async fn write(tx: &mut Tx, rows: &[Row]) -> Result<Vec<i64>> {
    let place = |n: usize| (1..=COLUMNS).map(|c| format!("${}", n * COLUMNS + c)).collect::<Vec<_>>().join(", ");
    let places = (0..rows.len()).map(|n| format!("({})", place(n))).collect::<Vec<_>>().join(", ");
    let insert = format!(
        "insert into audit (at, who, account_id, identity, channel, what, line, target, outcome, detail, reference, hash)
        values {places} returning id"
    );
    let unsealed = "insert into audit_unsealed (row_id) select id from made returning row_id";
    let both = match with_made(tx, &insert, unsealed) {
        // The last that was made is the only one.
        None if rows.len() == 1 => {
            Some(format!("{insert}; insert into audit_unsealed (row_id) values (last_insert_rowid())"))
        }
        both => both,
    };
    let made: Vec<(i64,)> = on!(tx, db => {
        // How many there are is another number each time, and only one row is what comes all the time.
        let mut query = sqlx::query_as(AssertSqlSafe(both.as_deref().unwrap_or(&insert))).persistent(rows.len() == 1);
        for row in rows {
            query = query.bind(row.at).bind(&row.who).bind(row.account_id).bind(&row.identity).bind(&row.channel)
                .bind(&row.what).bind(&row.line).bind(&row.target).bind(&row.outcome).bind(&row.detail)
                .bind(&row.reference).bind(&row.hash);
        }
        query.fetch_all(db).await
    })?;
    let made: Vec<i64> = made.into_iter().map(|(id,)| id).collect();
    if both.is_none() {
        let ids = serde_json::to_string(&made).expect("numbers are JSON");
        let query = format!("insert into audit_unsealed (row_id) {}", listed(tx));
        change!(tx, sqlx::query(AssertSqlSafe(query)).bind(&ids))?;
    }
    Ok(made)
}

/// Which rows; `None` is any.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// An account's name or an identity.
    pub who: Option<&'a str>,
    /// A command, or the first words of several: `power` fits `power stop`.
    pub what: Option<&'a str>,
    pub since: Option<Instant>,
    pub limit: i64,
    pub offset: i64,
}

/// A page of them, newest first, and how many there are in all.
pub async fn list(tx: &mut Tx, filter: Filter<'_>) -> Result<(Vec<AuditRow>, i64)> {
    let Filter { who, what, since, limit, offset } = filter;
    let (who, what, since) = (who.map(text), what.map(text), since.map(Instant::millis));
    let (total,): (i64,) = on!(tx, db => sqlx::query_as(
            "select count(*) from audit where ($1 is null or who = $1 or identity = $1)
                and ($2 is null or what = $2 or substr(what, 1, length($2) + 1) = $2 || ' ')
                and ($3 is null or at >= $3)")
        .bind(&who).bind(&what).bind(since).fetch_one(db).await)?;
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, at, who, account_id, identity, channel, what, line, target, outcome, detail, reference, hash
            from audit where ($1 is null or who = $1 or identity = $1)
                and ($2 is null or what = $2 or substr(what, 1, length($2) + 1) = $2 || ' ')
                and ($3 is null or at >= $3)
            order by at desc, id desc limit $4 offset $5")
        .bind(&who).bind(&what).bind(since).bind(limit).bind(offset).fetch_all(db).await)?;
    Ok((rows.into_iter().map(Row::read).collect::<Result<_>>()?, total))
}

/// How many rows have no seal yet.
pub async fn unsealed(tx: &mut Tx) -> Result<i64> {
    let (count,) = on!(tx, db => sqlx::query_as("select count(*) from audit_unsealed").fetch_one(db).await)?;
    Ok(count)
}

/// The number of the newest seal; 0 before the first.
pub async fn newest_seal(tx: &mut Tx) -> Result<i64> {
    let (newest,): (Option<i64>,) =
        on!(tx, db => sqlx::query_as("select max(number) from audit_seal").fetch_one(db).await)?;
    Ok(newest.unwrap_or(0))
}

/// Sealed rows with the numbers of their seals, from the one after `number` on. Seals are in an order in which no row
/// comes later between two that are there: whoever reads on from the last number misses none.
pub async fn sealed_after(tx: &mut Tx, number: i64, limit: i64) -> Result<Vec<(i64, AuditRow)>> {
    let seals: Vec<(i64, i64)> = on!(tx, db => sqlx::query_as(
            "select number, row_id from audit_seal where number > $1 order by number limit $2")
        .bind(number).bind(limit).fetch_all(db).await)?;
    let mut rows = Vec::new();
    for (number, id) in seals {
        let row: Option<Row> = on!(tx, db => sqlx::query_as(
                "select id, at, who, account_id, identity, channel, what, line, target, outcome, detail, reference, hash
                from audit where id = $1")
            .bind(id).fetch_optional(db).await)?;
        // One that somebody removed is for the check of the chain to find; those after it are read all the same.
        if let Some(row) = row {
            rows.push((number, row.read()?));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
