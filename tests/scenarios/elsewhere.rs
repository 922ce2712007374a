//! Stories that are played on other surfaces than the console.

use super::{
    discord::{
        same,
        stage::{self, CHANNEL, Stage},
    },
    matrix::stage::{OPS, ROOM, Stage as Rooms},
    story::Story,
};
use direttore_core::dispatch::What;
use direttore_domain::Surface;
use direttore_reply::Reply;
use fake_discord::{Fake, Message};
use std::sync::Arc;

/// As any reader has it before them, and as the stories look at replies.
pub(super) type Seen = (Vec<String>, Reply);

pub(super) fn of_discord(message: &Message) -> Seen {
    (same::of_discord(message), stage::reply_of(message))
}

impl Story {
    /// From here on it is played on Discord.
    pub async fn on_discord(mut self, fake: Fake) -> Self {
        let settings = stage::settings(&fake);
        self.stage = Some(Stage::set(fake, Arc::clone(&self.dispatch), settings).await);
        self
    }

    /// From here on it is played on Matrix, in an encrypted room.
    pub async fn on_matrix(mut self) -> Self {
        self.rooms = Some(Rooms::set(Arc::clone(&self.dispatch), true).await);
        self
    }

    /// Where it is played, when that is Discord.
    pub fn stage(&self) -> &Stage {
        self.stage.as_ref().expect("a story on Discord")
    }

    /// Where it is played, when that is Matrix.
    pub fn rooms(&self) -> &Rooms {
        self.rooms.as_ref().expect("a story on Matrix")
    }

    /// What is seen where the story is played, when that is not the console.
    pub(super) async fn hear_elsewhere(&self, who: &str, what: &What) -> Option<Vec<Seen>> {
        match (&self.stage, &self.rooms) {
            (Some(stage), _) => Some(Box::pin(stage.hear(who, what.clone())).await.iter().map(of_discord).collect()),
            (None, Some(rooms)) => {
                Some(Box::pin(rooms.hear(who, what.clone())).await.iter().map(|m| rooms.seen(m)).collect())
            }
            (None, None) => None,
        }
    }

    /// What came by itself there: what stands by itself, then how jobs ended.
    pub(super) async fn news_elsewhere(&self) -> Option<Vec<Seen>> {
        match (&self.stage, &self.rooms) {
            (Some(stage), _) => {
                let (news, ends) = (stage.news(CHANNEL).await, stage.ends().await);
                Some(news.iter().chain(&ends).map(of_discord).collect())
            }
            (None, Some(rooms)) => {
                let (news, ends) = (rooms.news(ROOM).await, rooms.ends().await);
                Some(news.iter().chain(&ends).map(|m| rooms.seen(m)).collect())
            }
            (None, None) => None,
        }
    }

    /// Shows what is new in the channel called ops, or the room; on the console, what waits for one.
    pub async fn shows_ops(&self) {
        if let Some(stage) = &self.stage {
            stage.news("ops").await.iter().for_each(|m| drop(self.show_other(of_discord(m))));
            return;
        }
        if let Some(rooms) = &self.rooms {
            rooms.news(OPS).await.iter().for_each(|m| drop(self.show_other(rooms.seen(m))));
            return;
        }
        let mut waiting = self.dispatch.waiting(Surface::Discord).await.expect("the database answers");
        waiting.sort_by_key(|waiting| waiting.reply.title_plain());
        for waiting in waiting {
            self.note("in ops:");
            self.show(&waiting.reply);
            self.dispatch.was_told(waiting.id).await.expect("the database answers");
        }
    }

    pub(super) fn show_other(&self, (lines, reply): Seen) -> Reply {
        self.read.lock().expect("no test panicked").extend(lines);
        self.shown.lock().expect("no test panicked").push(reply.clone());
        reply
    }
}
