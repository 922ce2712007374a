//! What the surface asks of a homeserver, and what it hears from it: our own words, no type of the SDK's.
//!
//! [`Wire`] is the narrow road. Behind it stands the SDK; in tests a room in memory. Ids are Matrix's own strings (`!room`,
//! `$event`, `@user:server`), contents are the JSON of an event's `content`.

use direttore_domain::{Failure, Instant};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Why a request did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The homeserver says no; its own code (`M_FORBIDDEN`) and words.
    #[error("the homeserver refused: {why} ({code})")]
    Refused { status: u16, code: String, why: String },
    /// The access token is dead.
    #[error("the homeserver does not accept the access token")]
    Token,
    /// Too fast, and still so after the waiting that was done.
    #[error("the homeserver wants a pause of {} ms", wait.as_millis())]
    Limited { wait: Duration },
    /// It may come right by itself.
    #[error("the homeserver cannot be reached: {why}")]
    Away { why: String },
    /// It is we who cannot.
    #[error("{why}")]
    Ours { why: String },
}

impl Error {
    pub fn is_temporary(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}

/// The database's trouble, as one of the way to an answer.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Away { why: failure.to_string() }
    }
}

/// An event of a room's timeline, decrypted where it was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub room: String,
    pub id: String,
    pub sender: String,
    /// `origin_server_ts`: what the sender's server says.
    pub sent_at: Instant,
    /// `m.room.message`, `m.reaction`, `m.room.redaction`, …
    pub kind: String,
    pub content: Value,
    /// For a redaction: what it takes away.
    pub redacts: Option<String>,
    /// Whether it came encrypted; that of a message in an encrypted room must have.
    pub was_encrypted: bool,
}

/// A room as the bot sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its own, also where it was asked for by an alias, or by the id of the one whose place it took.
    pub id: String,
    /// Another took its place, and the bot is not in that one yet.
    pub is_left_behind: bool,
    pub is_encrypted: bool,
    /// The bot and one other person are in it or invited, and nobody else.
    pub is_direct: bool,
}

/// A right in a room. The creators of a room of version 12 and later have one without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    Level(i64),
    Infinite,
}

/// A file for a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    /// Its media type, `image/png`.
    pub media: String,
    pub bytes: Vec<u8>,
    /// What says the same in words.
    pub alt: String,
    /// Of a picture, in dots.
    pub size: Option<(u32, u32)>,
}

/// What the surface asks of a homeserver.
pub trait Wire: Send + Sync {
    /// Who the bot is, `@bot:server`.
    fn me(&self) -> &str;

    /// Sends an event, encrypted where the room is; its id. Sent again with the same `txn` it is the same event.
    fn send<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        content: Value,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>>;

    /// Uploads a file (encrypted where the room is) and sends it as `m.image` or `m.file` with this relation
    /// (`m.relates_to`); the event's id.
    fn send_file<'a>(
        &'a self,
        room: &'a str,
        file: File,
        relates_to: Option<Value>,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>>;

    /// Takes an event of ours away.
    fn redact<'a>(&'a self, room: &'a str, event: &'a str, txn: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Puts a state event.
    fn put_state<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        key: &'a str,
        content: Value,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// The room that only this person and the bot share; made, and the person invited, when there is none.
    fn direct<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<String, Error>>;

    fn room<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<Room, Error>>;

    /// The power level of somebody who is in the room; none when they are not in it.
    fn power<'a>(&'a self, room: &'a str, user: &'a str) -> BoxFuture<'a, Result<Option<Power>, Error>>;
}
