//! Silences: which alerts nobody is told of, until when, by whom and why.

use crate::{
    Result, Tx,
    dialect::text,
    row::{instant, parse, row},
};
use direttore_domain::{Instant, Matchers, SilenceId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub id: SilenceId,
    pub matchers: Matchers,
    pub until: Instant,
    pub who: String,
    pub why: String,
    pub created: Instant,
    /// When it was over, and who ended it, if somebody did.
    pub ended: Option<Instant>,
    pub ended_by: String,
}

row! {
    struct Row {
        id: i64, matchers: String, until_at: i64, who: String, why: String, created_at: i64, ended_at: Option<i64>,
        ended_by: String,
    }
}

impl Row {
    fn read(self) -> Result<Silence> {
        Ok(Silence {
            id: SilenceId(self.id),
            matchers: parse(&self.matchers)?,
            until: Instant(self.until_at),
            who: self.who,
            why: self.why,
            created: Instant(self.created_at),
            ended: instant(self.ended_at),
            ended_by: self.ended_by,
        })
    }
}

pub async fn add(
    tx: &mut Tx,
    matchers: &Matchers,
    until: Instant,
    (who, why): (&str, &str),
    now: Instant,
) -> Result<SilenceId> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into silence (matchers, until_at, who, why, created_at) values ($1, $2, $3, $4, $5) returning id")
        .bind(matchers.to_string()).bind(until.0).bind(text(who)).bind(text(why)).bind(now.0).fetch_one(db).await)?;
    Ok(SilenceId(id))
}

pub async fn get(tx: &mut Tx, id: SilenceId) -> Result<Option<Silence>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            "select id, matchers, until_at, who, why, created_at, ended_at, ended_by from silence where id = $1")
        .bind(id.0).fetch_optional(db).await)?;
    row.map(Row::read).transpose()
}

/// Those that nobody has written the end of yet; the last of them may be over.
pub async fn open(tx: &mut Tx) -> Result<Vec<Silence>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            "select id, matchers, until_at, who, why, created_at, ended_at, ended_by from silence
            where ended_at is null order by until_at, id")
        .fetch_all(db).await)?;
    rows.into_iter().map(Row::read).collect()
}

/// False when it was over before.
pub async fn end(tx: &mut Tx, id: SilenceId, at: Instant, by: &str) -> Result<bool> {
    let query = "update silence set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null";
    Ok(change!(tx, sqlx::query(query).bind(id.0).bind(at.0).bind(text(by)))? == 1)
}

/// Another end for one that is not over; false when it is.
pub async fn prolong(tx: &mut Tx, id: SilenceId, until: Instant) -> Result<bool> {
    let query = "update silence set until_at = $2 where id = $1 and ended_at is null";
    Ok(change!(tx, sqlx::query(query).bind(id.0).bind(until.0))? == 1)
}

#[cfg(test)]
mod tests;
