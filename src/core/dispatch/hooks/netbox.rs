//! What NetBox posts: read, and stored once.

use super::{Dispatch, Posted};
use crate::hooks::{Event, Hook};
use direttore_store::{
    StoreError,
    hook::{self, NewDelivery},
};

impl Dispatch {
    pub(super) async fn hear_netbox(&self, hook: &Hook, body: &[u8]) -> Posted {
        let event = match Event::read(body) {
            Ok(event) => event,
            Err(why) => return Posted::Unreadable(why.to_string()),
        };
        match self.take_event(hook, &event, body).await {
            Ok(true) => Posted::Accepted,
            Ok(false) => Posted::Duplicate,
            Err(error) => {
                tracing::warn!("a webhook of {} could not be stored: {error}", hook.path());
                Posted::NotStored
            }
        }
    }

    /// Stores it; false when it was there.
    async fn take_event(&self, hook: &Hook, event: &Event, body: &[u8]) -> Result<bool, StoreError> {
        let key = event.key(body);
        let now = self.clock.now();
        let object = event.object();
        let body = String::from_utf8_lossy(body);
        let new = NewDelivery {
            hook: &hook.name,
            key: &key.0,
            object: &object,
            event: event.what.as_str(),
            request: event.request.as_deref().unwrap_or_default(),
            source: hook::HOOK,
            outcome: if event.is_no_change() { "no-change" } else { "" },
            body: &body,
            at: event.at.unwrap_or(now),
            now,
        };
        let mut tx = self.store.write().await?;
        if hook::add(&mut tx, &new).await?.is_none() {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
