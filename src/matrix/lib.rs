//! Matrix: rooms, threads, reactions, encrypted or not.
//!
//! [`sync`] listens and puts what it hears into the inbox; [`worker`] takes it from there, room by room, to [`talk`], which
//! finds out what it means, has it done and answers. Between the two stands [`wire`]: events and rooms in words of our own.
//! Behind it is the SDK ([`sdk`], with [`session`], [`keys`], [`rooms`] and [`sealed`] for what it must be told); in tests
//! a room in memory.
//!
//! Nothing here decides what a command means or who may say it.

mod check;
mod describe;
mod events;
mod heard;
mod keys;
mod live;
mod mirror;
mod render;
pub mod roles;
mod rooms;
mod sdk;
mod sealed;
mod server;
mod session;
mod settings;
mod standing;
mod surface;
mod sync;
mod talk;
mod tell;
pub mod wire;
mod worker;

pub use check::{Finding, check};
pub use settings::{Paces, PowerRule, Settings, SignIn};
pub use surface::{Matrix, State};
pub use talk::Talk;
