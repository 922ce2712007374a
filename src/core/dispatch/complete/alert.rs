//! Alerts and silences, as they are offered for completion.

use super::{Asked, Choice, Dispatch, by_name_or_words};
use crate::{
    alerts::{Subject, shown},
    lab::View,
};
use direttore_domain::{Guest, grant::Touches};
use direttore_store::{
    StoreError,
    alert::{self, Alert},
    silence,
};
use std::sync::Arc;

/// As many are looked through.
const LOOKED: i64 = 500;

impl Dispatch {
    /// What fires, the newest first; silences where the command is about them too.
    pub(super) async fn alerts(
        &self,
        asked: &Asked<'_>,
        views: &[Arc<View>],
        reaches: impl Fn(&Guest) -> bool,
        touches: impl Fn(Touches<'_>) -> bool,
        is_narrowed: bool,
    ) -> Result<Vec<Choice>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let mut all = alert::list(&mut tx, None, LOOKED).await?;
        let silences = if asked.command == "alert ack" { vec![] } else { silence::open(&mut tx).await? };
        drop(tx);
        let is_seen = |alert: &Alert| match Subject::of(&alert.labels, views.iter()) {
            _ if !is_narrowed => true,
            Subject::Guest(guest) => reaches(&guest),
            Subject::Node(node) => touches(Touches::of_node(&node.name)),
            Subject::None => true,
        };
        all.retain(|alert| is_seen(alert) && (asked.command != "alert ack" || alert.acknowledged.is_none()));
        let alerts = all.iter().map(|alert| (alert.id.to_string(), format!("{}: {}", alert.name, shown::words(alert))));
        let silences = silences.iter().filter(|silence| silence.until > now);
        let silences = silences.map(|silence| (silence.id.to_string(), format!("silence of {}", silence.matchers)));
        Ok(by_name_or_words(alerts.chain(silences).collect(), asked.typed))
    }
}
