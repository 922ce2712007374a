//! What is kept: accounts, grants, keys, questions, jobs and what they hold, reservations, the outbox and the audit
//! log, in SQLite or PostgreSQL.
//!
//! One file per aggregate, functions on a transaction ([`Tx`]), one SQL text for both databases. Start at [`Store`]
//! for how a database is opened, at [`job`] for the queue, at [`audit`] for the log and its seals.
//!
//! Never here: a decision of the field (that is domain's), a call over the network, a transaction that outlives the
//! function that began it. What the two databases really say differently stands in `dialect`.
//! Instants come in as arguments; only leases and due times use the database's own clock, which all replicas share.

#[macro_use]
mod tx;

pub mod account;
pub mod address_hold;
pub mod admin;
pub mod alert;
pub mod alias;
pub mod audit;
pub mod claim;
pub mod device_finding;
pub mod device_key;
pub mod device_push;
pub mod device_version;
mod dialect;
mod error;
pub mod grant;
pub mod group;
pub mod hold;
pub mod hook;
pub mod inbox;
pub mod job;
pub mod key;
pub mod lease;
pub mod link_code;
mod migrate;
pub mod oidc;
pub mod once;
mod open;
pub mod owner;
pub mod plain_calendar;
pub mod plain_object;
pub mod question;
pub mod reservation;
pub mod resource;
mod row;
pub mod session;
pub mod setting;
pub mod silence;
pub mod surface_note;
pub mod telling;
pub mod token;
pub mod who;
mod writer;

pub use error::{Result, StoreError};
pub use open::{Settings, Store};
pub use tx::Tx;

#[cfg(test)]
extern crate self as direttore_store;

#[cfg(test)]
#[path = "../../tests/support/postgres.rs"]
mod postgres;

#[cfg(test)]
mod trials;
