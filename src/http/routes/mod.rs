//! What is served, a file for each.

pub mod discord;
