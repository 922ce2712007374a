//! What a body must be: first Discord's own description (`schema.rs`), then the rules that it leaves out.

mod commands;
mod components;
mod embeds;
mod errors;
mod message;
mod modal;
mod schema;

pub use commands::{choice_value, command_set};
pub use components::children;
pub use errors::{Errors, at};
pub use message::{EPHEMERAL, IS_COMPONENTS_V2, message};
pub use modal::modal;
pub use schema::{Of, Schema};

#[cfg(test)]
mod tests;
