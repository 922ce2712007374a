//! Jobs that are followed: each is looked at once for all who follow it.

use super::jobs::told;
use direttore_core::dispatch::{Dispatch, JobSeen};
use direttore_domain::JobId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

type Followed = Arc<Mutex<HashMap<JobId, watch::Receiver<Arc<str>>>>>;

#[derive(Default)]
pub struct Follow {
    followed: Followed,
}

impl Follow {
    /// The job as text, now and whenever it is another; the sender is gone when it is over.
    pub fn changes(&self, dispatch: &Arc<Dispatch>, seen: &JobSeen) -> watch::Receiver<Arc<str>> {
        let id = seen.row.id;
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = followed.get(&id).filter(|changes| changes.has_changed().is_ok()) {
            return changes.clone();
        }
        let (sender, changes) = watch::channel(Arc::from(told(seen).to_string()));
        if seen.row.status.is_unfinished() {
            followed.insert(id, changes.clone());
            let (dispatch, all) = (Arc::clone(dispatch), Arc::clone(&self.followed));
            tokio::spawn(async move {
                look(&dispatch, id, &sender).await;
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.remove(&id);
            });
        }
        changes
    }
}

/// Looks until the job is over, or nobody follows it any more.
async fn look(dispatch: &Dispatch, id: JobId, sender: &watch::Sender<Arc<str>>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        // One is kept for those who come later.
        if sender.receiver_count() <= 1 {
            return;
        }
        match dispatch.job_seen(id).await {
            Ok(Some(seen)) => {
                let text = told(&seen).to_string();
                sender.send_if_modified(|last| {
                    let is_news = **last != *text;
                    if is_news {
                        *last = Arc::from(text);
                    }
                    is_news
                });
                if !seen.row.status.is_unfinished() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => tracing::debug!("job {id} cannot be looked at: {error}"),
        }
    }
}
