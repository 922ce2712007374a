//! A webhook of NetBox, of any version from 4.2 to 4.7, as we read it.
//!
//! Up to 4.3 the object's type comes as `model` alone, which is `device` where later versions say `dcim.device`; its
//! URL names the application. From 4.7 on who and which request stand in `request` only. What a job ended with has
//! neither a request nor snapshots.

mod part;

pub use part::Part;

use direttore_domain::Instant;
use part::{all_fields, fields, look_through};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// What happened to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Created,
    Updated,
    Deleted,
    JobStarted,
    JobEnded,
}

impl What {
    pub const ALL: [Self; 5] = [Self::Created, Self::Updated, Self::Deleted, Self::JobStarted, Self::JobEnded];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::JobStarted => "job_started",
            Self::JobEnded => "job_ended",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for What {
    type Err = ();
    fn from_str(given: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|what| what.as_str() == given).ok_or(())
    }
}

/// Two deliveries with the same key are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub String);

/// What changed in NetBox.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub what: What,
    /// `dcim.device`, in small letters.
    pub object_type: String,
    /// Of the object; what a script's job ended with has none.
    pub id: Option<i64>,
    /// Who did it, where NetBox says so.
    pub user: Option<String>,
    pub request: Option<String>,
    /// When it happened, by NetBox' clock.
    pub at: Option<Instant>,
    /// The object as its REST interface shows it; before it went, when it is deleted.
    pub data: Part,
    pub before: Option<Part>,
    pub after: Option<Part>,
}

/// What is read of a body.
const NAMES: [&str; 9] =
    ["event", "data", "object_type", "model", "username", "request_id", "timestamp", "request", "snapshots"];

/// Why a body is no webhook of NetBox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the body is no JSON: {0}; a webhook with a body_template of its own cannot be read")]
    NoJson(String),
    #[error("the body has no {0}, so it is no webhook of NetBox; its body_template must be empty")]
    Missing(&'static str),
    #[error("the event is {0:?}; right would be created, updated, deleted, job_started or job_ended")]
    NoEvent(String),
}

impl Event {
    /// # Errors
    /// What is missing, or in another form.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let no_json = |why: serde_json::Error| Unreadable::NoJson(why.to_string());
        look_through(body).map_err(no_json)?;
        let body: &RawValue = serde_json::from_slice(body).map_err(no_json)?;
        let [event, data, object_type, model, user, request_id, timestamp, request, snapshots] =
            fields(body.get(), NAMES);
        let event = text(event).ok_or(Unreadable::Missing("event"))?;
        let what = event.parse().map_err(|()| Unreadable::NoEvent(direttore_domain::text::shorten(&event, 40)))?;
        let data = data.filter(|data| is_object(data)).ok_or(Unreadable::Missing("data"))?;
        let [id, url] = fields(data.get(), ["id", "url"]);
        let given = text(object_type);
        let object_type = match given.as_deref().filter(|given| given.contains('.')) {
            Some(given) => given.to_ascii_lowercase(),
            None => {
                let model = given.or_else(|| text(model)).ok_or(Unreadable::Missing("object_type"))?;
                of_model(&model.to_ascii_lowercase(), &text(url).unwrap_or_default())
            }
        };
        let [requested_by, requested_as] = fields(object(request), ["user", "id"]);
        let snapshot = |of: Option<&RawValue>| of.filter(|of| is_object(of)).map(Part::of);
        let [before, after] = fields(object(snapshots), ["prechange", "postchange"]).map(snapshot);
        Ok(Self {
            what,
            object_type,
            id: is(id),
            user: text(user).or_else(|| text(requested_by)).filter(|user| !user.is_empty()),
            request: text(request_id).or_else(|| text(requested_as)).filter(|id| !id.is_empty()),
            at: text(timestamp).and_then(|at| moment(&at)),
            data: Part::of(data),
            before,
            after,
        })
    }

    /// What tells it from every other event. Without a request nothing but the body does.
    pub fn key(&self, body: &[u8]) -> Key {
        match (&self.request, self.id) {
            (Some(request), Some(id)) => Key(format!("{request}/{}/{id}/{}", self.object_type, self.what)),
            _ => Key(Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }

    /// `dcim.device/11`: what order is kept for.
    pub fn object(&self) -> String {
        match self.id {
            Some(id) => format!("{}/{id}", self.object_type),
            None => self.object_type.clone(),
        }
    }

    /// Whether nothing of the object changed: NetBox tells of every save.
    pub fn is_no_change(&self) -> bool {
        let (What::Updated, Some(before), Some(after)) = (self.what, &self.before, &self.after) else { return false };
        let (before, after) = (all_fields(before.text()), all_fields(after.text()));
        let counts = |key: &&String| *key != "last_updated";
        let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
        keys.filter(counts).all(|key| is_same(before.get(key).copied(), after.get(key).copied()))
    }
}

/// What it is, where it is that.
fn is<T: DeserializeOwned>(given: Option<&RawValue>) -> Option<T> {
    given.and_then(|given| serde_json::from_str(given.get()).ok())
}

fn text(given: Option<&RawValue>) -> Option<String> {
    is(given)
}

fn is_object(given: &RawValue) -> bool {
    given.get().starts_with('{')
}

/// An empty one in place of what is none.
fn object(given: Option<&RawValue>) -> &str {
    given.filter(|given| is_object(given)).map_or("{}", RawValue::get)
}

/// What is written in the same way is the same; otherwise its meaning counts.
fn is_same(one: Option<&RawValue>, other: Option<&RawValue>) -> bool {
    one.map(RawValue::get) == other.map(RawValue::get) || is::<Value>(one) == is::<Value>(other)
}

/// `dcim.device` of `device`, by the object's URL: `/api/dcim/devices/11/`.
fn of_model(model: &str, url: &str) -> String {
    let application = url.split_once("/api/").and_then(|(_, rest)| rest.split('/').next());
    match application.filter(|name| !name.is_empty()) {
        Some(application) => format!("{application}.{model}"),
        None => model.to_owned(),
    }
}

/// An instant as NetBox writes it.
pub fn moment(text: &str) -> Option<Instant> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| Instant(at.timestamp_millis()))
}

#[cfg(test)]
mod tests;
