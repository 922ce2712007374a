//! Stories that are played on other surfaces than the console.

use super::{
    discord::{
        same,
        stage::{self, Stage},
    },
    matrix::stage::Stage as Rooms,
    story::Story,
};
use direttore_core::dispatch::What;
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

    /// What is seen where the story is played, when that is not the console.
    pub(super) async fn hear_elsewhere(&self, who: &str, what: &What) -> Option<Vec<Seen>> {
        match (&self.stage, &self.rooms) {
            (Some(stage), _) => Some(Box::pin(stage.hear(who, what.clone())).await.iter().map(of_discord).collect()),
            (None, Some(rooms)) => {
                Some(Box::pin(rooms.hear(who, what.clone())).await.iter().map(Rooms::seen).collect())
            }
            (None, None) => None,
        }
    }

    pub(super) fn show_other(&self, (lines, reply): Seen) -> Reply {
        self.read.lock().expect("no test panicked").extend(lines);
        self.shown.lock().expect("no test panicked").push(reply.clone());
        reply
    }
}
