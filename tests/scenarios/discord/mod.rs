//! Discord: how the stories of the console are played there, by slash commands, selects, modals and buttons, and what
//! only Discord has.
//!
//! The pretend Discord is a part of the test's own process: it starts in a millisecond, so nothing is shared.

mod answering;
mod channels;
mod gateway;
mod live;
mod log;
mod members;
mod names;
pub mod play;
mod pressing;
mod provision;
pub mod same;
pub mod stage;
mod telling;
