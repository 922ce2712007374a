//! What NetBox posts, or its change log tells afterwards: read, and stored once with the runs of the rules that it fits.

use super::{
    Dispatch, Posted,
    stored::{Taken, put},
};
use crate::hooks::{Event, Hook, Rule};
use direttore_domain::Failure;
use direttore_store::{StoreError, hook, setting};
use futures::future::BoxFuture;
use std::sync::PoisonError;

/// What our own user in NetBox is called, as it was last told.
const OWN: &str = "netbox/user";

/// Where an event came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub hook: &'a str,
    pub source: &'static str,
}

impl Dispatch {
    pub(super) async fn hear_netbox(&self, hook: &Hook, body: &[u8]) -> Posted {
        let (event, text) = match (Event::read(body), std::str::from_utf8(body)) {
            (Ok(event), Ok(text)) => (event, text),
            (Err(why), _) => return Posted::Unreadable(why.to_string()),
            (_, Err(_)) => return Posted::Unreadable("the body is no UTF-8".to_owned()),
        };
        let source = Source { hook: &hook.name, source: hook::HOOK };
        match self.take_event(source, &event, text).await {
            Ok(true) => Posted::Accepted,
            Ok(false) => Posted::Duplicate,
            Err(error) => {
                tracing::warn!("a webhook of {} could not be stored: {error}", hook.path());
                Posted::NotStored
            }
        }
    }

    /// Stores it with its runs; false when it was there.
    pub(super) fn take_event<'s, 'a: 's>(
        &'s self,
        Source { hook: name, source }: Source<'a>,
        event: &'s Event,
        body: &'s str,
    ) -> BoxFuture<'s, Result<bool, StoreError>> {
        Box::pin(async move {
            let key = event.key(body.as_bytes());
            let (now, object) = (self.clock.now(), event.object());
            let at = event.at.unwrap_or(now);
            let (rules, outcome) = self.fitting(event, name);
            let is_new_to_rules = !rules.is_empty();
            let taken = Taken {
                hook: name.to_owned(),
                key: key.0,
                object,
                event: event.what.as_str(),
                request: event.request.clone().unwrap_or_default(),
                source,
                outcome,
                body: body.to_owned(),
                at,
                now,
                rules: rules.iter().map(|rule| rule.name.clone()).collect(),
            };
            if source == hook::RECONCILE {
                let mut tx = self.store.write().await?;
                if hook::is_known(&mut tx, &taken.key).await? || !put(&mut tx, &[&taken]).await?[0] {
                    return Ok(false);
                }
                tx.commit().await?;
            } else if !self.hooks.store(&self.store, taken).await? {
                return Ok(false);
            }
            if is_new_to_rules {
                self.hooks.came.notify_one();
            }
            Ok(true)
        })
    }

    /// The rules that an event fits, and why nothing comes of it where none does.
    fn fitting(&self, event: &Event, hook: &str) -> (Vec<&Rule>, &'static str) {
        if event.is_no_change() {
            return (vec![], "no-change");
        }
        // As long as nobody knows who we are there, the runs are looked at once more before they are carried out.
        let own = self.hooks.own.lock().unwrap_or_else(PoisonError::into_inner).clone().flatten();
        let all = &self.rules.upon_events;
        let rules: Vec<&Rule> = all.iter().filter(|rule| rule.unfit(event, hook, own.as_deref()).is_none()).collect();
        let outcome = match rules.is_empty() {
            false => "",
            true if own.is_some() && event.user == own => "own",
            true => "no-rule",
        };
        (rules, outcome)
    }

    /// What our own user in NetBox is called; `None` where there is no NetBox, or it does not tell.
    ///
    /// # Errors
    /// NetBox does not answer, and it was never known.
    pub(super) async fn own_user(&self) -> Result<Option<String>, Failure> {
        let known = self.hooks.own.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let Some(ipam) = self.lab.ipam() else { return Ok(None) };
        let own = match ipam.client.whoami().await {
            Ok(who) => {
                let own = who.map(|who| who.user);
                if let Some(name) = &own {
                    self.keep_own(name).await?;
                }
                own
            }
            Err(error) => {
                let kept = setting::get(&mut self.store.read().await?, OWN).await?;
                // Not for good: it is asked again the next time.
                return kept.map(Some).ok_or_else(|| crate::ipam::failure(&error));
            }
        };
        *self.hooks.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(own.clone());
        Ok(own)
    }

    async fn keep_own(&self, name: &str) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        setting::set(&mut tx, OWN, name).await?;
        tx.commit().await
    }
}
