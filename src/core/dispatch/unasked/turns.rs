//! Turns: of those who do something of one name, one does it at a time.

use crate::dispatch::Dispatch;
use direttore_domain::Surface;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
pub(in crate::dispatch) struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dispatch {
    /// Whoever does something of that name on a surface does it alone, in this process.
    pub async fn in_turn<T>(&self, surface: Surface, name: &str, work: impl Future<Output = T>) -> T {
        let key = format!("{}/{name}", surface.as_str());
        let turn = Arc::clone(self.turns.all().entry(key.clone()).or_default());
        let done = {
            let _turn = turn.lock().await;
            work.await
        };
        let mut all = self.turns.all();
        // Two are ours: whoever waits for it has another.
        if Arc::strong_count(&turn) <= 2 {
            all.remove(&key);
        }
        done
    }
}
