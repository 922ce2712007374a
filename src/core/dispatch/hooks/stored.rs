//! Deliveries that are written together: those that come while others are being written share the next transaction.
//!
//! NetBox posts in bursts, thousands at once. Each is told only when it is on disk.

use super::Hooks;
use direttore_domain::Instant;
use direttore_store::{
    Store, StoreError, Tx,
    hook::{self, NewDelivery, NewRun},
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// In one transaction at most.
const TOGETHER: usize = 256;

/// Of bodies in one transaction, bytes, but for its last: they are in memory several times while they are written.
const BODIES: usize = 1 << 20;

/// What is to be stored of an event.
pub(super) struct Taken {
    pub hook: String,
    pub key: String,
    pub object: String,
    pub event: &'static str,
    pub request: String,
    pub source: &'static str,
    /// Why nothing comes of it; empty where something may.
    pub outcome: &'static str,
    pub body: String,
    pub at: Instant,
    pub now: Instant,
    /// The rules that it fits, by name.
    pub rules: Vec<String>,
}

type Told = oneshot::Sender<Result<bool, StoreError>>;

#[derive(Default)]
pub(super) struct Waiting {
    all: Vec<(Taken, Told)>,
    is_written: bool,
}

impl Taken {
    fn delivery(&self) -> NewDelivery<'_> {
        NewDelivery {
            hook: &self.hook,
            key: &self.key,
            object: &self.object,
            event: self.event,
            request: &self.request,
            source: self.source,
            outcome: self.outcome,
            body: &self.body,
            at: self.at,
            now: self.now,
        }
    }
}

/// Of each whether it is new: false when it was there.
pub(super) async fn put(tx: &mut Tx, all: &[&Taken]) -> Result<Vec<bool>, StoreError> {
    let deliveries: Vec<NewDelivery<'_>> = all.iter().map(|taken| taken.delivery()).collect();
    let ids = hook::add(tx, &deliveries).await?;
    for (taken, id) in all.iter().zip(&ids) {
        let Some(delivery) = *id else { continue };
        for rule in &taken.rules {
            let (key, object) = (taken.key.as_str(), taken.object.as_str());
            hook::add_run(tx, &NewRun { delivery, key, rule, object, at: taken.at, now: taken.now }).await?;
        }
    }
    Ok(ids.iter().map(Option::is_some).collect())
}

impl Hooks {
    /// Stored with whatever else waits. It goes on when nobody waits for it any more.
    pub(super) async fn store(&self, store: &Store, taken: Taken) -> Result<bool, StoreError> {
        let (told, is_stored) = oneshot::channel();
        let is_first = {
            let mut waiting = lock(&self.waiting);
            waiting.all.push((taken, told));
            !std::mem::replace(&mut waiting.is_written, true)
        };
        if is_first {
            tokio::spawn(write(Arc::clone(&self.waiting), store.clone()));
        }
        is_stored.await.unwrap_or_else(|_| Err(StoreError::Unavailable("nobody writes it".to_owned())))
    }
}

fn lock(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who writes. Should that panic, those who wait are told so, and the next one begins anew.
struct Writing(Arc<Mutex<Waiting>>);

impl Drop for Writing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *lock(&self.0) = Waiting::default();
        }
    }
}

/// How many of those that wait share the next transaction, by the sizes of their bodies: one at least, where one waits.
fn together(bodies: impl Iterator<Item = usize>) -> usize {
    let mut before = 0;
    let fits = |body: &usize| {
        let is_room = before < BODIES;
        before += body;
        is_room
    };
    bodies.take(TOGETHER).take_while(fits).count()
}

async fn write(waiting: Arc<Mutex<Waiting>>, store: Store) {
    let _writing = Writing(Arc::clone(&waiting));
    loop {
        let batch: Vec<(Taken, Told)> = {
            let mut waiting = lock(&waiting);
            let most = together(waiting.all.iter().map(|(taken, _)| taken.body.len()));
            waiting.is_written = most > 0;
            waiting.all.drain(..most).collect()
        };
        if batch.is_empty() {
            return;
        }
        let all: Vec<&Taken> = batch.iter().map(|(taken, _)| taken).collect();
        let written = write_all(&store, &all).await;
        let alone = all.len() == 1;
        let mut results = Vec::with_capacity(all.len());
        for (nth, one) in all.iter().enumerate() {
            results.push(match &written {
                Ok(new) => Ok(new[nth]),
                // One that is refused is not to take others with it.
                Err(StoreError::Refused(_)) if !alone => write_all(&store, &[one]).await.map(|new| new[0]),
                Err(why) => Err(why.clone()),
            });
        }
        for ((_, told), result) in batch.into_iter().zip(results) {
            // Who posted it may have hung up.
            let _ = told.send(result);
        }
    }
}

async fn write_all(store: &Store, all: &[&Taken]) -> Result<Vec<bool>, StoreError> {
    let mut tx = store.write().await?;
    let new = put(&mut tx, all).await?;
    tx.commit().await?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_share_a_transaction_as_fit() {
        let of = |bodies: &[usize]| together(bodies.iter().copied());
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[1; 2 * TOGETHER]), TOGETHER);
        assert_eq!(of(&[2 * BODIES, 1]), 1, "the first goes however large it is");
        assert_eq!(of(&[BODIES - 1, 5, 1]), 2);
    }
}
