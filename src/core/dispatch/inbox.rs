//! The inbox of a surface that hears each thing once only: what it heard is kept before anybody acts on it, and until it
//! was answered.
//!
//! A process can die anywhere between. So whoever acts on something says so ([`Dispatch::acting_on`]), and what that
//! changes is noted in the transaction that changes it, with the replies. Heard once more after a restart, what was
//! carried out gives those replies and is not carried out again, and a question that was taken for it is still its own.

use super::Dispatch;
use direttore_domain::{Failure, Instant, Refusal, Surface, Trouble};
use direttore_reply::Reply;
use direttore_store::{
    StoreError, Tx,
    inbox::{self, NewInbox},
    surface_note,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How many are read together.
const BATCH: i64 = 1000;

/// Something heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// The surface's own name of it.
    pub event: String,
    /// What has the same lane is acted on in order.
    pub lane: String,
    pub body: Value,
    /// What was heard earlier and is taken back by this.
    pub withdraws: Option<String>,
}

/// What waits to be acted on.
#[derive(Debug, Clone, PartialEq)]
pub struct ToDo {
    pub event: String,
    pub lane: String,
    pub body: Value,
    pub heard: Instant,
    note: String,
}

impl ToDo {
    /// Whether something was carried out for it already.
    pub fn is_begun(&self) -> bool {
        !self.note.is_empty()
    }
}

/// What one call of [`Dispatch::hear`] did.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Deed {
    /// The question that it took.
    taken: Option<i64>,
    /// What was said of what was carried out, each with whether it shows a secret, which a reply itself does not keep.
    replies: Option<Vec<(bool, Reply)>>,
}

/// Something that is being acted on.
struct Acting {
    surface: Surface,
    event: String,
    /// The notes that may be in the database, the newest last, with what they say: of one that was written nobody knows
    /// here whether it was committed.
    notes: Mutex<Vec<(String, Vec<Deed>)>>,
    /// How often it led to a call.
    calls: AtomicUsize,
}

#[derive(Clone)]
struct Call {
    acting: Arc<Acting>,
    at: usize,
}

tokio::task_local! {
    static ACTING: Arc<Acting>;
    static CALL: Call;
}

impl Call {
    fn now() -> Option<Self> {
        CALL.try_with(Clone::clone).ok()
    }

    fn deed(&self) -> Deed {
        let notes = self.acting.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.last().and_then(|(_, deeds)| deeds.get(self.at)).cloned().unwrap_or_default()
    }
}

/// One call, unless what it is for has been carried out by it before.
pub(super) async fn once(act: impl Future<Output = Vec<Reply>>) -> Vec<Reply> {
    let Ok(acting) = ACTING.try_with(Arc::clone) else { return act.await };
    let at = acting.calls.fetch_add(1, Ordering::Relaxed);
    let call = Call { acting, at };
    match call.deed().replies {
        Some(replies) => replies.into_iter().map(|(reveals, reply)| Reply { reveals, ..reply }).collect(),
        None => CALL.scope(call, act).await,
    }
}

/// Whether this call has taken the question before.
pub(super) fn has_taken(question: i64) -> bool {
    Call::now().is_some_and(|call| call.deed().taken == Some(question))
}

impl Dispatch {
    /// Keeps what was heard, and notes of the surface by name, all or nothing. Gives what nobody knew.
    ///
    /// # Errors
    /// The database's; likewise below.
    pub async fn put_in(
        &self,
        surface: Surface,
        heard: &[Incoming],
        notes: &[(String, Value)],
    ) -> Result<Vec<ToDo>, Failure> {
        let now = self.clock.now();
        let kept = async {
            let mut tx = self.store.write().await?;
            let mut new = Vec::new();
            for Incoming { event, lane, body, withdraws } in heard {
                if let Some(withdrawn) = withdraws
                    && inbox::withdraw(&mut tx, surface, withdrawn, now).await?
                {
                    new.retain(|todo: &ToDo| todo.event != *withdrawn);
                }
                if inbox::put(&mut tx, &NewInbox { surface, event, lane, body, now }).await?.is_some() {
                    let (event, lane, body) = (event.clone(), lane.clone(), body.clone());
                    new.push(ToDo { event, lane, body, heard: now, note: String::new() });
                }
            }
            for (name, body) in notes {
                surface_note::set(&mut tx, surface, name, body, now).await?;
            }
            tx.commit().await?;
            Ok(new)
        };
        kept.await.map_err(failure)
    }

