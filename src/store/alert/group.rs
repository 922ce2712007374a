//! The message that tells of all alerts of one source and name.

use crate::{
    Result, Tx,
    dialect::text,
    row::{instant, row},
};
use direttore_domain::Instant;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// 0 until it is kept.
    pub id: i64,
    pub source: String,
    pub name: String,
    /// The number of its message, and how often that was told.
    pub nth: i64,
    pub told: i64,
    /// Whether the message tells of something that still fires.
    pub is_open: bool,
    pub opened_at: i64,
    pub told_at: i64,
    /// It is to be told again then.
    pub due: Option<Instant>,
    /// What waits in the outbox, or waited.
    pub telling: Option<i64>,
    pub question: Option<i64>,
    /// How many more its sender knows of and left out.
    pub left_out: i64,
    /// What it said last, in short.
    pub said: String,
}

row! {
    struct Row {
        id: i64, source: String, name: String, nth: i64, told: i64, is_open: i64, opened_at: i64, told_at: i64,
        due_at: Option<i64>, telling_id: Option<i64>, question_id: Option<i64>, left_out: i64, said: String,
    }
}

macro_rules! columns {
    () => {
        "id, source, name, nth, told, is_open, opened_at, told_at, due_at, telling_id, question_id, left_out, \
         said"
    };
}

impl Row {
    fn read(self) -> Group {
        Group {
            id: self.id,
            source: self.source,
            name: self.name,
            nth: self.nth,
            told: self.told,
            is_open: self.is_open != 0,
            opened_at: self.opened_at,
            told_at: self.told_at,
            due: instant(self.due_at),
            telling: self.telling_id,
            question: self.question_id,
            left_out: self.left_out,
            said: self.said,
        }
    }
}

/// As it was kept; one that was not has had no message.
pub async fn group(tx: &mut Tx, source: &str, name: &str) -> Result<Group> {
    let row: Option<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from alert_group where source = $1 and name = $2"))
        .bind(text(source)).bind(text(name)).fetch_optional(db).await)?;
    let new = || Group { source: source.to_owned(), name: name.to_owned(), ..Group::default() };
    Ok(row.map_or_else(new, Row::read))
}

/// Gives its number.
pub async fn save_group(tx: &mut Tx, group: &Group) -> Result<i64> {
    let (id,): (i64,) = on!(tx, db => sqlx::query_as(
            "insert into alert_group (source, name, nth, told, is_open, opened_at, told_at, due_at, telling_id,
                question_id, left_out, said)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (source, name) do update set nth = excluded.nth, told = excluded.told,
                is_open = excluded.is_open, opened_at = excluded.opened_at, told_at = excluded.told_at,
                due_at = excluded.due_at, telling_id = excluded.telling_id, question_id = excluded.question_id,
                left_out = excluded.left_out, said = excluded.said
            returning id")
        .bind(text(&group.source)).bind(text(&group.name)).bind(group.nth).bind(group.told)
        .bind(i64::from(group.is_open)).bind(group.opened_at).bind(group.told_at)
        .bind(group.due.map(Instant::millis)).bind(group.telling).bind(group.question).bind(group.left_out)
        .bind(&group.said).fetch_one(db).await)?;
    Ok(id)
}

/// Those that are to be told again by now.
pub async fn due_groups(tx: &mut Tx, now: Instant) -> Result<Vec<Group>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(
            concat!("select ", columns!(), " from alert_group where due_at <= $1 order by due_at, id"))
        .bind(now.0).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// When one of them is next to be told, an alert is over by itself, or a silence.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Instant>> {
    let (at,): (Option<i64>,) = on!(tx, db => sqlx::query_as(
            "select min(at) from (select min(due_at) as at from alert_group
                union all select min(expires_at) from alert where state = 'firing'
                union all select min(until_at) from silence where ended_at is null) t")
        .fetch_one(db).await)?;
    Ok(at.map(Instant))
}
