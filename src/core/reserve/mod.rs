//! Reservations: what is asked for, whether there is room, what holds it, whom it keeps out, and when something is next
//! to be done about it.
//!
//! Everything here works inside a transaction that somebody else began: `room` finds and takes slots under their locks,
//! `deed` carries out what a plan says, `stock` changes the things themselves, `guard` looks who holds what right now,
//! `standing` who has it next, `spare` whether a guest may be destroyed, `due` says when the calendar must be looked at.
//! `things` alone is outside of any: what they demand, as it was a moment ago.
//! The database refuses two overlapping slots whatever is decided here.
//!
//! Never here: a call to a peer, a text for people beyond refusals, the clock.

mod deed;
mod due;
mod guard;
mod room;
mod spare;
mod standing;
mod stock;
mod things;
mod told;

pub use deed::{Again, Alter, Booking, Deed, NotDone, carry_out, too_much, wanted};
pub use due::{END, END_OWED, LATE, START, START_OWED, no_show_at};
pub use guard::{Touch, in_force};
pub use room::{Room, Want, look};
pub use spare::{SPARE, next_of};
pub use standing::{Place, places, standing};
pub use stock::{Named, Stock, restock};
pub use things::Things;
pub use told::{overlap, short_text, window_text};
