//! A pretend Discord before a story: what is said becomes slash commands, presses and modals of people there, and what
//! they see becomes the transcript.

use super::same;
use crate::scenarios::story::PATIENCE;
use direttore_catalog::catalog;
use direttore_core::dispatch::{Dispatch, What};
use direttore_discord::{Delivery, Discord, Paces, Settings, StandIn};
use direttore_domain::{Identity, Surface, Trouble};
use direttore_reply::{Attachment, Field, Form, Reply, Tone};
use direttore_store::account;
use fake_discord::{Fake, Handle, Id, Message, Seat, World, permission};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

pub struct Stage {
    pub fake: Fake,
    pub discord: Discord,
    pub settings: Settings,
    dispatch: Arc<Dispatch>,
    /// How often each message was edited when it was shown last.
    edits: Mutex<BTreeMap<Id, u32>>,
    /// Jobs whose end was shown.
    ended: Mutex<BTreeSet<Id>>,
}

pub const CHANNEL: &str = "lab";

/// A guild with the people of a story.
pub fn world() -> World {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    World::default()
        .tls()
        .starts_at(u64::try_from(now.as_millis()).expect("this millennium"))
        .guild("home")
        .channel(CHANNEL)
        .channel("ops")
        .channel("audit")
        .role("lab-admin", permission::ADMINISTRATOR)
        .role("lab-operator", 0)
        .role("lab-viewer", 0)
        .member("admin", &["lab-admin"])
        .member("operator", &["lab-operator"])
        .member("viewer", &["lab-viewer"])
        .member("stranger", &[])
}

/// As a bot of that world is set up.
pub fn settings(fake: &Fake) -> Settings {
    let key = fake.public_key();
    let key: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).expect("hexadecimal digits")).collect();
    Settings {
        token: fake.token(),
        application: fake.application_id(),
        guild: fake.guild_id("home"),
        public_key: key.try_into().ok(),
        delivery: Delivery::Gateway,
        ops_channel: None,
        audit_channel: None,
        stand_in: Some(StandIn {
            addr: fake.tls_addr().expect("the world has TLS"),
            ca_pem: fake.ca_pem().expect("the world has TLS").to_owned(),
        }),
        paces: Paces {
            // How far a job is would be told at moments that no transcript can know.
            edit: Duration::from_secs(3600),
            look: Duration::from_millis(200),
            mirror: Duration::from_millis(20),
            // A busy machine is no slow lab.
            complete: Duration::from_secs(10),
            live: Duration::from_millis(50),
            back_off: (Duration::from_millis(5), Duration::from_millis(500)),
            ..Paces::default()
        },
    }
}

impl Stage {
    /// The story's accounts are people of the guild.
    pub async fn set(fake: Fake, dispatch: Arc<Dispatch>, settings: Settings) -> Self {
        for name in ["admin", "operator", "viewer", "stranger"] {
            let subject = fake.user_id(name).to_string();
            let mut tx = dispatch.store.write().await.expect("the database answers");
            let account =
                account::by_name(&mut tx, &name.parse().expect("a name")).await.expect("the database answers");
            let identity = Identity { surface: Surface::Discord, subject };
            account::link(&mut tx, &identity, account.expect("an account").id).await.expect("nobody else's identity");
            tx.commit().await.expect("the database answers");
        }
        Self::bare(fake, dispatch, settings).await
    }

    /// Nobody is known.
    pub async fn bare(fake: Fake, dispatch: Arc<Dispatch>, settings: Settings) -> Self {
        super::log::keep();
        let discord = Discord::new(settings.clone(), Arc::clone(&dispatch)).expect("the fake's own certificate");
        discord.start();
        fake.ready().await;
        let (edits, ended) = (Mutex::default(), Mutex::default());
        Self { fake, discord, settings, dispatch, edits, ended }
    }

    pub fn channel(&self) -> String {
        self.fake.channel_id(CHANNEL).to_string()
    }

    pub fn seat(&self, who: &str) -> Seat {
        self.fake.user(who).in_channel(CHANNEL)
    }

