//! Discord: every command, wizard and button by Discord's own widgets.
//!
//! An interaction comes in by the gateway ([`gateway`]) or by HTTP ([`endpoint`]) and is one struct then
//! ([`interaction`]). [`answer`] acknowledges it at once, hands it to the dispatch, and turns each neutral reply into a
//! message ([`render`]). What nobody asked for just now (progress and ends of jobs, cards, the mirrored log) is told by
//! [`tell`] and [`mirror`]. [`commands`] describes the catalogue to Discord.
//!
//! serenity stands behind [`transport`], [`gateway`] and [`typed`]; the rest knows only our own structs. Nothing here
//! decides what a command means or who may say it.

mod answer;
mod check;
pub mod commands;
mod complete;
mod custom_id;
pub mod endpoint;
mod gateway;
pub mod interaction;
mod live;
pub mod message;
mod mirror;
pub mod render;
mod settings;
mod standing;
mod surface;
mod tell;
pub mod transport;
mod typed;
mod written;

pub use check::{Finding, check};
pub use settings::{Delivery, Paces, Settings, StandIn};
pub use surface::{Counts, Discord};
