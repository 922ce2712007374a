//! What the surface is told by the configuration.

use crate::interaction::Id;
use std::{net::SocketAddr, time::Duration};

#[derive(Clone)]
pub struct Settings {
    pub token: String,
    pub application: Id,
    pub guild: Id,
    /// Of the application, for requests to the interactions endpoint.
    pub public_key: Option<[u8; 32]>,
    pub delivery: Delivery,
    /// Gets a card for each change of shared state.
    pub ops_channel: Option<Id>,
    /// Gets each row of the audit log.
    pub audit_channel: Option<Id>,
    /// Something else in the place of Discord.
    pub stand_in: Option<StandIn>,
    pub paces: Paces,
}

/// How interactions reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    #[default]
    Gateway,
    /// Discord posts them to our HTTP endpoint.
    Http,
}

/// A server that is asked in Discord's place, by the same way through TLS. While there is one, Discord itself is never
/// called, whatever fails.
#[derive(Debug, Clone)]
pub struct StandIn {
    pub addr: SocketAddr,
    /// The authority of its certificate, which is for `discord.com`.
    pub ca_pem: String,
}

/// Elapsed times.
#[derive(Debug, Clone, Copy)]
pub struct Paces {
    /// Between two edits of a job's message; a new step may come a third of it earlier.
    pub edit: Duration,
    /// The same, once the job has run for [`Paces::long`].
    pub edit_long: Duration,
    pub long: Duration,
    /// How often the outbox is looked at when nothing wakes it, and the lease is taken again.
    pub look: Duration,
    /// How long a lead is held that is not taken again.
    pub lead: Duration,
    /// What completes an option is given up after this: people type on.
    pub complete: Duration,
    /// Between two looks for a message that is kept fresh.
    pub live: Duration,
    /// Between two messages of the mirrored log.
    pub mirror: Duration,
    /// The first and the longest pause before connecting again.
    pub back_off: (Duration, Duration),
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            edit: Duration::from_secs(3),
            edit_long: Duration::from_secs(15),
            long: Duration::from_secs(60),
            look: Duration::from_secs(1),
            lead: Duration::from_secs(15),
            complete: Duration::from_millis(250),
            live: Duration::from_secs(30),
            mirror: Duration::from_secs(5),
            back_off: (Duration::from_secs(1), Duration::from_secs(300)),
        }
    }
}
