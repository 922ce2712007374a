//! The REST interface, as scripts speak it: real requests to a server before the same database and clock.

mod followers;
mod guests;
mod heads;
mod inventory;
mod metrics;
mod oidc;
mod program;
mod replay;
mod reservations;
mod roles;
mod sign_in;
mod users;
mod v1;
