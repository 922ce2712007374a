//! iCalendar (RFC 5545), as far as a server needs it: its lines, when things happen, and parts of it said again.
//!
//! What a program sends is kept byte by byte, so reading here is for finding, never for rewriting: [`lines`] splits
//! without changing, [`zone`] and [`series`] tell when, [`object`] judges what may be kept, [`pick`] says parts.

pub mod lines;
pub mod object;
pub mod occur;
pub mod pick;
pub mod series;
pub mod time;
pub mod zone;

#[cfg(test)]
mod tests;
