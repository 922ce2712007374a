//! What is served: each endpoint with its parameters, stated here and compared with the contract both ways.
//!
//! The tables are data. `check.rs` judges what was sent by them, `param.rs` is the language they are written in.

pub mod check;
mod container_config;
pub mod drives;
mod endpoint;
pub mod format;
mod guests;
mod nodes;
mod others;
pub mod param;
pub mod pattern;
pub mod properties;
pub mod property;
mod vm_config;

pub use check::{Args, Raw};
pub use endpoint::{Endpoint, Needs, find};

use direttore_domain::GuestKind;
use param::Param;

/// Every endpoint that is served.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    others::ENDPOINTS.iter().chain(nodes::ENDPOINTS).chain(guests::ENDPOINTS)
}

/// What may stand in a guest's configuration.
pub fn config_of(kind: GuestKind) -> &'static [Param] {
    match kind {
        GuestKind::Vm => vm_config::CONFIG,
        GuestKind::Container => container_config::CONFIG,
    }
}

#[cfg(test)]
mod tests;
