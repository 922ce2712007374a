//! Sending: notices in threads, their files and signs, and what is for one person alone.

use super::{Talk, note::Posted};
use crate::{
    render::Shown,
    wire::{Error, Wire},
};
use serde_json::{Value, json};
use std::sync::Arc;

const MESSAGE: &str = "m.room.message";
const REACTION: &str = "m.reaction";
/// What says that there is such a reaction of ours already.
const DUPLICATE: &str = "M_DUPLICATE_ANNOTATION";

/// Where an answer stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub room: &'a str,
    /// Of the thread.
    pub root: &'a str,
    /// What it answers to.
    pub to: &'a str,
}

impl Place<'_> {
    /// For clients that know no threads it is a reply.
    pub fn relation(&self) -> Value {
        json!({
            "rel_type": "m.thread",
            "event_id": self.root,
            "is_falling_back": true,
            "m.in_reply_to": { "event_id": self.to },
        })
    }
}

impl Talk {
    /// In the thread that begins with `root`, or in the room itself.
    pub(crate) async fn post(&self, room: &str, root: Option<&str>, shown: &Shown, txn: &str) -> Result<String, Error> {
        let place = root.map(|root| Place { room, root, to: root });
        self.put(room, place, shown, &[], txn).await
    }

    /// In a thread. It calls nobody.
    pub(crate) async fn reply(&self, place: Place<'_>, shown: &Shown, txn: &str) -> Result<String, Error> {
        self.put(place.room, Some(place), shown, &[], txn).await
    }

    /// In a thread or in the room itself; those people's clients ring.
    pub(crate) async fn put(
        &self,
        room: &str,
        place: Option<Place<'_>>,
        shown: &Shown,
        calls: &[String],
        txn: &str,
    ) -> Result<String, Error> {
        let relation = place.map(|place| place.relation());
        let mut content = shown.content(calls);
        if let Some(relation) = &relation {
            content["m.relates_to"] = relation.clone();
        }
        let id = self.insist(|| self.wire.send(room, MESSAGE, content.clone(), txn)).await?;
        for (at, file) in shown.files.iter().enumerate() {
            let txn = format!("{txn}/f{at}");
            let sent = self.insist(|| self.wire.send_file(room, file.clone(), relation.clone(), &txn)).await;
            // The body says the same in words.
            if let Err(error) = sent {
                tracing::warn!("the file {} could not be sent to {room}: {error}", file.name);
            }
        }
        Ok(id)
    }

    /// Changes what a message of ours shows.
    pub(crate) async fn edit(&self, room: &str, message: &str, shown: &Shown, txn: &str) -> Result<(), Error> {
        let content = shown.edit(message);
        self.insist(|| self.wire.send(room, MESSAGE, content.clone(), txn)).await.map(drop)
    }

    /// Offers the signs of a message's buttons. Nobody waits for them: words do the same.
    pub(crate) fn offer(&self, room: &str, message: &str, posted: &Posted, txn: &str) {
        let signs: Vec<String> = posted.buttons.iter().filter_map(|button| button.sign.clone()).collect();
        if signs.is_empty() {
            return;
        }
        let (room, message, txn) = (room.to_owned(), message.to_owned(), txn.to_owned());
        let (wire, offering) = (Arc::clone(&self.wire), self.offering.clone());
        offering.send_modify(|count| *count += 1);
        tokio::spawn(async move {
            for (at, sign) in signs.iter().enumerate() {
                if let Err(error) = react(wire.as_ref(), &room, &message, sign, &format!("{txn}/r{at}")).await {
                    tracing::debug!("the signs of {message} in {room} could not be offered: {error}");
                    break;
                }
            }
            offering.send_modify(|count| *count = count.saturating_sub(1));
        });
    }
}

pub(super) async fn react(wire: &dyn Wire, room: &str, message: &str, key: &str, txn: &str) -> Result<(), Error> {
    let content = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": message, "key": key } });
    match wire.send(room, REACTION, content, txn).await {
        Err(Error::Refused { code, .. }) if code == DUPLICATE => Ok(()),
        other => other.map(drop),
    }
}
