//! What Discord tells us that somebody did. Both ways in end in this one struct: the gateway's events through
//! [`crate::typed`], bodies of the interactions endpoint through [`Interaction::parse`].

use serde::Deserialize;
use serde_json::Value;

/// A snowflake.
pub type Id = u64;

#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    pub id: Id,
    /// What answers it, for 15 minutes.
    pub token: String,
    /// `None` in a direct message.
    pub guild: Option<Id>,
    pub channel: Id,
    pub user: User,
    /// Roles of the member at this moment; none in a direct message.
    pub roles: Vec<Id>,
    pub what: What,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    pub id: Id,
    /// The user name: names that a guild gives may be anybody's.
    pub name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Ping,
    Command(Command),
    /// A command in the making; the option with the cursor in it and what is typed there.
    Complete(Command, String, String),
    /// A button or a select; the values are the select's.
    Component {
        custom_id: String,
        values: Vec<String>,
        on: Message,
    },
    /// Texts by the ids of their inputs; the message whose button opened the modal.
    Modal {
        custom_id: String,
        texts: Vec<(String, String)>,
        on: Option<Message>,
    },
}

/// A message that an interaction came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub id: Id,
    pub is_ephemeral: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Command {
    /// `guest list`
    pub path: String,
    pub options: Vec<(String, Value)>,
}

/// The flag of a message that only one person sees.
pub const EPHEMERAL: u64 = 1 << 6;

#[derive(Debug, thiserror::Error)]
#[error("an interaction that cannot be read: {0}")]
pub struct Unreadable(String);

impl Unreadable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Interaction {
    /// From the JSON that Discord sends, as a gateway event's `d` or as the body of a request.
    ///
    /// # Errors
    /// What is missing or of another form.
    pub fn parse(value: Value) -> Result<Self, Unreadable> {
        let wire: Wire = serde_json::from_value(value).map_err(|e| Unreadable(e.to_string()))?;
        wire.read()?.answerable()
    }

    /// Without a token nobody can be answered.
    pub(crate) fn answerable(self) -> Result<Self, Unreadable> {
        if self.token.is_empty() && self.what != What::Ping {
            return Err(Unreadable("token is missing".to_owned()));
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    token: String,
    #[serde(default)]
    guild_id: Option<String>,
    #[serde(default)]
    channel_id: Option<String>,
    #[serde(default)]
    member: Option<WireMember>,
    #[serde(default)]
    user: Option<WireUser>,
    #[serde(default)]
    data: Option<WireData>,
    #[serde(default)]
    message: Option<WireMessage>,
}

#[derive(Deserialize)]
struct WireMember {
    user: WireUser,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct WireUser {
    id: String,
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct WireMessage {
    id: String,
    #[serde(default)]
    flags: u64,
}

#[derive(Deserialize, Default)]
struct WireData {
    #[serde(default)]
    name: String,
    #[serde(default)]
    options: Vec<WireOption>,
    #[serde(default)]
    custom_id: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    components: Vec<Value>,
}

#[derive(Deserialize)]
struct WireOption {
    name: String,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    options: Vec<WireOption>,
    #[serde(default)]
    focused: bool,
}

/// Types of options that hold others.
const SUBCOMMAND: u8 = 1;
const SUBCOMMAND_GROUP: u8 = 2;

/// serenity panics at a zero.
fn id(text: &str) -> Result<Id, Unreadable> {
    text.parse().ok().filter(|id| *id != 0).ok_or_else(|| Unreadable(format!("{text:?} is no snowflake")))
}

impl Wire {
    fn read(self) -> Result<Interaction, Unreadable> {
        let number = id(&self.id)?;
        if self.kind == 1 {
            let (token, user) = (self.token, User::default());
            return Ok(Interaction {
                id: number,
                token,
                guild: None,
                channel: 0,
                user,
                roles: vec![],
                what: What::Ping,
            });
        }
        let data = self.data.ok_or_else(|| Unreadable("data is missing".to_owned()))?;
        let roles = self.member.as_ref().map(|m| m.roles.iter().map(|r| id(r)).collect()).transpose()?;
        let user = self.member.map(|m| m.user).or(self.user);
        let user = user.ok_or_else(|| Unreadable("neither member nor user is there".to_owned()))?;
        let message = |m: &WireMessage| Ok(Message { id: id(&m.id)?, is_ephemeral: m.flags & EPHEMERAL != 0 });
        let on = self.message.as_ref().map(message).transpose()?;
        let what = match self.kind {
            2 => What::Command(data.command().0),
            4 => {
                let (command, focused) = data.command();
                let (name, typed) = focused.ok_or_else(|| Unreadable("no option has the focus".to_owned()))?;
                What::Complete(command, name, typed)
            }
            3 => What::Component {
                custom_id: data.custom_id,
                values: data.values,
                on: on.ok_or_else(|| Unreadable("the message of the component is missing".to_owned()))?,
            },
            5 => {
                let mut texts = Vec::new();
                data.components.iter().for_each(|c| gather(c, &mut texts));
                What::Modal { custom_id: data.custom_id, texts, on }
            }
            other => return Err(Unreadable(format!("type {other} is unknown"))),
        };
        let channel = self.channel_id.ok_or_else(|| Unreadable("channel_id is missing".to_owned()))?;
        Ok(Interaction {
            id: number,
            token: self.token,
            guild: self.guild_id.as_deref().map(id).transpose()?,
            channel: id(&channel)?,
            user: User { id: id(&user.id)?, name: user.username },
            roles: roles.unwrap_or_default(),
            what,
        })
    }
}

impl WireData {
    /// The command, and the option that has the focus.
    fn command(self) -> (Command, Option<(String, String)>) {
        let mut path = self.name;
        let mut options = self.options;
        while let [WireOption { kind: SUBCOMMAND | SUBCOMMAND_GROUP, .. }] = options.as_slice() {
            let inner = options.remove(0);
            path = format!("{path} {}", inner.name);
            options = inner.options;
        }
        let focused = options.iter().find(|o| o.focused).map(|o| (o.name.clone(), said(&o.value)));
        let options = options.into_iter().filter(|o| !o.focused).map(|o| (o.name, o.value)).collect();
        (Command { path, options }, focused)
    }
}

/// A value as somebody would say it.
pub fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The texts of a modal: inputs stand in rows (type 1) or in labels (type 18).
fn gather(component: &Value, texts: &mut Vec<(String, String)>) {
    let text = |key: &str| component.get(key).and_then(Value::as_str);
    if let (Some(key), Some(value)) = (text("custom_id"), text("value")) {
        texts.push((key.to_owned(), value.to_owned()));
    }
    if let Some(inner) = component.get("component") {
        gather(inner, texts);
    }
    for inner in component.get("components").and_then(Value::as_array).into_iter().flatten() {
        gather(inner, texts);
    }
}

#[cfg(test)]
mod tests;
