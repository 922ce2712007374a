//! What NetBox changed while nobody heard it. It tries to tell once only, so now and then its change log is read: what
//! was not posted is taken as if it had been, by the same key.
//!
//! Rows are numbered before they can be seen, so the log is read from a while before the newest row that was seen; what
//! is known already is passed over.

use super::{Dispatch, netbox::Source};
use crate::{
    hooks::{Event, Sender},
    ipam::Changed,
};
use direttore_domain::{Failure, Instant};
use direttore_store::{StoreError, hook, lease, setting};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// How far before the newest row that was seen the log is read again.
const OVERLAP: Duration = Duration::from_secs(600);

/// How long one process has the log to itself.
const LEASE: Duration = Duration::from_secs(120);

/// Where the reading of the log stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// Of the newest row when it was first looked at: what came before is nobody's business.
    from: u64,
    /// When the newest row was written that was seen, by NetBox' clock.
    seen: Instant,
}

impl Dispatch {
    /// Reads the change log now and again, until it is aborted.
    pub async fn keep_reconciling(self: Arc<Self>, pause: Duration) {
        let mut was_broken = false;
        loop {
            match self.reconcile().await {
                Ok(taken) => {
                    if taken > 0 {
                        tracing::info!("{taken} changes in NetBox were not posted to us, and are taken up now");
                    }
                    was_broken = false;
                }
                Err(failure) => {
                    if !was_broken {
                        tracing::warn!("what changed in NetBox cannot be read: {failure}");
                    }
                    was_broken = true;
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes up what was missed; gives how many changes those are.
    ///
    /// # Errors
    /// NetBox' or the database's.
    pub async fn reconcile(&self) -> Result<usize, Failure> {
        let Some(ipam) = self.lab.ipam() else { return Ok(0) };
        if self.rules.upon_events.is_empty() || !self.leads_reconciling().await? {
            return Ok(0);
        }
        let name = format!("netbox/changes/{}", ipam.client.url());
        let kept = setting::get(&mut self.store.read().await?, &name).await?;
        let cursor: Option<Cursor> = kept.and_then(|text| serde_json::from_str(&text).ok());
        let failed = |error| crate::ipam::failure(&error);
        let Some(cursor) = cursor else {
            let newest = ipam.newest_change().await.map_err(failed)?;
            let (from, seen) = newest.map_or((0, Instant(0)), |(id, at)| (id, at.unwrap_or(Instant(0))));
            self.keep_cursor(&name, &Cursor { from, seen }).await?;
            return Ok(0);
        };
        let since = if cursor.seen.0 > 0 { cursor.seen - OVERLAP } else { cursor.seen };
        let (changes, newest) = ipam.changed_since(since, cursor.from).await.map_err(failed)?;
        let seen = newest.unwrap_or(cursor.seen).max(cursor.seen);
        let hook = self.rules.hooks.iter().find(|hook| hook.from == Sender::Netbox).map_or("", |hook| &hook.name);
        let mut taken = 0;
        for change in changes {
            if self.is_nobodys(&change) || hook::is_known(&mut self.store.read().await?, &change.key()).await? {
                continue;
            }
            let body = ipam.posted(&change).await.map_err(failed)?;
            let Ok(event) = Event::read(body.as_bytes()) else { continue };
            let source = Source { hook, source: hook::RECONCILE };
            taken += usize::from(self.take_event(source, &event, &body).await?);
        }
        self.keep_cursor(&name, &Cursor { seen, ..cursor }).await?;
        Ok(taken)
    }

    async fn leads_reconciling(&self) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        let leads = lease::take(&mut tx, "netbox-changes", &self.hooks.holder, LEASE).await?;
        tx.commit().await?;
        Ok(leads)
    }

    async fn keep_cursor(&self, name: &str, cursor: &Cursor) -> Result<(), StoreError> {
        let text = serde_json::to_string(cursor).map_err(|error| StoreError::Refused(error.to_string()))?;
        let mut tx = self.store.write().await?;
        setting::set(&mut tx, name, &text).await?;
        tx.commit().await
    }

    /// Whether no rule is about such an object: then it need not be asked for.
    fn is_nobodys(&self, change: &Changed) -> bool {
        !self.rules.upon_events.iter().any(|rule| rule.objects.contains(&change.object_type))
    }
}
