//! A lab, and a bot for it in a pretend Discord whose days may be bad.
//!
//! What goes wrong on purpose is said ([`Play::expects`], `Fake::take_violations`); a play that ends with more than that
//! fails.

use super::stage::{self, Stage, slash, world};
use crate::{
    scenarios::story::{PATIENCE, Paces, Story, fresh, job_settings, lab_settings, on_a_new_database},
    support::postgres,
};
use direttore_core::{RoleMaps, Rules, dispatch::Dispatch, jobs};
use direttore_discord::{Discord, Settings};
use direttore_domain::{Origin, Role, Surface};
use direttore_sim::{Settings as SimSettings, netbox::Settings as NetBoxSettings};
use direttore_store::Store;
use fake_discord::{Fake, Handle, Message, Request, World};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

pub const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
pub const ORIGINAL: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
pub const FOLLOW_UP: &str = "/webhooks/{webhook_id}/{webhook_token}";
pub const FOLLOWED_UP: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
pub const POST: &str = "/channels/{channel_id}/messages";
pub const POSTED: &str = "/channels/{channel_id}/messages/{message_id}";

/// How a play begins.
pub struct Scene {
    world: World,
    lab: SimSettings,
    netbox: Option<NetBoxSettings>,
    is_known: bool,
    rules: fn(&Fake) -> Rules,
    settings: fn(&Fake, &mut Settings),
    on_both: bool,
    attempts: i64,
}

impl Default for Scene {
    /// The people of the guild are those of the story, told on SQLite.
    fn default() -> Self {
        Self {
            world: world(),
            lab: lab_settings(),
            netbox: None,
            is_known: true,
            rules: |_| Rules::default(),
            settings: |_, _| {},
            on_both: false,
            attempts: job_settings().attempts,
        }
    }
}

impl Scene {
    /// On both databases.
    pub fn on_both(self) -> Self {
        Self { on_both: true, ..self }
    }

    pub fn in_world(self, world: World) -> Self {
        Self { world, ..self }
    }

    pub fn with_lab(self, lab: SimSettings) -> Self {
        Self { lab, ..self }
    }

    /// What is locked is waited for as long as it takes.
    pub fn patient(self) -> Self {
        Self { attempts: i64::MAX, ..self }
    }

    pub fn with_netbox(self) -> Self {
        Self { netbox: Some(NetBoxSettings::default()), ..self }
    }

    /// Nobody has an account there but whom the guild's roles give one.
    pub fn with_roles(self) -> Self {
        Self { is_known: false, rules: roles, ..self }
    }

    pub fn by_rules(self, rules: fn(&Fake) -> Rules) -> Self {
        Self { rules, ..self }
    }

    pub fn set(self, settings: fn(&Fake, &mut Settings)) -> Self {
        Self { settings, ..self }
    }

    /// Plays it, where Discord's description is on this machine.
    pub async fn play(self, tell: impl AsyncFn(&Play)) {
        let play = async |store: Store| {
            let Some(fake) = Fake::start(self.world.clone()).await else { return };
            let rules = (self.rules)(&fake);
            let (lab, netbox) = (self.lab.clone(), self.netbox.clone());
            let jobs = jobs::Settings { attempts: self.attempts, ..job_settings() };
            let paces = Paces { jobs, ..Paces::default() };
            let story = Story::paced(store, lab, fresh(), netbox, rules, paces).await;
            let mut settings = stage::settings(&fake);
            (self.settings)(&fake, &mut settings);
            let dispatch = Arc::clone(&story.dispatch);
            let stage = match self.is_known {
                true => Stage::set(fake, dispatch, settings).await,
                false => Stage::bare(fake, dispatch, settings).await,
            };
            let play = Play { story, stage, expected: Mutex::default() };
            tell(&play).await;
            play.end().await;
        };
        match self.on_both {
            true => postgres::on_both(play).await,
            false => on_a_new_database(play).await,
        }
    }
}

/// The guild's roles give ours.
pub fn roles(fake: &Fake) -> Rules {
    let map = [("lab-viewer", Role::Viewer), ("lab-operator", Role::Operator), ("lab-admin", Role::Admin)];
    let map = map.map(|(name, role)| (Surface::Discord, fake.role_id(name).to_string(), role)).into();
    Rules { roles: RoleMaps(map), ..Rules::default() }
}

/// Each change is a card in the channel for it.
pub fn cards(fake: &Fake) -> Rules {
    let channel = fake.channel_id("ops").to_string();
    Rules { cards: vec![Origin { surface: Surface::Discord, channel }], ..Rules::default() }
}

