//! Alerts: what somebody is to look at, with what became of each. Here: what an alert is, how it is kept and found.
//! `group`: the message of all of one source and name. `pending`: what our own rules wait for.
//!
//! Whoever changes alerts calls [`turn`] first: they take turns, so that none finds a row that another is about to make.

mod group;
mod pending;

pub use group::{Group, due_groups, group, next_due, save_group};
pub use pending::{pending, set_pending};

use crate::{
    Result, StoreError, Tx,
    dialect::{Lock, listed, listed_text, locking, text},
    row::{instant, parse, row},
};
use direttore_domain::{AlertId, Instant, Severity};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

/// Of an alert's history the newest are kept.
const HISTORY: i64 = 100;
/// Rows that go at once.
const BATCH: i64 = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub by: String,
    pub at: Instant,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: AlertId,
    /// `alertmanager/main`, `direttore`.
    pub source: String,
    /// By it the source tells its alerts apart.
    pub fingerprint: String,
    pub name: String,
    pub severity: Severity,
    pub summary: String,
    pub description: String,
    pub labels: BTreeMap<String, String>,
    pub link: Option<String>,
    pub is_firing: bool,
    pub first_seen: Instant,
    pub last_seen: Instant,
    /// Since when it fires, or fired last.
    pub since: Instant,
    pub ended: Option<Instant>,
    /// How often it fired.
    pub fired: i64,
    pub acknowledged: Option<Acknowledged>,
    /// Its source does not say when it is over: it is over then.
    pub expires: Option<Instant>,
}

row! {
    struct Row {
        id: i64, source: String, fingerprint: String, name: String, severity: String, summary: String,
        description: String, labels: String, link: Option<String>, state: String, first_seen: i64, last_seen: i64,
        since: i64, ended: Option<i64>, fired: i64, acked_by: Option<String>, acked_at: Option<i64>, ack_note: String,
        expires_at: Option<i64>,
    }
}

macro_rules! columns {
    () => {
        "id, source, fingerprint, name, severity, summary, description, labels, link, state, first_seen, last_seen, \
         since, ended, fired, acked_by, acked_at, ack_note, expires_at"
    };
}

impl Row {
    fn read(self) -> Result<Alert> {
        let (note, at) = (self.ack_note, self.acked_at.map_or(Instant::EPOCH, Instant));
        Ok(Alert {
            id: AlertId(self.id),
            source: self.source,
            fingerprint: self.fingerprint,
            name: self.name,
            severity: parse(&self.severity)?,
            summary: self.summary,
            description: self.description,
            labels: serde_json::from_str(&self.labels).map_err(|why| StoreError::Corrupt(format!("labels: {why}")))?,
            link: self.link,
            is_firing: self.state == "firing",
            first_seen: Instant(self.first_seen),
            last_seen: Instant(self.last_seen),
            since: Instant(self.since),
            ended: instant(self.ended),
            fired: self.fired,
            acknowledged: self.acked_by.map(|by| Acknowledged { by, at, note }),
            expires: instant(self.expires_at),
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Alert>> {
    rows.into_iter().map(Row::read).collect()
}

/// Waits until nobody else changes alerts, and keeps others from it until the transaction ends.
pub async fn turn(tx: &mut Tx) -> Result<()> {
    let query = locking(tx, "select id from alert_turn where id = 1", Lock::Wait);
    let _: (i64,) = on!(tx, db => sqlx::query_as(query).fetch_one(db).await)?;
    Ok(())
}

/// A source's alerts with these fingerprints.
pub async fn of_source(tx: &mut Tx, source: &str, fingerprints: &[&str]) -> Result<Vec<Alert>> {
    let list = serde_json::to_string(fingerprints).expect("texts are JSON");
    let query = format!(
        concat!("select ", columns!(), " from alert where fingerprint in ({}) and source = $2 order by id"),
        listed_text(tx)
    );
    let rows: Vec<Row> =
        on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&list).bind(source).fetch_all(db).await)?;
    read(rows)
}

pub async fn by_ids(tx: &mut Tx, ids: &[AlertId]) -> Result<Vec<Alert>> {
    let list = serde_json::to_string(&ids.iter().map(|id| id.0).collect::<Vec<_>>()).expect("numbers are JSON");
    let query = format!(concat!("select ", columns!(), " from alert where id in ({}) order by id"), listed(tx));
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&list).fetch_all(db).await)?;
    read(rows)
}

/// All that fire, or that fire or ended since a moment, the newest first; at most `limit`.
pub async fn list(tx: &mut Tx, or_ended_after: Option<Instant>, limit: i64) -> Result<Vec<Alert>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from alert
            where state = 'firing' or ended >= $1 order by since desc, id desc limit $2"))
        .bind(or_ended_after.map_or(i64::MAX, Instant::millis)).bind(limit).fetch_all(db).await)?;
    read(rows)
}

/// Those of a source that fire.
pub async fn firing_of(tx: &mut Tx, source: &str) -> Result<Vec<Alert>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from alert
            where state = 'firing' and source = $1 order by id"))
        .bind(source).fetch_all(db).await)?;
    read(rows)
}

/// Those of one source and name that fire, or were heard of since a moment.
pub async fn of_group(tx: &mut Tx, source: &str, name: &str, seen_after: Instant) -> Result<Vec<Alert>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from alert
            where source = $1 and name = $2 and (state = 'firing' or last_seen >= $3) order by id"))
        .bind(source).bind(name).bind(seen_after.0).fetch_all(db).await)?;
    read(rows)
}

