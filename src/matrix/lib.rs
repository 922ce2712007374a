//! Matrix: rooms, threads, reactions.

mod describe;
mod heard;
mod live;
mod mirror;
mod render;
pub mod roles;
mod settings;
mod standing;
mod talk;
mod tell;
pub mod wire;

pub use settings::{Paces, PowerRule, Settings, SignIn};
pub use talk::Talk;
