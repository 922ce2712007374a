//! [`Wire`] by the SDK. While there is no connection whoever sends waits for one; what the homeserver wants to have later
//! is sent later, under the same transaction id.

use crate::{
    rooms::Places,
    wire::{Error, File, Power, Room as Seen, Wire},
};
use futures::future::BoxFuture;
use matrix_sdk::{
    Client, HttpError, Room, RoomMemberships,
    ruma::{
        OwnedEventId, OwnedUserId, TransactionId,
        api::error::{ErrorKind, RetryAfter},
        events::room::{member::MembershipState, power_levels::UserPowerLevel},
    },
};
use serde_json::{Value, json};
use std::{
    io::Cursor,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

/// How long something is tried to be sent. What is told from the outbox comes again after that.
const PATIENCE: Duration = Duration::from_secs(120);
/// The first and the longest pause before it is tried again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// The bot's own refusal to say something in an encrypted room.
const UNSIGNED: &str = "DIRETTORE_UNSIGNED";

pub(crate) struct Sdk {
    me: String,
    client: watch::Sender<Option<Client>>,
    pub places: Places,
    /// Whether it may speak in encrypted rooms.
    is_signed: AtomicBool,
}

impl Sdk {
    pub fn new(me: &str) -> Self {
        let client = watch::Sender::new(None);
        Self { me: me.to_owned(), client, places: Places::default(), is_signed: AtomicBool::new(false) }
    }

    pub fn connect(&self, client: Option<Client>) {
        self.client.send_replace(client);
    }

    pub fn sign(&self, is_signed: bool) {
        self.is_signed.store(is_signed, Ordering::Relaxed);
    }

    pub fn connected(&self) -> Option<Client> {
        self.client.borrow().clone()
    }

    /// The client, once there is one.
    async fn client(&self) -> Result<Client, Error> {
        let mut client = self.client.subscribe();
        let found = timeout(PATIENCE, client.wait_for(Option::is_some)).await;
        let client = found.ok().and_then(Result::ok).and_then(|client| client.clone());
        client.ok_or_else(|| Error::Away { why: "there is no connection".to_owned() })
    }

    /// A room by its id or alias, or the one that took its place.
    async fn joined(&self, name: &str) -> Result<Room, Error> {
        let client = self.client().await?;
        let id = self.places.of(&client, name).await?;
        client.get_room(&id).ok_or_else(|| not_there(name))
    }

    /// Does something until it works, is refused, or takes too long.
    async fn insist<T, F>(&self, act: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let end = Instant::now() + PATIENCE;
        let mut pause = PAUSE.0;
        loop {
            let error = match act().await {
                Ok(done) => return Ok(done),
                Err(error @ (Error::Refused { .. } | Error::Ours { .. })) => return Err(error),
                Err(error) => error,
            };
            let wait = match error {
                Error::Limited { wait } => wait,
                _ => pause,
            };
            if Instant::now() + wait >= end {
                return Err(error);
            }
            tracing::debug!("the homeserver is asked again: {error}");
            sleep(wait).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    async fn sent(&self, room: &str, kind: &str, content: Value, txn: &str) -> Result<String, Error> {
        let room = self.joined(room).await?;
        self.may_speak(&room, kind).await?;
        let sent = room.send_raw(kind, content).with_transaction_id(<&TransactionId>::from(txn)).await;
        Ok(sent.map_err(|e| meant(&e))?.response.event_id.to_string())
    }

    async fn uploaded(&self, room: &str, file: &File) -> Result<Value, Error> {
        let room = self.joined(room).await?;
        self.may_speak(&room, "m.room.message").await?;
        uploaded(&room, file).await
    }

    /// What is said in an encrypted room comes from a device that the account vouches for, or is not said.
    async fn may_speak(&self, room: &Room, kind: &str) -> Result<(), Error> {
        if kind == "m.reaction" || self.is_signed.load(Ordering::Relaxed) || !is_encrypted(room).await? {
            return Ok(());
        }
        let why = "this device is not signed by its account, so it is silent in encrypted rooms".to_owned();
        Err(Error::Refused { status: 0, code: UNSIGNED.to_owned(), why })
    }
}

/// What the SDK's error is.
pub(crate) fn meant(error: &matrix_sdk::Error) -> Error {
    if let matrix_sdk::Error::WrongRoomState(wrong) = error {
        return Error::Refused { status: 403, code: "M_FORBIDDEN".to_owned(), why: wrong.to_string() };
    }
    let matrix_sdk::Error::Http(http) = error else { return Error::Ours { why: error.to_string() } };
    meant_http(http)
}

fn meant_http(error: &HttpError) -> Error {
    let Some(answer) = error.as_client_api_error() else {
        return match error {
            HttpError::Reqwest(_) | HttpError::Api(_) => Error::Away { why: error.to_string() },
            other => Error::Ours { why: other.to_string() },
        };
    };
    let status = answer.status_code.as_u16();
    match answer.error_kind() {
        Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken) => Error::Token,
        Some(ErrorKind::LimitExceeded(limited)) => {
            let wait = match limited.retry_after {
                Some(RetryAfter::Delay(wait)) => wait,
                _ => Duration::from_secs(1),
            };
            Error::Limited { wait }
        }
        _ if status >= 500 => Error::Away { why: answer.to_string() },
        kind => {
            let code = kind.map_or_else(|| "M_UNKNOWN".to_owned(), |kind| kind.errcode().to_string());
            Error::Refused { status, code, why: answer.to_string() }
        }
    }
}

fn not_there(room: &str) -> Error {
    let why = format!("the bot is not in the room {room}");
    Error::Refused { status: 403, code: "M_FORBIDDEN".to_owned(), why }
}

fn ours(what: &str, wrong: impl std::fmt::Display) -> Error {
    Error::Ours { why: format!("{what} has the wrong form: {wrong}") }
}

async fn is_encrypted(room: &Room) -> Result<bool, Error> {
    let state = room.latest_encryption_state().await.map_err(|e| meant(&e))?;
    Ok(state.is_encrypted())
}

fn user_id(user: &str) -> Result<OwnedUserId, Error> {
    user.parse().map_err(|e| ours("a user id", e))
}

impl Wire for Sdk {
    fn me(&self) -> &str {
        &self.me
    }

    fn send<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        content: Value,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(self.insist(move || {
            let content = content.clone();
            self.sent(room, kind, content, txn)
        }))
    }

    fn send_file<'a>(
        &'a self,
        room: &'a str,
        file: File,
        relates_to: Option<Value>,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let file = &file;
            let mut content = self.insist(move || self.uploaded(room, file)).await?;
            if let Some(relation) = relates_to {
                content["m.relates_to"] = relation;
            }
            self.send(room, "m.room.message", content, txn).await
        })
    }

    fn redact<'a>(&'a self, room: &'a str, event: &'a str, txn: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.insist(move || async move {
            let room = self.joined(room).await?;
            let event: OwnedEventId = event.parse().map_err(|e| ours("an event id", e))?;
            let done = room.redact(&event, None, Some(txn.into())).await;
            done.map(drop).map_err(|e| meant_http(&e))
        }))
    }

    fn put_state<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        key: &'a str,
        content: Value,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.insist(move || {
            let content = content.clone();
            async move {
                let room = self.joined(room).await?;
                let done = room.send_state_event_raw(kind, key, content).await;
                done.map(drop).map_err(|e| meant(&e))
            }
        }))
    }

    fn direct<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(self.insist(move || async move {
            let client = self.client().await?;
            let user = user_id(user)?;
            for room in client.joined_rooms() {
                if room.active_members_count() == 2 && members(&room).await?.contains(&user) {
                    return Ok(room.room_id().to_string());
                }
            }
            let made = client.create_dm(&user).await.map_err(|e| meant(&e))?;
            self.places.made(made.room_id());
            Ok(made.room_id().to_string())
        }))
    }

    fn room<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<Seen, Error>> {
        Box::pin(async move {
            let room = self.joined(room).await?;
            Ok(Seen {
                id: room.room_id().to_string(),
                is_left_behind: room.successor_room().is_some(),
                is_encrypted: is_encrypted(&room).await?,
                is_direct: room.active_members_count() == 2,
            })
        })
    }

    fn power<'a>(&'a self, room: &'a str, user: &'a str) -> BoxFuture<'a, Result<Option<Power>, Error>> {
        Box::pin(async move {
            let room = self.joined(room).await?;
            let user = user_id(user)?;
            let member = room.get_member(&user).await.map_err(|e| meant(&e))?;
            if member.is_none_or(|member| *member.membership() != MembershipState::Join) {
                return Ok(None);
            }
            let power = room.get_user_power_level(&user).await.map_err(|e| meant(&e))?;
            Ok(Some(match power {
                UserPowerLevel::Int(level) => Power::Level(level.into()),
                _ => Power::Infinite,
            }))
        })
    }
}

