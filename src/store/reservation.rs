//! Reservations: who has what, when. The slots that they hold are [`crate::claim`]'s; `find` has the ways to look.
//!
//! Every write gives the reservation its next `rev`, and demands the one that was read: of two who change the same, the
//! second is told. A row also carries when something is next to be done about it (`due`), so that whoever keeps the
//! calendar reads only what is due.

mod brief;
pub mod calendar;
mod find;
mod make;

pub use brief::{Brief, briefs};
pub(crate) use find::AHEAD;
pub use find::{
    change_token, changed_since, count_ahead, counts, due, ended_within, ending_after, ever_of, next_due, of_account,
    of_resource, of_series, state, touching, waiting,
};
pub use make::{Created, create};

use crate::{
    Result, StoreError, Tx,
    dialect::{next_change, text},
    row::{json, list_text, origin, parse, row},
};
use direttore_domain::{Acts, Instant, Origin, Request, ReservationId, ReservationStatus, ResourceKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AssertSqlSafe;

/// What was asked for: so many of what the key stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub key: ResourceKey,
    pub name: String,
    pub count: i64,
}

/// One of the things that a reservation is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    pub id: i64,
    pub key: ResourceKey,
    pub name: String,
}

/// What people and the lab can change of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Content {
    pub title: String,
    pub note: String,
    pub starts: Instant,
    pub ends: Instant,
    /// The IANA zone that its times were said in.
    pub zone: String,
    pub status: ReservationStatus,
    pub covers_guests: bool,
    pub wanted: Vec<Wanted>,
    pub acts: Acts,
    /// Reminders that were told: 1 of the start, 2 of the end.
    pub reminded: i64,
    pub checked_in: Option<Instant>,
    /// How long after the start somebody must have checked in; zero is never.
    pub check_in_ms: i64,
    pub offered_until: Option<Instant>,
    /// When something is next to be done about it.
    pub due: Option<Instant>,
    /// What a calendar program called and wrote it, where one did. Of a series that one booked the first has both for
    /// all; without a body the program deleted it.
    pub href: String,
    pub body: String,
    /// Of a series: when it was to begin by the rule.
    pub recurs: Option<Instant>,
    /// What another program said of it.
    pub request: Option<Request>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewReservation<'a> {
    pub uid: &'a str,
    /// The uid that all of a series share, and the place in it; empty for one alone.
    pub series: &'a str,
    pub position: i64,
    pub recurrence: &'a str,
    pub account_id: Option<i64>,
    pub holder: &'a str,
    pub origin: &'a Origin,
    pub is_maintenance: bool,
    pub content: &'a Content,
    pub now: Instant,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    pub id: ReservationId,
    pub uid: String,
    pub series: String,
    pub position: i64,
    pub recurrence: String,
    pub account_id: Option<i64>,
    pub holder: String,
    pub origin: Origin,
    pub is_maintenance: bool,
    pub content: Content,
    pub rev: i64,
    /// Counts what calendars must notice.
    pub sequence: i64,
    pub created: Instant,
    pub changed: Instant,
    pub resources: Vec<Held>,
}

impl std::ops::Deref for Reservation {
    type Target = Content;
    fn deref(&self) -> &Content {
        &self.content
    }
}

row! {
    struct Row {
        id: i64, uid: String, series: String, position: i64, recurrence: String, title: String, note: String,
        account_id: Option<i64>, holder: String, surface: String, channel: String, starts_at: i64, ends_at: i64,
        zone: String, status: String, is_maintenance: bool, covers_guests: bool, wanted: String, acts: String,
        reminded: i64, checked_in_at: i64, check_in_ms: i64, offered_until: i64, due_at: i64, rev: i64, sequence: i64,
        href: String, body: String, recurrence_at: i64, request: String, created_at: i64, changed_at: i64,
    }
}

macro_rules! columns {
    () => {
        "r.id, r.uid, r.series, r.position, r.recurrence, r.title, r.note, r.account_id, r.holder, r.surface,
            r.channel, r.starts_at, r.ends_at, r.zone, r.status, r.is_maintenance, r.covers_guests, r.wanted, r.acts,
            r.reminded, r.checked_in_at, r.check_in_ms, r.offered_until, r.due_at, r.rev, r.sequence, r.href, r.body,
            r.recurrence_at, r.request, r.created_at, r.changed_at"
    };
}
use columns;

/// 0 in a column is none.
fn some(ms: i64) -> Option<Instant> {
    (ms > 0).then_some(Instant(ms))
}

fn ms(at: Option<Instant>) -> i64 {
    at.map_or(0, |at| at.0)
}

