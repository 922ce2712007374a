//! Messages: how they are kept, how they look in JSON, whom they would ping.

use crate::{
    clock::iso,
    rest::show,
    users::File,
    validate::at,
    world::{Id, Place},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub use crate::validate::EPHEMERAL;
/// `thinking…`
pub const LOADING: u64 = 1 << 7;
/// A message that was edited more often than this in the hour, and is older than an hour, is not edited any more.
pub(crate) const LATE_EDITS: usize = 5;

#[derive(Debug, Clone)]
pub struct Attachment {
    pub id: Id,
    pub description: Option<String>,
    pub file: File,
}

/// One message as it stands.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<Attachment>,
    pub flags: u64,
    /// How often it was edited.
    pub edited: u32,
    /// Set: only they see it.
    pub only_for: Option<Id>,
    /// The interaction that it answers.
    pub interaction: Option<Id>,
    /// The bot still thinks.
    pub is_loading: bool,
    /// Who would have been pinged.
    pub pings: Pings,
    pub(crate) kind: u64,
    pub(crate) at_ms: u64,
    pub(crate) edited_ms: Option<u64>,
    pub(crate) nonce: Option<Value>,
    pub(crate) is_deleted: bool,
    pub(crate) allowed_mentions: Value,
    /// When it was edited being older than an hour.
    pub(crate) late_edits: Vec<u64>,
}

/// Users, roles and everyone that a message would have called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pings {
    pub users: BTreeSet<Id>,
    pub roles: BTreeSet<Id>,
    pub everyone: bool,
}

impl Pings {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Message {
    pub fn is_ephemeral(&self) -> bool {
        self.only_for.is_some()
    }

    /// Who would have been pinged by it.
    pub fn pinged(&self) -> &Pings {
        &self.pings
    }

    /// All components, nested ones too, in order.
    pub fn all_components(&self) -> Vec<&Value> {
        let mut all = Vec::new();
        self.components.iter().for_each(|c| gather(c, &mut all));
        all
    }

