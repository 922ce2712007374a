//! Whose a guest is next: one that somebody has next is not destroyed, and one that is being destroyed is nobody's next.
//!
//! The job that destroys one notes first that it is about to, and then looks, under the locks of what is reserved. Who
//! books takes the same locks and looks for such notes: whoever comes second sees the other.

use direttore_domain::{Instant, ReservationId, ReservationStatus as Status, ResourceKey};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Span},
    reservation::{self, Reservation},
    resource::Resource,
};

/// The step that looks once more before a guest is destroyed. From its note on until its job is over, nobody can have it.
pub const SPARE: &str = "spare-reserved";

/// Slots of a lane that are looked at: the first may be that of the one who asks.
const AHEAD: i64 = 3;
const FOREVER: i64 = i64::MAX / 2;

/// Who besides `except` has it next, or stands in line for it.
///
/// # Errors
/// The database's.
pub async fn next_of(
    tx: &mut Tx,
    of: &Resource,
    except: ReservationId,
    now: Instant,
) -> Result<Option<Reservation>, StoreError> {
    let ahead = Span { from_s: now.seconds(), to_s: FOREVER };
    let mut claims = Vec::new();
    for lane in 0..of.rules.capacity {
        claims.extend(claim::ahead(tx, of.id, lane, ahead, AHEAD).await?);
    }
    let first = claims.into_iter().filter(|claim| claim.reservation != except).min_by_key(|claim| claim.span);
    if let Some(claim) = first {
        return reservation::get(tx, claim.reservation).await;
    }
    let asks = |r: &Reservation, key: &ResourceKey| r.wanted.iter().any(|wanted| wanted.key == *key);
    let waits = |r: &Reservation| r.id != except && r.status == Status::Waiting && r.ends > now && asks(r, &of.key);
    Ok(reservation::waiting(tx).await?.into_iter().find(waits))
}
