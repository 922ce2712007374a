//! What is noted of our messages: which reply each shows, what can be answered to it, and which of them somebody answers
//! by words alone.

use super::Talk;
use crate::{
    render::{Button, Shown},
    wire::Error,
};
use direttore_domain::Surface;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

/// In the place of who is asked, where anybody may answer.
const ANYBODY: &str = "anybody";

/// A message of ours that can be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Posted {
    /// What the dispatch calls it.
    pub on: String,
    pub buttons: Vec<Button>,
    /// The keys of its form's questions, and whether they are answered.
    pub asks: Option<Vec<(String, bool)>>,
    /// Of the thread in which it is answered.
    pub root: String,
    /// Whose answer counts; without one the dispatch decides.
    pub asker: Option<String>,
}

/// Which message somebody's words answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Pointer {
    message: Option<String>,
    /// The event that made it so, and what was so before: heard once more, that event still means the same.
    came_by: String,
    before: Option<String>,
}

impl Posted {
    pub fn new(on: &str, shown: &Shown, root: &str, asker: Option<&str>) -> Option<Self> {
        if on.is_empty() || (shown.buttons.is_empty() && shown.asks.is_none()) {
            return None;
        }
        Some(Self {
            on: on.to_owned(),
            buttons: shown.buttons.clone(),
            asks: shown.asks.clone(),
            root: root.to_owned(),
            asker: asker.map(str::to_owned),
        })
    }
}

fn said(room: &str, message: &str) -> String {
    format!("said/{room}/{message}")
}

/// Which of somebody's open questions is meant: the one of a thread, or the newest in the room.
fn names(room: &str, root: &str, who: Option<&str>) -> [String; 2] {
    let who = who.unwrap_or(ANYBODY);
    [format!("thread/{room}/{root}/{who}"), format!("newest/{room}/{who}")]
}

impl Talk {
    async fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let kept = self.dispatch.kept(Surface::Matrix, name).await?;
        Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
    }

    /// What can be answered to a message.
    pub(crate) async fn posted(&self, room: &str, message: &str) -> Result<Option<Posted>, Error> {
        self.kept(&said(room, message)).await
    }

    /// What somebody's words in a thread answer, when `event` is what they said.
    pub(super) async fn open_in(
        &self,
        (room, root): (&str, &str),
        who: &str,
        event: &str,
    ) -> Result<Option<Posted>, Error> {
        for who in [Some(who), None] {
            let name = &names(room, root, who)[0];
            if let Some(open) = self.open(room, name, event).await? {
                return Ok(Some(open));
            }
        }
        Ok(None)
    }

    /// What somebody was asked last in a room.
    pub(super) async fn newest(&self, room: &str, who: &str, event: &str) -> Result<Option<Posted>, Error> {
        let name = &names(room, "", Some(who))[1];
        self.open(room, name, event).await
    }

    async fn open(&self, room: &str, name: &str, event: &str) -> Result<Option<Posted>, Error> {
        let Some(pointer) = self.kept::<Pointer>(name).await? else { return Ok(None) };
        let message = if pointer.came_by == event { pointer.before } else { pointer.message };
        match message {
            Some(message) => self.posted(room, &message).await,
            None => Ok(None),
        }
    }

    /// Notes that a message can be answered, and that words do so from now on.
    pub(crate) async fn note(&self, room: &str, message: &str, posted: &Posted, by: &str) -> Result<(), Error> {
        let name = said(room, message);
        let body = json!(posted);
        let kept = async { self.dispatch.keep(Surface::Matrix, &name, &body).await.map_err(Error::from) };
        let pointed = self.point((room, &posted.root), posted.asker.as_deref(), Some(message), by);
        futures::try_join!(kept, pointed).map(drop)
    }

    /// Words answer that message, or nothing any more.
    pub(super) async fn point(
        &self,
        (room, root): (&str, &str),
        who: Option<&str>,
        message: Option<&str>,
        by: &str,
    ) -> Result<(), Error> {
        let names = names(room, root, who);
        // Side by side they share a commit.
        let [thread, newest] = names.each_ref().map(|name| self.point_one(name, message, by));
        futures::try_join!(thread, newest).map(drop)
    }

    async fn point_one(&self, name: &str, message: Option<&str>, by: &str) -> Result<(), Error> {
        let old: Pointer = self.kept(name).await?.unwrap_or_default();
        let before = if old.came_by == by { old.before } else { old.message };
        let pointer = Pointer { message: message.map(str::to_owned), came_by: by.to_owned(), before };
        self.dispatch.keep(Surface::Matrix, name, &json!(pointer)).await.map_err(Error::from)
    }
}