    /// What somebody does, and the messages that they see because of it.
    pub async fn hear(&self, who: &str, what: What) -> Vec<Message> {
        let handle = self.act(who, what).await;
        self.answered(&handle).await
    }

    /// The messages that came of an interaction, once the bot is at rest.
    pub async fn answered(&self, handle: &Handle) -> Vec<Message> {
        handle.answer().await;
        tokio::time::timeout(PATIENCE, self.discord.rest()).await.expect("an answer in time");
        let mut edits = self.edits.lock().expect("no test panicked");
        let mut new = handle.messages();
        // The message whose button was pressed is one of them, changed or not.
        new.retain(|m| edits.insert(m.id, m.edited) != Some(m.edited));
        new
    }

    async fn act(&self, who: &str, what: What) -> Handle {
        let seat = self.seat(who);
        match what {
            What::Say(line) => {
                let (path, options) = slash(&line);
                let options: Vec<(&str, Value)> = options.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
                seat.slash(&path, &options).unwrap_or_else(|cannot| panic!("{line}: {cannot}"))
            }
            What::Press { on, label } => {
                let id = format!("press:1:{on}:{label}");
                seat.click_on(holder(&seat, &id), &id).unwrap_or_else(|cannot| panic!("[{label}]: {cannot}"))
            }
            What::Fill { on, values } => {
                let id = format!("write:1:{on}");
                let page = self.fake.message(holder(&seat, &id)).expect("it was just found");
                let opened =
                    seat.click_on(holder(&seat, &id), &id).unwrap_or_else(|cannot| panic!("[Write…]: {cannot}"));
                opened.answer().await;
                seat.sees_modal().await;
                let mut values: Vec<(&str, Value)> = values.iter().map(|(k, v)| (k.as_str(), json!(v))).collect();
                // What was wrong stands in the modal, and is not sent again.
                let shown = same::of_discord(&page);
                let wrong = shown.windows(2).filter(|two| two[1].starts_with("wrong: "));
                let keys: Vec<&str> = wrong.filter_map(|two| two[0].split([':', ' ']).next()).collect();
                for key in keys {
                    if !values.iter().any(|(k, _)| *k == key) {
                        values.push((key, json!("")));
                    }
                }
                seat.submit_modal(&values).unwrap_or_else(|cannot| panic!("a modal: {cannot}"))
            }
            other => panic!("no story does {other:?}"),
        }
    }

