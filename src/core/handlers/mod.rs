//! The meaning of each command: typed input in, an [`Outcome`] out. Words, limits and permissions are in `commands/`.
//!
//! A handler reads (the lab's view, live state, the store) and decides. It never writes, sends, or knows a surface; text
//! is in `templates/replies/`. The tree of this folder is the tree of `commands/`; [`registry`] lists them.

mod alert;
mod alias;
mod audit;
mod cx;
mod device;
mod grant;
mod group;
mod guest;
mod help;
mod inventory;
mod ipam;
mod job;
mod key;
mod lab;
mod link;
mod node;
pub mod plain;
mod power;
mod provision;
mod registry;
mod reserve;
mod resource;
pub mod seen;
mod snapshot;
mod token;
mod user;
mod whoami;

pub use alias::{expand as alias_expand, questions as alias_questions};
pub use cx::Cx;
pub use device::differences as push_differences;
pub use guest::list::{Filter, select};
pub use lab::check::{Finding, check as check_all, data as check_data};
pub use power::decide as decide_power;
pub use provision::offers;
pub use registry::{input_fields, names, plan};
pub use reserve::names as reservation_names;
pub use reserve::parts::bookable::{Bookable, all as bookable, one as bookable_one};

#[cfg(test)]
mod tests;
