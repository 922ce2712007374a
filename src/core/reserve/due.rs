//! When something is next to be done about a reservation.

use crate::rules::Reserve;
use direttore_domain::{Instant, ReservationStatus as S};
use direttore_store::reservation::Content;
use std::time::Duration;

/// Bits of what has been told or is still owed: the reminder of the start, that of the end, what the lab does at the end.
pub const START: i64 = 1;
pub const END: i64 = 2;
pub const OWED: i64 = 4;

/// `None` when nothing is left to do.
pub fn next(content: &Content, rules: &Reserve, now: Instant) -> Option<Instant> {
    let reminder = |bit: i64, at: Instant| (content.reminded & bit == 0).then(|| at - rules.remind);
    match content.status {
        S::Offered => content.offered_until,
        // Nobody said yes in time, or its time came while it stood in line.
        S::Pending | S::Waiting => Some(content.starts),
        S::Booked => reminder(START, content.starts).into_iter().chain([content.starts]).min(),
        S::Active => {
            let check_in = (content.check_in_ms > 0 && content.checked_in.is_none()).then(|| no_show_at(content));
            reminder(END, content.ends).into_iter().chain(check_in).chain([content.ends]).min()
        }
        S::Ended if content.reminded & OWED != 0 => Some(now + rules.owed_again),
        S::Ended | S::Released | S::Cancelled | S::NoShow => None,
    }
}

/// When it is given back unless somebody has checked in.
pub fn no_show_at(content: &Content) -> Instant {
    content.starts + Duration::from_millis(content.check_in_ms.max(0).unsigned_abs())
}
