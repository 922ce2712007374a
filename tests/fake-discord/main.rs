//! Serves a pretend Discord and lets people act by lines of JSON: what clients in other languages are tried against.
//!
//! The first line on standard output says where it is. Then each line of input, `{"do": "slash", "user": "alice", …}`, is
//! answered by one line, `{"error": "…"}` or what came of it. The end of the input ends it.

use fake_discord::{Answer, AnswerKind, Cannot, Fake, Fault, Handle, Message, Seat, World};
use serde_json::{Map, Value, json};
use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-discord: {error}");
            ExitCode::FAILURE
        }
    }
}

fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

async fn serve() -> io::Result<()> {
    // Real clients sleep in real time.
    let Some(fake) = Fake::start(World::lab().running_clock()).await else {
        return Err(io::Error::other("Discord's description is not there"));
    };
    say(&json!({
        "api": fake.api_url(), "gateway": fake.gateway_url(), "token": fake.token(), "public_key": fake.public_key(),
        "application": fake.application_id().to_string(), "guild": fake.guild_id("lab").to_string(),
        "channel": fake.channel_id("ops").to_string(),
        "users": {"alice": fake.user_id("alice").to_string(), "bob": fake.user_id("bob").to_string()},
    }))?;
    let mut stage = Stage { fake, handles: Vec::new() };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let done = match serde_json::from_str::<Value>(&line) {
            Ok(order) => stage.act(&order).await,
            Err(error) => Err(format!("no JSON: {error}")),
        };
        say(&done.unwrap_or_else(|error| json!({"error": error})))?;
    }
    Ok(())
}

struct Stage {
    fake: Fake,
    handles: Vec<Handle>,
}

fn text<'v>(order: &'v Value, field: &str) -> Result<&'v str, String> {
    order[field].as_str().ok_or_else(|| format!("{field} is missing"))
}

fn pairs(object: &Value) -> Vec<(&str, Value)> {
    let fields: Option<&Map<String, Value>> = object.as_object();
    fields.into_iter().flatten().map(|(name, value)| (name.as_str(), value.clone())).collect()
}

fn cannot(error: Cannot) -> String {
    error.to_string()
}

impl Stage {
    fn seat(&self, order: &Value) -> Result<Seat, String> {
        let user = self.fake.user(text(order, "user")?);
        Ok(match order["channel"].as_str() {
            Some(channel) => user.in_channel(channel),
            None => user.in_channel("ops"),
        })
    }

    async fn act(&mut self, order: &Value) -> Result<Value, String> {
        let what = || text(order, "what");
        match text(order, "do")? {
            "ready" => self.fake.ready().await,
            "reconnect" => self.fake.ask_to_reconnect(),
            "sessions" => self.fake.sessions(order["many"].as_u64().unwrap_or(1) as usize).await,
            "advance" => self.fake.clock().advance(Duration::from_millis(order["ms"].as_u64().unwrap_or_default())),
            "too_many" => {
                let retry_after = order["retry_after"].as_f64().unwrap_or(0.5);
                let fault = Fault::TooMany { retry_after };
                self.fake.fault(text(order, "method")?, text(order, "route")?, fault, 1);
            }
            "slash" => {
                let options = pairs(&order["options"]);
                let handle = self.seat(order)?.slash(text(order, "command")?, &options).map_err(cannot)?;
                return Ok(self.answered(handle).await);
            }
            "autocomplete" => {
                let (command, focused) = (text(order, "command")?, text(order, "focused")?);
                let options = pairs(&order["options"]);
                let handle = self.seat(order)?.autocomplete(command, &options, focused).map_err(cannot)?;
                return Ok(self.answered(handle).await);
            }
            "click" => {
                let handle = self.seat(order)?.click(what()?).map_err(cannot)?;
                return Ok(self.answered(handle).await);
            }
            "select" => {
                let values: Vec<&str> =
                    order["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let handle = self.seat(order)?.select(what()?, &values).map_err(cannot)?;
                return Ok(self.answered(handle).await);
            }
            "submit" => {
                let handle = self.seat(order)?.submit_modal(&pairs(&order["values"])).map_err(cannot)?;
                return Ok(self.answered(handle).await);
            }
            // Waits until one of an interaction's messages has these words.
            "settled" => {
                let handle = order["handle"].as_u64().and_then(|n| self.handles.get(n as usize));
                let handle = handle.ok_or("no such handle")?;
                let words = text(order, "text")?;
                let is_right = |all: &[Message]| all.iter().any(|m| m.text().contains(words));
                let all = handle.settled(is_right).await;
                return Ok(json!({"messages": all.iter().map(shown).collect::<Vec<_>>()}));
            }
            "sees" => {
                let seen = self.seat(order)?.sees();
                return Ok(json!({"messages": seen.iter().map(shown).collect::<Vec<_>>()}));
            }
            "commands" => return Ok(json!({"commands": self.fake.commands(Some(self.fake.guild_id("lab")))})),
            "report" => {
                let violations: Vec<String> = self.fake.violations().iter().map(ToString::to_string).collect();
                let refused = self.fake.requests().iter().filter(|r| r.status >= 400).count();
                return Ok(json!({
                    "violations": violations, "identified": self.fake.identified(), "refused": refused,
                }));
            }
            other => return Err(format!("{other} is not known")),
        }
        Ok(json!({"done": true}))
    }

    async fn answered(&mut self, handle: Handle) -> Value {
        let answer = handle.answer().await;
        self.handles.push(handle);
        let mut line = told(&answer);
        line["handle"] = json!(self.handles.len() - 1);
        line
    }
}

fn told(answer: &Answer) -> Value {
    let kind = match answer.kind {
        AnswerKind::Message => "message",
        AnswerKind::Deferred => "deferred",
        AnswerKind::DeferredUpdate => "deferred update",
        AnswerKind::Update => "update",
        AnswerKind::Choices => "choices",
        AnswerKind::Modal => "modal",
        AnswerKind::None => "none",
    };
    json!({"kind": kind, "data": answer.body["data"], "message": answer.message.as_ref().map(shown)})
}

fn shown(message: &Message) -> Value {
    let file = |a: &fake_discord::Attachment| json!({"name": a.file.name, "size": a.file.bytes.len(), "text": String::from_utf8_lossy(&a.file.bytes)});
    json!({
        "id": message.id.to_string(), "content": message.content, "text": message.text(),
        "embeds": message.embeds, "components": message.components, "buttons": message.buttons(),
        "attachments": message.attachments.iter().map(file).collect::<Vec<_>>(), "flags": message.flags,
        "edited": message.edited, "ephemeral": message.is_ephemeral(), "pings": !message.pinged().is_empty(),
    })
}
