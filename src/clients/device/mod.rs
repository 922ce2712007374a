//! Network devices over SSH: a bounded pool of threads, sessions with limits of our own, and one way of changing each platform.
//!
//! [`Pool`] is the handle: `call` gives a closure a [`Link`] to one [`Device`] on a thread of the pool and brings back what
//! it made. A [`Link`] reads (`fetch_config`, `run`), and changes (`preview`, `commit`, `confirm`, `undo`, `pending`,
//! `save`); `change/` has one file for each mechanism, `platform/` a description of each platform.
//! Below them: `dial` and `jump` (a socket), `connect` (handshake, host key), `login`, `wire` (reading with a deadline),
//! `screen` (what a terminal would show), `shell`, `exec`, `netconf/`. Start at [`Pool::call`] and at [`Error`].
//!
//! What this client never does:
//! - hold a session while a person thinks: staging leaves nothing behind, what is pending on the box is asked of the box;
//! - block one of tokio's threads, or one of its blocking ones;
//! - offer old algorithms to a device that is not marked so;
//! - put a secret into an error, a log or a `Debug` text;
//! - send the rest of a change after a line was refused.

mod algorithms;
mod cancel;
mod change;
mod connect;
mod dial;
mod error;
mod exec;
mod host_key;
mod jump;
mod limits;
mod link;
mod login;
mod netconf;
pub mod platform;
mod pool;
mod pump;
pub mod reverse;
mod screen;
mod shell;
pub mod snmp;
mod target;
mod wire;
pub mod yang;

#[cfg(test)]
mod tests;

pub use change::{Committed, Held, Pending, Preview, Scope, Undone, Wish};
pub use error::{Error, Phase, RpcError};
pub use host_key::{Known, Policy, Seen};
pub use limits::Limits;
pub use link::{Config, Link, Output};
pub use netconf::{Capabilities, Datastore};
pub use platform::{Mechanism, Platform, Proof, Timer};
pub use pool::{Done, Pool, Sizes};
pub use target::{Device, Key, Login, Peer, Secret};
