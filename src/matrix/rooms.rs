//! Rooms: which the bot is in, which it listens to, and what became of those that were replaced.
//!
//! [`settle`] makes it so, however often it is called: listed rooms are joined, invitations accepted or rejected, and
//! rooms that were replaced followed. What it could not do it does the next time.

use crate::{sdk::meant, settings::Settings, talk::Talk, wire::Error};
use direttore_core::dispatch::Dispatch;
use direttore_domain::{Failure, Surface};
use matrix_sdk::{
    Client, Room, RoomState,
    ruma::{OwnedRoomId, RoomAliasId, RoomId},
};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Notes: rooms that somebody invited the bot to who may, which rooms aliases were of, and what took a room's place.
const WELCOME: &str = "welcome/";
const ALIAS: &str = "alias/";
const MOVED: &str = "moved/";
/// What is about the room itself: of the new one something else is true.
const OF_THE_ROOM: [&str; 6] = ["welcome", "alias", "moved", "seen", "gone", "unreadable"];

/// What is known of rooms.
#[derive(Default)]
pub(crate) struct Places(Mutex<Known>);

#[derive(Default)]
struct Known {
    aliases: HashMap<String, OwnedRoomId>,
    /// Those that the bot listens to.
    listens: HashSet<OwnedRoomId>,
    moved: HashMap<OwnedRoomId, OwnedRoomId>,
    /// What was said in the log, once.
    said: HashSet<String>,
}

impl Places {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of an id or alias, or the one that took its place.
    pub async fn of(&self, client: &Client, name: &str) -> Result<OwnedRoomId, Error> {
        let mut id = match name.starts_with('#') {
            true => self.resolved(client, name).await?,
            false => RoomId::parse(name).map_err(|e| Error::Ours { why: format!("{name:?} is no room id: {e}") })?,
        };
        let known = self.known();
        // Nothing is replaced by itself in the end, but what a room says of its successor is anybody's word.
        for _ in 0..10 {
            match known.moved.get(&id) {
                Some(next) => id.clone_from(next),
                None => break,
            }
        }
        Ok(id)
    }

    async fn resolved(&self, client: &Client, alias: &str) -> Result<OwnedRoomId, Error> {
        if let Some(id) = self.known().aliases.get(alias) {
            return Ok(id.clone());
        }
        let parsed = <&RoomAliasId>::try_from(alias);
        let parsed = parsed.map_err(|e| Error::Ours { why: format!("{alias:?} is no room alias: {e}") })?;
        let found = client.resolve_room_alias(parsed).await.map_err(|e| meant(&e.into()))?;
        self.known().aliases.insert(alias.to_owned(), found.room_id.clone());
        Ok(found.room_id)
    }

    /// The bot made it, for one person.
    pub fn made(&self, room: &RoomId) {
        self.known().listens.insert(room.to_owned());
    }

    /// Whether what is said there may be for the bot.
    pub fn listens(&self, room: &Room, settings: &Settings) -> bool {
        self.known().listens.contains(room.room_id()) || (settings.direct && room.active_members_count() <= 2)
    }

    fn listen(&self, room: &RoomId) {
        self.known().listens.insert(room.to_owned());
    }

    fn move_to(&self, old: &RoomId, new: &RoomId) -> bool {
        self.known().moved.insert(old.to_owned(), new.to_owned()).is_none_or(|before| before != new)
    }

    /// Whether that is new.
    fn say(&self, what: &str) -> bool {
        self.known().said.insert(what.to_owned())
    }
}

/// Whom rooms concern.
pub(crate) struct House<'a> {
    pub client: &'a Client,
    pub settings: &'a Settings,
    pub places: &'a Places,
    pub dispatch: &'a Dispatch,
    pub talk: &'a Talk,
}

/// Whether everything is as it should be.
pub(crate) async fn settle(house: &House<'_>) -> bool {
    let mut is_settled = remember(house).await.is_ok();
    is_settled &= join_listed(house).await;
    follow(house).await;
    is_settled &= answer_invitations(house).await;
    follow(house).await;
    is_settled
}

/// What earlier processes knew.
async fn remember(house: &House<'_>) -> Result<(), Failure> {
    for (name, body) in house.dispatch.all_kept(Surface::Matrix, "").await? {
        if let Some(room) = name.strip_prefix(WELCOME).and_then(|room| RoomId::parse(room).ok()) {
            house.places.listen(&room);
        }
        // What the homeserver says now may be another one; until it says anything nothing is to be passed over.
        let is_configured =
            name.strip_prefix(ALIAS).is_some_and(|alias| listed(house.settings).any(|name| name == alias));
        if let Some(Ok(room)) = body["room"].as_str().map(RoomId::parse).filter(|_| is_configured) {
            house.places.listen(&room);
        }
        let moved = name.strip_prefix(MOVED).and_then(|old| RoomId::parse(old).ok());
        if let (Some(old), Some(Ok(new))) = (moved, body["to"].as_str().map(RoomId::parse)) {
            house.places.move_to(&old, &new);
            house.places.listen(&new);
        }
    }
    Ok(())
}