    /// What waits since before this process began, the oldest first.
    pub async fn to_do(&self, surface: Surface) -> Result<Vec<ToDo>, Failure> {
        let read = async {
            let mut tx = self.store.read().await?;
            inbox::waiting(&mut tx, surface, BATCH).await
        };
        let rows = read.await.map_err(failure)?;
        let todo = rows.into_iter().map(|row| {
            let inbox::InboxRow { event, lane, body, note, put, .. } = row;
            ToDo { event, lane, body, heard: put, note }
        });
        Ok(todo.collect())
    }

    /// Does `work` as what `todo` leads to: what it says to [`Dispatch::hear`] is carried out once, however often this is
    /// done. It must say the same things in the same order, and in this task.
    pub async fn acting_on<F: Future>(&self, surface: Surface, todo: &ToDo, work: F) -> F::Output {
        let deeds = self.rules.derived.shown(&todo.note).and_then(|text| serde_json::from_str(&text).ok());
        let notes = Mutex::new(vec![(todo.note.clone(), deeds.unwrap_or_default())]);
        let acting = Acting { surface, event: todo.event.clone(), notes, calls: AtomicUsize::new(0) };
        ACTING.scope(Arc::new(acting), work).await
    }

    /// It was answered: nobody is to act on it again.
    pub async fn is_done(&self, surface: Surface, event: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let done = async {
            let mut tx = self.store.write().await?;
            inbox::done(&mut tx, surface, event, now).await?;
            tx.commit().await
        };
        done.await.map_err(failure)
    }

    /// In the transaction that took the question.
    pub(super) async fn note_taken(&self, tx: &mut Tx, question: i64) -> Result<(), Trouble> {
        self.note_deed(tx, |deed| deed.taken = Some(question)).await
    }

    /// In the transaction that carried it out.
    pub(super) async fn note_replies(&self, tx: &mut Tx, replies: &[Reply]) -> Result<(), Trouble> {
        let kept: Vec<(bool, Reply)> = replies.iter().map(|reply| (reply.reveals, reply.clone())).collect();
        self.note_deed(tx, |deed| deed.replies = Some(kept.clone())).await
    }

    /// Nothing, for what did not come through an inbox.
    async fn note_deed(&self, tx: &mut Tx, change: impl Fn(&mut Deed)) -> Result<(), Trouble> {
        let Some(Call { acting, at }) = Call::now() else { return Ok(()) };
        let known = acting.notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (before, mut deeds) in known.into_iter().rev() {
            deeds.resize_with(deeds.len().max(at + 1), Deed::default);
            deeds.get_mut(at).into_iter().for_each(&change);
            // Replies may show a secret, which is nowhere kept as it is.
            let text = serde_json::to_string(&deeds).map_err(Trouble::bug)?;
            let note = self.rules.derived.hidden(&text).ok_or_else(|| Trouble::bug("no random bytes"))?;
            if inbox::note(tx, acting.surface, &acting.event, &before, &note).await? {
                acting.notes.lock().unwrap_or_else(PoisonError::into_inner).push((note, deeds));
                return Ok(());
            }
        }
        // Another process acts on it.
        Err(Refusal::Answered.into())
    }
}

fn failure(error: StoreError) -> Failure {
    match Trouble::from(error) {
        Trouble::Failure(failure) => failure,
        other => Failure::Store { why: other.code().to_owned() },
    }
}