    /// Labels of its buttons, in order.
    pub fn buttons(&self) -> Vec<String> {
        let labels = self.all_components().into_iter().filter(|c| c["type"] == 2);
        labels.map(|c| c["label"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// All that stands in it to be read: content, embeds, text displays.
    pub fn text(&self) -> String {
        let mut parts = vec![self.content.clone()];
        for embed in &self.embeds {
            parts.extend(["title", "description"].iter().filter_map(|k| embed[*k].as_str().map(str::to_owned)));
            for field in embed["fields"].as_array().into_iter().flatten() {
                parts.extend(["name", "value"].iter().filter_map(|k| field[*k].as_str().map(str::to_owned)));
            }
            parts.extend(embed["footer"]["text"].as_str().map(str::to_owned));
        }
        let texts = self.all_components().into_iter().filter(|c| c["type"] == 10);
        parts.extend(texts.filter_map(|c| c["content"].as_str().map(str::to_owned)));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.content.trim().is_empty()
            && self.embeds.is_empty()
            && self.attachments.is_empty()
            && self.components.is_empty()
    }

    /// Evaluates whom the message calls, under its `allowed_mentions`.
    pub(crate) fn evaluate_pings(&mut self) {
        let mut text = self.content.clone();
        let displays = self.all_components().into_iter().filter(|c| c["type"] == 10);
        text.extend(displays.filter_map(|c| c["content"].as_str()));
        let allowed = &self.allowed_mentions;
        // Without the object, or with one that names nothing, everything is parsed.
        let parses = |kind: &str| match &allowed["parse"] {
            Value::Array(list) => list.iter().any(|p| p == kind),
            _ => {
                allowed[kind].is_null()
                    && (allowed.is_null() || (allowed["users"].is_null() && allowed["roles"].is_null()))
            }
        };
        let lists = |kind: &str, id: Id| {
            let text = id.to_string();
            allowed[kind].as_array().into_iter().flatten().any(|given| *given == *text || given.as_u64() == Some(id))
        };
        let mut pings = Pings::default();
        for part in text.split("<@").skip(1) {
            let Some((inner, _)) = part.split_once('>') else { continue };
            let (kind, id) = match inner.strip_prefix('&') {
                Some(role) => ("roles", role),
                None => ("users", inner.trim_start_matches('!')),
            };
            let Ok(id) = id.parse() else { continue };
            if parses(kind) || lists(kind, id) {
                if kind == "roles" {
                    pings.roles.insert(id)
                } else {
                    pings.users.insert(id)
                };
            }
        }
        pings.everyone = parses("everyone") && (text.contains("@everyone") || text.contains("@here"));
        self.pings = pings;
    }

    pub(crate) fn json(&self, place: &Place) -> Value {
        let author = place.user(self.author).map(show::user).unwrap_or_default();
        let attachments: Vec<Value> = self.attachments.iter().map(|a| self.attachment(a)).collect();
        let mentions: Vec<Value> = self.pings.users.iter().filter_map(|id| place.user(*id)).map(show::user).collect();
        let roles: Vec<String> = self.pings.roles.iter().map(Id::to_string).collect();
        let mut message = json!({
            "type": self.kind, "content": self.content, "mentions": mentions, "mention_roles": roles,
            "attachments": attachments, "embeds": self.embeds, "timestamp": iso(self.at_ms),
            "edited_timestamp": self.edited_ms.map(iso), "flags": self.flags, "components": self.components,
            "id": self.id.to_string(), "channel_id": self.channel.to_string(), "author": author, "pinned": false,
            "mention_everyone": self.pings.everyone, "tts": false,
        });
        if let Some(nonce) = &self.nonce {
            message["nonce"] = nonce.clone();
        }
        if self.interaction.is_some() {
            message["webhook_id"] = json!(place.application.to_string());
            message["application_id"] = json!(place.application.to_string());
        }
        message
    }

    fn attachment(&self, a: &Attachment) -> Value {
        let url = format!("https://cdn.discordapp.com/attachments/{}/{}/{}", self.channel, a.id, a.file.name);
        let mut shown = json!({
            "id": a.id.to_string(), "filename": a.file.name, "size": a.file.bytes.len(), "url": url, "proxy_url": url,
            "content_type": a.file.content_type, "ephemeral": self.is_ephemeral(),
        });
        if let Some(description) = &a.description {
            shown["description"] = json!(description);
        }
        shown
    }
}

fn gather<'a>(component: &'a Value, all: &mut Vec<&'a Value>) {
    all.push(component);
    crate::validate::children(component).for_each(|(_, child)| gather(child, all));
}

/// Embeds as they are sent back.
pub(crate) fn shown_embeds(list: &Value) -> Vec<Value> {
    let each = list.as_array().into_iter().flatten().map(|embed| {
        let mut embed = embed.clone();
        embed["type"] = json!("rich");
        for field in embed["fields"].as_array_mut().into_iter().flatten() {
            field["inline"] = json!(field["inline"] == true);
        }
        without_nulls(embed)
    });
    each.collect()
}

/// Components as they are sent back: each with an id, and with what was left to its default.
pub(crate) fn shown_components(list: &Value) -> Vec<Value> {
    let mut next = 0;
    list.as_array().into_iter().flatten().map(|c| shown_component(c, &mut next)).collect()
}

fn shown_component(component: &Value, next: &mut u64) -> Value {
    let mut shown = without_nulls(component.clone());
    *next += 1;
    let id = shown["id"].as_u64().filter(|id| *id != 0).unwrap_or(*next);
    shown["id"] = json!(id);
    let default = |shown: &mut Value, field: &str, value: Value| {
        if shown.get(field).is_none() {
            shown[field] = value;
        }
    };
    match shown["type"].as_u64() {
        Some(3 | 5..=8) => {
            default(&mut shown, "min_values", json!(1));
            default(&mut shown, "max_values", json!(1));
        }
        Some(11) => {
            default(&mut shown, "description", Value::Null);
            default(&mut shown, "spoiler", json!(false));
        }
        Some(13) => {
            let name = shown["file"]["url"].as_str().and_then(|u| u.strip_prefix("attachment://")).map(str::to_owned);
            default(&mut shown, "name", json!(name));
            default(&mut shown, "size", json!(0));
            default(&mut shown, "spoiler", json!(false));
        }
        Some(14) => {
            default(&mut shown, "spacing", json!(1));
            default(&mut shown, "divider", json!(true));
        }
        Some(17) => {
            default(&mut shown, "accent_color", Value::Null);
            default(&mut shown, "spoiler", json!(false));
        }
        _ => {}
    }
    for media in ["media", "file"] {
        if shown[media].is_object() {
            unfurl(&mut shown[media]);
        }
    }
    for item in shown["items"].as_array_mut().into_iter().flatten() {
        unfurl(&mut item["media"]);
        default(item, "description", Value::Null);
        default(item, "spoiler", json!(false));
    }
    if let Some(children) = shown["components"].as_array().cloned() {
        shown["components"] = children.iter().map(|child| shown_component(child, next)).collect();
    }
    if let Some(child) = shown.get("accessory").cloned() {
        shown["accessory"] = shown_component(&child, next);
    }
    shown
}

fn unfurl(media: &mut Value) {
    media["id"] = json!("1");
    media["proxy_url"] = media["url"].clone();
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect()
        }
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A path from the words in it.
pub(crate) fn path(words: &[&str]) -> Vec<String> {
    words.iter().fold(Vec::new(), |path, word| at(&path, word))
}
