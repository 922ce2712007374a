//! Matrix: rooms, threads, reactions.

pub mod roles;
mod settings;
mod talk;
pub mod wire;

pub use settings::{Paces, PowerRule, Settings, SignIn};
pub use talk::Talk;
