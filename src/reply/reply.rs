//! The neutral reply.

use crate::{Table, Text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing said to one reader, on whatever surface.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// What presses and fills name; set by the dispatch.
    pub id: String,
    /// The account's name; the identity for a stranger.
    pub to: String,
    pub tone: Tone,
    pub title: Text,
    pub text: Text,
    pub fields: Vec<Field>,
    pub table: Option<Table>,
    pub form: Option<Form>,
    /// Labels of the buttons, in their order.
    pub actions: Vec<String>,
    pub attachments: Vec<Attachment>,
    /// For everybody in the channel; otherwise only for the asker.
    pub public: bool,
    /// The refusal's or the failure's stable code.
    pub code: Option<String>,
    /// Where the log has the chain of a bug.
    pub reference: Option<String>,
    /// The job that this is about, as `J-12`.
    pub job: Option<String>,
    /// Id of the earlier reply that this one updates.
    pub replaces: Option<String>,
    /// The message that this is the newest state of, where one is edited again and again.
    pub standing: Option<Standing>,
    /// It stands beside the message that it answers to, and not in its place.
    #[serde(skip)]
    pub is_beside: bool,
    /// The job that it queued is somebody else's, and told of where they asked for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_for_another: bool,
    /// Came by itself: progress, the end of a job, a reminder.
    pub unasked: bool,
    /// The accounts of whom one is asked for a yes, where it asks for one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks_of: Vec<String>,
    pub progress: Option<Progress>,
    /// IANA name of the reader's zone; UTC when empty or unknown.
    pub zone: String,
    /// It shows a secret, once: whoever keeps replies must not keep this one.
    #[serde(skip)]
    pub reveals: bool,
}

impl Reply {
    /// A reply with a title and nothing else yet.
    pub fn new(tone: Tone, title: impl Into<Text>) -> Self {
        Self { tone, title: title.into(), zone: "UTC".to_owned(), ..Self::default() }
    }

    /// The title on one line, without markup.
    pub fn title_plain(&self) -> String {
        self.title.plain(&self.zone)
    }

    /// The text without markup; lines are parted by line feeds.
    pub fn text_plain(&self) -> String {
        self.text.plain(&self.zone)
    }
}

/// One message that tells how something stands, whatever was said in it before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which message: the same for all of its states.
    pub name: String,
    /// The number of the state: of two that cross on their way, the higher one counts.
    pub told: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Answers, questions, open forms.
    #[default]
    Info,
    /// Something was done or is already so.
    Success,
    /// Done with a caveat, or accepted and not finished.
    Warning,
    /// The asker can fix it.
    Refused,
    /// The world said no, or a bug.
    Failed,
}

impl Tone {
    pub const ALL: [Self; 5] = [Self::Info, Self::Success, Self::Warning, Self::Refused, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub value: Text,
}

/// Questions to answer; [`Reply::actions`] holds the form's buttons.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    pub title: String,
    /// From 1.
    pub page: u32,
    pub of: u32,
    pub ask: Vec<Question>,
}

/// One question of a form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// What `key=value` names.
    pub key: String,
    pub label: String,
    /// The catalogue's word for the kind of value, as `integer`.
    pub kind: String,
    pub required: bool,
    /// What is filled in so far.
    pub value: Option<String>,
    /// The values possible, when they are few and known.
    pub choices: Vec<String>,
    /// A few words on each choice, in the same order; empty when there is nothing to say.
    pub hints: Vec<String>,
    /// How many further values there are, when there are more than a person looks through.
    pub more: usize,
    /// What is wrong with [`Self::value`].
    pub error: Option<String>,
}

/// A file that goes with the reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: String,
    /// A media type, as `image/png`.
    #[serde(rename = "type")]
    pub media_type: String,
    pub bytes: Vec<u8>,
    /// Says the same for who cannot see it.
    pub alt: String,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    pub of: u32,
    /// Of the step that runs, when Proxmox says it: 0 to 100.
    pub percent: Option<u8>,
}
