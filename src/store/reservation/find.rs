//! The ways to look for reservations.

use super::{Held, Reservation, Row, columns};
use crate::{
    Result, Tx,
    dialect::{listed, settled_change},
    row::{parse, row},
};
use direttore_domain::{Instant, ReservationStatus};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

row! {
    struct HeldRow { reservation: i64, id: i64, key: String, name: String }
}

/// How many there are of each status that any is in.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(ReservationStatus, i64)>> {
    let rows: Vec<(String, i64)> =
        on!(tx, db => sqlx::query_as("select status, count(*) from reservation group by status").fetch_all(db).await)?;
    rows.into_iter().map(|(status, count)| Ok((parse(&status)?, count))).collect()
}

pub(super) async fn one(tx: &mut Tx, row: Option<Row>) -> Result<Option<Reservation>> {
    Ok(with_resources(tx, row.into_iter().collect()).await?.pop())
}

/// Rows with what they are of, which is one more query for all of them.
pub(super) async fn with_resources(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Reservation>> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let ids = serde_json::to_string(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).expect("numbers are JSON");
    let query = format!(
        "select l.reservation, c.id, c.key, c.name from reservation_resource l join resource c on c.id = l.resource
        where l.reservation in ({}) and not l.is_gone order by l.reservation, c.kind, c.name, c.id",
        listed(tx)
    );
    let held: Vec<HeldRow> =
        on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&ids).fetch_all(db).await)?;
    let mut by_reservation: HashMap<i64, Vec<Held>> = HashMap::new();
    for row in held {
        let one = Held { id: row.id, key: parse(&row.key)?, name: row.name };
        by_reservation.entry(row.reservation).or_default().push(one);
    }
    let read = |row: Row| {
        let resources = by_reservation.remove(&row.id).unwrap_or_default();
        Ok(Reservation { resources, ..row.read()? })
    };
    rows.into_iter().map(read).collect()
}

/// Those that something is to be done about by `now`, in the order in which it was to be done.
pub async fn due(tx: &mut Tx, now: Instant, limit: i64) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.due_at > 0 and r.due_at <= $1 order by r.due_at, r.ends_at, r.id limit $2"))
        .bind(now.0).bind(limit).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// When something is to be done next.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Instant>> {
    let (at,): (Option<i64>,) = on!(tx, db => sqlx::query_as("select min(due_at) from reservation where due_at > 0")
        .fetch_one(db).await)?;
    Ok(at.map(Instant))
}

/// Those whose window has a part of `[from, to)`, by time; `longest_ms` bounds how long a window can be. At most
/// `limit`.
pub async fn touching(
    tx: &mut Tx,
    from: Instant,
    to: Instant,
    longest_ms: i64,
    limit: i64,
) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.starts_at < $2 and r.starts_at > $3 and r.ends_at > $1 order by r.starts_at, r.id limit $4"))
        .bind(from.0).bind(to.0).bind(from.0.saturating_sub(longest_ms)).bind(limit).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// An account's that end after a moment, by time.
pub async fn of_account(tx: &mut Tx, account: i64, after: Instant) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.account_id = $1 and r.ends_at > $2 order by r.starts_at, r.id"))
        .bind(account).bind(after.0).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Anybody's that end after a moment, by time; at most `limit`.
pub async fn ending_after(tx: &mut Tx, after: Instant, limit: i64) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.ends_at > $1 order by r.starts_at, r.id limit $2"))
        .bind(after.0).bind(limit).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Those that end after a moment and are, or were once, of one of these resources, by time; at most `limit`. The flag
/// tells whether it is still of one.
pub async fn ever_of(tx: &mut Tx, resources: &[i64], after: Instant, limit: i64) -> Result<Vec<(Reservation, bool)>> {
    let ids = serde_json::to_string(resources).expect("numbers are JSON");
    let query = format!(
        concat!(
            "select ",
            columns!(),
            " from reservation r where r.id in
            (select l.reservation from reservation_resource l where l.resource in ({}))
            and r.ends_at > $2 order by r.starts_at, r.id limit $3"
        ),
        listed(tx)
    );
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str()))
        .bind(&ids).bind(after.0).bind(limit).fetch_all(db).await)?;
    let found = with_resources(tx, rows).await?;
    let has = |r: &Reservation| r.resources.iter().any(|held| resources.contains(&held.id));
    Ok(found.into_iter().map(|r| (has(&r), r)).map(|(has, r)| (r, has)).collect())
}

/// What is not over, also while it waits in line: a condition on a row of the table alone.
pub(crate) const AHEAD: &str = "status in ('offered', 'pending', 'booked', 'active', 'waiting')";

/// How many an account has that are not over, those that wait in line too.
pub async fn count_ahead(tx: &mut Tx, account: i64, now: Instant) -> Result<u64> {
    let query = format!("select count(*) from reservation where account_id = $1 and ends_at > $2 and {AHEAD}");
    let (count,): (i64,) = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str()))
        .bind(account).bind(now.0).fetch_one(db).await)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A resource's that end after a moment, by time.
pub async fn of_resource(tx: &mut Tx, resource: i64, after: Instant) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_resource l
            join reservation r on r.id = l.reservation
            where l.resource = $1 and not l.is_gone and r.ends_at > $2 order by r.starts_at, r.id"))
        .bind(resource).bind(after.0).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Of a series, in order.
pub async fn of_series(tx: &mut Tx, series: &str) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.series = $1 and r.series <> '' order by r.position, r.id"))
        .bind(series).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Who stands in line, first come first.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.status = 'waiting' order by r.id"))
        .fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// A mark of all that was changed by now: [`changed_since`] gives what was changed after it, and perhaps a little more.
pub async fn change_token(tx: &mut Tx) -> Result<i64> {
    settled_change(tx, "reservation").await
}

/// A number for all reservations as they are: who sees the same one again sees the same reservations. `None` while it
/// cannot be said, for something that was begun earlier may still be written.
pub async fn state(tx: &mut Tx) -> Result<Option<i64>> {
    let (newest,): (i64,) = on!(tx, db => sqlx::query_as("select coalesce(max(change_no), 0) from reservation")
        .fetch_one(db).await)?;
    Ok((settled_change(tx, "reservation").await? > newest).then_some(newest))
}

/// Those that are over and ended within `[from, to)`, the newest first; at most `limit`.
pub async fn ended_within(tx: &mut Tx, from: Instant, to: Instant, limit: i64) -> Result<Vec<Reservation>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation r
            where r.ends_at >= $1 and r.ends_at < $2 and r.status in ('ended', 'released')
            order by r.ends_at desc, r.id limit $3"))
        .bind(from.0).bind(to.0).bind(limit).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Those of a resource that were changed since a mark, with those that it lost; the flag tells whether it still has it.
pub async fn changed_since(tx: &mut Tx, resource: i64, token: i64) -> Result<Vec<(Reservation, bool)>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_resource l
            join reservation r on r.id = l.reservation
            where l.resource = $1 and r.change_no >= $2 order by r.change_no, r.id"))
        .bind(resource).bind(token).fetch_all(db).await)?;
    let found = with_resources(tx, rows).await?;
    Ok(found
        .into_iter()
        .map(|r| (r.resources.iter().any(|held| held.id == resource), r))
        .map(|(has, r)| (r, has))
        .collect())
}
