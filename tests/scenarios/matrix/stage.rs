//! Rooms before a story: what is said becomes messages, signs and answers in threads of people there, and what the bot
//! says to them becomes the transcript.

use super::{
    rooms::{Kept, ME, Rooms},
    same::{self, labels},
};
use crate::scenarios::{discord, story::PATIENCE};
use direttore_catalog::{catalog, quote};
use direttore_core::dispatch::{Dispatch, What};
use direttore_domain::{Identity, Role, Surface};
use direttore_matrix::{Paces, Settings, SignIn, Talk, wire::Event};
use direttore_reply::Reply;
use direttore_store::account;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

pub const ROOM: &str = "!lab";
/// For what comes by itself.
pub const OPS: &str = "!ops";

pub struct Stage {
    pub rooms: Arc<Rooms>,
    pub talk: Arc<Talk>,
    dispatch: Arc<Dispatch>,
    tasks: Vec<JoinHandle<()>>,
    _leads: watch::Sender<bool>,
    /// Messages whose job's end was shown.
    ended: Mutex<BTreeSet<String>>,
    /// How often each message that stands by itself was edited when it was shown last.
    edits: Mutex<BTreeMap<String, usize>>,
}

pub fn user(name: &str) -> String {
    format!("@{name}:localhost")
}

pub fn settings() -> Settings {
    Settings {
        homeserver: "http://127.0.0.1".to_owned(),
        user: ME.to_owned(),
        sign_in: SignIn::Password("secret of the tests".to_owned()),
        folder: std::path::PathBuf::new(),
        passphrase: None,
        recovery_key: None,
        device_name: "tests".to_owned(),
        rooms: vec![ROOM.to_owned()],
        direct: true,
        ops_room: None,
        audit_room: None,
        bare_commands: true,
        descriptions: false,
        users: vec![(user("root"), Role::Admin)],
        members: vec![],
        power: vec![],
        paces: Paces {
            // How far a job is would be told at moments that no transcript can know.
            edit: Duration::from_secs(3600),
            look: Duration::from_millis(200),
            mirror: Duration::from_millis(20),
            live: Duration::from_millis(50),
            // A busy machine is no slow lab.
            sign: Duration::from_secs(3600),
            back_off: (Duration::from_millis(5), Duration::from_millis(100)),
            ..Paces::default()
        },
    }
}

impl Stage {
    /// The story's accounts are people in the room.
    pub async fn set(dispatch: Arc<Dispatch>, is_encrypted: bool) -> Self {
        for name in ["admin", "operator", "viewer", "stranger"] {
            let mut tx = dispatch.store.write().await.expect("the database answers");
            let account =
                account::by_name(&mut tx, &name.parse().expect("a name")).await.expect("the database answers");
            let identity = Identity { surface: Surface::Matrix, subject: user(name) };
            account::link(&mut tx, &identity, account.expect("an account").id).await.expect("nobody else's identity");
            tx.commit().await.expect("the database answers");
        }
        let rooms = Rooms::default();
        let members = ["admin", "operator", "viewer", "stranger"].map(user);
        let members: Vec<(&str, i64)> = members.iter().map(|user| (user.as_str(), 0)).collect();
        [ROOM, OPS].iter().for_each(|room| rooms.add(room, &members, is_encrypted));
        Self::with(dispatch, Arc::new(rooms), settings())
    }

    pub fn with(dispatch: Arc<Dispatch>, rooms: Arc<Rooms>, settings: Settings) -> Self {
        let talk = Talk::new(Arc::clone(&dispatch), Arc::clone(&rooms) as _, Arc::new(settings));
        let (leads, led) = watch::channel(true);
        let tasks = talk.tasks(led);
        Self { rooms, talk, dispatch, tasks, _leads: leads, ended: Mutex::default(), edits: Mutex::default() }
    }

    /// What somebody does, and the messages that answer it.
    pub async fn hear(&self, who: &str, what: What) -> Vec<Kept> {
        let event = self.act(who, what);
        self.heard(&event).await
    }

    pub async fn heard(&self, event: &Event) -> Vec<Kept> {
        tokio::time::timeout(PATIENCE, self.talk.hear(event)).await.expect("an answer in time");
        tokio::time::timeout(PATIENCE, self.talk.rest()).await.expect("signs in time");
        self.answers(event)
    }

    /// What answers an event; not the word that the rest is elsewhere.
    pub fn answers(&self, event: &Event) -> Vec<Kept> {
        let lead = format!("/{}", event.id);
        let is_answer = |message: &Kept| {
            let rest = message.txn.split_once(&lead).map(|(_, rest)| rest);
            message.content["msgtype"] == "m.notice" && rest.is_some_and(|rest| !rest.ends_with("/w"))
        };
        let is_of = |message: &Kept| message.txn.split('/').nth(1) == Some(event.id.as_str());
        self.rooms.sent("m.room.message").into_iter().filter(|m| is_of(m) && is_answer(m)).collect()
    }

    pub fn says(&self, who: &str, room: &str, content: Value) -> Event {
        self.rooms.put(&user(who), room, "m.room.message", content, self.dispatch.now())
    }

