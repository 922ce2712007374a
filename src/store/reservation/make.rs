//! A reservation that is made: its row, what it is of, and the slots that it takes.

use super::{Content, Held, NewReservation, Reservation, acts, ms, request};
use crate::{
    Result, StoreError, Tx,
    claim::Slot,
    dialect::{next_change, text},
    row::list_text,
    tx::Inner,
};
use direttore_domain::ReservationId;
use sqlx::AssertSqlSafe;
use std::fmt::Write;

/// What became of one that was to be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    Made(Box<Reservation>),
    /// There is one of that uid: nothing is written, no number is used up, and the transaction goes on.
    SameUid,
    /// Somebody has a part of a slot. The transaction can only be dropped.
    Blocked,
}

/// Columns of the row itself.
const COLUMNS: &str = "uid, series, position, recurrence, title, note, account_id, holder, surface, channel, starts_at,
    ends_at, zone, status, is_maintenance, covers_guests, wanted, acts, reminded, checked_in_at, check_in_ms,
    offered_until, due_at, href, body, recurrence_at, request, created_at, changed_at, change_no";

/// Binds all of them but the number of the change, `$1` to `$28`.
macro_rules! bound {
    ($query:expr, $held:expr) => {{
        let held: &Reservation = $held;
        $query
            .bind(&held.uid)
            .bind(&held.series)
            .bind(held.position)
            .bind(&held.recurrence)
            .bind(&held.title)
            .bind(&held.note)
            .bind(held.account_id)
            .bind(&held.holder)
            .bind(held.origin.surface.as_str())
            .bind(&held.origin.channel)
            .bind(held.starts.0)
            .bind(held.ends.0)
            .bind(&held.zone)
            .bind(held.status.as_str())
            .bind(held.is_maintenance)
            .bind(held.covers_guests)
            .bind(list_text(&held.wanted))
            .bind(acts(held))
            .bind(held.reminded)
            .bind(ms(held.checked_in))
            .bind(held.check_in_ms)
            .bind(ms(held.offered_until))
            .bind(ms(held.due))
            .bind(&held.href)
            .bind(&held.body)
            .bind(ms(held.recurs))
            .bind(request(held))
            .bind(held.created.0)
    }};
}

/// Makes it with what it is of, in the order in which lists show that, and the slots that it takes: all or nothing. The
/// locks of the slots are the caller's ([`crate::claim::lock`]).
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else makes one of that uid just now; [`StoreError::Refused`] for a lane that a
/// resource has not.
pub async fn create(tx: &mut Tx, new: &NewReservation<'_>, of: &[Held], slots: &[Slot]) -> Result<Created> {
    let mut held = as_kept(new, of);
    let insert = format!(
        "insert into reservation ({COLUMNS})
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23, $24, $25, $26, $27, $28, $28, {}
            where not exists (select 1 from reservation where uid = $1) returning id",
        next_change(tx, "reservation")
    );
    let ids: Vec<i64> = of.iter().map(|one| one.id).collect();
    let mut sorted = slots.to_vec();
    sorted.sort_unstable();
    // One journey for all of it, to the server or to the thread that has the file.
    let is_free = match &mut tx.inner {
        // Statements one behind the other, each of which does nothing unless the one before wrote something.
        Inner::Sqlite(db) => {
            let four = |slot: &Slot| [slot.resource, slot.lane, slot.span.from_s, slot.span.to_s];
            let slots: Vec<[i64; 4]> = sorted.iter().map(four).collect();
            let made = "(select seq from sqlite_sequence where name = 'reservation')";
            let mut all = insert;
            if !slots.is_empty() {
                let _ = write!(
                    all,
                    "; insert into reservation_claim (reservation, resource, lane, from_s, to_s)
                        select {made}, json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                            json_extract(value, '$[2]'), json_extract(value, '$[3]')
                        from json_each($30) where changes() > 0 order by key"
                );
            }
            if !of.is_empty() {
                let _ = write!(
                    all,
                    "; insert into reservation_resource (reservation, resource)
                        select {made}, value from json_each($29) where changes() > 0"
                );
            }
            let made: sqlx::Result<Vec<(i64,)>> = bound!(sqlx::query_as(AssertSqlSafe(all)), &held)
                .bind(serde_json::to_string(&ids).expect("numbers are JSON"))
                .bind(serde_json::to_string(&slots).expect("numbers are JSON"))
                .fetch_all(&mut **db)
                .await;
            tx.has_failed |= made.is_err();
            match made.map_err(StoreError::from) {
                Ok(made) => match made.first() {
                    None => return Ok(Created::SameUid),
                    Some((id,)) => {
                        held.id = ReservationId(*id);
                        true
                    }
                },
                Err(StoreError::Refused(why)) if why.contains("claim_overlap") => false,
                Err(why) => return Err(why),
            }
        }
        Inner::Postgres(db) => {
            let all = format!(
                "with made as ({insert}),
                    of as (insert into reservation_resource (reservation, resource)
                        select made.id, resource from made, unnest($29::bigint[]) as resource),
                    taken as (insert into reservation_claim (reservation, resource, lane, from_s, to_s)
                        select made.id, s.resource, s.lane, s.from_s, s.to_s from made,
                            unnest($30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[])
                                as s (resource, lane, from_s, to_s)
                        on conflict do nothing returning 1)
                select id, (select count(*) from taken) from made"
            );
            let column = |of: fn(&Slot) -> i64| sorted.iter().map(of).collect::<Vec<i64>>();
            let made: sqlx::Result<Option<(i64, i64)>> = bound!(sqlx::query_as(AssertSqlSafe(all)), &held)
                .bind(ids)
                .bind(column(|slot| slot.resource))
                .bind(column(|slot| slot.lane))
                .bind(column(|slot| slot.span.from_s))
                .bind(column(|slot| slot.span.to_s))
                .fetch_optional(&mut **db)
                .await;
            tx.has_failed |= made.is_err();
            match made.map_err(StoreError::from) {
                Ok(None) => return Ok(Created::SameUid),
                Ok(Some((id, taken))) => {
                    held.id = ReservationId(id);
                    let is_free = usize::try_from(taken) == Ok(slots.len());
                    tx.has_failed |= !is_free;
                    is_free
                }
                Err(StoreError::Refused(why)) if why.contains("claim_overlap") => false,
                Err(why) => return Err(why),
            }
        }
    };
    Ok(if is_free { Created::Made(Box::new(held)) } else { Created::Blocked })
}

/// What will be read of it, but for its number.
fn as_kept(new: &NewReservation<'_>, of: &[Held]) -> Reservation {
    let kept = |given: &str| text(given).into_owned();
    let content = new.content;
    Reservation {
        id: ReservationId(0),
        uid: kept(new.uid),
        series: kept(new.series),
        position: new.position,
        recurrence: new.recurrence.to_owned(),
        account_id: new.account_id,
        holder: kept(new.holder),
        origin: direttore_domain::Origin { channel: kept(&new.origin.channel), ..new.origin.clone() },
        is_maintenance: new.is_maintenance,
        content: Content {
            title: kept(&content.title),
            note: kept(&content.note),
            href: kept(&content.href),
            body: kept(&content.body),
            ..content.clone()
        },
        rev: 1,
        sequence: 0,
        created: new.now,
        changed: new.now,
        resources: of.to_vec(),
    }
}
