//! The slots that reservations hold: rows of a resource's lane that never overlap, which the database itself sees to.
//!
//! Whoever takes some first takes the locks of all of them, in one order ([`lock`]): of two that want the same, one
//! waits, and then sees what the other took. Spans are half open, `[from, to)`, in whole seconds.

mod survey;

pub use survey::{Look, Survey, survey};

use crate::{Result, StoreError, Tx, dialect::text, row::row, tx::Inner};
use direttore_domain::ReservationId;
use sqlx::AssertSqlSafe;

/// The class of PostgreSQL's advisory locks that are ours for resources: "clai" in ASCII.
const LOCKS: i32 = 0x636c_6169;

/// Those that are ours for accounts that book: "book".
const ACCOUNTS: i32 = 0x626f_6f6b;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from_s: i64,
    pub to_s: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub reservation: ReservationId,
    pub resource: i64,
    pub lane: i64,
    pub span: Span,
}

/// A part of a lane that is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub resource: i64,
    pub lane: i64,
    pub span: Span,
}

impl Slot {
    pub fn of(self, reservation: ReservationId) -> Claim {
        let Self { resource, lane, span } = self;
        Claim { reservation, resource, lane, span }
    }
}

row! {
    struct Row { reservation: i64, resource: i64, lane: i64, from_s: i64, to_s: i64 }
}

macro_rules! columns {
    () => {
        "reservation, resource, lane, from_s, to_s"
    };
}

impl Row {
    fn read(self) -> Claim {
        let span = Span { from_s: self.from_s, to_s: self.to_s };
        Claim { reservation: ReservationId(self.reservation), resource: self.resource, lane: self.lane, span }
    }
}

/// Before anything is read for a booking: what there is to book changes for nobody from here on, until the transaction
/// ends. With an account, nobody else books for it meanwhile. `all` is for what stands in everybody's way: nobody books
/// anything then.
pub async fn enter(tx: &mut Tx, account: Option<i64>, all: bool) -> Result<()> {
    let Inner::Postgres(db) = &mut tx.inner else { return Ok(()) };
    let both = format!("select {}", entering(1));
    let locked = sqlx::query(AssertSqlSafe(both)).bind(LOCKS).bind(ACCOUNTS).bind(all).bind(lock_of(account));
    let locked = locked.execute(&mut **db).await;
    tx.has_failed |= locked.is_err();
    locked?;
    Ok(())
}

/// As [`enter`], and on the way whether a program calls anything so, or its uid is that: in whatever calendar, over or not,
/// and as it was before the locks were had, where there are any.
pub async fn enter_as(tx: &mut Tx, (href, uid): (&str, &str), account: Option<i64>, all: bool) -> Result<bool> {
    // SQLite has one writer anyway.
    let locks = match tx.inner {
        Inner::Sqlite(_) => String::new(),
        Inner::Postgres(_) => format!(", {}", entering(3)),
    };
    let query = format!(
        "select exists (select 1 from reservation where href = $1 and href <> '')
            or exists (select 1 from reservation where uid = $2){locks}"
    );
    let row: (bool,) = on!(tx, db => sqlx::query_as(AssertSqlSafe(query)).bind(text(href)).bind(text(uid))
        .bind(LOCKS).bind(ACCOUNTS).bind(all).bind(lock_of(account)).fetch_one(db).await)?;
    Ok(row.0)
}

/// The locks of who enters: both classes, whether it is all, and the account, bound from that number on.
fn entering(first: usize) -> String {
    let [class, accounts, all, account] = [0, 1, 2, 3].map(|n| format!("${}", first + n));
    // A list is worked off in its order, and a `case` only where it leads.
    format!(
        "case when {all} then pg_advisory_xact_lock({class}, 0) else pg_advisory_xact_lock_shared({class}, 0) end,
            case when {account} <> 0 then pg_advisory_xact_lock({accounts}, {account}) end"
    )
}

/// Zero for none.
fn lock_of(account: Option<i64>) -> i32 {
    account.map_or(0, |id| i32::try_from(id).unwrap_or(i32::MAX))
}

