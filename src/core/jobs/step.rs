//! What a step is given, and how it ends when it does not end well.

use super::{Settings, tell::Teller};
use crate::{
    Clock,
    ipam::Mark,
    lab::{Cluster, Lab},
    rules::Rules,
};
use direttore_clients::proxmox::Error;
use direttore_domain::{ClusterName, Instant, JobId, Origin};
use direttore_store::{
    Store, StoreError, Tx,
    job::{self, StepChange, StepRow},
    telling,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Decided where the error is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepError {
    /// The same may go well later.
    Retry(String),
    /// It will not go well, and nothing was done: the steps before are undone. While a note stands nobody can say so;
    /// it then counts as [`StepError::Retry`].
    Fail(String),
    /// As [`StepError::Fail`], because the number or name asked for is somebody else's.
    Taken(String),
    /// It was begun, is over, and is not as it should be. The note is gone: another try is a new one.
    Broke(String),
    /// As [`StepError::Broke`], with what the job's end is to tell of it.
    Told(String, Value),
    /// Something was done or may have been, and cannot be undone or known. A person must decide.
    Stuck(String),
    /// Stopped because the job is to be cancelled; what remains of this step, if anything.
    Cancelled(Option<String>),
    /// The lease is lost: another worker has the job. Write nothing more.
    Lost,
}

impl StepError {
    /// A word for it, for what is measured.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Retry(_) => "retry",
            Self::Fail(_) => "failed",
            Self::Taken(_) => "taken",
            Self::Broke(_) | Self::Told(..) => "broke",
            Self::Stuck(_) => "stuck",
            Self::Cancelled(_) => "cancelled",
            Self::Lost => "lost",
        }
    }

    /// From a call that asks and changes nothing.
    pub fn of_read(cluster: &Cluster, error: &Error) -> Self {
        let why = cluster.failure(error).to_string();
        if error.is_temporary() || matches!(error, Error::Credentials { .. } | Error::Certificate { .. }) {
            Self::Retry(why)
        } else {
            Self::Fail(why)
        }
    }
}

/// What other tasks of the process tell a running job.
#[derive(Debug, Default)]
pub(super) struct Flags {
    pub lost: AtomicBool,
    pub cancel: AtomicBool,
    pub changed: tokio::sync::Notify,
}

/// What a step may use.
pub struct StepCx {
    pub lab: Lab,
    pub store: Store,
    pub clock: Clock,
    pub settings: Settings,
    pub rules: Arc<Rules>,
    pub job: JobId,
    /// The step's name.
    pub name: &'static str,
    /// When the job was made: with its number it names the job for good.
    pub(super) created: Instant,
    pub(super) account_id: Option<i64>,
    pub(super) actor: String,
    /// What the steps before this one gave, by their names.
    pub(super) earlier: Vec<(&'static str, Value)>,
    pub(super) teller: Arc<Teller>,
    pub(super) flags: Arc<Flags>,
    pub(super) holder: String,
    pub(super) index: i64,
    pub(super) row: Mutex<StepChange>,
}

/// How often a write of our own records is tried while the database is away, before the job is left to its lease.
const SAVE_TRIES: u32 = 20;

impl StepCx {
    pub fn cluster(&self, name: &ClusterName) -> Result<&Arc<Cluster>, StepError> {
        // Gone from the configuration: it may come back with the next start.
        self.lab.cluster(name).map_err(|refusal| StepError::Retry(refusal.to_string()))
    }

    /// What the step of that name gave, when it comes before this one.
    pub fn earlier(&self, name: &str) -> Option<&Value> {
        self.earlier.iter().find(|(n, _)| *n == name).map(|(_, done)| done)
    }

    /// The mark of what the job makes.
    pub fn mark(&self) -> Mark {
        self.rules.marks.of_job(self.job, self.created)
    }

    /// The password of the guest that the job makes.
    pub fn password(&self) -> String {
        self.rules.derived.password(self.job, self.created)
    }

    /// Who asked for the job: the account, and its name.
    pub fn asker(&self) -> (Option<i64>, &str) {
        (self.account_id, &self.actor)
    }

