//! Reservations as the calendars that programs see: those of some resources, or of an account.

use super::{Reservation, Row, columns, find::with_resources};
use crate::{
    Result, Tx,
    dialect::{listed, listed_text, text},
};
use direttore_domain::{Instant, ResourceKey};
use sqlx::AssertSqlSafe;

/// Whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of any of these.
    Resources(Vec<ResourceKey>),
    Account(i64),
}

impl Of {
    /// What `$1` is, and the condition on it. `gone`: also what lost the resource meanwhile.
    fn condition(&self, tx: &Tx, gone: bool) -> (String, String) {
        match self {
            Self::Resources(keys) => {
                let kept = if gone { "" } else { " and not l.is_gone" };
                let condition = format!(
                    "r.id in (select l.reservation from reservation_resource l join resource c on c.id = l.resource
                        where c.key in ({}){kept})",
                    listed_text(tx)
                );
                (serde_json::to_string(keys).expect("keys are text"), condition)
            }
            Self::Account(id) => {
                let condition = format!("r.account_id in ({})", listed(tx));
                (format!("[{id}]"), condition)
            }
        }
    }

    /// As [`Of::condition`], where few are looked at: asked of each.
    fn condition_of_one(&self, tx: &Tx) -> (String, String) {
        let (what, condition) = self.condition(tx, false);
        match self {
            Self::Resources(_) => {
                let condition = format!(
                    "exists (select 1 from reservation_resource l join resource c on c.id = l.resource
                        where l.reservation = r.id and not l.is_gone and c.key in ({}))",
                    listed_text(tx)
                );
                (what, condition)
            }
            Self::Account(_) => (what, condition),
        }
    }
}

/// What a calendar shows: what is meant to be, is, or was. `$2` and `$3` bound the time.
const SHOWN: &str = "r.ends_at > $2 and r.starts_at < $3
    and r.status in ('offered', 'pending', 'booked', 'active', 'ended', 'released')";

/// Those with a part of their time in `(from, to)`, by number.
pub async fn shown(tx: &mut Tx, of: &Of, from: Instant, to: Instant) -> Result<Vec<Reservation>> {
    let (what, condition) = of.condition(tx, false);
    let query =
        format!("select {} from reservation r where {condition} and {SHOWN} order by r.starts_at, r.id", columns!());
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str()))
        .bind(&what).bind(from.0).bind(to.0).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Of those that [`shown`] gives, the ones that a program called so, or whose uid that is; of a series all, if its first
/// is called so.
pub async fn shown_as(tx: &mut Tx, of: &Of, from: Instant, names: &[(&str, &str)]) -> Result<Vec<Reservation>> {
    let (what, condition) = of.condition_of_one(tx);
    let mut rows: Vec<Row> = Vec::new();
    let query = format!(
        "with n as (select id, series, position from reservation where href = $4 and href <> ''
                union select id, series, position from reservation where uid = $5),
            named as (select id from n union select o.id from n join reservation o on o.series = n.series
                where n.series <> '' and o.series <> '' and n.position = 0)
        select {} from named cross join reservation r where r.id = named.id and {condition} and {SHOWN} order by r.id",
        columns!()
    );
    for (href, uid) in names {
        let found: Vec<Row> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str()))
            .bind(&what).bind(from.0).bind(i64::MAX).bind(text(href)).bind(text(uid)).fetch_all(db).await)?;
        rows.extend(found);
    }
    with_resources(tx, rows).await
}

/// All that was changed since a mark, in order, each with the number of its change: whatever has become of it, also what
/// lost the resource.
pub async fn changed(tx: &mut Tx, of: &Of, token: i64) -> Result<Vec<(Reservation, i64)>> {
    let (what, condition) = of.condition(tx, true);
    let query = format!(
        "select {} from reservation r where {condition} and r.change_no >= $2 order by r.change_no, r.id",
        columns!()
    );
    let rows: Vec<Row> =
        on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&what).bind(token).fetch_all(db).await)?;
    let query = format!("select r.id, r.change_no from reservation r where {condition} and r.change_no >= $2");
    let numbers: Vec<(i64, i64)> =
        on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&what).bind(token).fetch_all(db).await)?;
    let numbers: std::collections::HashMap<i64, i64> = numbers.into_iter().collect();
    let found = with_resources(tx, rows).await?;
    // Of two readings the second may be later; what it has more of comes with the next mark.
    Ok(found.into_iter().map(|r| (numbers.get(&r.id.0).copied().unwrap_or(token), r)).map(|(n, r)| (r, n)).collect())
}

/// All of those among these series that a calendar program booked, by series and in order, whatever became of them.
pub async fn series_of_programs(tx: &mut Tx, series: &[&str]) -> Result<Vec<Reservation>> {
    if series.is_empty() {
        return Ok(vec![]);
    }
    let list = serde_json::to_string(series).expect("texts are JSON");
    let query = format!(
        "select {} from reservation r where r.series in ({}) and r.series <> '' and exists
            (select 1 from reservation m where m.series = r.series and m.series <> '' and m.position = 0 and m.href <> '')
        order by r.series, r.position, r.id",
        columns!(),
        listed_text(tx)
    );
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str())).bind(&list).fetch_all(db).await)?;
    with_resources(tx, rows).await
}

/// Resources with a reservation that is not over.
pub async fn resources_in_use(tx: &mut Tx, now: Instant) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = on!(tx, db => sqlx::query_as(
            "select distinct l.resource from reservation r join reservation_resource l on l.reservation = r.id
            where r.ends_at > $1 and r.status in ('offered', 'pending', 'booked', 'active') and not l.is_gone")
        .bind(now.0).fetch_all(db).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A program's name for an event is free again when what it named is over, all of a series.
pub async fn retire_uid(tx: &mut Tx, uid: &str) -> Result<()> {
    let query = "update reservation set uid = uid || '/' || id where uid = $1
        and status in ('ended', 'released', 'cancelled', 'no-show') and not exists
            (select 1 from reservation o where o.series = reservation.series and o.series <> ''
                and o.status not in ('ended', 'released', 'cancelled', 'no-show'))";
    change!(tx, sqlx::query(query).bind(text(uid)))?;
    Ok(())
}