    /// Nothing waits to be told.
    pub async fn is_told(&self) {
        let wait = async {
            while !self.dispatch.waiting(Surface::Discord).await.expect("the database answers").is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("everything is told");
    }

    /// The messages of jobs by their notes' names, and whether they ended.
    async fn jobs(&self) -> Vec<(String, Id, bool)> {
        let notes = self.dispatch.all_kept(Surface::Discord, "job/").await.expect("the database answers");
        let read = |(name, note): (String, Value)| {
            Some((name, note["message"].as_str()?.parse().ok()?, note["has_ended"] == true))
        };
        notes.into_iter().filter_map(read).collect()
    }

    /// What stands in a channel by itself and is new or changed, in the order of its words; jobs' messages are none of it.
    pub async fn news(&self, channel: &str) -> Vec<Message> {
        self.is_told().await;
        let jobs: BTreeSet<Id> = self.jobs().await.into_iter().map(|(_, id, _)| id).collect();
        let mut edits = self.edits.lock().expect("no test panicked");
        let mut new = self.fake.user("admin").in_channel(channel).sees();
        new.retain(|m| m.interaction.is_none() && !jobs.contains(&m.id));
        new.retain(|m| edits.insert(m.id, m.edited) != Some(m.edited));
        new.sort_by_key(Message::text);
        new
    }

    /// Shows how jobs ended, once all of it is told.
    pub async fn ends(&self) -> Vec<Message> {
        self.is_told().await;
        let of_jobs = self.jobs().await;
        let mut shown = self.ended.lock().expect("no test panicked");
        let found = of_jobs.into_iter().filter(|(_, id, has_ended)| *has_ended && shown.insert(*id));
        let mut found: Vec<(String, Id)> = found.map(|(name, id, _)| (name, id)).collect();
        found.sort();
        found
            .iter()
            .map(|(name, id)| self.fake.message(*id).unwrap_or_else(|| panic!("the message of {name}")))
            .collect()
    }

    /// Ends it: the bot kept to the protocol.
    pub async fn end(self) {
        self.discord.stop().await;
        let counts = self.discord.counts();
        assert_eq!((counts.unreadable, counts.unanswered), (0, 0), "every interaction was read and answered");
        self.fake.assert_clean();
        let pinged = self.fake.requests().iter().any(|r| r.body.to_string().contains("\"parse\":[\""));
        assert!(!pinged, "nothing may call anybody");
    }
}

/// A line as a slash command and its options.
pub fn slash(line: &str) -> (String, Vec<(String, Value)>) {
    let asked = catalog().read(line).unwrap_or_else(|refusal| panic!("{line}: {}", Trouble::from(refusal)));
    let registered = direttore_discord::commands::describe(catalog());
    let mut words = asked.command.path.split(' ');
    let named =
        |list: &[Value], name: &str| list.iter().find(|c| c["name"] == name).cloned().expect("it is registered");
    let mut at = named(&registered, words.next().unwrap_or_default());
    for word in words {
        at = named(at["options"].as_array().expect("subcommands"), word);
    }
    let list = at["options"].as_array().cloned().unwrap_or_default();
    let mut options = Vec::new();
    for (name, values) in &asked.given {
        let kind = list.iter().find(|o| o["name"] == name.as_str()).map(|o| o["type"].clone());
        let is_list = asked.command.option(name).is_some_and(|o| o.many && !o.positional);
        let whole = values.join(if is_list { "," } else { " " });
        let value = match kind.and_then(|kind| kind.as_u64()) {
            Some(5) => json!(whole != "false"),
            Some(4) => whole.parse::<i64>().map_or_else(|_| json!(whole), |n| json!(n)),
            _ => json!(whole),
        };
        options.push((name.clone(), value));
    }
    (asked.command.path.clone(), options)
}

/// The newest message that somebody sees with that widget on it.
fn holder(seat: &Seat, custom_id: &str) -> Id {
    let seen = seat.sees();
    let with = seen.iter().rev().find(|m| m.all_components().iter().any(|c| c["custom_id"] == custom_id));
    with.unwrap_or_else(|| panic!("no message has {custom_id}")).id
}

/// A message as far as the stories look at replies.
pub fn reply_of(message: &Message) -> Reply {
    let lines = same::of_discord(message);
    let title = lines.first().cloned().unwrap_or_default();
    let (tone, title) = [("warning: ", Tone::Warning), ("refused: ", Tone::Refused), ("failed: ", Tone::Failed)]
        .into_iter()
        .find_map(|(word, tone)| Some((tone, title.strip_prefix(word)?.to_owned())))
        .unwrap_or((Tone::Info, title.clone()));
    let code = title.strip_suffix(')').and_then(|t| t.rsplit_once('(')).map(|(_, code)| code.to_owned());
    let id = same::reply_id(message).unwrap_or_else(|| format!("m{}", message.id));
    let asks =
        message.all_components().iter().any(|c| c["custom_id"].as_str().is_some_and(|id| id.starts_with("write:")));
    let form = asks.then(Form::default);
    let description = message.embeds.first().and_then(|e| e["description"].as_str()).unwrap_or_default();
    let fields = description.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**  "));
    let fields = fields.map(|(name, value)| Field { name: name.to_owned(), value: same::read(value).into() }).collect();
    let text = same::without_markup(description).as_str().into();
    let file = |a: &fake_discord::Attachment| Attachment {
        name: a.file.name.clone(),
        media_type: a.file.content_type.clone(),
        bytes: a.file.bytes.clone(),
        alt: a.description.clone().unwrap_or_default(),
    };
    let attachments = message.attachments.iter().map(file).collect();
    Reply { id, code, actions: same::labels(message), form, fields, text, attachments, ..Reply::new(tone, title) }
}