/// Waits until nobody else takes or moves claims of these resources, until the transaction ends. `all` is for what
/// stands in everybody's way: nobody takes any then.
///
/// Who lets go of some and then takes others needs the locks of both: one waits for what another is letting go of, and
/// of two who did that crosswise PostgreSQL would end one. Who only lets go needs none.
pub async fn lock(tx: &mut Tx, resources: &[i64], all: bool) -> Result<()> {
    // SQLite has one writer anyway.
    let Inner::Postgres(db) = &mut tx.inner else { return Ok(()) };
    let mut sorted: Vec<i32> = resources.iter().map(|id| i32::try_from(*id).unwrap_or(i32::MAX)).collect();
    // The lock of all comes first; who takes some shares it.
    sorted.push(0);
    sorted.sort_unstable();
    sorted.dedup();
    // The set is unnested in its order, so the locks are taken in it.
    let each = "select case when id = 0 and not $3 then pg_advisory_xact_lock_shared($1, 0)
            else pg_advisory_xact_lock($1, id) end
        from unnest($2::int4[]) with ordinality as t (id, n) order by n";
    let locked = sqlx::query(each).bind(LOCKS).bind(sorted).bind(all).execute(&mut **db).await;
    tx.has_failed |= locked.is_err();
    locked?;
    Ok(())
}

/// Who has a part of the span, by time: all lanes of the resource, or one. At most `limit`, the last ones.
pub async fn in_the_way(
    tx: &mut Tx,
    resource: i64,
    lane: Option<i64>,
    span: Span,
    except: Option<ReservationId>,
    limit: i64,
) -> Result<Vec<Claim>> {
    let lanes = match lane {
        Some(lane) => lane..lane + 1,
        None => 0..lanes_of(tx, resource).await?,
    };
    let mut found = Vec::new();
    for lane in lanes {
        found.extend(in_lane(tx, resource, lane, span, except, limit).await?);
    }
    found.sort_by_key(|claim| (claim.span, claim.lane));
    Ok(found)
}

async fn lanes_of(tx: &mut Tx, resource: i64) -> Result<i64> {
    let found: Option<(i64,)> = on!(tx, db => sqlx::query_as("select capacity from resource where id = $1")
        .bind(resource).fetch_optional(db).await)?;
    Ok(found.map_or(0, |(capacity,)| capacity))
}

/// Walks back from the end of the span: claims of a lane do not overlap, so the first that ends before it begins is the
/// last to look at. (`from < end and to > start` alone would read everything that ever was before.)
async fn in_lane(
    tx: &mut Tx,
    resource: i64,
    lane: i64,
    span: Span,
    except: Option<ReservationId>,
    limit: i64,
) -> Result<Vec<Claim>> {
    let mut found = Vec::new();
    let mut before = span.to_s;
    loop {
        let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_claim
                where resource = $1 and lane = $2 and from_s < $3 order by from_s desc limit $4"))
            .bind(resource).bind(lane).bind(before).bind(limit.min(16) + 1).fetch_all(db).await)?;
        let all = rows.len();
        for row in rows {
            before = row.from_s;
            if row.to_s <= span.from_s {
                return Ok(found);
            }
            if Some(ReservationId(row.reservation)) != except {
                found.push(row.read());
            }
            if i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit {
                return Ok(found);
            }
        }
        if all == 0 {
            return Ok(found);
        }
    }
}

/// Whether the span of a lane is free: one look into an index, however much there is before it.
pub async fn is_free(tx: &mut Tx, resource: i64, lane: i64, span: Span, except: Option<ReservationId>) -> Result<bool> {
    let row: Option<(i64, i64)> = on!(tx, db => sqlx::query_as(
            "select reservation, to_s from reservation_claim
            where resource = $1 and lane = $2 and from_s < $3 order by from_s desc limit 1")
        .bind(resource).bind(lane).bind(span.to_s).fetch_optional(db).await)?;
    match row {
        None => Ok(true),
        Some((_, to_s)) if to_s <= span.from_s => Ok(true),
        Some((reservation, _)) if Some(ReservationId(reservation)) != except => Ok(false),
        // One's own lies before it; what is before that must be seen too.
        Some(_) => Ok(in_lane(tx, resource, lane, span, except, 1).await?.is_empty()),
    }
}

/// What is taken of a resource's lane from a moment on, by time; at most `limit`.
pub async fn ahead(tx: &mut Tx, resource: i64, lane: i64, span: Span, limit: i64) -> Result<Vec<Claim>> {
    let mut found = in_lane(tx, resource, lane, Span { to_s: span.from_s + 1, ..span }, None, 1).await?;
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_claim
            where resource = $1 and lane = $2 and from_s > $3 and from_s < $4 order by from_s limit $5"))
        .bind(resource).bind(lane).bind(span.from_s).bind(span.to_s).bind(limit).fetch_all(db).await)?;
    found.extend(rows.into_iter().map(Row::read));
    Ok(found)
}