    pub fn text(&self, who: &str, body: &str) -> Event {
        self.says(who, ROOM, json!({ "msgtype": "m.text", "body": body }))
    }

    pub fn in_thread(&self, who: &str, message: &Kept, body: &str) -> Event {
        let root = message.content["m.relates_to"]["event_id"].as_str().unwrap_or(&message.id);
        let relation = json!({ "rel_type": "m.thread", "event_id": root, "is_falling_back": true,
            "m.in_reply_to": { "event_id": message.id } });
        self.says(who, &message.room, json!({ "msgtype": "m.text", "body": body, "m.relates_to": relation }))
    }

    pub fn reacts(&self, who: &str, message: &Kept, key: &str) -> Event {
        let content = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": message.id, "key": key } });
        self.rooms.put(&user(who), &message.room, "m.reaction", content, self.dispatch.now())
    }

    /// What somebody's sign for a label is answered with.
    pub async fn presses(&self, who: &str, message: &Kept, label: &str) -> String {
        let all = labels(message);
        let (sign, _) = all.iter().find(|(_, of)| of == label).unwrap_or_else(|| panic!("no {label}: {message:?}"));
        let told = self.heard(&self.reacts(who, message, sign)).await;
        told.iter().map(|m| same::body(m).to_owned()).collect::<Vec<_>>().join("\n")
    }

    fn act(&self, who: &str, what: What) -> Event {
        match what {
            What::Say(line) => {
                let lead = if catalog().read(&line).is_ok() { "!" } else { "!dt " };
                self.text(who, &format!("{lead}{}", line.trim_start_matches('/')))
            }
            What::Press { on, label } => {
                let message = self.rooms.shown(&on);
                let signs = labels(&message);
                let (sign, _) = signs.iter().find(|(_, of)| *of == label).unwrap_or_else(|| panic!("no [{label}]"));
                self.reacts(who, &message, sign)
            }
            What::Fill { on, values } => {
                let message = self.rooms.shown(&on);
                let said = values.iter().map(|(key, value)| format!("{key}={}", quote(value)));
                self.in_thread(who, &message, &said.collect::<Vec<_>>().join(" "))
            }
            other => panic!("no story does {other:?}"),
        }
    }

    /// Shows how jobs ended, once all of it is told.
    pub async fn ends(&self) -> Vec<Kept> {
        self.is_told().await;
        let notes = self.dispatch.all_kept(Surface::Matrix, "job/").await.expect("the database answers");
        let mut shown = self.ended.lock().expect("no test panicked");
        let of_jobs = notes.into_iter().filter(|(_, note)| note["has_ended"] == true);
        let found = of_jobs.filter_map(|(name, note)| Some((name, note["message"].as_str()?.to_owned())));
        let mut found: Vec<(String, String)> = found.filter(|(_, id)| shown.insert(id.clone())).collect();
        found.sort();
        found.iter().map(|(_, id)| self.rooms.shown(id)).collect()
    }

    pub async fn is_told(&self) {
        let wait = async {
            while !self.dispatch.waiting(Surface::Matrix).await.expect("the database answers").is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("everything is told");
    }

    /// What stands in a room by itself and is new or changed, in the order of its words; jobs' messages are none of it.
    pub async fn news(&self, room: &str) -> Vec<Kept> {
        self.is_told().await;
        let notes = self.dispatch.all_kept(Surface::Matrix, "job/").await.expect("the database answers");
        let jobs: BTreeSet<&str> = notes.iter().filter_map(|(_, note)| note["message"].as_str()).collect();
        let sent = self.rooms.sent("m.room.message");
        let mut edits = self.edits.lock().expect("no test panicked");
        let mut new = Vec::new();
        for message in sent.iter().filter(|m| m.room == room && m.content["m.relates_to"].is_null()) {
            let is_edit = |m: &&Kept| m.content["m.relates_to"]["event_id"] == message.id.as_str() && same::is_edit(m);
            let edited = sent.iter().filter(is_edit).count();
            let is_one = same::is_words(message) && !jobs.contains(message.id.as_str());
            if is_one && edits.insert(message.id.clone(), edited) != Some(edited) {
                new.push(self.rooms.shown(&message.id));
            }
        }
        new.sort_by_key(|message| same::body(message).to_owned());
        new
    }

    /// As any reader has it before them, with its files, and as the stories look at replies.
    pub fn seen(&self, message: &Kept) -> (Vec<String>, Reply) {
        let mut lines = same::of_matrix(message);
        let lead = format!("{}/f", message.txn);
        let sent = self.rooms.sent("m.room.message");
        let files = sent.iter().filter(|m| m.txn.starts_with(&lead)).filter_map(same::file_of);
        let reply = Reply { attachments: files.collect(), ..same::reply_of(message) };
        lines.extend(reply.attachments.iter().filter_map(|file| discord::same::of_file(&file.name, &file.bytes)));
        (lines, reply)
    }

    /// Ends it: the bot sent nothing that it should not.
    pub async fn end(self) {
        self.talk.rest().await;
        self.tasks.iter().for_each(JoinHandle::abort);
        self.rooms.assert_clean();
    }
}
