//! What is said in rooms, and what is answered there.

use crate::{
    roles,
    settings::Settings,
    wire::{Event, Wire},
};
use direttore_core::dispatch::Dispatch;
use direttore_domain::{Identity, Origin, Role, Surface};
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio::{sync::watch, task::JoinHandle};

/// The speaking half of the surface: whoever brings events calls [`Talk::hear`] with each.
pub struct Talk {
    pub(crate) dispatch: Arc<Dispatch>,
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) settings: Arc<Settings>,
}

impl Talk {
    pub fn new(dispatch: Arc<Dispatch>, wire: Arc<dyn Wire>, settings: Arc<Settings>) -> Arc<Self> {
        Arc::new(Self { dispatch, wire, settings })
    }

    /// Answers what is for the bot. Heard twice, an event is answered by the same transactions.
    pub async fn hear(&self, event: &Event) {
        tracing::trace!("heard {}", event.id);
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
        drop(leads);
        vec![]
    }
}
