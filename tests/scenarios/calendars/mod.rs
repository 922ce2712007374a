//! Calendars by CalDAV, as programs speak it: real requests to a server before the same database and clock.

mod bad_input;
mod booking;
mod booking_times;
mod clients;
mod doors;
pub mod program;
mod queries;
mod series;
mod sync;
mod together;
mod told;