fn typed<T: serde::de::DeserializeOwned>(value: &str) -> Result<T> {
    serde_json::from_value::<T>(json(value)?).map_err(|why| StoreError::Corrupt(why.to_string()))
}

fn requested(text: &str) -> Result<Option<Request>> {
    if text.is_empty() { Ok(None) } else { typed(text).map(Some) }
}

impl Row {
    fn read(self) -> Result<Reservation> {
        let content = Content {
            title: self.title,
            note: self.note,
            starts: Instant(self.starts_at),
            ends: Instant(self.ends_at),
            zone: self.zone,
            status: parse(&self.status)?,
            covers_guests: self.covers_guests,
            wanted: typed(&self.wanted)?,
            acts: typed(&self.acts)?,
            reminded: self.reminded,
            checked_in: some(self.checked_in_at),
            check_in_ms: self.check_in_ms,
            offered_until: some(self.offered_until),
            due: some(self.due_at),
            href: self.href,
            body: self.body,
            recurs: some(self.recurrence_at),
            request: requested(&self.request)?,
        };
        Ok(Reservation {
            id: ReservationId(self.id),
            uid: self.uid,
            series: self.series,
            position: self.position,
            recurrence: self.recurrence,
            account_id: self.account_id,
            holder: self.holder,
            origin: origin(&self.surface, self.channel)?,
            is_maintenance: self.is_maintenance,
            content,
            rev: self.rev,
            sequence: self.sequence,
            created: Instant(self.created_at),
            changed: Instant(self.changed_at),
            resources: vec![],
        })
    }
}

fn acts(content: &Content) -> String {
    serde_json::to_value(content.acts).unwrap_or(Value::Null).to_string()
}

fn request(content: &Content) -> String {
    let json = |request: &Request| serde_json::to_string(request).expect("texts and numbers are JSON");
    text(&content.request.as_ref().map(json).unwrap_or_default()).into_owned()
}

/// Writes what it is now; false when its `rev` is another one: somebody changed it meanwhile. `is_news` when calendars
/// must notice: time, status or resource.
pub async fn update(
    tx: &mut Tx,
    id: ReservationId,
    rev: i64,
    content: &Content,
    is_news: bool,
    now: Instant,
) -> Result<bool> {
    let query = format!(
        "update reservation set title = $3, note = $4, starts_at = $5, ends_at = $6, zone = $7, status = $8,
            covers_guests = $9, wanted = $10, acts = $11, reminded = $12, checked_in_at = $13, check_in_ms = $14,
            offered_until = $15, due_at = $16, href = $17, body = $18, recurrence_at = $19, request = $20,
            sequence = sequence + $21, changed_at = $22, rev = rev + 1, change_no = {}
        where id = $1 and rev = $2",
        next_change(tx, "reservation")
    );
    let changed = change!(
        tx,
        sqlx::query(AssertSqlSafe(query.as_str()))
            .bind(id.0)
            .bind(rev)
            .bind(text(&content.title))
            .bind(text(&content.note))
            .bind(content.starts.0)
            .bind(content.ends.0)
            .bind(&content.zone)
            .bind(content.status.as_str())
            .bind(content.covers_guests)
            .bind(list_text(&content.wanted))
            .bind(acts(content))
            .bind(content.reminded)
            .bind(ms(content.checked_in))
            .bind(content.check_in_ms)
            .bind(ms(content.offered_until))
            .bind(ms(content.due))
            .bind(text(&content.href))
            .bind(text(&content.body))
            .bind(ms(content.recurs))
            .bind(request(content))
            .bind(i64::from(is_news))
            .bind(now.0)
    )?;
    Ok(changed == 1)
}

/// It is of these and no others; those that it was of before are kept as gone.
pub async fn set_resources(tx: &mut Tx, id: ReservationId, resources: &[i64]) -> Result<()> {
    change!(tx, sqlx::query("update reservation_resource set is_gone = true where reservation = $1").bind(id.0))?;
    for resource in resources {
        let query = "insert into reservation_resource (reservation, resource) values ($1, $2)
            on conflict (reservation, resource) do update set is_gone = false";
        change!(tx, sqlx::query(query).bind(id.0).bind(resource))?;
    }
    Ok(())
}

pub async fn get(tx: &mut Tx, id: ReservationId) -> Result<Option<Reservation>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from reservation r where r.id = $1"))
        .bind(id.0).fetch_optional(db).await)?;
    find::one(tx, row).await
}

pub async fn by_uid(tx: &mut Tx, uid: &str) -> Result<Option<Reservation>> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from reservation r where r.uid = $1"))
        .bind(text(uid)).fetch_optional(db).await)?;
    find::one(tx, row).await
}

#[cfg(test)]
mod tests;
