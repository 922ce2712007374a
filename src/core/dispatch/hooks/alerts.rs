//! What senders of alerts post: read, and taken in one transaction. Sent again it is known.

use super::{Dispatch, Posted};
use crate::{
    alerts::{Delivery, Wrong},
    hooks::Hook,
};

impl Dispatch {
    pub(super) async fn hear_alerts(
        &self,
        hook: &Hook,
        body: &[u8],
        read: fn(&[u8]) -> Result<Delivery, Wrong>,
    ) -> Posted {
        let delivery = match read(body) {
            Ok(delivery) => delivery,
            Err(wrong) => return Posted::Unreadable(wrong.to_string()),
        };
        let source = format!("{}/{}", hook.from, hook.name);
        match self.take_delivery(&source, &delivery).await {
            Ok(taken) if taken.fired + taken.resolved == 0 && taken.same > 0 => Posted::Duplicate,
            Ok(taken) => {
                let (fired, resolved, left_out) = (taken.fired, taken.resolved, taken.left_out);
                tracing::info!(fired, resolved, left_out, "{source}: {fired} fire, {resolved} are resolved");
                Posted::Accepted
            }
            Err(error) => {
                tracing::warn!("alerts of {} could not be stored: {error}", hook.path());
                Posted::NotStored
            }
        }
    }
}
