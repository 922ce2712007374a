//! Pushes to network devices that wait for a second person's yes.

use super::{Asked, Dispatch, reserve::by_name_or_words};
use crate::{devices::PushWish, dispatch::choices::Choice};
use direttore_domain::Actor;
use direttore_store::{
    StoreError,
    device_push::{self, Push},
};

impl Dispatch {
    pub(super) async fn pushes(&self, actor: &Actor, asked: &Asked<'_>) -> Result<Vec<Choice>, StoreError> {
        let now = self.clock.now();
        let mut all = device_push::pending(&mut self.store.read().await?).await?;
        // Nobody says yes to their own.
        let is_own = |push: &Push| asked.command == "device approve" && push.account_id == actor.account_id();
        all.retain(|push| push.expires > now && !is_own(push));
        Ok(by_name_or_words(all.iter().map(|push| (push.id.to_string(), told(push))).collect(), asked.typed))
    }
}

/// `vlan, asked for by bob`.
fn told(push: &Push) -> String {
    let wish = serde_json::from_value::<PushWish>(push.wish.clone());
    let name = wish.as_ref().map_or("a push", PushWish::name);
    format!("{name}, asked for by {}", push.actor)
}
