//! The outbox, emptied by the process that leads its surface.

use super::Teller;
use crate::dispatch::Waiting;
use futures::StreamExt;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, time::Instant as Elapsed};

/// As many messages at once.
const AT_ONCE: usize = 8;
/// How long what is for a closed channel waits for it to open.
const CLOSED: Duration = Duration::from_secs(600);

/// Empties it while this process leads, as long as the task lives.
pub async fn ends<T: Teller>(teller: Arc<T>, mut leads: watch::Receiver<bool>) {
    let tempo = teller.tempo();
    let (first, longest) = tempo.back_off;
    let (mut pause, mut closed) = (first, HashMap::new());
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        match deliver(&*teller, &mut closed).await {
            Some(true) => pause = first,
            Some(false) => teller.dispatch().something_ended(tempo.look).await,
            None => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

/// Whether there was anything; none when something is to be tried again later.
async fn deliver<T: Teller>(teller: &T, closed: &mut HashMap<i64, Elapsed>) -> Option<bool> {
    let waiting = match teller.dispatch().waiting(teller.surface()).await {
        Ok(waiting) => open(teller, waiting, closed).await,
        Err(failure) => {
            tracing::debug!("the outbox cannot be read: {failure}");
            return None;
        }
    };
    let was_there = !waiting.is_empty();
    let told = futures::stream::iter(waiting).map(|one| deliver_one(teller, one)).buffer_unordered(AT_ONCE);
    let all: Vec<bool> = told.collect().await;
    all.into_iter().all(|done| done).then_some(was_there)
}

/// Those that need not wait for their channel any more; `closed` is since when the others do.
async fn open<T: Teller>(teller: &T, mut waiting: Vec<Waiting>, closed: &mut HashMap<i64, Elapsed>) -> Vec<Waiting> {
    closed.retain(|id, _| waiting.iter().any(|one| one.id == *id));
    let mut now = HashSet::new();
    for channel in waiting.iter().map(|one| one.origin.channel.as_str()).collect::<HashSet<_>>() {
        if teller.is_closed(channel).await {
            now.insert(channel.to_owned());
        }
    }
    waiting.retain(|one| {
        let waits =
            now.contains(&one.origin.channel) && closed.entry(one.id).or_insert_with(Elapsed::now).elapsed() < CLOSED;
        !waits
    });
    waiting
}

/// Whether it is out of the outbox.
async fn deliver_one<T: Teller>(teller: &T, one: Waiting) -> bool {
    teller.tell(&one).await && teller.dispatch().was_told(one.id).await.is_ok()
}