/// Who is in a room or invited.
async fn members(room: &Room) -> Result<Vec<OwnedUserId>, Error> {
    let all = room.members(RoomMemberships::ACTIVE).await.map_err(|e| meant(&e))?;
    Ok(all.iter().map(|member| member.user_id().to_owned()).collect())
}

/// The content of a message with the file.
async fn uploaded(room: &Room, file: &File) -> Result<Value, Error> {
    let client = room.client();
    let is_picture = file.media.starts_with("image/");
    let mut info = json!({ "mimetype": file.media, "size": file.bytes.len() });
    if let Some((w, h)) = file.size {
        (info["w"], info["h"]) = (json!(w), json!(h));
    }
    let mut content = json!({
        "msgtype": if is_picture { "m.image" } else { "m.file" },
        "body": if file.alt.is_empty() { &file.name } else { &file.alt },
        "filename": file.name,
        "info": info,
        "m.mentions": {},
    });
    if is_encrypted(room).await? {
        let mut bytes = Cursor::new(file.bytes.as_slice());
        let sent = client.upload_encrypted_file(&mut bytes).await.map_err(|e| meant(&e))?;
        content["file"] = serde_json::to_value(sent).map_err(|e| ours("an encrypted file", e))?;
    } else {
        let media = file.media.parse().map_err(|e| ours("a media type", e))?;
        let sent = client.media().upload(&media, file.bytes.clone(), None).await.map_err(|e| meant(&e))?;
        content["url"] = json!(sent.content_uri);
    }
    Ok(content)
}
