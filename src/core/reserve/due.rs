//! When something is next to be done about a reservation.

use crate::rules::Reserve;
use direttore_domain::{Instant, ReservationStatus as S};
use direttore_store::reservation::Content;
use std::time::Duration;

/// Bits of what has been told: the reminder of the start, that of the end.
pub const START: i64 = 1;
pub const END: i64 = 2;
/// Bits of what the lab still owes: at the start, at the end, and that it was tried in vain.
pub const START_OWED: i64 = 4;
pub const END_OWED: i64 = 8;
pub const LATE: i64 = 16;

/// `None` when nothing is left to do.
pub fn next(content: &Content, rules: &Reserve, now: Instant) -> Option<Instant> {
    let reminder = |bit: i64, at: Instant| (content.reminded & bit == 0).then(|| at - rules.remind);
    let owes = content.reminded & (START_OWED | END_OWED) != 0;
    match content.status {
        S::Ended | S::Released if owes && content.reminded & LATE != 0 => Some(now + rules.owed_again),
        // Due when it should have been done: before what others have next.
        S::Active if owes && content.reminded & LATE == 0 => Some(content.starts),
        S::Ended | S::Released if owes => Some(content.ends.min(now)),
        S::Offered => content.offered_until,
        // Nobody said yes in time, or its time came while it stood in line.
        S::Pending | S::Waiting => Some(content.starts),
        S::Booked => reminder(START, content.starts).into_iter().chain([content.starts]).min(),
        S::Active => {
            let check_in = (content.check_in_ms > 0 && content.checked_in.is_none()).then(|| no_show_at(content));
            let again = owes.then(|| now + rules.owed_again);
            reminder(END, content.ends).into_iter().chain(check_in).chain(again).chain([content.ends]).min()
        }
        S::Ended | S::Released | S::Cancelled | S::NoShow => None,
    }
}

/// When it is given back unless somebody has checked in.
pub fn no_show_at(content: &Content) -> Instant {
    content.starts + Duration::from_millis(content.check_in_ms.max(0).unsigned_abs())
}
