//! A message that stands for something as it is now; a new one in its place where it is gone.

use crate::{
    interaction::Id,
    message::Message,
    surface::Inner,
    tell::{is_gone, post},
    transport::Error,
};
use direttore_core::dispatch::unasked::{Stood, stand};
use direttore_domain::Surface;
use direttore_reply::Standing;

/// Shows it, unless something newer is shown already.
pub(crate) async fn tell(inner: &Inner, standing: &Standing, channel: &str, message: Message) -> Result<(), Error> {
    let show = async |before: Option<Stood>| {
        let mut nonce = format!("s{}", standing.name.rsplit('/').next().unwrap_or_default());
        if let Some(stood) = before {
            let ids = (stood.channel.parse().unwrap_or(1), stood.message.parse::<Id>().unwrap_or(1));
            match inner.transport.edit(ids.0, ids.1, &message).await {
                Ok(()) => return Ok(stood),
                // Not with the first one's nonce: that would be the message that is gone.
                Err(error) if is_gone(&error) => nonce = format!("{nonce}.{}", standing.told),
                Err(error) => return Err(error),
            }
        }
        let message = post(inner, channel, message, &nonce).await?.to_string();
        Ok(Stood { channel: channel.to_owned(), message })
    };
    stand(&inner.dispatch, Surface::Discord, standing, show).await
}
