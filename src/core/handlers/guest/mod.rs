//! `/guest …`: what there is, what one is like, whose it is, and its end.

pub mod delete;
pub mod list;
pub mod owner;
pub mod show;
