//! Matrix: how the stories of the console are played there, by lines, signs and words in threads, and what only Matrix has.
//!
//! The homeserver is a few rooms in memory, as strict as a real one; what a real one does besides is tested with one.

mod approvals;
mod only;
pub mod rooms;
pub mod same;
pub mod stage;
mod telling;
