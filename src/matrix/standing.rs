//! A message that stands for something as it is now: in its room, or in the one that took that room's place.

use crate::{
    render::Shown,
    talk::Talk,
    tell::{may_be_answered, post},
    wire::Error,
};
use direttore_core::dispatch::unasked::{Stood, stand};
use direttore_domain::Surface;
use direttore_reply::{Reply, Standing};

/// Shows it, unless something newer is shown already.
pub(crate) async fn tell(
    talk: &Talk,
    standing: &Standing,
    room: &str,
    (reply, shown): (&Reply, &Shown),
) -> Result<(), Error> {
    let txn = format!("s/{}/{}", standing.name, standing.told);
    let show = async |before: Option<Stood>| {
        let here = talk.wire.room(room).await?.id;
        // In another room it is another message, also in one that took the place of the first.
        let Some(stood) = before.filter(|stood| stood.channel == here) else {
            let message = post(talk, &here, (reply, shown), &[], &txn).await?;
            return Ok(Stood { channel: here, message });
        };
        talk.edit(&here, &stood.message, shown, &txn).await?;
        may_be_answered(talk, &here, &stood.message, reply, shown, &txn).await?;
        Ok(stood)
    };
    stand(&talk.dispatch, Surface::Matrix, standing, show).await
}