pub struct Play {
    pub story: Story,
    pub stage: Stage,
    /// How many interactions nobody could read, and how many answers Discord did not take.
    expected: Mutex<(u64, u64)>,
}

impl Play {
    pub fn fake(&self) -> &Fake {
        &self.stage.fake
    }

    /// Of interactions that cannot be read, and of those whose answer is not taken, there will be so many.
    pub fn expects(&self, unreadable: u64, unanswered: u64) {
        *self.expected.lock().expect("no test panicked") = (unreadable, unanswered);
    }

    pub fn sends(&self, who: &str, line: &str) -> Handle {
        let (path, options) = slash(line);
        let options: Vec<_> = options.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.stage.seat(who).slash(&path, &options).unwrap_or_else(|cannot| panic!("{line}: {cannot}"))
    }

    /// What somebody is answered, once all of it is there.
    pub async fn says(&self, who: &str, line: &str) -> Vec<Message> {
        let handle = self.sends(who, line);
        self.answered(&handle).await
    }

    pub async fn clicks(&self, who: &str, label: &str) -> Vec<Message> {
        let clicked = self.stage.seat(who).click(label).unwrap_or_else(|cannot| panic!("[{label}]: {cannot}"));
        self.answered(&clicked).await
    }

    pub async fn answered(&self, handle: &Handle) -> Vec<Message> {
        handle.answer().await;
        tokio::time::timeout(PATIENCE, self.stage.discord.rest()).await.expect("an answer in time");
        handle.messages()
    }

    /// Requests of a route so far.
    pub fn asked(&self, method: &str, route: &str) -> Vec<Request> {
        let all = self.fake().requests();
        all.into_iter().filter(|r| r.method == method && r.route == route).collect()
    }

    /// Waits until as many requests of a route had an answer with that status.
    pub async fn until_answered(&self, method: &str, route: &str, status: u16, times: usize) {
        let fits = |r: &&Request| r.method == method && r.route == route && r.status == status;
        self.fake().until_requests(|all| all.iter().filter(fits).count() >= times).await;
    }

    /// Calendar time passes, here and at Discord.
    pub fn passes(&self, time: Duration) {
        self.story.clock.advance(time);
        self.fake().clock().advance(time);
    }

    /// Nothing waits to be told.
    pub async fn is_told(&self) {
        self.stage.is_told().await;
    }

    pub fn dispatch(&self) -> &Arc<Dispatch> {
        &self.story.dispatch
    }

    /// Messages of a channel, oldest first, as an administrator sees them.
    pub fn in_channel(&self, channel: &str) -> Vec<Message> {
        self.fake().user("admin").in_channel(channel).sees()
    }

    /// The bot stops, and another process takes its place, which knows what the database does.
    pub async fn restart(&self) -> Discord {
        self.stage.discord.stop().await;
        self.fake().sessions(0).await;
        let discord = Discord::new(self.stage.settings.clone(), self.story.another()).expect("the fake's certificate");
        discord.start();
        self.fake().sessions(1).await;
        discord
    }

    async fn end(self) {
        let Self { story, stage, expected } = self;
        stage.discord.stop().await;
        let counts = stage.discord.counts();
        let expected = *expected.lock().expect("no test panicked");
        assert_eq!((counts.unreadable, counts.unanswered), expected, "interactions not read, and not answered");
        stage.fake.assert_clean();
        nobody_is_called(&stage.fake);
        story.end().await;
    }
}

fn nobody_is_called(fake: &Fake) {
    for who in ["admin", "operator", "viewer", "stranger"] {
        for channel in ["lab", "ops", "audit"] {
            for message in fake.user(who).in_channel(channel).sees() {
                assert!(message.pinged().is_empty(), "{} calls {:?}", message.text(), message.pinged());
            }
        }
    }
    let calls = fake.requests().into_iter().find(|r| r.body.to_string().contains("\"parse\":[\""));
    assert!(calls.is_none(), "{calls:?} may call somebody");
}

/// Waits until something is so.
///
/// # Panics
/// It never is.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}: never"));
}

/// The id of a message's widget that begins so.
pub fn widget(message: &Message, verb: &str) -> String {
    let all = message.all_components();
    let ids = all.iter().filter_map(|c| c["custom_id"].as_str());
    let found = ids.into_iter().find(|id| id.starts_with(verb)).map(str::to_owned);
    found.unwrap_or_else(|| panic!("no {verb} on {}", message.text()))
}
