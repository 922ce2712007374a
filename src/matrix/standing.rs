//! A message that stands for something as it is now, and is edited whenever that changes. Which message it is, and which
//! state it shows, is kept in the database.

use crate::{
    render::Shown,
    talk::{Talk, note::away},
    tell::{may_be_answered, post},
    wire::Error,
};
use direttore_domain::Surface;
use direttore_reply::{Reply, Standing};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    room: String,
    message: String,
    told: i64,
}

/// Shows it, unless something newer is shown already.
pub(crate) async fn tell(
    talk: &Talk,
    standing: &Standing,
    room: &str,
    (reply, shown): (&Reply, &Shown),
) -> Result<(), Error> {
    let name = format!("standing/{}", standing.name);
    talk.in_turn(&name, async {
        let here = talk.wire.room(room).await?.id;
        let kept = talk.dispatch.kept(Surface::Matrix, &name).await.map_err(away)?;
        let note: Option<Note> = kept.and_then(|kept| serde_json::from_value(kept).ok());
        if note.as_ref().is_some_and(|note| note.told >= standing.told) {
            return Ok(());
        }
        let txn = format!("s/{}/{}", standing.name, standing.told);
        let note = match note {
            // In another room it is another message, also in one that took the place of the first.
            Some(note) if note.room == here => {
                talk.edit(&here, &note.message, shown, &txn).await?;
                may_be_answered(talk, &here, &note.message, reply, shown, &txn).await?;
                Note { told: standing.told, ..note }
            }
            _ => {
                let message = post(talk, &here, (reply, shown), &[], &txn).await?;
                Note { room: here, message, told: standing.told }
            }
        };
        talk.dispatch.keep(Surface::Matrix, &name, &json!(note)).await.map_err(away)
    })
    .await
}
