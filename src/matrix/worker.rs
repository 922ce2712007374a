//! From the inbox to the answer: in each room one thing after another, rooms beside each other.
//!
//! What is taken from the inbox stays there until it was answered, so it does not matter when this ends.

use crate::{events::SEALED, sealed, surface::Inner, wire::Event};
use direttore_core::dispatch::ToDo;
use direttore_domain::Surface;
use futures::FutureExt;
use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::sleep,
};

/// Before the database is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Takes what is put, in order. It ends with all it has begun when it is dropped.
pub(crate) async fn run(inner: Arc<Inner>, mut put: UnboundedReceiver<ToDo>) {
    let mut lanes: HashMap<String, UnboundedSender<AtWork>> = HashMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let todo = tokio::select! {
            todo = put.recv() => todo,
            // Those that have ended are not kept.
            Some(_) = tasks.join_next() => continue,
        };
        let Some(todo) = todo else { return };
        let todo = AtWork::new(&inner, todo);
        if todo.todo.lane == todo.todo.event {
            tasks.spawn(act(todo));
            continue;
        }
        let lane = lanes.entry(todo.todo.lane.clone()).or_insert_with(|| {
            let (sender, mut receiver) = unbounded_channel();
            tasks.spawn(async move {
                while let Some(todo) = receiver.recv().await {
                    act(todo).await;
                }
            });
            sender
        });
        // The lane's task lives as long as this one.
        let _ = lane.send(todo);
    }
}

/// Counts as being answered until it is dropped, answered or not.
struct AtWork {
    inner: Arc<Inner>,
    todo: ToDo,
}

impl AtWork {
    fn new(inner: &Arc<Inner>, todo: ToDo) -> Self {
        inner.at_work.send_modify(|count| *count += 1);
        Self { inner: Arc::clone(inner), todo }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.inner.at_work.send_modify(|count| *count = count.saturating_sub(1));
    }
}

async fn act(at_work: AtWork) {
    let (inner, todo) = (&*at_work.inner, &at_work.todo);
    match serde_json::from_value::<Event>(todo.body.clone()) {
        Ok(_) if !todo.is_begun() && inner.is_withdrawn(&todo.event) => {}
        Ok(mut event) => {
            if todo.is_begun() {
                // It was in time when it was carried out; what is left is to say so.
                event.sent_at = inner.dispatch.now();
            }
            let acted = inner.dispatch.acting_on(Surface::Matrix, todo, answer(inner, event));
            if AssertUnwindSafe(acted).catch_unwind().await.is_err() {
                tracing::error!("panic while answering {}", todo.event);
            }
        }
        Err(error) => tracing::error!("the inbox has something that cannot be read: {error}"),
    }
    while let Err(failure) = inner.dispatch.is_done(Surface::Matrix, &todo.event).await {
        tracing::debug!("{} was answered, which cannot be noted yet: {failure}", todo.event);
        sleep(PAUSE).await;
    }
}

async fn answer(inner: &Inner, event: Event) {
    let event = if event.kind == SEALED { sealed::opened(inner, event).await } else { Some(event) };
    if let Some(event) = event {
        inner.talk.hear(&event).await;
    }
}