    /// What this step wrote down, perhaps in a process that is dead now.
    pub fn note(&self) -> Option<Value> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner).note.clone()
    }

    /// Writes down a note, durably, before it returns.
    ///
    /// # Errors
    /// `Lost` when the lease is lost, or the database stays away so long that it will be.
    pub async fn save_note(&self, note: Option<Value>) -> Result<(), StepError> {
        self.change(|row| row.note = note).await
    }

    /// Puts a reply into the outbox, once for this step: in the transaction that notes it.
    ///
    /// # Errors
    /// `Lost` also when nobody can say whether it was written: who takes the job over reads that.
    pub(super) async fn put_once(&self, origin: &Origin, reply: &Value) -> Result<(), StepError> {
        if self.note().is_some() {
            return Ok(());
        }
        let mut changed = self.state();
        changed.note = Some(json!({ "stage": "said" }));
        let retry = |error: StoreError| StepError::Retry(error.to_string());
        let mut tx = self.store.write().await.map_err(retry)?;
        let ours = job::save_step(&mut tx, self.job, &self.holder, self.index, &changed).await.map_err(retry)?;
        if !ours {
            return Err(StepError::Lost);
        }
        telling::put(&mut tx, origin, &self.actor, reply, self.clock.now()).await.map_err(retry)?;
        tx.commit().await.map_err(|_| StepError::Lost)?;
        self.set(|row| row.note = changed.note);
        Ok(())
    }

    /// A note, with a change of our own records in its transaction.
    ///
    /// # Errors
    /// `Lost` when the lease is lost: then neither is written.
    pub(super) async fn save_note_with(
        &self,
        note: Value,
        change: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>>,
    ) -> Result<(), StepError> {
        let mut changed = self.state();
        changed.note = Some(note);
        let retry = |error: StoreError| StepError::Retry(error.to_string());
        let mut tx = self.store.write().await.map_err(retry)?;
        if !job::save_step(&mut tx, self.job, &self.holder, self.index, &changed).await.map_err(retry)? {
            return Err(StepError::Lost);
        }
        change(&mut tx).await.map_err(retry)?;
        tx.commit().await.map_err(|_| StepError::Lost)?;
        self.set(|row| row.note = changed.note);
        Ok(())
    }

    /// Whether the step before has ended just now, in this very run.
    pub fn is_first_try(&self) -> bool {
        self.state().attempt <= 1
    }

    pub fn wants_cancel(&self) -> bool {
        self.flags.cancel.load(Ordering::Acquire)
    }

    pub fn is_lost(&self) -> bool {
        self.flags.lost.load(Ordering::Acquire)
    }

    /// The end of something that was begun and did not come out right.
    pub async fn broke(&self, why: String) -> StepError {
        match self.save_note(None).await {
            Ok(()) => StepError::Broke(why),
            Err(lost) => lost,
        }
    }

    /// Waits, shorter when the job is to be cancelled or the lease is lost.
    pub async fn pause(&self, length: std::time::Duration) {
        let changed = self.flags.changed.notified();
        if self.is_lost() || self.wants_cancel() {
            tokio::time::sleep(length).await;
        } else {
            let _ = tokio::time::timeout(length, changed).await;
        }
    }

    /// Tells how far it is.
    pub fn progress(&self, percent: Option<u8>, line: Option<&str>) {
        self.teller.progress(self.job, self.index, percent, line);
    }

    /// Changes what is known of the step, to be written down with something else.
    pub(super) fn set(&self, change: impl FnOnce(&mut StepChange)) {
        change(&mut self.row.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn state(&self) -> StepChange {
        self.row.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn change(&self, change: impl FnOnce(&mut StepChange)) -> Result<(), StepError> {
        let changed = {
            let mut row = self.row.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut row);
            row.clone()
        };
        for attempt in 0..SAVE_TRIES {
            if self.is_lost() {
                return Err(StepError::Lost);
            }
            match self.save(&changed).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(StepError::Lost),
                Err(error) => {
                    if attempt == 0 {
                        tracing::warn!(job.id = %self.job, "cannot write down where {} stands: {error}", self.job);
                    }
                    tokio::time::sleep(self.settings.heartbeat / 4).await;
                }
            }
        }
        Err(StepError::Lost)
    }

    /// Writes down how this step ended and that the next one has begun, in one transaction.
    pub(super) async fn hand_over(&self, next: i64, begun: &StepChange) -> Result<(), StepError> {
        let ended = self.state();
        for attempt in 0..SAVE_TRIES {
            if self.is_lost() {
                return Err(StepError::Lost);
            }
            let saved = async {
                let mut tx = self.store.write().await?;
                let changes = [(self.index, &ended), (next, begun)];
                let ours = job::save_steps(&mut tx, self.job, &self.holder, &changes).await?;
                tx.commit().await?;
                Ok::<_, StoreError>(ours)
            };
            match saved.await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(StepError::Lost),
                Err(error) => {
                    if attempt == 0 {
                        tracing::warn!(job.id = %self.job, "cannot write down where {} stands: {error}", self.job);
                    }
                    tokio::time::sleep(self.settings.heartbeat / 4).await;
                }
            }
        }
        Err(StepError::Lost)
    }

    async fn save(&self, change: &StepChange) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        let ours = job::save_step(&mut tx, self.job, &self.holder, self.index, change).await?;
        tx.commit().await?;
        Ok(ours)
    }
}

pub(super) fn change_of(row: &StepRow) -> StepChange {
    StepChange::from(row)
}
