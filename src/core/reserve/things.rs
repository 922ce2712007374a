//! What things demand of who books them: how long, whether somebody must say yes, how many there are.

use super::room::{self, Room, Want};
use crate::sure::{Seen, Sure};
use direttore_domain::ResourceKey;
use direttore_store::{Store, StoreError};
use std::sync::Arc;

/// As it was a moment ago, of one thing and so many of it: what is wanted together is seldom wanted again. Whoever changes
/// that through this process makes it unsure; what another one changes counts here within that moment.
#[derive(Default)]
pub struct Things(Sure<(ResourceKey, usize), Arc<Room>>);

impl Things {
    /// As [`room::look`]. Whether anything is free must not be asked of it.
    pub async fn look(&self, store: &Store, wants: &[Want]) -> Result<Arc<Room>, StoreError> {
        let seen = Seen::now(store);
        let key = if let [one] = wants { Some((one.key.clone(), one.count)) } else { None };
        if let Some(room) = key.as_ref().and_then(|key| self.0.get(key, seen)) {
            return Ok(room);
        }
        let room = Arc::new(room::look(&mut store.glance().await?, wants).await?);
        if let Some(key) = key {
            self.0.put(key, Arc::clone(&room), seen);
        }
        Ok(room)
    }
}
