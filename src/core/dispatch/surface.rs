//! What a surface needs besides answers: what it keeps between starts, who of several processes holds its connection,
//! the messages that wait for it, and the log that it mirrors.

use super::Dispatch;
use direttore_domain::{Claims, Failure, Identity, Instant, Origin, Role, Surface, Trouble};
use direttore_reply::Reply;
use direttore_store::{
    StoreError, account,
    audit::{self, AuditRow},
    lease, surface_note, telling,
};
use serde_json::Value;
use std::{sync::PoisonError, time::Duration};

/// A message that waits to be told.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its number in the outbox: to make telling it twice harmless.
    pub id: i64,
    pub origin: Origin,
    /// The account that it is about.
    pub to: String,
    pub reply: Reply,
}

/// How many messages are looked at together.
const BATCH: i64 = 50;

fn store(error: StoreError) -> Failure {
    match Trouble::from(error) {
        Trouble::Failure(failure) => failure,
        other => Failure::Store { why: other.code().to_owned() },
    }
}

impl Dispatch {
    /// What was kept by a name.
    ///
    /// # Errors
    /// The database's; likewise below.
    pub async fn kept(&self, surface: Surface, name: &str) -> Result<Option<Value>, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        surface_note::get(&mut tx, surface, name).await.map_err(store)
    }

    /// All that was kept by names that begin so.
    pub async fn all_kept(&self, surface: Surface, prefix: &str) -> Result<Vec<(String, Value)>, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        surface_note::beginning(&mut tx, surface, prefix).await.map_err(store)
    }

    pub async fn keep(&self, surface: Surface, name: &str, body: &Value) -> Result<(), Failure> {
        let kept = async {
            let mut tx = self.store.write().await?;
            surface_note::set(&mut tx, surface, name, body, self.clock.now()).await?;
            tx.commit().await
        };
        kept.await.map_err(store)
    }

    pub async fn forget(&self, surface: Surface, name: &str) -> Result<(), Failure> {
        let gone = async {
            let mut tx = self.store.write().await?;
            surface_note::remove(&mut tx, surface, name).await?;
            tx.commit().await
        };
        gone.await.map_err(store)
    }

    /// Whether this holder may hold the surface's connection for `ttl` from now. Taken again before it ends, it stays.
    pub async fn lead(&self, surface: Surface, holder: &str, ttl: Duration) -> Result<bool, Failure> {
        let taken = async {
            let mut tx = self.store.write().await?;
            let taken = lease::take(&mut tx, surface.as_str(), holder, ttl).await?;
            tx.commit().await?;
            Ok(taken)
        };
        taken.await.map_err(store)
    }

    /// Lets another process lead at once.
    pub async fn step_down(&self, surface: Surface, holder: &str) -> Result<(), Failure> {
        let released = async {
            let mut tx = self.store.write().await?;
            lease::release(&mut tx, surface.as_str(), holder).await?;
            tx.commit().await
        };
        released.await.map_err(store)
    }

    /// The oldest messages that wait for a surface, in the zones of those they are for. They wait until
    /// [`Dispatch::was_told`]: a surface that dies between telling and saying so tells it again.
    pub async fn waiting(&self, surface: Surface) -> Result<Vec<Waiting>, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        let rows = telling::pending(&mut tx, surface, None, BATCH).await.map_err(store)?;
        let (mut waiting, mut unreadable) = (Vec::new(), Vec::new());
        for row in rows {
            let zone = match row.to.parse() {
                Ok(name) => account::by_name(&mut tx, &name).await.map_err(store)?.map(|a| a.zone),
                Err(_) => None,
            };
            match serde_json::from_value::<Reply>(row.reply) {
                Ok(mut reply) => {
                    reply.zone = zone.unwrap_or_else(|| "UTC".to_owned());
                    waiting.push(Waiting { id: row.id, origin: row.origin, to: row.to, reply });
                }
                Err(error) => {
                    tracing::error!("a message in the outbox cannot be read: {error}");
                    unreadable.push(row.id);
                }
            }
        }
        drop(tx);
        // It must not keep those behind it waiting for ever.
        for id in unreadable {
            self.was_told(id).await?;
        }
        Ok(waiting)
    }

    /// Takes a told message out of the outbox.
    pub async fn was_told(&self, id: i64) -> Result<(), Failure> {
        let taken = async {
            let mut tx = self.store.write().await?;
            telling::take(&mut tx, id).await?;
            tx.commit().await
        };
        taken.await.map_err(store)
    }

    /// Waits for a job's end in this process, at most so long: another process may end jobs too.
    pub async fn something_ended(&self, within: Duration) {
        let _ = tokio::time::timeout(within, self.engine.ended.notified()).await;
    }

    /// Where the audit log ends now, for [`Dispatch::logged_after`].
    pub async fn newest_logged(&self) -> Result<i64, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        audit::newest_seal(&mut tx).await.map_err(store)
    }

    /// Rows of the audit log after a number, the oldest first, each with its number. A row comes once it is sealed.
    pub async fn logged_after(&self, number: i64) -> Result<Vec<(i64, AuditRow)>, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        audit::sealed_after(&mut tx, number, BATCH).await.map_err(store)
    }

    /// The role of somebody as the surface sees them now; none while the database does not answer.
    pub async fn role_of(&self, identity: &Identity, claims: &Claims, origin: &Origin) -> Option<Role> {
        let (actor, blind) = self.actor_of(identity, claims, &origin.channel_name()).await.ok()?;
        actor.role.filter(|_| blind.is_none())
    }

    /// Who is whom on a surface: the identities there, each with its account's name.
    pub async fn identities(&self, surface: Surface) -> Result<Vec<(String, String)>, Failure> {
        let mut tx = self.store.read().await.map_err(store)?;
        account::identities(&mut tx, surface).await.map_err(store)
    }

    /// A surface cannot be used until somebody does something, for whoever asks whether we are well; or it can again.
    pub fn is_stopped(&self, surface: Surface, why: Option<String>) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => stopped.insert(surface, why),
            None => stopped.remove(&surface),
        };
    }

    /// Surfaces that cannot be used, and why.
    pub fn stopped(&self) -> Vec<(Surface, String)> {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.iter().map(|(surface, why)| (*surface, why.clone())).collect()
    }

    /// What the surface's clock shows, for what lives for a calendar time.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}
