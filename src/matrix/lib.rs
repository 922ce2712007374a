//! Matrix: rooms, threads, reactions.

pub mod wire;