/// Those that fire and whose time is over.
pub async fn expired(tx: &mut Tx, now: Instant) -> Result<Vec<Alert>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from alert
            where state = 'firing' and expires_at <= $1 order by id"))
        .bind(now.0).fetch_all(db).await)?;
    read(rows)
}

/// Keeps it under a new number, whatever `id` says.
pub async fn add(tx: &mut Tx, alert: &Alert) -> Result<AlertId> {
    let state = if alert.is_firing { "firing" } else { "resolved" };
    let labels = serde_json::to_string(&alert.labels).expect("texts are JSON");
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into alert (source, fingerprint, name, severity, summary, description, labels, link, state,
                first_seen, last_seen, since, ended, fired, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning id")
        .bind(text(&alert.source)).bind(text(&alert.fingerprint)).bind(text(&alert.name))
        .bind(alert.severity.as_str()).bind(text(&alert.summary)).bind(text(&alert.description)).bind(&labels)
        .bind(alert.link.as_deref().map(text)).bind(state).bind(alert.first_seen.0).bind(alert.last_seen.0)
        .bind(alert.since.0).bind(alert.ended.map(Instant::millis)).bind(alert.fired)
        .bind(alert.expires.map(Instant::millis)).fetch_one(db).await)?;
    Ok(AlertId(id))
}

/// Everything of it but what makes it this alert.
pub async fn save(tx: &mut Tx, alert: &Alert) -> Result<()> {
    let state = if alert.is_firing { "firing" } else { "resolved" };
    let labels = serde_json::to_string(&alert.labels).expect("texts are JSON");
    let acked = alert.acknowledged.as_ref();
    let query = "update alert set name = $2, severity = $3, summary = $4, description = $5, labels = $6, link = $7,
        state = $8, last_seen = $9, since = $10, ended = $11, fired = $12, acked_by = $13, acked_at = $14,
        ack_note = $15, expires_at = $16 where id = $1";
    change!(
        tx,
        sqlx::query(query)
            .bind(alert.id.0)
            .bind(text(&alert.name))
            .bind(alert.severity.as_str())
            .bind(text(&alert.summary))
            .bind(text(&alert.description))
            .bind(&labels)
            .bind(alert.link.as_deref().map(text))
            .bind(state)
            .bind(alert.last_seen.0)
            .bind(alert.since.0)
            .bind(alert.ended.map(Instant::millis))
            .bind(alert.fired)
            .bind(acked.map(|acked| text(&acked.by)))
            .bind(acked.map(|acked| acked.at.0))
            .bind(text(acked.map_or("", |acked| acked.note.as_str())))
            .bind(alert.expires.map(Instant::millis))
    )?;
    Ok(())
}

/// Something that became of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Instant,
    /// `fired`, `again`, `resolved`, `acknowledged`, `silenced`, `told`.
    pub what: String,
    pub who: String,
    pub note: String,
}

row! {
    struct EventRow { at: i64, what: String, who: String, note: String }
}

/// Writes down what became of an alert; the oldest makes room.
pub async fn note(tx: &mut Tx, alert: AlertId, event: &Event) -> Result<()> {
    let query = "insert into alert_history (alert_id, at, what, who, note) values ($1, $2, $3, $4, $5)";
    let Event { at, what, who, note } = event;
    change!(tx, sqlx::query(query).bind(alert.0).bind(at.0).bind(what).bind(text(who)).bind(text(note)))?;
    let query = "delete from alert_history where alert_id = $1 and id <=
        (select id from alert_history where alert_id = $1 order by id desc limit 1 offset $2)";
    change!(tx, sqlx::query(query).bind(alert.0).bind(HISTORY))?;
    Ok(())
}

/// What became of an alert, the newest first.
pub async fn history(tx: &mut Tx, alert: AlertId, limit: i64) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = on!(tx, db => sqlx::query_as(
            "select at, what, who, note from alert_history where alert_id = $1 order by id desc limit $2")
        .bind(alert.0).bind(limit).fetch_all(db).await)?;
    let event = |row: EventRow| Event { at: Instant(row.at), what: row.what, who: row.who, note: row.note };
    Ok(rows.into_iter().map(event).collect())
}

/// How many there are: whether they fire, how bad they are, the number.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(bool, Severity, i64)>> {
    let rows: Vec<(String, String, i64)> = on!(tx, db => sqlx::query_as(
            "select state, severity, count(*) from alert group by state, severity").fetch_all(db).await)?;
    rows.into_iter().map(|(state, severity, count)| Ok((state == "firing", parse(&severity)?, count))).collect()
}

/// Forgets some of those that ended before a moment, with their history; whether there may be more.
pub async fn sweep(tx: &mut Tx, before: Instant) -> Result<bool> {
    let query = "delete from alert where id in
        (select id from alert where state = 'resolved' and ended < $1 order by id limit $2)";
    let gone = change!(tx, sqlx::query(query).bind(before.0).bind(BATCH))?;
    let query = "delete from alert_group where is_open = 0 and due_at is null and not exists
        (select 1 from alert a where a.source = alert_group.source and a.name = alert_group.name)";
    change!(tx, sqlx::query(query))?;
    change!(tx, sqlx::query("delete from silence where ended_at < $1").bind(before.0))?;
    Ok(i64::try_from(gone).unwrap_or(0) >= BATCH)
}

#[cfg(test)]
mod tests;
