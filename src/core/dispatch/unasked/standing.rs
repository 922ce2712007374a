//! A message that stands for something as it is now, and is edited whenever that changes. Which message it is, and which
//! state it shows, is kept in the database.

use crate::dispatch::Dispatch;
use direttore_domain::{Failure, Surface};
use direttore_reply::Standing;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
struct Note {
    #[serde(alias = "room")]
    channel: String,
    message: String,
    told: i64,
}

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    pub channel: String,
    pub message: String,
}

/// Lets it be shown, unless something newer is shown already. `show` is given the message before, if there was one, and
/// gives the one that shows it now.
///
/// # Errors
/// The surface's, and the database's.
pub async fn stand<E>(
    dispatch: &Dispatch,
    surface: Surface,
    standing: &Standing,
    show: impl AsyncFnOnce(Option<Stood>) -> Result<Stood, E>,
) -> Result<(), E>
where
    E: From<Failure>,
{
    let name = format!("standing/{}", standing.name);
    let work = async {
        let kept = dispatch.kept(surface, &name).await?;
        let note: Option<Note> = kept.and_then(|kept| serde_json::from_value(kept).ok());
        if note.as_ref().is_some_and(|note| note.told >= standing.told) {
            return Ok(());
        }
        let before = note.map(|Note { channel, message, .. }| Stood { channel, message });
        let Stood { channel, message } = show(before).await?;
        let note = Note { channel, message, told: standing.told };
        Ok(dispatch.keep(surface, &name, &json!(note)).await?)
    };
    dispatch.in_turn(surface, &name, work).await
}
