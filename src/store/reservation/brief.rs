//! What a list of many reservations shows of each: less than all, and in two questions for all of them.

use super::{Reservation, Wanted, requested, typed};
use crate::{
    Result, Tx,
    dialect::listed,
    row::{parse, row},
};
use direttore_domain::{Instant, Request, ReservationId, ReservationStatus, ResourceKey};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    pub id: ReservationId,
    pub title: String,
    pub note: String,
    pub holder: String,
    pub starts: Instant,
    pub ends: Instant,
    pub status: ReservationStatus,
    pub request: Option<Request>,
    /// What it is of, or while it has nothing what it wants.
    pub of: Vec<ResourceKey>,
}

row! {
    struct BriefRow {
        id: i64, title: String, note: String, holder: String, starts_at: i64, ends_at: i64, status: String,
        request: String, wanted: String,
    }
}

row! {
    struct OfRow { reservation: i64, key: String }
}

impl From<Reservation> for Brief {
    fn from(held: Reservation) -> Self {
        let (content, has) = (held.content, held.resources);
        Self {
            id: held.id,
            title: content.title,
            note: content.note,
            holder: held.holder,
            starts: content.starts,
            ends: content.ends,
            status: content.status,
            request: content.request,
            of: of(has.into_iter().map(|held| held.key).collect(), content.wanted),
        }
    }
}

fn of(has: Vec<ResourceKey>, wanted: Vec<Wanted>) -> Vec<ResourceKey> {
    if has.is_empty() { wanted.into_iter().map(|wanted| wanted.key).collect() } else { has }
}

/// All that end at `from` or later and begin at `to` or earlier, in the order in which they were made.
pub async fn briefs(tx: &mut Tx, from: Instant, to: Instant) -> Result<Vec<Brief>> {
    let rows: Vec<BriefRow> = on!(tx, db => sqlx::query_as(
            "select id, title, note, holder, starts_at, ends_at, status, request, wanted from reservation
            where ends_at >= $1 and starts_at <= $2 order by id")
        .bind(from.0).bind(to.0).fetch_all(db).await)?;
    let mut has = resources(tx, rows.iter().map(|row| row.id).collect()).await?;
    let read = |row: BriefRow| {
        Ok(Brief {
            of: of(has.remove(&row.id).unwrap_or_default(), typed(&row.wanted)?),
            id: ReservationId(row.id),
            title: row.title,
            note: row.note,
            holder: row.holder,
            starts: Instant(row.starts_at),
            ends: Instant(row.ends_at),
            status: parse(&row.status)?,
            request: requested(&row.request)?,
        })
    };
    rows.into_iter().map(read).collect()
}

async fn resources(tx: &mut Tx, ids: Vec<i64>) -> Result<HashMap<i64, Vec<ResourceKey>>> {
    let mut has: HashMap<i64, Vec<ResourceKey>> = HashMap::new();
    if ids.is_empty() {
        return Ok(has);
    }
    let ids = serde_json::to_string(&ids).expect("numbers are JSON");
    let query = format!(
        "select l.reservation, c.key from reservation_resource l join resource c on c.id = l.resource
        where l.reservation in ({}) and not l.is_gone order by l.reservation, c.kind, c.name, c.id",
        listed(tx)
    );
    let rows: Vec<OfRow> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&ids).fetch_all(db).await)?;
    for row in rows {
        has.entry(row.reservation).or_default().push(parse(&row.key)?);
    }
    Ok(has)
}
