//! From the outbox to the surface: the ends of jobs reach their origin, also after a restart.

use super::{Dispatch, Told};
use direttore_domain::Surface;
use direttore_reply::Reply;
use direttore_store::{StoreError, account, telling};
use std::{sync::Arc, time::Duration};

const BATCH: i64 = 50;

impl Dispatch {
    /// Sends what waits for a surface, in one channel or in all. Each is taken before it is sent, so that of several
    /// processes one tells it.
    /// One delivery at a time: whoever comes after another's has seen all of it sent.
    pub async fn deliver(&self, surface: Surface, channel: Option<&str>) {
        let _turn = self.delivering.lock().await;
        if let Err(error) = self.try_deliver(surface, channel).await {
            tracing::debug!("the outbox cannot be read: {error}");
        }
    }

    async fn try_deliver(&self, surface: Surface, channel: Option<&str>) -> Result<(), StoreError> {
        loop {
            let rows = telling::pending(&mut self.store.read().await?, surface, channel, BATCH).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let mut tx = self.store.write().await?;
                let ours = telling::take(&mut tx, row.id).await?;
                let zone = match row.to.parse() {
                    Ok(name) => account::by_name(&mut tx, &name).await?.map(|a| a.zone),
                    Err(_) => None,
                };
                tx.commit().await?;
                match serde_json::from_value::<Reply>(row.reply) {
                    Ok(mut reply) if ours => {
                        reply.zone = zone.unwrap_or_else(|| "UTC".to_owned());
                        self.engine.tell(Told { origin: row.origin, reply });
                    }
                    Ok(_) => {}
                    Err(error) => tracing::error!("a message in the outbox cannot be read: {error}"),
                }
            }
        }
    }

    /// Keeps delivering for a surface that listens to [`Dispatch::told`], until it is aborted.
    pub async fn keep_delivering(self: Arc<Self>, surface: Surface, channel: Option<String>) {
        loop {
            let ended = self.engine.ended.notified();
            self.deliver(surface, channel.as_deref()).await;
            // Another process may have ended a job of ours.
            let _ = tokio::time::timeout(Duration::from_secs(1), ended).await;
        }
    }
}
