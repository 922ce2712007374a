//! Pictures beside what is said.

use super::{Dispatch, chain};
use crate::plan::Picture;
use direttore_reply::Attachment;

impl Dispatch {
    /// The picture, drawn beside the tasks. The reply says the same in words, so one that cannot be drawn is left out.
    pub(super) async fn drawn(&self, picture: &Picture, zone: &str) -> Option<Attachment> {
        let _turn = self.drawing.lock().await;
        let (Picture { template, data }, zone) = (picture.clone(), zone.to_owned());
        match tokio::task::spawn_blocking(move || direttore_reply::draw(template, &data, &zone)).await {
            Ok(Ok(attachment)) => Some(attachment),
            Ok(Err(error)) => {
                tracing::error!("bug: {}", chain(&error));
                None
            }
            Err(error) => {
                tracing::error!("bug: the picture {template} was not drawn: {error}");
                None
            }
        }
    }
}
