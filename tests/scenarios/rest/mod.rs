//! The REST interface, as scripts speak it: real requests to a server before the same database and clock.

mod metrics;
mod program;
mod replay;
mod sign_in;
mod users;
