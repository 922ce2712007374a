//! What tests stand on: both databases, and direttore and its simulated lab as processes of their own.

pub mod bot;
pub mod lab;
pub mod postgres;
pub mod process;
