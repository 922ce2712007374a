//! Rooms in memory: what the bot sends is judged as a homeserver would, and as people's clients would like it.

use direttore_domain::Instant;
use direttore_matrix::wire::{Error, Event, File, Power, Room as Seen, Wire};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Mutex, MutexGuard},
};

pub const ME: &str = "@bot:localhost";
/// Bytes of an event; its envelope takes some of them.
const MOST: usize = 65_536 - 1024;
/// What clients keep of HTML.
const TAGS: [&str; 19] = [
    "a", "b", "br", "code", "em", "h3", "hr", "i", "li", "ol", "p", "pre", "strong", "sub", "table", "tbody", "td",
    "th", "thead",
];

/// An event in a room.
#[derive(Debug, Clone)]
pub struct Kept {
    pub room: String,
    pub id: String,
    pub sender: String,
    pub kind: String,
    pub content: Value,
    pub txn: String,
    pub is_redacted: bool,
}

#[derive(Default)]
struct Room {
    members: BTreeMap<String, Power>,
    is_encrypted: bool,
}

#[derive(Default)]
struct World {
    rooms: BTreeMap<String, Room>,
    events: Vec<Kept>,
    txns: HashMap<(String, String), String>,
    state: Vec<(String, String, Value)>,
    /// What the next requests of a kind get instead.
    faults: VecDeque<(String, Error)>,
    /// Rooms that were replaced, and those of them that the bot was asked into the new one of.
    left_behind: BTreeSet<String>,
    moved: BTreeMap<String, String>,
    /// What no client of ours may send.
    wrong: Vec<String>,
}

#[derive(Default)]
pub struct Rooms(Mutex<World>);

fn refused(status: u16, code: &str, why: &str) -> Error {
    Error::Refused { status, code: code.to_owned(), why: why.to_owned() }
}

impl Rooms {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no test panicked")
    }

    pub fn add(&self, room: &str, members: &[(&str, i64)], is_encrypted: bool) {
        let members = members.iter().map(|(user, power)| ((*user).to_owned(), Power::Level(*power)));
        let members = members.chain([(ME.to_owned(), Power::Level(50))]).collect();
        self.world().rooms.insert(room.to_owned(), Room { members, is_encrypted });
    }

    pub fn leaves(&self, room: &str, user: &str) {
        self.world().rooms.get_mut(room).expect("a room").members.remove(user);
    }

    pub fn gets_power(&self, room: &str, user: &str, power: Power) {
        self.world().rooms.get_mut(room).expect("a room").members.insert(user.to_owned(), power);
    }

    /// The room is replaced by another, into which the bot is not invited yet.
    pub fn is_replaced(&self, room: &str) {
        self.world().left_behind.insert(room.to_owned());
    }

    /// The bot is in the one that took its place.
    pub fn is_followed(&self, old: &str, new: &str) {
        self.world().moved.insert(old.to_owned(), new.to_owned());
    }

    /// The next request of that kind fails.
    pub fn fails(&self, kind: &str, error: Error) {
        self.world().faults.push_back((kind.to_owned(), error));
    }

    /// What somebody puts into a room, as the bot hears of it.
    pub fn put(&self, who: &str, room: &str, kind: &str, content: Value, at: Instant) -> Event {
        let mut world = self.world();
        let was_encrypted = world.rooms[room].is_encrypted && kind == "m.room.message";
        let id = world.keep(who, room, kind, content.clone(), "");
        let redacts = content["redacts"].as_str().filter(|_| kind == "m.room.redaction").map(str::to_owned);
        if let Some(gone) = redacts.as_ref().and_then(|id| world.events.iter_mut().find(|e| e.id == *id)) {
            gone.is_redacted = true;
        }
        let (room, sender, kind) = (room.to_owned(), who.to_owned(), kind.to_owned());
        Event { room, id, sender, sent_at: at, kind, content, redacts, was_encrypted }
    }

    pub fn events(&self) -> Vec<Kept> {
        self.world().events.clone()
    }

    /// What the bot sent, oldest first.
    pub fn sent(&self, kind: &str) -> Vec<Kept> {
        self.events().into_iter().filter(|event| event.sender == ME && event.kind == kind).collect()
    }

    pub fn state(&self) -> Vec<(String, String, Value)> {
        self.world().state.clone()
    }

    /// A message as clients show it now.
    pub fn shown(&self, id: &str) -> Kept {
        let events = self.events();
        let mut message = events.iter().find(|event| event.id == id).expect("a message").clone();
        let is_edit = |e: &&Kept| e.content["m.relates_to"] == json!({ "rel_type": "m.replace", "event_id": id });
        if let Some(edit) = events.iter().rfind(is_edit) {
            let relation = message.content["m.relates_to"].clone();
            message.content = edit.content["m.new_content"].clone();
            message.content["m.relates_to"] = relation;
        }
        message
    }

    /// Whether the bot keeps to what homeservers and clients want.
    pub fn assert_clean(&self) {
        assert_eq!(self.world().wrong, Vec::<String>::new());
    }
}

