//! The first look of a booking, with everything in it that can be asked at once.

use super::LOCKS;
use crate::{
    Result, Tx,
    dialect::listed_text,
    resource::{Resource, Row, columns},
    tx::Inner,
};
use direttore_domain::{Instant, ResourceKey};
use sqlx::{AssertSqlSafe, ColumnIndex, Database, Decode, FromRow, Type};

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Each once.
    pub keys: &'a [&'a ResourceKey],
    /// Whose reservations are counted.
    pub account: Option<i64>,
    pub now: Instant,
    /// The end of a window, in seconds.
    pub until_s: i64,
    /// All of them are to be locked, as [`super::lock`] does; the whole lab is only looked at.
    pub locks: bool,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Those of the keys that there are, by number.
    pub rows: Vec<Resource>,
    /// When the last claim of the first lane of each ends that begins before the window ends, and what is kept free after
    /// it. Where others write at the same time (PostgreSQL), somebody may have come between before the lock was had.
    pub last: Vec<Option<i64>>,
    /// How many the account has ahead of it; `None` where there is no row to tell it beside.
    pub ahead: Option<u64>,
    /// Whether they are locked: not when one of them has no row, which must be made before all are locked in one order.
    pub is_locked: bool,
}

/// One row of it.
struct Seen {
    row: Row,
    last: Option<i64>,
    ahead: i64,
    is_all: bool,
}

impl<'r, R> FromRow<'r, R> for Seen
where
    R: sqlx::Row,
    Row: FromRow<'r, R>,
    for<'c> &'c str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            row: Row::from_row(row)?,
            last: row.try_get("last_to")?,
            ahead: row.try_get("ahead")?,
            is_all: row.try_get("is_all")?,
        })
    }
}

/// The caller has entered ([`super::enter`]), so that the rows stay as they are, and nobody books for the account meanwhile.
pub async fn survey(tx: &mut Tx, look: Look<'_>) -> Result<Survey> {
    let locked = match tx.inner {
        // SQLite has one writer anyway.
        Inner::Sqlite(_) => "",
        Inner::Postgres(_) => {
            ", case when n.is_all and $7 and r.key <> $3 then pg_advisory_xact_lock($6, least(r.id, 2147483647)::int4) end"
        }
    };
    // What is materialized in an order is worked off in it.
    let query = format!(
        concat!(
            "with r as materialized (select ",
            columns!(),
            " from resource r where r.key in ({}) order by r.id),
                n as (select count(*) = $2 as is_all from r where r.key <> $3)
            select ",
            columns!(),
            ", n.is_all,
                (select c.to_s from reservation_claim c where c.resource = r.id and c.lane = 0
                    and c.from_s < $4 + r.after_ms / 1000 order by c.from_s desc limit 1) as last_to,
                (select count(*) from reservation where account_id = $5 and ends_at > $8 and {}) as ahead{}
            from r cross join n"
        ),
        listed_text(tx),
        crate::reservation::AHEAD,
        locked
    );
    let list = serde_json::to_string(look.keys).expect("keys are text");
    let wanted = look.keys.iter().filter(|key| ***key != ResourceKey::Lab).count();
    let seen: Vec<Seen> = on!(tx, db => sqlx::query_as(AssertSqlSafe(query.as_str()))
        .bind(&list).bind(i64::try_from(wanted).unwrap_or(i64::MAX)).bind(ResourceKey::Lab.to_string())
        .bind(look.until_s).bind(look.account).bind(LOCKS).bind(look.locks).bind(look.now.0)
        .fetch_all(db).await)?;
    let first = seen.first();
    let mut survey = Survey {
        rows: vec![],
        last: seen.iter().map(|seen| seen.last).collect(),
        ahead: first.map(|seen| u64::try_from(seen.ahead).unwrap_or(0)),
        is_locked: look.locks && first.is_some_and(|seen| seen.is_all),
    };
    survey.rows = seen.into_iter().map(|seen| seen.row.read()).collect::<Result<_>>()?;
    Ok(survey)
}
