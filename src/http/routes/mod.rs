//! What is served, one file for each.

pub mod discord;
pub mod feed;
pub mod health;
pub mod hook;
pub mod metrics;
