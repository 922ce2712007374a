//! On a real homeserver: heard, killed, started again, moved, checked.

use crate::support::{
    lab::Lab,
    process::{Process, until},
    synapse::{Person, Synapse},
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Command};
use tempfile::TempDir;

/// A folder with a configuration, a bot and its administrator. The cluster is nowhere: what is asked here needs none.
pub struct Home {
    pub folder: TempDir,
    pub synapse: Synapse,
    pub bot: Person,
    pub alice: Person,
    pub room: String,
}

impl Home {
    /// `None` where there is no Synapse, which is said.
    pub async fn new() -> Option<Self> {
        let synapse = Synapse::get()?;
        let (bot, alice) = (synapse.person("bot").await, synapse.person("alice").await);
        let room = alice.room(&bot.id).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Self { folder, synapse, bot, alice, room };
        home.configure(&format!("password = '{}'", home.bot.password));
        Some(home)
    }

    /// With more lines in its section.
    pub fn configure(&self, more: &str) {
        let Self { synapse, bot, alice, room, .. } = self;
        let text = format!(
            "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
             [http]\nlisten = '127.0.0.1:0'\n\
             [matrix]\nhomeserver = '{}'\nuser_id = '{}'\nrooms = ['{room}']\nlook_ms = 100\nlead_ms = 3000\n\
             reconnect_first_ms = 100\nreconnect_max_ms = 1000\n{more}\n\
             [matrix.users]\n'{}' = 'admin'\n",
            synapse.url, bot.id, alice.id
        );
        fs::write(self.folder.path().join("direttore.toml"), text).expect("the folder is ours");
    }

    /// With a cluster that is there.
    pub fn is_of(&self, lab: &Lab) {
        let file = self.folder.path().join("direttore.toml");
        let text = fs::read_to_string(&file).expect("it is ours");
        let text = text.replace("https://127.0.0.1:9", &lab.url).replace("d@pve!bot", &lab.token_id);
        fs::write(&file, text.replace("'x'", &format!("'{}'", lab.token_secret))).expect("it is ours");
    }

    pub fn start(&self, what: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args([what, "--config", "direttore.toml"]).current_dir(&self.folder);
        // What the machine's owner has configured must not reach it.
        command.env_clear();
        let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
        command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
        Process::start(&format!("direttore {what}"), &mut command)
    }

    pub fn kept(&self, name: &str) -> PathBuf {
        self.folder.path().join("data/matrix").join(name)
    }

    pub fn session(&self) -> Value {
        let text = fs::read_to_string(self.kept("session.json")).expect("it is kept");
        serde_json::from_str(&text).expect("it is JSON")
    }

    /// Asks who alice is, and gives the answer.
    pub async fn asks(&self) -> String {
        let asked = self.alice.say(&self.room, "!whoami").await;
        self.alice.hears(&self.room, &self.bot.id, &asked).await
    }
}

pub fn stop(serve: &mut Process) {
    serve.terminate();
    let status = serve.end();
    assert!(status.success() && serve.said().contains("stopped; "), "{status}: {}", serve.said());
}