/// All that have a part of the span, whatever they are of, by time; at most `limit`. `longest_s` bounds how long a claim
/// can be.
pub async fn anywhere(tx: &mut Tx, span: Span, longest_s: i64, limit: i64) -> Result<Vec<Claim>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_claim
            where from_s < $2 and from_s > $3 and to_s > $1 order by from_s, id limit $4"))
        .bind(span.from_s).bind(span.to_s).bind(span.from_s.saturating_sub(longest_s)).bind(limit)
        .fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Takes them all, or none and gives false: somebody has a part of one. After a false the transaction can only be
/// dropped.
///
/// # Errors
/// [`StoreError::Refused`] for a lane that the resource has not.
pub async fn take(tx: &mut Tx, claims: &[Claim]) -> Result<bool> {
    let mut sorted = claims.to_vec();
    sorted.sort_by_key(|c| (c.resource, c.lane, c.span));
    for claim in sorted {
        let insert = "insert into reservation_claim (reservation, resource, lane, from_s, to_s)
            values ($1, $2, $3, $4, $5) on conflict do nothing";
        let taken = change!(
            tx,
            sqlx::query(insert)
                .bind(claim.reservation.0)
                .bind(claim.resource)
                .bind(claim.lane)
                .bind(claim.span.from_s)
                .bind(claim.span.to_s)
        );
        match taken.map_err(StoreError::from) {
            Ok(1) => {}
            Ok(_) => {
                tx.has_failed = true;
                return Ok(false);
            }
            Err(StoreError::Refused(why)) if why.contains("claim_overlap") => return Ok(false),
            Err(why) => return Err(why),
        }
    }
    Ok(true)
}

/// Of one reservation.
pub async fn of(tx: &mut Tx, reservation: ReservationId) -> Result<Vec<Claim>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(concat!("select ", columns!(), " from reservation_claim
            where reservation = $1 order by resource, lane"))
        .bind(reservation.0).fetch_all(db).await)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Lets go of all that it holds; gives their number.
pub async fn release(tx: &mut Tx, reservation: ReservationId) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from reservation_claim where reservation = $1").bind(reservation.0))?)
}

/// Forgets all that a resource was ever held for, before it goes; gives their number.
pub async fn forget(tx: &mut Tx, resource: i64) -> Result<u64> {
    Ok(change!(tx, sqlx::query("delete from reservation_claim where resource = $1").bind(resource))?)
}

/// Lets go of what lies after a moment: what was used stays on record.
pub async fn cut(tx: &mut Tx, reservation: ReservationId, at_s: i64) -> Result<()> {
    let gone = "delete from reservation_claim where reservation = $1 and from_s >= $2";
    change!(tx, sqlx::query(gone).bind(reservation.0).bind(at_s))?;
    let shorter = "update reservation_claim set to_s = $2 where reservation = $1 and to_s > $2";
    change!(tx, sqlx::query(shorter).bind(reservation.0).bind(at_s))?;
    Ok(())
}

/// Pairs of claims of one lane that overlap, of all there are: always none.
pub async fn overlaps(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = on!(tx, db => sqlx::query_as(
            "select count(*) from (select from_s, max(to_s) over (partition by resource, lane order by from_s, to_s
                rows between unbounded preceding and 1 preceding) as before from reservation_claim) c
            where before > from_s")
        .fetch_one(db).await)?;
    Ok(count)
}

/// The highest lane that is in use at or after a moment, if any.
pub async fn highest_lane(tx: &mut Tx, resource: i64, from_s: i64) -> Result<Option<i64>> {
    let (lane,): (Option<i64>,) = on!(tx, db => sqlx::query_as(
            "select max(lane) from reservation_claim where resource = $1 and to_s > $2")
        .bind(resource).bind(from_s).fetch_one(db).await)?;
    Ok(lane)
}

#[cfg(test)]
mod tests;
