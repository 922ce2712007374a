//! A real homeserver for the tests, Synapse from PyPI: all tests share one, which the first starts and which ends by itself
//! when nobody needs it any more. Each test has people and rooms of its own.
//!
//! Where it cannot be installed the test says so in `target/skipped.txt`; under `CI` that is a failure.

use super::skipped;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// Far more than anything here takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The homeserver, for as long as this lives.
pub struct Synapse {
    pub url: String,
    http: Client,
    _used: File,
}

/// Somebody with an account, at a client of their own that knows nothing of encryption.
pub struct Person {
    pub id: String,
    pub password: String,
    pub token: String,
    url: String,
    http: Client,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Synapse {
    /// `None`, said in `target/skipped.txt`, where it cannot be installed.
    pub fn get() -> Option<Self> {
        let target = workspace().join("target");
        let (folder, venv) = (target.join("synapse"), target.join("venv-synapse"));
        fs::create_dir_all(&folder).expect("target/ can be written");
        let used = OpenOptions::new().create(true).append(true).open(folder.join("users")).expect("it is ours");
        used.lock_shared().expect("nobody holds it for long");
        let mut start = Command::new(workspace().join("tests/peers/synapse/start"));
        let started = start.arg(&folder).arg(&venv).output().expect("bash is there");
        if started.status.code() == Some(77) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            skipped(&format!("{test}: Synapse cannot be installed (it needs python3 with venv, and PyPI)"));
            return None;
        }
        let said = String::from_utf8_lossy(&started.stderr);
        assert!(started.status.success(), "Synapse did not start: {said}");
        let url = String::from_utf8_lossy(&started.stdout).trim().to_owned();
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Some(Self { url, http, _used: used })
    }

    pub async fn person(&self, name: &str) -> Person {
        let drawn = RandomState::new().build_hasher().finish();
        let password = format!("secret-{drawn:016x}");
        let account = json!({
            "username": format!("{name}-{drawn:016x}"), "password": password, "auth": { "type": "m.login.dummy" },
        });
        let (http, url) = (self.http.clone(), self.url.clone());
        let mut person = Person { id: String::new(), password, token: String::new(), url, http };
        let answer = person.ask(Method::POST, "v3/register", account).await;
        let text = |key: &str| answer[key].as_str().expect("an account was made").to_owned();
        (person.id, person.token) = (text("user_id"), text("access_token"));
        person
    }
}

impl Person {
    /// The same one at another client.
    pub fn with_token(&self, token: &str) -> Self {
        let (id, password) = (self.id.clone(), self.password.clone());
        Self { id, password, token: token.to_owned(), url: self.url.clone(), http: self.http.clone() }
    }

    /// Asks the homeserver; the path is what comes after `_matrix/client`.
    ///
    /// # Panics
    /// When it refuses.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_ask(method, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn try_ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_matrix/client/{path}", self.url);
        let mut request = self.http.request(method, url).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("the homeserver answers");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("text")).expect("JSON"))
    }

    /// A room with somebody who is invited.
    pub async fn room(&self, invited: &str) -> String {
        let made = self.ask(Method::POST, "v3/createRoom", json!({ "invite": [invited] })).await;
        made["room_id"].as_str().expect("a room was made").to_owned()
    }

    pub async fn say(&self, room: &str, text: &str) -> String {
        self.send(room, "m.room.message", json!({ "msgtype": "m.text", "body": text })).await
    }

    pub async fn send(&self, room: &str, kind: &str, content: Value) -> String {
        let txn = RandomState::new().build_hasher().finish();
        let sent = self.ask(Method::PUT, &format!("v3/rooms/{room}/send/{kind}/{txn:x}"), content).await;
        sent["event_id"].as_str().expect("it was sent").to_owned()
    }

    /// What was said in a room, the oldest first, as whole events.
    pub async fn read(&self, room: &str) -> Vec<Value> {
        let page = self.ask(Method::GET, &format!("v3/rooms/{room}/messages?dir=b&limit=500"), Value::Null).await;
        let mut all = page["chunk"].as_array().expect("a page").clone();
        all.reverse();
        all
    }

    /// What somebody said in a room after an event, as it was said.
    pub async fn said(&self, room: &str, by: &str, after: &str) -> Vec<Value> {
        let all = self.read(room).await;
        let begin = all.iter().position(|event| event["event_id"] == after).map_or(0, |at| at + 1);
        let is_it = |event: &&Value| event["sender"] == by && event["type"] == "m.room.message";
        all[begin..].iter().filter(is_it).cloned().collect()
    }

    /// The first that somebody says in a room after an event.
    pub async fn hears(&self, room: &str, by: &str, after: &str) -> String {
        let said = self.until("an answer", async || self.said(room, by, after).await.into_iter().next()).await;
        said["content"]["body"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until somebody is in a room.
    pub async fn until_there(&self, room: &str, who: &str) {
        let path = format!("v3/rooms/{room}/joined_members");
        self.until("somebody comes", async || {
            let members = self.ask(Method::GET, &path, Value::Null).await;
            members["joined"].get(who).map(drop)
        })
        .await;
    }

    /// Looks until something is to be seen, each time something happens that this person is told of.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut since = String::new();
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            assert!(Instant::now() < end, "waited in vain: {what}");
            let next = self.ask(Method::GET, &format!("v3/sync?timeout=500{since}"), Value::Null).await;
            since = format!("&since={}", next["next_batch"].as_str().expect("a position"));
        }
    }
}
