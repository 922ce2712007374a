//! The REST interface, as scripts speak it: real requests to a server before the same database and clock.

mod inventory;
mod program;
mod reservations;
mod sign_in;
mod users;
