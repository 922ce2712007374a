//! What the surface is told by the configuration.

use direttore_domain::Role;
use std::{path::PathBuf, time::Duration};

#[derive(Clone)]
pub struct Settings {
    /// Its address, `https://matrix.example.org`.
    pub homeserver: String,
    /// The bot, `@bot:example.org`.
    pub user: String,
    pub sign_in: SignIn,
    /// Where keys and the position of the sync are kept.
    pub folder: PathBuf,
    /// Encrypts what is in the folder.
    pub passphrase: Option<String>,
    pub recovery_key: Option<String>,
    /// What people see in the list of the bot's devices.
    pub device_name: String,
    /// Ids or aliases of rooms that may be joined.
    pub rooms: Vec<String>,
    /// Whether people with a role may talk to the bot in a room of their own.
    pub direct: bool,
    /// Gets a card for each change of shared state.
    pub ops_room: Option<String>,
    /// Gets each row of the audit log.
    pub audit_room: Option<String>,
    /// Whether `!guest list` is heard without `!dt` before it.
    pub bare_commands: bool,
    /// Whether rooms get a description of every command, by MSC4391.
    pub descriptions: bool,
    /// Roles by user id.
    pub users: Vec<(String, Role)>,
    /// Roles of all who are in a room.
    pub members: Vec<(String, Role)>,
    pub power: Vec<PowerRule>,
    pub paces: Paces,
}

/// How the bot proves who it is.
#[derive(Clone)]
pub enum SignIn {
    Password(String),
    Token { token: String, device: Option<String> },
}

/// A room whose power levels give roles, and the highest that they give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerRule {
    pub room: String,
    pub cap: Role,
}

/// Elapsed times.
#[derive(Debug, Clone, Copy)]
pub struct Paces {
    /// Between two edits of a job's message; the first comes a sixth of it after the job began.
    pub edit: Duration,
    /// The same, once the job has run for [`Paces::long`].
    pub edit_long: Duration,
    pub long: Duration,
    /// How often the outbox is looked at when nothing wakes it, and the lease is taken again.
    pub look: Duration,
    /// How long a lead is held that is not taken again.
    pub lead: Duration,
    /// Between two looks for a message that is kept fresh.
    pub live: Duration,
    /// Between two messages of the mirrored log.
    pub mirror: Duration,
    /// What takes longer is answered with a sign that it was heard.
    pub sign: Duration,
    /// The first and the longest pause before something is tried again.
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
            live: Duration::from_secs(30),
            mirror: Duration::from_secs(5),
            sign: Duration::from_secs(1),
            back_off: (Duration::from_secs(1), Duration::from_secs(300)),
        }
    }
}