/// The rooms that the configuration names.
fn listed(settings: &Settings) -> impl Iterator<Item = &String> {
    settings.rooms.iter().chain(&settings.ops_room).chain(&settings.audit_room)
}

async fn join_listed(house: &House<'_>) -> bool {
    let House { settings, places, client, dispatch, .. } = house;
    let mut is_settled = true;
    for name in listed(settings) {
        let id = match places.of(client, name).await {
            Ok(id) if name.starts_with('#') && places.say(&format!("{name} is {id}")) => {
                let note = json!({ "room": id });
                is_settled &= dispatch.keep(Surface::Matrix, &format!("{ALIAS}{name}"), &note).await.is_ok();
                id
            }
            Ok(id) => id,
            Err(error) => {
                is_settled &= !error.is_temporary();
                complain(places, name, &error);
                continue;
            }
        };
        places.listen(&id);
        if client.get_room(&id).is_some_and(|room| room.state() == RoomState::Joined) {
            continue;
        }
        match client.join_room_by_id(&id).await.map_err(|e| meant(&e)) {
            Ok(_) => tracing::info!("joined the room {name}"),
            Err(error) => {
                is_settled &= !error.is_temporary();
                complain(places, name, &error);
            }
        }
    }
    is_settled
}

fn complain(places: &Places, room: &str, error: &Error) {
    let what = format!("the bot is not in the room {room}: {error}; right would be an invitation of it");
    if places.say(&what) {
        tracing::warn!("{what}");
    }
}

/// Rooms that others took the place of.
async fn follow(house: &House<'_>) {
    let House { client, places, settings, dispatch, .. } = house;
    for room in client.rooms() {
        let old = room.room_id();
        let Some(successor) = room.successor_room() else { continue };
        if !places.listens(&room, settings) {
            continue;
        }
        let new = successor.room_id;
        // The invitation to it may come at any time; it is accepted for the old room's sake.
        places.listen(&new);
        let is_in = client.get_room(&new).is_some_and(|room| room.state() == RoomState::Joined);
        if !is_in && let Err(error) = client.join_room_by_id(&new).await {
            let what = format!("the room {old} was replaced by {new}, which the bot cannot join yet: {error}");
            if places.say(&what) {
                tracing::warn!("{what}");
            }
            continue;
        }
        if !places.move_to(old, &new) {
            continue;
        }
        if let Err(failure) = move_notes(dispatch, old.as_str(), new.as_str()).await {
            tracing::warn!("what was kept for the room {old} is not kept for {new} yet: {failure}");
        }
        tracing::info!("followed the room {old} to {new}");
    }
}

/// What a surface keeps by the name of a room is by the new one's from now on.
async fn move_notes(dispatch: &Dispatch, old: &str, new: &str) -> Result<(), Failure> {
    let surface = Surface::Matrix;
    dispatch.keep(surface, &format!("{MOVED}{old}"), &json!({ "to": new })).await?;
    for (name, body) in dispatch.all_kept(surface, "").await? {
        let parts: Vec<&str> = name.split('/').collect();
        if parts.first().is_some_and(|kind| OF_THE_ROOM.contains(kind)) || !parts.contains(&old) {
            continue;
        }
        let renamed: Vec<&str> = parts.iter().map(|part| if *part == old { new } else { part }).collect();
        dispatch.keep(surface, &renamed.join("/"), &body).await?;
        dispatch.forget(surface, &name).await?;
    }
    Ok(())
}

async fn answer_invitations(house: &House<'_>) -> bool {
    let mut is_settled = true;
    for room in house.client.invited_rooms() {
        if let Err(error) = answer_invitation(house, &room).await {
            tracing::debug!("the invitation to {} is answered later: {error}", room.room_id());
            is_settled &= !error.is_temporary();
        }
    }
    is_settled
}

async fn answer_invitation(house: &House<'_>, room: &Room) -> Result<(), Error> {
    let id = room.room_id();
    let inviter = room.invite_details().await.map_err(|e| meant(&e))?.inviter_id;
    let is_listed = house.places.known().listens.contains(id);
    if !is_listed && !house.talk.may_invite(inviter.as_str()).await {
        tracing::info!("rejected the invitation of {inviter} to {id}: it is not in matrix.rooms");
        return room.leave().await.map_err(|e| meant(&e));
    }
    room.join().await.map_err(|e| meant(&e))?;
    tracing::info!("joined the room {id} as {inviter} asked");
    house.places.listen(id);
    let kept = house.dispatch.keep(Surface::Matrix, &format!("{WELCOME}{id}"), &json!({ "by": inviter })).await;
    kept.map_err(|failure| Error::Away { why: failure.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_replaced_once() {
        let places = Places::default();
        let id = |text: &str| RoomId::parse(text).expect("an id");
        assert!(places.move_to(&id("!old:x"), &id("!new")));
        assert!(!places.move_to(&id("!old:x"), &id("!new")), "it is known");
        assert!(places.move_to(&id("!old:x"), &id("!newer")));
        assert!(places.say("something") && !places.say("something"));
    }
}
