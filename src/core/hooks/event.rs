//! A webhook of NetBox, of any version from 4.2 to 4.7, as we read it.
//!
//! Up to 4.3 the object's type comes as `model` alone, which is `device` where later versions say `dcim.device`; its
//! URL names the application. From 4.7 on who and which request stand in `request` only. What a job ended with has
//! neither a request nor snapshots.

use direttore_domain::Instant;
use serde_json::Value;
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
    pub data: Value,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

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
        let mut body: Value = serde_json::from_slice(body).map_err(|why| Unreadable::NoJson(why.to_string()))?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let event = text(&body, "event").ok_or(Unreadable::Missing("event"))?;
        let what = event.parse().map_err(|()| Unreadable::NoEvent(direttore_domain::text::shorten(&event, 40)))?;
        let data = body.get_mut("data").map(Value::take).filter(Value::is_object).ok_or(Unreadable::Missing("data"))?;
        let object_type = match text(&body, "object_type").filter(|given| given.contains('.')) {
            Some(given) => given.to_ascii_lowercase(),
            None => {
                let model = text(&body, "object_type").or_else(|| text(&body, "model"));
                of_model(&model.ok_or(Unreadable::Missing("object_type"))?.to_ascii_lowercase(), &data)
            }
        };
        let request = body.get("request").cloned().unwrap_or_default();
        let mut snapshot =
            |key| body.get_mut("snapshots").and_then(|all| all.get_mut(key)).map(Value::take).filter(Value::is_object);
        let (before, after) = (snapshot("prechange"), snapshot("postchange"));
        Ok(Self {
            what,
            object_type,
            id: data.get("id").and_then(Value::as_i64),
            user: text(&body, "username").or_else(|| text(&request, "user")).filter(|user| !user.is_empty()),
            request: text(&body, "request_id").or_else(|| text(&request, "id")).filter(|id| !id.is_empty()),
            at: text(&body, "timestamp").and_then(|at| moment(&at)),
            data,
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
        let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return false };
        let counts = |key: &&String| *key != "last_updated";
        let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
        keys.filter(counts).all(|key| before.get(key) == after.get(key))
    }
}

/// `dcim.device` of `device`, by the object's URL: `/api/dcim/devices/11/`.
fn of_model(model: &str, data: &Value) -> String {
    let url = data.get("url").and_then(Value::as_str).unwrap_or_default();
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
