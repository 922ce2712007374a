//! The terminal: a chat for a person, a script for a test or a program.
//!
//! Two jobs only: a line becomes something heard ([`say`]), a reply becomes lines ([`render`]) or one JSON object.
//! Nothing here decides what a command means or who may say it, and no text of a reply is made here but the hints on how
//! to answer at a terminal. Whatever comes from data is made visible once more before it is written, so that no
//! terminal escape gets through. Start at [`chat()`] for the prompt and at [`script()`] for files and pipes.

mod chat;
mod ear;
mod open;
pub mod render;
mod say;
mod script;

#[cfg(test)]
mod pretend;

pub use chat::{ChatSettings, chat};
pub use render::{Style, render, wants_color};
pub use script::{Backstage, BoxFuture, ScriptSettings, script};