impl World {
    fn keep(&mut self, who: &str, room: &str, kind: &str, content: Value, txn: &str) -> String {
        let id = format!("$e{}", self.events.len() + 1);
        let (room, sender, kind, txn) = (room.to_owned(), who.to_owned(), kind.to_owned(), txn.to_owned());
        self.events.push(Kept { room, id: id.clone(), sender, kind, content, txn, is_redacted: false });
        id
    }

    fn fault(&mut self, kind: &str) -> Result<(), Error> {
        let at = self.faults.iter().position(|(of, _)| of == kind);
        at.and_then(|at| self.faults.remove(at)).map_or(Ok(()), |(_, error)| Err(error))
    }

    /// The one that took its place.
    fn resolved(&self, room: &str) -> String {
        self.moved.get(room).map_or_else(|| room.to_owned(), |new| self.resolved(new))
    }

    fn joined(&self, room: &str) -> Result<&Room, Error> {
        let room = self.resolved(room);
        let room = room.as_str();
        let joined = self.rooms.get(room).filter(|room| room.members.contains_key(ME));
        joined.ok_or_else(|| refused(403, "M_FORBIDDEN", &format!("User {ME} not in room {room}")))
    }

    fn send(&mut self, room: &str, kind: &str, content: Value, txn: &str) -> Result<String, Error> {
        self.fault(kind)?;
        self.joined(room)?;
        let room = self.resolved(room);
        let room = room.as_str();
        if self.left_behind.contains(room) {
            return Err(refused(403, "M_FORBIDDEN", "user_level (0) < send_level (50)"));
        }
        if let Some(id) = self.txns.get(&(room.to_owned(), txn.to_owned())) {
            return Ok(id.clone());
        }
        if content.to_string().len() > MOST {
            return Err(refused(413, "M_TOO_LARGE", "event too large"));
        }
        if txn.is_empty() || txn.len() > 255 {
            self.wrong.push(format!("the transaction id {txn:?}"));
        }
        match kind {
            "m.room.message" => self.judge_message(room, &content),
            "m.reaction" => {
                let is_there = self.events.iter().any(|e| e.kind == kind && e.sender == ME && e.content == content);
                if is_there {
                    return Err(refused(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice"));
                }
                let on = content["m.relates_to"]["event_id"].as_str().unwrap_or_default();
                if !self.events.iter().any(|e| e.id == on && e.room == room) {
                    self.wrong.push(format!("a reaction to {on}, which is not in {room}"));
                }
            }
            other => self.wrong.push(format!("an event of the kind {other}")),
        }
        let id = self.keep(ME, room, kind, content, txn);
        self.txns.insert((room.to_owned(), txn.to_owned()), id.clone());
        Ok(id)
    }

    fn judge_message(&mut self, room: &str, content: &Value) {
        let mut wrong = Vec::new();
        let relation = &content["m.relates_to"];
        let related = relation["event_id"].as_str();
        let target = related.and_then(|id| self.events.iter().find(|e| e.id == id && e.room == room));
        let is_edit = relation["rel_type"] == "m.replace";
        let parts = if is_edit { vec![content, &content["m.new_content"]] } else { vec![content] };
        for part in parts {
            let is_file = matches!(part["msgtype"].as_str(), Some("m.image" | "m.file"));
            let called = part["m.mentions"]["user_ids"].as_array().map_or(0, Vec::len);
            // Else nobody's client rings, or everybody's bots read it.
            let is_automated = part["org.matrix.msc1767.automated"] == true;
            match part["msgtype"].as_str() {
                Some("m.notice") if called == 0 => {}
                Some("m.text") if called > 0 && is_automated => {}
                _ if is_file => {}
                _ => wrong.push("neither a notice that calls nobody nor a text of a bot that calls somebody"),
            }
            if part["body"].as_str().is_none_or(str::is_empty) {
                wrong.push("a message without a body");
            }
            if !part["m.mentions"].is_object() && !is_file {
                wrong.push("a message that does not say whom it calls");
            }
            let asks = part["body"].as_str().is_some_and(|body| body.contains(" asks "));
            if (called > 1 && !asks) || !part["m.mentions"]["room"].is_null() {
                wrong.push("a message that calls more than one");
            }
            let html = part["formatted_body"].as_str().unwrap_or_default();
            let tag = |tag: &str| tag.split(['>', ' ']).next().unwrap_or_default().trim_start_matches('/').to_owned();
            if html.split('<').skip(1).map(tag).any(|tag| !TAGS.contains(&tag.as_str()) && tag != "tr" && tag != "ul") {
                wrong.push("a tag that clients do not keep");
            }
        }
        match (related, target) {
            (Some(_), None) => wrong.push("a relation to an event that is not in the room"),
            (Some(_), Some(target)) if is_edit => {
                let of_edit = target.content["m.relates_to"]["rel_type"] == "m.replace";
                if target.sender != ME || target.kind != "m.room.message" || of_edit {
                    wrong.push("an edit of something else than our first message");
                }
            }
            (Some(_), Some(target)) if target.content["m.relates_to"]["rel_type"] == "m.thread" => {
                wrong.push("a thread within a thread");
            }
            _ => {}
        }
        self.wrong.extend(wrong.into_iter().map(|what| format!("{what}: {content}")));
    }
}

impl Wire for Rooms {
    fn me(&self) -> &str {
        ME
    }

    fn send<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        content: Value,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move { self.world().send(room, kind, content, txn) })
    }

