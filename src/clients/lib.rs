//! Clients of the systems outside: calls and their wire forms, no decisions.
//!
//! One folder for each system. Wire structs stay inside, domain types come out. Nothing here knows a person, a job or
//! a database; what to do after an error is the caller's to decide, so each error says what happened and no more.

pub mod device;
pub mod history;
pub mod netbox;
pub mod oidc;
pub mod proxmox;

mod link;
mod record;
mod said;
mod tls;

#[cfg(test)]
mod server_for_tests;
