//! Network devices: which NetBox device is which box, how it is logged in to, what it should say, and what it said.
//!
//! [`Devices`] is the handle, held by the lab: `target` turns a device of NetBox into a [`Target`] that can be called, `call`
//! opens a session with it and keeps the host key that it showed first, `render` makes the text that NetBox and a template
//! mean, `words` masks what people see, `snmp` asks its
//! agent, and `history` is the repository of configurations. Nothing here decides who may do
//! it, and nothing changes a device: that is what jobs do.

mod call;
mod data;
mod find;
mod kept;
mod push;
mod render;
mod settings;
mod snmp;
mod target;
mod versions;
mod words;

pub use find::{find, name};
pub use kept::Kept;
pub use push::{Body, Foreseen, PushWish, What, hash};
pub use render::{Intent, NETBOX, Wanted};
pub use settings::{Allowed, Check, Fields, Jump, Secrets, Settings};
pub use snmp::Agent;
pub use target::Target;
pub use versions::approved;
pub use words::rules_of;

use crate::Clock;
use direttore_clients::{device::Pool, history};
use direttore_domain::device::Mask;
use direttore_reply::device::Templates;
use direttore_store::Store;
use tokio::sync::OnceCell;

/// All that is known of network devices, for the whole process.
pub struct Devices {
    pub settings: Settings,
    pub templates: Templates,
    pool: Pool,
    store: Store,
    clock: Clock,
    mask: Mask,
    shown: snmp::Shown,
    /// Opened at first use: a disk that is away must not keep the rest from starting.
    history: OnceCell<history::History>,
}

impl Devices {
    pub fn new(settings: Settings, store: Store, clock: Clock) -> Self {
        let templates = Templates::new(settings.templates.iter().cloned());
        let (pool, mask) = (Pool::new(settings.sizes), Mask::new(settings.mask_key));
        Self { templates, pool, store, clock, mask, shown: snmp::Shown::default(), history: OnceCell::new(), settings }
    }
}

#[cfg(test)]
mod tests;