    fn send_file<'a>(
        &'a self,
        room: &'a str,
        file: File,
        relates_to: Option<Value>,
        txn: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>> {
        let kind = if file.media.starts_with("image/") { "m.image" } else { "m.file" };
        let mut content = json!({ "msgtype": kind, "body": file.alt, "filename": file.name,
            "info": { "mimetype": file.media, "size": file.bytes.len() } });
        if file.media == "text/plain" {
            // Whoever opens it reads that.
            content["text"] = json!(String::from_utf8_lossy(&file.bytes));
        }
        if let Some(relation) = relates_to {
            content["m.relates_to"] = relation;
        }
        self.send(room, "m.room.message", content, txn)
    }

    fn redact<'a>(&'a self, room: &'a str, event: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut world = self.world();
            world.joined(room)?;
            let gone = world.events.iter_mut().find(|e| e.id == event && e.sender == ME);
            gone.ok_or_else(|| refused(404, "M_NOT_FOUND", "no such event of ours"))?.is_redacted = true;
            Ok(())
        })
    }

    fn put_state<'a>(
        &'a self,
        room: &'a str,
        kind: &'a str,
        key: &'a str,
        content: Value,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut world = self.world();
            if world.joined(room)?.members[ME] < Power::Level(50) {
                return Err(refused(403, "M_FORBIDDEN", "user_level (0) < send_level (50)"));
            }
            world.state.push((kind.to_owned(), key.to_owned(), content));
            Ok(())
        })
    }

    fn direct<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            self.world().fault("direct")?;
            let room = format!("!direct-{user}");
            let is_there = self.world().rooms.contains_key(&room);
            if !is_there {
                self.add(&room, &[(user, 100)], false);
            }
            Ok(room)
        })
    }

    fn room<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<Seen, Error>> {
        Box::pin(async move {
            let world = self.world();
            let found = world.joined(room)?;
            let id = world.resolved(room);
            let is_left_behind = world.left_behind.contains(&id);
            Ok(Seen { id, is_left_behind, is_encrypted: found.is_encrypted, is_direct: found.members.len() == 2 })
        })
    }

    fn power<'a>(&'a self, room: &'a str, user: &'a str) -> BoxFuture<'a, Result<Option<Power>, Error>> {
        Box::pin(async move {
            let mut world = self.world();
            world.fault("power")?;
            Ok(world.joined(room)?.members.get(user).copied())
        })
    }
}
