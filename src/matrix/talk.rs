//! The speaking half of the surface: what is said in rooms, and what is answered there.
//!
//! [`Talk::hear`] finds out what an event means ([`meant`]), has it done by the dispatch, and answers in the thread of
//! the message that asked ([`answer`]). Which of its messages can be answered, and how, is noted in the database
//! ([`note`]), so that signs and words work after a restart. All that is sent bears a transaction id made of what it
//! answers to: heard once more, an event is answered by the same messages.

mod answer;
mod meant;
pub(crate) mod note;
pub(crate) mod say;

use crate::{
    describe, live, mirror, render, roles,
    settings::Settings,
    wire::{Error, Event, Wire},
};
use direttore_core::dispatch::{Dispatch, reference, unasked};
use direttore_domain::{Identity, Origin, Role, Surface};
use direttore_reply::render_bug;
use futures::{FutureExt, future::BoxFuture};
use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle};

/// An answer that takes longer is none that could be waited for.
const ANSWERED: Duration = Duration::from_secs(60);
/// How often something is sent that cannot be sent for a passing reason, and the longest pause between: the wire has tried
/// for a while each time.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_secs(30);

/// Whoever brings events calls [`Talk::hear`] with each, of one room one after another.
pub struct Talk {
    pub(crate) dispatch: Arc<Dispatch>,
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) settings: Arc<Settings>,
    /// The events that are being answered, and their rooms.
    at_work: watch::Sender<HashSet<(String, String)>>,
    /// How many messages wait for their signs.
    offering: watch::Sender<usize>,
}

impl Talk {
    pub fn new(dispatch: Arc<Dispatch>, wire: Arc<dyn Wire>, settings: Arc<Settings>) -> Arc<Self> {
        let (at_work, offering) = (watch::Sender::default(), watch::Sender::new(0));
        Arc::new(Self { dispatch, wire, settings, at_work, offering })
    }

    /// Answers what is for the bot. It says the same things to the dispatch whenever it hears the same event.
    pub async fn hear(&self, event: &Event) {
        let key = (event.room.clone(), event.id.clone());
        self.at_work.send_modify(|at| {
            at.insert(key.clone());
        });
        let _at_work = AtWork(self, key);
        match AssertUnwindSafe(Box::pin(self.act(event))).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("{} in {} was not answered: {error}", event.id, event.room),
            Err(_) => {
                let reference = reference();
                tracing::error!(reference, "panic while answering {}", event.id);
                let sorry = render::shown(&render_bug(&reference), self.manner());
                if let Err(error) = self.post(&event.room, Some(&event.id), &sorry, &format!("x/{}", event.id)).await {
                    tracing::error!("{} in {} was not answered: {error}", event.id, event.room);
                }
            }
        }
    }

    /// Whether somebody may ask the bot into a room: an operator or more.
    pub fn may_invite(&self, user: &str) -> BoxFuture<'_, bool> {
        let user = user.to_owned();
        Box::pin(async move {
            let Ok(claims) = roles::claims(self.wire.as_ref(), &self.settings, &user).await else { return false };
            let origin = Origin { surface: Surface::Matrix, channel: user.clone() };
            let identity = Identity { surface: Surface::Matrix, subject: user };
            self.dispatch.role_of(&identity, &claims, &origin).await >= Some(Role::Operator)
        })
    }

    /// What goes on by itself while this process leads.
    pub fn tasks(self: &Arc<Self>, leads: watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let talk = || Arc::clone(self);
        vec![
            tokio::spawn(unasked::progress(talk())),
            tokio::spawn(unasked::ends(talk(), leads.clone())),
            tokio::spawn(mirror::run(talk(), leads.clone())),
            tokio::spawn(live::run(talk(), leads.clone())),
            tokio::spawn(describe::run(talk(), leads)),
        ]
    }

    /// Waits until nobody waits for an answer, nor a message for its signs.
    pub async fn rest(&self) {
        let _ = self.at_work.subscribe().wait_for(HashSet::is_empty).await;
        let _ = self.offering.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(crate) fn manner(&self) -> render::Manner {
        render::Manner::new(self.settings.bare_commands)
    }

    /// Waits until those who are being answered in a room now have their answers; not for ever, since others wait for
    /// what is to be told.
    pub(crate) async fn answered(&self, room: &str) {
        let mut at_work = self.at_work.subscribe();
        let now: Vec<_> = at_work.borrow().iter().filter(|(of, _)| of == room).cloned().collect();
        let all = at_work.wait_for(|at| !now.iter().any(|one| at.contains(one)));
        let _ = tokio::time::timeout(ANSWERED, all).await;
    }

    /// Asks again what fails for a passing reason, ever slower.
    pub(crate) async fn insist<'a, T>(&self, ask: impl Fn() -> BoxFuture<'a, Result<T, Error>>) -> Result<T, Error> {
        let (first, longest) = self.settings.paces.back_off;
        let mut pause = first;
        for _ in 1..TRIES {
            let wait = match ask().await {
                Err(Error::Limited { wait }) => wait.max(pause),
                Err(Error::Away { .. }) => pause,
                other => return other,
            };
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(longest).min(PAUSE);
        }
        ask().await
    }
}

/// Says that it is over also when it is cut off.
struct AtWork<'a>(&'a Talk, (String, String));

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.send_modify(|at| {
            at.remove(&self.1);
        });
    }
}
