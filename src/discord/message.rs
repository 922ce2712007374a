//! What we tell Discord: bodies as they go over the wire. Limits are kept by whoever makes them, see [`crate::render`].

use crate::interaction::EPHEMERAL;
use serde::{Serialize, Serializer};
use serde_json::json;

/// A message; what is empty is sent as such, so that an edit takes away what was there.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    pub embeds: Vec<Embed>,
    pub components: Vec<Row>,
    /// Of the files that stay or come: an edit drops those that are not in the list.
    pub attachments: Vec<AttachmentRef>,
    pub allowed_mentions: NoMentions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<u64>,
    /// The same author and nonce give the same message for some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enforce_nonce: bool,
    /// One at most: serenity gives every file of a message the number 0.
    #[serde(skip)]
    pub file: Option<File>,
}

/// Nobody is ever pinged: texts come from data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NoMentions {
    parse: [(); 0],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachmentRef {
    /// 0: the number of the file.
    pub id: u64,
    pub filename: String,
    pub description: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Embed {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub color: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<Footer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// `attachment://` and the file's name.
    pub url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Footer {
    pub text: String,
}

/// Up to five buttons, one select, or one text input of a modal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    #[serde(rename = "type")]
    kind: u8,
    pub components: Vec<Component>,
}

impl Row {
    pub fn new(components: Vec<Component>) -> Self {
        Self { kind: 1, components }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Component {
    Button(Button),
    Select(Select),
    Input(Input),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    #[serde(rename = "type")]
    kind: u8,
    pub style: u8,
    pub label: String,
    pub custom_id: String,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Primary = 1,
    Secondary = 2,
    Success = 3,
    Danger = 4,
}

impl Button {
    pub fn new(style: Style, label: String, custom_id: String) -> Self {
        Self { kind: 2, style: style as u8, label, custom_id }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Select {
    #[serde(rename = "type")]
    kind: u8,
    pub custom_id: String,
    pub placeholder: String,
    pub min_values: u8,
    pub max_values: u8,
    pub options: Vec<Choice>,
}

impl Select {
    pub fn new(custom_id: String, placeholder: String, is_required: bool, options: Vec<Choice>) -> Self {
        Self { kind: 3, custom_id, placeholder, min_values: u8::from(is_required), max_values: 1, options }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub label: String,
    pub value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    #[serde(rename = "type")]
    kind: u8,
    pub custom_id: String,
    pub style: u8,
    pub label: String,
    pub required: bool,
    pub max_length: u16,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
}

impl Input {
    /// One line of text.
    pub fn new(custom_id: String, label: String, is_required: bool) -> Self {
        let (value, placeholder) = (String::new(), String::new());
        Self { kind: 4, custom_id, style: 1, label, required: is_required, max_length: 1000, value, placeholder }
    }

    /// Several lines.
    pub fn long(self) -> Self {
        Self { style: 2, ..self }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Modal {
    pub custom_id: String,
    pub title: String,
    pub components: Vec<Row>,
}

/// The first answer to an interaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Callback {
    Message(Message),
    /// "Thinking…", for everybody or for the asker alone.
    Defer {
        is_ephemeral: bool,
    },
    /// Taken; the message with the component stays as it is until it is edited.
    DeferUpdate,
    /// Values and what people see of them.
    Choices(Vec<(String, String)>),
    Modal(Modal),
}

/// As it goes over the wire.
impl Serialize for Callback {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<T> {
            #[serde(rename = "type")]
            kind: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<T>,
        }
        match self {
            Self::Message(message) => Wire { kind: 4, data: Some(message) }.serialize(to),
            Self::Defer { is_ephemeral } => {
                let data = is_ephemeral.then(|| json!({ "flags": EPHEMERAL }));
                Wire { kind: 5, data }.serialize(to)
            }
            Self::DeferUpdate => Wire::<()> { kind: 6, data: None }.serialize(to),
            Self::Choices(choices) => {
                let choices = choices.iter().map(|(value, name)| json!({ "name": name, "value": value }));
                let data = Some(json!({ "choices": choices.collect::<Vec<_>>() }));
                Wire { kind: 8, data }.serialize(to)
            }
            Self::Modal(modal) => Wire { kind: 9, data: Some(modal) }.serialize(to),
        }
    }
}
