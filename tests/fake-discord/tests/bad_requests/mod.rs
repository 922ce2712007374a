//! One bad request for each rule, and the same without what is bad in it: the first is refused in Discord's words, the
//! second is taken, in the same place. So the refusal is for that reason, and a refused answer uses nothing up.

mod commands;
mod messages;
mod modals;
mod others;

use crate::support::{ask, callback, lab, ops, reply, webhook};
use fake_discord::{Fake, Handle};
use serde_json::{Value, json};

/// Where a body is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// `PUT` of a guild's commands.
    Commands,
    /// The callback of a command, of a pressed button, of a completion.
    Command,
    Button,
    Completion,
    /// Of a modal that a command, or a button, opened.
    CommandModal,
    ButtonModal,
    /// A message in a channel.
    Channel,
    /// An edit of a V2 answer.
    EditV2,
    Followup,
}

pub struct Rule {
    pub name: &'static str,
    pub to: To,
    pub bad: Value,
    /// A part of the refusal.
    pub says: &'static str,
    pub good: Value,
    pub code: u64,
}

pub fn rule(name: &'static str, to: To, bad: Value, says: &'static str, good: Value) -> Rule {
    Rule { name, to, bad, says, good, code: 50035 }
}

impl Rule {
    pub fn code(mut self, code: u64) -> Self {
        self.code = code;
        self
    }
}

pub fn modal() -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": "T", "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "a", "style": 1, "label": "A", "required": false}]},
    ]}})
}

/// An interaction of that kind, waiting for its answer.
async fn waiting(fake: &Fake, to: To) -> Handle {
    let bob = ops(fake, "bob");
    let slash = || bob.slash("ping", &[]).expect("a command of his");
    let pressed = async || {
        let asked = slash();
        let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]);
        reply(fake, &asked, json!({"type": 4, "data": {"content": "a button", "components": row}})).await;
        bob.click("Go").expect("the button is there")
    };
    let submitted = async |opener: Handle| {
        reply(fake, &opener, modal()).await;
        bob.submit_modal(&[]).expect("the modal is open")
    };
    match to {
        To::Completion => {
            bob.autocomplete("guest show", &[("guest", json!("w"))], "guest").expect("an option that completes")
        }
        To::Button => pressed().await,
        To::CommandModal => submitted(slash()).await,
        To::ButtonModal => submitted(pressed().await).await,
        _ => slash(),
    }
}

/// Method and path, after what must come before.
async fn place(fake: &Fake, to: To) -> (&'static str, String) {
    match to {
        To::Commands => {
            let path = format!("/applications/{}/guilds/{}/commands", fake.application_id(), fake.guild_id("lab"));
            ("PUT", path)
        }
        To::Channel => ("POST", format!("/channels/{}/messages", fake.channel_id("ops"))),
        To::EditV2 => {
            let asked = waiting(fake, To::Command).await;
            let text = json!([{"type": 10, "content": "text"}]);
            reply(fake, &asked, json!({"type": 4, "data": {"flags": 32768, "components": text}})).await;
            ("PATCH", webhook(fake, &asked, "/messages/@original"))
        }
        To::Followup => {
            let asked = waiting(fake, To::Command).await;
            reply(fake, &asked, json!({"type": 4, "data": {"content": "first"}})).await;
            ("POST", webhook(fake, &asked, ""))
        }
        _ => ("POST", callback(&waiting(fake, to).await)),
    }
}

async fn check(rules: Vec<Rule>) {
    for rule in rules {
        let Some(fake) = lab().await else { return };
        let (method, path) = place(&fake, rule.to).await;
        fake.assert_clean();
        let got = ask(&fake, method, &path, rule.bad.clone()).await;
        let told = got.body.to_string();
        assert_eq!((got.status, &got.body["code"]), (400, &json!(rule.code)), "{}: {told}", rule.name);
        assert!(told.contains(rule.says), "{}: {told}", rule.name);
        // What does not fit is also held against the bot.
        assert_eq!(fake.take_violations().len(), usize::from(rule.code == 50035), "{}", rule.name);
        let got = ask(&fake, method, &path, rule.good.clone()).await;
        assert!((200..300).contains(&got.status), "{}: {:?}", rule.name, got.body);
        fake.assert_clean();
    }
}

#[tokio::test]
async fn bodies_of_commands() {
    check(commands::rules()).await;
}

#[tokio::test]
async fn bodies_of_messages() {
    check(messages::rules()).await;
}

#[tokio::test]
async fn bodies_of_modals_and_types_of_answers() {
    check(modals::rules()).await;
}

/// Every rule has its own name, and there are many.
#[test]
fn rules_are_counted() {
    let all: Vec<Rule> = [commands::rules(), messages::rules(), modals::rules()].into_iter().flatten().collect();
    let names: std::collections::BTreeSet<&str> = all.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), all.len());
    println!("{} rules of bodies", all.len());
    assert!(all.len() >= 90, "{}", all.len());
}
