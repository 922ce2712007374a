//! `/guest …`: what there is, what one is like, whose it is, what can be made of it, and its end.

pub mod backup;
pub mod clone;
pub mod delete;
pub mod list;
pub mod migrate;
pub mod owner;
mod parts;
pub mod resize;
pub mod restore;
pub mod show;