/// A page of its HTTP server.
pub async fn page(serve: &Process, path: &str) -> String {
    let at = until("it says where it serves HTTP", || {
        Some(serve.said().split("HTTP at ").nth(1)?.split_whitespace().next()?.to_owned())
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.get(format!("http://{at}{path}")).send().await.expect("an answer").text().await.expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_where_it_is_invited_and_answers() {
    let Some(home) = Home::new().await else { return };
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    let told = home.asks().await;
    assert!(told.contains("alice") && told.contains("admin"), "{told}");
    let metrics = page(&serve, "/metrics").await;
    assert!(metrics.contains("direttore_chat_connected{surface=\"matrix\"} 1\n"), "{metrics}");
    // A stranger may not have it in a room of theirs.
    let mallory = home.synapse.person("mallory").await;
    let theirs = mallory.room(&home.bot.id).await;
    let path = format!("v3/rooms/{theirs}/state/m.room.member/{}", home.bot.id);
    let left = mallory.until("it says no", async || {
        let member = mallory.ask(reqwest::Method::GET, &path, Value::Null).await;
        (member["membership"] == "leave").then_some(())
    });
    left.await;
    assert!(!home.kept("session.json").metadata().expect("it is kept").permissions().readonly());
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_it_is_killed_is_answered_once() {
    let Some(home) = Home::new().await else { return };
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    let device = home.session()["device_id"].clone();
    let mut asked = Vec::new();
    for _ in 0..3 {
        for _ in 0..4 {
            asked.push(home.alice.say(&home.room, "!whoami").await);
        }
        serve.kill();
        asked.push(home.alice.say(&home.room, "!whoami").await);
        serve = home.start("serve");
    }
    let answers = async || {
        let said = home.alice.said(&home.room, &home.bot.id, &asked[0]).await;
        (said.len() >= asked.len()).then_some(said)
    };
    home.alice.until("every question has an answer", answers).await;
    // What comes last is answered last: nothing is on its way any more.
    home.asks().await;
    let said = home.alice.said(&home.room, &home.bot.id, &asked[0]).await;
    assert_eq!(said.len(), asked.len() + 1, "{said:#?}");
    assert_eq!(home.session()["device_id"], device, "one device for ever");
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_gap_is_read_back() {
    let Some(home) = Home::new().await else { return };
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    stop(&mut serve);
    let first = home.alice.say(&home.room, "!whoami").await;
    for n in 0..150 {
        home.alice.say(&home.room, &format!("talk {n}")).await;
    }
    let mut serve = home.start("serve");
    let told = home.alice.hears(&home.room, &home.bot.id, &first).await;
    assert!(told.contains("admin"), "{told}");
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_it_came_is_not_for_it() {
    let Some(home) = Home::new().await else { return };
    let before = home.alice.say(&home.room, "!whoami").await;
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    assert_eq!(home.alice.said(&home.room, &home.bot.id, &before).await.len(), 1, "one answer, to the second");
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_replaced_is_followed() {
    let Some(home) = Home::new().await else { return };
    home.configure(&format!("password = '{}'\nlive_ms = 200", home.bot.password));
    let lab = Lab::start("a replaced room", (100, 100), false);
    home.is_of(&lab);
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    let live = home.alice.say(&home.room, "!lab status live").await;
    let shows = home.alice.hears(&home.room, &home.bot.id, &live).await;
    assert!(shows.contains("pve1"), "{shows}");
    let version = json!({ "new_version": "11" });
    let upgraded = home.alice.ask(reqwest::Method::POST, &format!("v3/rooms/{}/upgrade", home.room), version).await;
    let new = upgraded["replacement_room"].as_str().expect("there is one").to_owned();
    home.alice.ask(reqwest::Method::POST, &format!("v3/rooms/{new}/invite"), json!({ "user_id": home.bot.id })).await;
    home.alice.until_there(&new, &home.bot.id).await;
    let asked = home.alice.say(&new, "!whoami").await;
    let told = home.alice.hears(&new, &home.bot.id, &asked).await;
    assert!(told.contains("admin"), "{told}");
    // What was kept fresh in the old one is so in the new one.
    let title = shows.lines().next().expect("it says something").to_owned();
    let is_there = async || {
        let said = home.alice.said(&new, &home.bot.id, "").await;
        said.iter()
            .any(|event| event["content"]["body"].as_str().is_some_and(|body| body.starts_with(&title)))
            .then_some(())
    };
    home.alice.until("the lab is kept fresh there", is_there).await;
    // It is remembered.
    stop(&mut serve);
    let mut serve = home.start("serve");
    let asked = home.alice.say(&new, "!whoami").await;
    home.alice.hears(&new, &home.bot.id, &asked).await;
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_checked() {
    let Some(home) = Home::new().await else { return };
    let rows = async || {
        let mut check = home.start("check");
        check.end();
        let said = check.said();
        said.lines().filter(|line| line.starts_with("Matrix ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |rows: &[String], what: &str, how: &str| {
        let found = rows.iter().any(|row| row.contains(what) && row.contains(how));
        assert!(found, "{what} {how}: {rows:#?}");
    };
    has(&rows().await, "sign-in", "by password");
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    let found = rows().await;
    for what in ["homeserver", "token", "device", "recovery key", "room"] {
        has(&found, what, "ok");
    }
    // Muted, it could not say that itself.
    let path = format!("v3/rooms/{}/state/m.room.power_levels/", home.room);
    let mut levels = home.alice.ask(reqwest::Method::GET, &path, Value::Null).await;
    levels["events_default"] = json!(10);
    home.alice.ask(reqwest::Method::PUT, &path, levels).await;
    has(&rows().await, "room", "it has 0");
    let kick = json!({ "user_id": home.bot.id });
    home.alice.ask(reqwest::Method::POST, &format!("v3/rooms/{}/kick", home.room), kick).await;
    has(&rows().await, "room", "not in");
    until("the log says who did it", || serve.said().contains("removed the bot from the room").then_some(()));
    stop(&mut serve);
}
